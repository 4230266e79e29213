"""The library: `from oyez import Hearing`, with the bundled model in its child process."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soundfile

from oyez import Hearing
from oyez.config.places import default_models_dir
from oyez.engines.mms.hidden import HiddenNetwork
from oyez.engines.mms.network import OnnxNetwork, Run
from oyez.engines.mms.recogniser import normalise
from oyez.errors import InvalidInput, ModelMissing
from oyez.models import store

pytestmark = [pytest.mark.model, pytest.mark.asyncio(loop_scope="module")]

SAID = "turn on the bedroom lights"
FILE = Path(__file__).parent.parent / "data/mini/eng_2.flac"
LAYERS, WIDTH = 6, 192  # of mms-mini


@pytest.fixture(scope="module")
def samples():
    return soundfile.read(FILE, dtype="float32")[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hearing():
    async with Hearing("en", model="mms-mini", threads=1) as hearing:
        yield hearing


async def test_a_file_its_samples_and_whole_numbers_in_stereo_are_heard_alike(hearing, samples):
    heard = await hearing.transcribe(FILE)
    assert heard.text == SAID == " ".join(word.word for word in heard.words)
    assert heard.recognition.language == "eng"
    assert (await hearing.transcribe(samples, 16_000)).text == SAID
    stereo = np.round(samples * 32767).astype(np.int16)[:, None].repeat(2, axis=1)
    in_stereo = await hearing.transcribe(stereo, 16_000)
    assert (in_stereo.text, in_stereo.notes) == (SAID, ())
    assert heard.seconds == in_stereo.seconds == len(samples) / 16_000


async def test_language_hot_words_and_readings_may_be_others_for_an_audio(hearing):
    heard = await hearing.transcribe(str(FILE), language="español", hot_words=["luces*2"], n_best=3)
    assert heard.recognition.language == "spa"
    assert len(heard.recognition.alternatives) == 2
    with pytest.raises(InvalidInput, match="a hot word should be a phrase"):
        await hearing.transcribe(FILE, hot_words=["*"])
    with pytest.raises(ModelMissing, match="deu"):
        await hearing.transcribe(FILE, language="deu")


@pytest.mark.parametrize("layer", [0, 3, LAYERS - 1])
async def test_frames_of_a_layer_are_what_the_network_has_there(hearing, samples, layer):
    frames = await hearing.embed(samples, 16_000, layer=layer)
    assert frames.shape == ((len(samples) - 400) // 320 + 1, WIDTH)
    assert frames.dtype == np.float32
    assert np.isfinite(frames).all()
    other = await hearing.embed(FILE, layer=layer, language="spa")
    assert np.allclose(frames, other) == (layer == 0)  # adapters are behind each layer, none before the first
    pooled = await hearing.embed(FILE, layer=layer, pooled=True)
    np.testing.assert_allclose(pooled, frames.mean(axis=0), atol=1e-4)


async def test_the_encoder_s_end_is_what_the_head_writes_from(hearing, samples):
    frames = await hearing.embed(samples, 16_000)
    np.testing.assert_array_equal(frames, await hearing.embed(samples, 16_000, layer=LAYERS))

    def logits():
        folder = store.model_path(default_models_dir(), "mms-mini")
        network = OnnxNetwork(folder, threads=1)
        head = network._weights("eng")
        expected = network.compute([normalise(samples)], "eng", Run())[0]
        return expected, frames @ head["lm_head.weight"].T + head["lm_head.bias"]

    expected, found = await asyncio.to_thread(logits)
    np.testing.assert_allclose(found, expected, atol=1e-3)


async def test_a_part_of_a_network_is_all_that_is_loaded(hearing):
    def sizes():
        folder = store.model_path(default_models_dir(), "mms-mini")
        return [len(HiddenNetwork(folder, layer, threads=1)._inputs) for layer in (0, 2, LAYERS)]

    # Of each layer's adapter six tensors, and the samples; the head isn't needed.
    assert await asyncio.to_thread(sizes) == [1, 13, 37]


async def test_what_can_not_be_embedded_is_told(hearing, samples, tmp_path):
    with pytest.raises(InvalidInput, match="no layer 7") as caught:
        await hearing.embed(samples, 16_000, layer=7)
    assert caught.value.hint == "0 to 6: 6 is the encoder's end"
    with pytest.raises(InvalidInput, match="shorter than a frame"):
        await hearing.embed(samples[:300], 16_000)
    with pytest.raises(InvalidInput, match="need their rate"):
        await hearing.embed(samples)
    with pytest.raises(InvalidInput, match="no such file"):
        await hearing.transcribe(tmp_path / "none.wav")
    with pytest.raises(InvalidInput, match="isn't open"):
        await Hearing().transcribe(FILE)
    with pytest.raises(ModelMissing) as missing:
        async with Hearing(models_dir=tmp_path):
            pass
    assert "oyez models install mms-1b-all" in missing.value.hint


async def test_importing_it_is_light():
    heavy = ("onnxruntime", "onnx", "torch", "aiomqtt", "sounddevice", "typer", "transformers")
    code = f"import sys; from oyez import Hearing; print(*(name for name in {heavy} if name in sys.modules))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert (process.returncode, out.split()) == (0, [])
