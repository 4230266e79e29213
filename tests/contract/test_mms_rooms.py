"""What rooms do with recognition, on recorded speech and the bundled model: several languages, speech that is too long."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from oyez.config import VadConfig
from oyez.engines.mms.convert import convert
from oyez.engines.mms.recogniser import Recogniser
from oyez.engines.mms.recordings import MmsRecordings
from oyez.engines.silero import SileroVad
from oyez.errors import ModelMissing
from oyez.listen import Segmenter
from oyez.model import FRAME_SAMPLES, Frame

DATA = Path(__file__).parent.parent / "data/mini"
MINI = Path(__file__).parent.parent.parent / "daemon/oyez/data/mms-mini"
with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as stream:
    ROWS = list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared") / "mini"
    convert(MINI, folder)
    return folder


@pytest.fixture(scope="module")
def recogniser(prepared):
    return Recogniser(prepared, threads=1)


def audio(row) -> np.ndarray:
    return soundfile.read(DATA / row["file"], dtype="float32")[0]


def test_the_language_that_was_spoken_is_chosen_and_what_is_heard_is_what_it_would_be_alone(recogniser):
    right = 0
    for row in ROWS:
        found = recogniser.recognise(audio(row), "eng, Spanish")
        assert 0.5 <= found.language_confidence <= 1
        alone = recogniser.recognise(audio(row), found.language)
        assert (found.text, found.words, alone.language_confidence) == (alone.text, alone.words, None)
        right += found.language == row["language"]
    assert right >= len(ROWS) - 1


async def test_of_a_recording_the_language_in_which_it_begins_is_taken(prepared):
    rows = [next(row for row in ROWS if row["language"] == language) for language in ("spa", "eng")]
    mms = MmsRecordings(prepared, threads=1)
    try:
        for row in rows:
            heard = (await mms.hear(DATA / row["file"], "eng, spa")).recognition
            assert heard.language == row["language"]
            assert 0.5 < heard.language_confidence <= 1
        assert (await mms.hear(DATA / rows[1]["file"], "eng")).recognition.language_confidence is None
    finally:
        await mms.child.close()


def test_one_of_several_languages_that_is_not_there_is_told(recogniser):
    with pytest.raises(ModelMissing, match="'deu'"):
        recogniser.recognise(audio(ROWS[0]), "eng, deu")


def parted(samples: np.ndarray, longest: float) -> list[np.ndarray]:
    """The utterances that a room makes of it."""
    segmenter, vad = Segmenter(VadConfig(max_utterance_s=longest)), SileroVad()
    silence = np.zeros(FRAME_SAMPLES * 50, np.float32)
    stream = np.concatenate([silence, samples, silence])
    found = []
    for start in range(0, len(stream) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        frame = Frame(stream[start : start + FRAME_SAMPLES], start / 16_000)
        found.append(segmenter.feed(frame, vad.probability(frame)))
    return [segment.samples for segment in found if segment]


@pytest.mark.parametrize("language", ["eng", "spa"])
def test_speech_beyond_the_limit_is_parted_without_losing_a_word(recogniser, language):
    breath = np.zeros(4800, np.float32)
    rows = [row for row in ROWS if row["language"] == language]
    spoken = np.concatenate([piece for row in rows for piece in (bare(audio(row)), breath)])
    assert len(parted(spoken, 60.0)) == 1
    pieces = parted(spoken, 5.0)
    assert len(pieces) >= 3
    assert sum(map(len, pieces)) >= len(spoken)
    text = " ".join(recogniser.recognise(piece, language).text for piece in pieces)
    alone = " ".join(recogniser.recognise(np.pad(bare(audio(row)), 4800), language).text for row in rows)
    assert text == alone


def bare(samples: np.ndarray) -> np.ndarray:
    """Speech without the silence around it."""
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1] + 1]
