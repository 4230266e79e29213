"""The model of voices as it is published: what it computes is torch's, and it tells people apart in the hearing child."""

from __future__ import annotations

import asyncio
import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from oyez.config.places import default_models_dir
from oyez.engines.ge2e import VOICES
from oyez.engines.ge2e.encoder import Encoder
from oyez.engines.mms.convert import convert
from oyez.engines.mms.engine import MmsAsr
from oyez.errors import InvalidInput
from oyez.speakers import Speakers

DATA = Path(__file__).parent.parent / "data"
MINI = Path(__file__).parent.parent.parent / "daemon/oyez/data/mms-mini"
with (DATA / "mini/manifest.csv").open(encoding="utf-8", newline="") as stream:
    ROWS = list(csv.DictReader(stream))

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def folder():
    """The installed model."""
    found = default_models_dir() / VOICES
    if not found.exists():
        pytest.fail(f"the model of voices is not installed in {found}: run `make setup-test`")
    return found


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared") / "mini"
    convert(MINI, folder)
    return folder


@pytest.fixture(scope="module")
def encoder(folder):
    return Encoder(folder)


def spoken(voice):
    """All that a voice says in the test data."""
    rows = [row for row in ROWS if row["voice"] == voice]
    return [soundfile.read(DATA / "mini" / row["file"], dtype="float32")[0] for row in rows]


def test_the_graph_computes_what_torch_does(encoder):
    """Reference: nn.LSTM(40, 256, 3) and nn.Linear(256, 256) of torch 2.13 with the published weights."""
    mel = np.random.default_rng(41).gamma(0.3, 0.05, (3, 160, 40)).astype(np.float32)
    (found,) = encoder._session.run(None, {"mel": mel})
    np.testing.assert_allclose(found, np.load(DATA / "voices/reference.npz")["voiceprint"], atol=2e-6)


def test_a_voice_is_told_from_others_by_what_it_said_before(encoder, tmp_path):
    speakers = Speakers(tmp_path / "speakers.json", model="m", min_score=0.7)
    last = {}
    for voice in ("af_jessica", "ef_dora", "em_alex"):
        *before, last[voice] = spoken(voice)
        speakers.enrol(voice, [encoder.voiceprint(np.concatenate([*before] * 3))])
    assert {voice: speakers.who(encoder.voiceprint(said)).name for voice, said in last.items()} == {
        voice: voice for voice in last
    }
    assert speakers.who(encoder.voiceprint(spoken("am_puck")[0])) is None


def test_silence_is_nobodys_and_what_is_no_sound_is_refused(encoder):
    assert encoder.voiceprint(np.zeros(16_000, np.float32)) is None
    with pytest.raises(InvalidInput, match="finite"):
        encoder.voiceprint(np.full(16_000, np.nan, np.float32))


async def test_the_hearing_child_tells_words_and_voice_at_once(folder, mini, encoder):
    asr = MmsAsr(mini, threads=1, voices=folder)
    samples = await asyncio.to_thread(lambda: spoken("am_eric")[0])
    try:
        heard = await asr.transcribe(samples, "eng", voiceprint=True)
        alone = await asr.voiceprint(samples)
        unasked = await asr.transcribe(samples, "eng")
        silent = await asr.transcribe(np.zeros(16_000, np.float32), "eng", voiceprint=True)
    finally:
        await asr.child.close()
    assert heard.text == unasked.text == "turn on the bedroom lights"
    expected = encoder.voiceprint(samples)
    np.testing.assert_allclose(heard.voiceprint.vector, expected.vector, atol=1e-5)
    np.testing.assert_array_equal(heard.voiceprint.vector, alone.vector)
    assert heard.voiceprint.seconds == expected.seconds
    assert unasked.voiceprint is silent.voiceprint is None
