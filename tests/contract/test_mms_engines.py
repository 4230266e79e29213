"""Every engine of MMS hears the same: the ONNX graph in float32 and int8, torch in float32 and bfloat16."""

from __future__ import annotations

import asyncio
import csv
import difflib
import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soundfile
from tests.support.mms import FP32_TOLERANCE, INT8_AGREEMENT, INT8_SNR, agreement, snr

from oyez.engines.mms.convert import convert
from oyez.engines.mms.engine import MmsAsr
from oyez.engines.mms.network import Run
from oyez.engines.mms.networks import opened
from oyez.engines.mms.recogniser import Recogniser, normalise
from oyez.engines.mms.recordings import MmsRecordings
from oyez.errors import InvalidInput, ModelMissing
from oyez.model import Recognition

DATA = Path(__file__).parent.parent / "data/mini"
MINI = Path(__file__).parent.parent.parent / "daemon/oyez/data/mms-mini"
LIKENESS = 0.9  # of texts where weights or arithmetic are rounded
with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as stream:
    ROWS = list(csv.DictReader(stream))

# Deprecations in torch and transformers are theirs.
pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings("default")]
in_one_loop = pytest.mark.asyncio(loop_scope="module")
needs_torch = pytest.mark.skipif(
    not (importlib.util.find_spec("torch") and importlib.util.find_spec("transformers")),
    reason="torch isn't installed (extra `torch`)",
)
ENGINES = [
    "onnx-float32",
    "onnx-int8",
    pytest.param("torch-float32", marks=needs_torch),
    pytest.param("torch-bfloat16", marks=needs_torch),
]


def samples(row: dict[str, str]) -> np.ndarray:
    return soundfile.read(DATA / row["file"], dtype="float32")[0]


def greedy(recogniser: Recogniser, spoken: np.ndarray, language: str) -> str:
    return recogniser.reader(language)._greedy.greedy(recogniser.logits(spoken, language)).text


def likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, tmp_path_factory):
    """The folder, the precision, and whether it computes exactly."""
    library, precision = request.param.split("-")
    if library == "torch":
        return MINI, precision, precision == "float32"
    folder = tmp_path_factory.mktemp(request.param) / "mini"
    convert(MINI, folder, quantise=precision == "int8")
    return folder, "auto", precision == "float32"


@pytest.fixture(scope="module")
def recogniser(engine):
    return Recogniser(engine[0], threads=1, precision=engine[1])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asr(engine):
    """Behind the port, in its child process."""
    mms = MmsAsr(engine[0], threads=1, precision=engine[1], start_deadline=280)  # torch takes long to import
    await mms.child.start()
    yield mms
    await mms.child.close()


def test_logits_are_those_that_transformers_gave(recogniser, engine):
    with np.load(DATA / "reference.npz") as reference:
        for row in ROWS:
            if (stem := Path(row["file"]).stem) not in reference:
                continue
            found, expected = recogniser.logits(samples(row), row["language"]), reference[stem]
            assert found.dtype == np.float32
            assert found.shape == expected.shape
            if engine[2]:
                assert np.abs(found - expected).max() < FP32_TOLERANCE
            else:
                assert snr(expected, found) > INT8_SNR
                assert agreement(expected, found) >= INT8_AGREEMENT


@in_one_loop
async def test_what_is_heard_through_the_port_is_what_transformers_hears(asr, engine, recogniser):
    for row in ROWS[::3]:
        spoken = await asyncio.to_thread(samples, row)
        heard = await asr.transcribe(spoken, row["language"])
        assert heard.language == row["language"]
        assert heard.text == " ".join(word.word for word in heard.words)
        assert likeness(heard.text, row["text"]) > LIKENESS
        # The list of words aside, letter by letter:
        letters = await asyncio.to_thread(greedy, recogniser, spoken, row["language"])
        assert letters == row["heard"] if engine[2] else likeness(letters, row["heard"]) > LIKENESS


@in_one_loop
async def test_what_can_not_be_heard_is_refused_and_the_child_lives_on(asr):
    good = await asyncio.to_thread(samples, ROWS[0])
    before, pid = await asr.transcribe(good, "eng"), asr.child.pid
    assert asr.languages == ("eng", "spa")
    with pytest.raises(InvalidInput, match="finite"):
        await asr.transcribe(np.append(good, np.float32(np.nan)), "eng")
    with pytest.raises(ModelMissing, match="'deu' is installed; installed: eng, spa"):
        await asr.transcribe(good, "deu")
    assert await asr.transcribe(good[:399], "eng") == Recognition("", "eng", 0.0)
    assert await asr.transcribe(good, "English") == before
    assert asr.child.pid == pid


def test_a_batch_of_different_lengths_gives_what_each_gives_alone(engine):
    network = opened(engine[0], threads=1, precision=engine[1])
    english = [normalise(samples(row)) for row in ROWS if row["language"] == "eng"]
    batch = [*english[:3], english[0][:400]]
    together = network.compute(batch, "eng", Run())
    assert len({len(one) for one in together}) > 2
    for piece, found in zip(batch, together, strict=True):
        (alone,) = network.compute([piece], "eng", Run())
        assert found.shape == alone.shape
        if engine[2]:
            assert np.abs(found - alone).max() < FP32_TOLERANCE
        else:
            assert agreement(alone, found) >= INT8_AGREEMENT


@in_one_loop
async def test_recordings_are_heard(engine):
    mms = MmsRecordings(engine[0], threads=1, precision=engine[1], start_deadline=280)
    try:
        heard = await mms.hear(DATA / "eng_2.flac", "eng")
    finally:
        await mms.child.close()
    assert heard.text == "turn on the bedroom lights"


def test_a_folder_for_torch_says_so_where_torch_is_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "oyez.engines.mms.torch_network", raising=False)
    with pytest.raises(ModelMissing, match="which torch computes") as caught:
        opened(MINI)
    assert "oyez[torch]" in caught.value.hint
