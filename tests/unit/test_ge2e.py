"""The encoder's input, and the reader of torch's old files, against librosa's and torch's own.

tests/data/voices/reference.npz: `samples` (a tone in noise), `mel` as librosa 0.11 has it
(n_fft=400, hop_length=160, n_mels=40, sr=16000), `voiceprint` as torch 2.13 has it (tests/contract/test_voices.py).
small.pt: saved by torch 2.13 with `_use_new_zipfile_serialization=False`.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from oyez.engines.ge2e import WEIGHTS
from oyez.engines.ge2e.checkpoint import FORMAT, MAGIC, read
from oyez.engines.ge2e.convert import convert
from oyez.engines.ge2e.encoder import WINDOW, voiced, windows
from oyez.engines.ge2e.mel import spectrogram
from oyez.errors import ModelDamaged

DATA = Path(__file__).parent.parent / "data/voices"
SMALL = DATA / "small.pt"


def noise(seconds, loudness):
    random = np.random.default_rng(3)
    return (loudness * random.standard_normal(round(16_000 * seconds))).astype(np.float32)


def test_the_spectrogram_is_librosas():
    reference = np.load(DATA / "reference.npz")
    np.testing.assert_allclose(spectrogram(reference["samples"]), reference["mel"], rtol=1e-5)


def test_what_torch_saved_is_read_with_its_strides_and_offsets():
    found = read(SMALL, "model_state")
    whole = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_array_equal(found["whole"], whole)
    np.testing.assert_array_equal(found["turned"], whole.T)
    np.testing.assert_array_equal(found["part"], whole[1:, 2:])
    np.testing.assert_array_equal(found["counts"], [3, 4])


class Evil:
    def __reduce__(self):
        return print, ("run",)


@pytest.mark.parametrize("obj", [Evil(), {"model_state": Evil()}, {}, {"model_state": {"a": 3}}, 7])
def test_a_pickle_that_is_more_than_tensors_or_less_is_refused_and_nothing_of_it_runs(tmp_path, capsys, obj):
    path = tmp_path / "odd.pt"
    path.write_bytes(b"".join(pickle.dumps(one) for one in (MAGIC, FORMAT, {}, obj, [])))
    with pytest.raises(ModelDamaged, match="not what torch saved"):
        read(path, "model_state")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("size", range(0, 744, 31))
def test_a_file_that_was_cut_short_is_refused(tmp_path, size):
    path = tmp_path / "short.pt"
    path.write_bytes(SMALL.read_bytes()[:size])
    with pytest.raises(ModelDamaged, match="not what torch saved"):
        read(path, "model_state")


def test_weights_of_something_else_are_not_prepared(tmp_path):
    (tmp_path / WEIGHTS).write_bytes(SMALL.read_bytes())
    with pytest.raises(ModelDamaged, match=r"linear\.weight isn't there"):
        convert(tmp_path, tmp_path / "made", progress=lambda *_: None)
    assert not (tmp_path / "made").exists()


def test_silence_is_no_voice_and_what_is_said_is_taken_out_of_it():
    assert len(voiced(np.zeros(16_000, np.float32))) == 0
    assert len(voiced(np.zeros(0, np.float32))) == 0
    said = np.concatenate([np.zeros(32_000, np.float32), noise(1, 0.1), np.zeros(32_000, np.float32)])
    assert 100 <= len(voiced(said)) <= 125


def test_loudness_makes_no_difference():
    np.testing.assert_allclose(voiced(noise(1, 0.01)), voiced(noise(1, 0.3)), rtol=1e-3)


def test_the_rooms_steady_noise_is_taken_off():
    speech = np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000) * (np.arange(32_000) % 8_000 < 4_000)
    clean = speech.astype(np.float32) * 0.1
    heard = voiced(clean + noise(2, 0.01)).sum(axis=0)
    share = heard / heard.sum()
    raw = spectrogram(clean + noise(2, 0.01)).sum(axis=0)
    assert share[-1] < 0.2 * raw[-1] / raw.sum()


@pytest.mark.parametrize(("frames", "count"), [(1, 1), (159, 1), (160, 1), (161, 2), (240, 2), (241, 3), (400, 4)])
def test_windows_reach_from_the_first_frame_to_the_last(frames, count):
    mel = np.arange(1, frames + 1, dtype=np.float32)[:, None].repeat(40, axis=1)
    cut = windows(mel)
    assert cut.shape == (count, WINDOW, 40)
    assert {*mel[:, 0]} == {*cut[:, :, 0].ravel()}
