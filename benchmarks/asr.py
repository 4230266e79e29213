"""What recognition costs at full size, beside its peers: processor seconds, wall time, memory, for 4 and 15 s of audio.

    python -m benchmarks.asr --folder build/full_size [--threads 2] [--runs 5] [--only oyez,...]

Runs on the random checkpoint of tools.full_size, which is written when it isn't there. The peers need torch and
transformers, and 16 GB of memory and 5 GB of disk for their export; it is kept. Every engine is a process of its own.
Processor seconds count, as other work on the machine distorts wall time; medians. The machine's own limit is what
ONNX Runtime's matrix products reach here alone, on one core.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tools import full_size, mms_random

if TYPE_CHECKING:
    from collections.abc import Callable

    Hear = Callable[[np.ndarray], object]

SECONDS = (4, 15)
PLAIN = "plain/model.onnx"
PLAIN_INT8 = "plain-int8/model.onnx"


def main() -> None:
    """Run all engines in turn and print the table, or be the process of one."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--folder", type=Path, default=Path("build/full_size"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default=",".join(ENGINES), help="engines, with commas")
    parser.add_argument("--engine", help=argparse.SUPPRESS)
    parser.add_argument("--export", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.export:
        _export(options.folder)
    elif options.engine:
        _measure(options.engine, options)
    else:
        _prepare(options)
        results = {name: _apart(name, options) for name in options.only.split(",")}
        print(_table(results))
        print(_limit(results))


def _prepare(options: argparse.Namespace) -> None:
    """Have the checkpoint, what Oyez makes of it, and what the peers need."""
    folder, chosen = options.folder, options.only.split(",")
    if not full_size.source(folder).exists():
        full_size.write(folder)
    if "oyez" in chosen and not (folder / "models" / full_size.MODEL).exists():
        full_size.measured("install it", full_size.install(folder), folder)
    if any(name.startswith("ort") for name in chosen) and not (folder / PLAIN_INT8).exists():
        subprocess.run([*_this(options), "--export"], check=True)


def _this(options: argparse.Namespace) -> list[str]:
    numbers = ["--threads", str(options.threads), "--runs", str(options.runs)]
    return [sys.executable, "-m", "benchmarks.asr", "--folder", str(options.folder), *numbers]


def _apart(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """What one engine's process measured."""
    said = subprocess.run([*_this(options), "--engine", name], stdout=subprocess.PIPE, text=True, check=True).stdout
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    print(name, found, flush=True)
    return found


def _measure(name: str, options: argparse.Namespace) -> None:
    start, cpu = time.perf_counter(), time.process_time()
    hear = ENGINES[name](options.folder, options.threads)
    found: dict[str, Any] = {"load": [time.perf_counter() - start, time.process_time() - cpu]}
    for seconds in SECONDS:
        samples = full_size.noise(seconds)
        hear(samples)
        figures = [_timed(hear, samples) for _ in range(options.runs)]
        found[str(seconds)] = [float(x) for x in np.median(figures, axis=0)]
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    if name == "oyez":
        found["switch"] = _switch(options.folder, options.threads)
    print(json.dumps(found))


def _timed(hear: Hear, samples: np.ndarray) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    hear(samples)
    return time.perf_counter() - wall, time.process_time() - cpu


def _switch(folder: Path, threads: int) -> tuple[float, float]:
    """See full_size.switch."""
    from oyez.engines.mms.recogniser import Recogniser  # noqa: PLC0415

    return full_size.switch(Recogniser(folder / "models" / full_size.MODEL, threads=threads))


def _oyez(folder: Path, threads: int) -> Hear:
    from oyez.engines.mms.recogniser import Recogniser  # noqa: PLC0415

    recogniser = Recogniser(folder / "models" / full_size.MODEL, threads=threads)
    return lambda samples: recogniser.recognise(samples, "eng")


def _transformers(folder: Path, threads: int, dtype: str = "float32") -> Hear:
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


def _transformers_bf16(folder: Path, threads: int) -> Hear:
    return _transformers(folder, threads, "bfloat16")


def _ort(path: Path, threads: int) -> Hear:
    import onnxruntime as ort  # noqa: PLC0415 - its memory belongs to its engine's process

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda samples: session.run(None, {"input_values": ((samples - samples.mean()) / samples.std())[None]})


def _ort_fp32(folder: Path, threads: int) -> Hear:
    return _ort(folder / PLAIN, threads)


def _ort_int8(folder: Path, threads: int) -> Hear:
    return _ort(folder / PLAIN_INT8, threads)


ENGINES: dict[str, Callable[[Path, int], Hear]] = {
    "transformers fp32": _transformers,
    "transformers bf16": _transformers_bf16,
    "ort fp32": _ort_fp32,
    "ort int8": _ort_int8,
    "oyez": _oyez,
}


def _export(folder: Path) -> None:
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


def _table(results: dict[str, dict[str, Any]]) -> str:
    lines = [
        "| engine | 4 s: CPU s | wall s | 15 s: CPU s | wall s | peak MB | CPU beside Oyez, 4 s | 15 s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    own = results.get("oyez")
    for name, found in results.items():
        figures = [f"{found[str(s)][1]:.2f} | {found[str(s)][0]:.2f}" for s in SECONDS]
        ratios = [f"{found[str(s)][1] / own[str(s)][1]:.2f}" if own else "" for s in SECONDS]
        lines.append(f"| {name} | {' | '.join(figures)} | {found['peak']:.0f} | {' | '.join(ratios)} |")
    if own:
        same, other = (seconds * 1e3 for seconds in own["switch"])
        switch = f"0.1 s in the same language {same:.1f} CPU ms, in another {other:.1f}"
        lines.append(f"\nLoad: {own['load'][0]:.1f} s, {own['load'][1]:.1f} CPU s. Language switch: {switch}.")
    return "\n".join(lines)


def _limit(results: dict[str, dict[str, Any]]) -> str:
    """What the products alone would take at the rate that they reach on one core, and the share of it reached."""
    exact, small = _rate(np.float32), _rate(np.int8)
    lines = [f"One core: {exact:.0f} GFLOP/s in float32, {small:.0f} GOP/s in int8 (ONNX Runtime's products alone)."]
    for seconds in SECONDS if "oyez" in results else ():
        products, rest = _work(seconds * 50 - 1)
        least = products / small + rest / exact
        cpu = results["oyez"][str(seconds)][1]
        lines.append(f"{seconds} s of audio: at least {least:.2f} CPU s; Oyez reaches {least / cpu:.0%} of that limit.")
    return "\n".join(lines)


def _rate(dtype: type, size: int = 1024, runs: int = 20) -> float:
    import onnxruntime as ort  # noqa: PLC0415
    from onnx import TensorProto, helper, numpy_helper  # noqa: PLC0415

    random = np.random.default_rng(0)
    small = dtype is np.int8
    weight = random.integers(-127, 128, (size, size)).astype(dtype)
    kind, given, out = (
        ("MatMulInteger", np.uint8, TensorProto.INT32) if small else ("MatMul", np.float32, TensorProto.FLOAT)
    )
    x = random.integers(0, 255, (size, size)).astype(given)
    ends = [helper.make_tensor_value_info("x", helper.np_dtype_to_tensor_dtype(x.dtype), [size, size])]
    product = helper.make_tensor_value_info("y", out, [size, size])
    node = helper.make_node(kind, ["x", "w"], ["y"])
    graph = helper.make_graph([node], "rate", ends, [product], [numpy_helper.from_array(weight, "w")])
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    times = [_timed(lambda samples: session.run(None, {"x": samples}), x)[1] for _ in range(runs)]
    return 2 * size**3 / min(times) / 1e9


def _work(frames: int) -> tuple[float, float]:
    """GFLOP of all products with constant weights for so many frames, and of attention (which stays float32)."""
    a = mms_random.FULL
    layer = 4 * a.hidden**2 + 2 * a.hidden * a.intermediate
    inside = (1, *a.conv_dims[:-1])
    lengths = [frames * int(np.prod(a.conv_strides[i + 1 :])) for i in range(len(a.conv_strides))]
    convolutions = sum(n * k * c * d for n, k, c, d in zip(lengths, a.conv_kernels, inside, a.conv_dims, strict=True))
    positions = frames * a.hidden * (a.hidden // a.pos_groups) * a.pos_kernel
    products = frames * (a.layers * layer + a.conv_dims[-1] * a.hidden) + convolutions + positions
    attention = 2 * a.layers * frames**2 * a.hidden
    return 2 * products / 1e9, 2 * attention / 1e9


if __name__ == "__main__":
    main()
