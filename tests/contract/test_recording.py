"""Audio files as they are found in the world: what is read of them, and what is said of their faults."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from oyez.errors import InvalidInput
from oyez.recording import Given, Recording, Survey, survey


def speechlike(seconds: float, rate: int = 16_000) -> np.ndarray:
    return (np.random.default_rng(7).standard_normal(int(seconds * rate)) * 0.1).astype(np.float32)


def read(recording: Recording) -> tuple[Survey, np.ndarray]:
    *_, found = survey(recording)
    samples = np.concatenate(list(recording.blocks()))
    assert len(samples) == found.samples
    assert np.isfinite(samples).all()
    return found, samples


@pytest.mark.parametrize(
    ("rate", "channels", "kind"),
    [(8_000, 1, "wav"), (16_000, 1, "flac"), (44_100, 2, "mp3"), (48_000, 2, "ogg"), (192_000, 6, "wav")],
)
def test_any_rate_and_any_channels_come_as_16_khz_mono(tmp_path, rate, channels, kind):
    path = tmp_path / f"a.{kind}"
    tone = np.sin(np.arange(rate * 3) * 2 * np.pi * 440 / rate)[:, None] / 2
    soundfile.write(path, np.tile(tone, channels), rate)
    found, samples = read(Recording(path))
    assert (found.broken, found.notes) == (None, ())
    assert abs(found.seconds - 3) < 0.06  # MP3 has some silence around
    assert found.mean == pytest.approx(samples.mean(dtype=np.float64), abs=1e-6)
    assert found.variance == pytest.approx(samples.var(dtype=np.float64), rel=1e-4)
    assert samples.std() == pytest.approx(0.5 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("kind", ["mp3", "ogg", "flac"])
def test_blocks_are_what_is_in_the_file(tmp_path, kind):
    """Soundfile's own blocks of an MP3 aren't, where its rate varies as speech makes it do."""
    at = np.arange(16_000 * 4)
    soundfile.write(tmp_path / f"a.{kind}", speechlike(4) * (at // 4_000 % 2), 16_000)
    whole, _ = soundfile.read(tmp_path / f"a.{kind}", dtype="float32")
    np.testing.assert_allclose(read(Recording(tmp_path / f"a.{kind}"))[1], whole, atol=1e-6)


def test_floats_beyond_full_scale_are_left_as_they_are(tmp_path):
    soundfile.write(tmp_path / "a.wav", speechlike(1) * 30_000, 16_000, subtype="FLOAT")
    assert np.abs(read(Recording(tmp_path / "a.wav"))[1]).max() > 1_000


@pytest.mark.parametrize(
    ("spoil", "note"),
    [
        (lambda samples: samples * 0, "silent: was the microphone connected"),
        (lambda samples: np.clip(samples * 40, -1, 1), "% of its samples are at full scale"),
        (lambda samples: np.where(np.arange(len(samples)) == 99, np.nan, samples), "1 sample isn't a number"),
        (lambda samples: np.where(np.arange(len(samples)) < 9, np.inf, samples), "9 samples are no numbers"),
        (lambda samples: samples[:800], "lasts 0.050 s: too short for a word"),
    ],
)
def test_what_the_hearing_suffers_from_is_noted(tmp_path, spoil, note):
    spoilt = spoil(speechlike(1)).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", spoilt, 16_000, subtype="FLOAT")
    for recording in (Recording(tmp_path / "a.wav"), Given(spoilt, 16_000)):
        found, _ = read(recording)
        assert [note in told for told in found.notes] == [True]
        assert found.broken is None


def test_speech_as_it_should_be_has_no_notes():
    assert read(Given(speechlike(1), 16_000))[0].notes == ()


def test_a_file_that_breaks_off_is_read_until_there_and_says_so(tmp_path):
    for kind, subtype in (("wav", "PCM_16"), ("flac", "PCM_16"), ("mp3", "MPEG_LAYER_III")):
        path = tmp_path / f"a.{kind}"
        soundfile.write(path, speechlike(8), 16_000, subtype=subtype)
        assert read(Recording(path))[0].broken is None
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        found, _ = read(Recording(path))
        assert "breaks off after" in found.broken
        assert 3 < found.seconds < 4.1


def test_a_wav_whose_writer_never_came_back_to_its_header_is_whole(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, speechlike(1), 16_000)
    content = path.read_bytes()
    at = content.index(b"data") + 4
    path.write_bytes(content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :])
    found, _ = read(Recording(path))
    assert (found.seconds, found.broken) == (1.0, None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty, not a byte"), (b"This is a text, whatever its name says.", "isn't audio"), (None, "no such file")],
)
def test_what_is_no_audio_is_refused_with_what_to_do(tmp_path, content, reason):
    path = tmp_path / "a.wav"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInput, match=reason) as caught:
        list(survey(Recording(path)))
    assert str(path) in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("samples", [[], [np.nan] * 9])
def test_a_recording_without_sound_is_refused(tmp_path, samples):
    soundfile.write(tmp_path / "a.wav", np.array(samples, np.float32), 16_000, subtype="FLOAT")
    with pytest.raises(InvalidInput, match="no sound in it"):
        list(survey(Recording(tmp_path / "a.wav")))
