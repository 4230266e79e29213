"""Audio from anyone, and audio for anyone."""

import io
import wave

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from oyez.audio import decode as decoding
from oyez.audio.decode import decode
from oyez.audio.encode import FORMATS
from oyez.errors import InvalidInput
from oyez.model import SPEECH_RATE

TONE = (0.5 * np.sin(np.arange(24_000) * 0.05)).astype(np.float32)


def written(samples, rate=24_000, **form):
    made = io.BytesIO()
    soundfile.write(made, samples, rate, **form)
    return made.getvalue()


@pytest.mark.parametrize(("subtype", "close"), [("PCM_U8", 0.01), ("PCM_16", 1e-3), ("PCM_32", 1e-3)])
async def test_wav_of_every_usual_kind_is_read_here(subtype, close, monkeypatch):
    monkeypatch.setattr(decoding, "_read_elsewhere", None)
    stereo = np.stack([TONE, -0.5 * TONE], axis=1)
    samples = await decode(written(stereo, subtype=subtype, format="WAV"), most_s=10)
    assert len(samples) == 16_000
    assert np.abs(samples - await decode(written(TONE / 4, subtype="PCM_16", format="WAV"), most_s=10)).max() < close


async def test_every_other_format_is_read_in_a_child_process():
    expected = await decode(written(TONE, subtype="PCM_16", format="WAV"), most_s=10)
    samples = await decode(written(TONE, format="FLAC"), most_s=10)
    assert samples.dtype == np.float32
    assert np.abs(samples - expected).max() < 1e-3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"RIFF", "not audio that can be read"),
        (b"ID3 garbage" * 100, "not audio that can be read"),
        (written(TONE, format="FLAC")[:60], "sound in|be read"),
        (written(np.zeros(0), format="WAV"), "no sound"),
        (written(np.tile(TONE, 11), format="WAV"), "lasts 11 s; 10 s are the most"),
        (written(np.tile(TONE, 11), format="FLAC"), "10 s are the most"),
        (written(TONE, 1_000, format="WAV"), "1,000 Hz and 1 channels is none"),
    ],
    ids=["short", "garbage", "cut off", "empty", "long", "long flac", "slow"],
)
async def test_what_cannot_be_heard_is_refused_in_words(content, reason):
    with pytest.raises(InvalidInput, match=reason):
        await decode(content, most_s=10)


@settings(deadline=None)
@given(st.binary(max_size=80), st.integers(0, 60), st.integers(0, 8))
def test_a_damaged_wav_is_samples_or_refused(damage, at, length):
    content = bytearray(written(TONE[:50], format="WAV"))
    content[at : at + length] = damage
    try:
        samples = decoding.read_wav(bytes(content), 10)
    except InvalidInput:
        return
    assert samples is None or np.isfinite(samples).all()


@pytest.mark.parametrize("name", FORMATS)
def test_speech_in_parts_is_a_file_in_the_end(name):
    encoder = FORMATS[name].encoder()
    parts = [encoder.feed(TONE[start : start + 5_000]) for start in range(0, len(TONE), 5_000)]
    assert name == "flac" or any(parts), "some of it is out before the end"
    whole = b"".join([*parts, encoder.finish()])
    options = {"samplerate": SPEECH_RATE, "channels": 1, "subtype": "PCM_16", "format": "RAW"} if name == "pcm" else {}
    samples, rate = soundfile.read(io.BytesIO(whole), **options)
    assert rate == SPEECH_RATE
    assert len(TONE) <= len(samples) <= len(TONE) + 3_000  # MP3 ends with a whole frame
    assert np.sqrt(np.sum(samples**2) / len(TONE)) == pytest.approx(0.35, abs=0.02)


def test_wav_in_parts_can_be_read_by_anyone():
    encoder = FORMATS["wav"].encoder()
    whole = encoder.feed(TONE) + encoder.finish()
    with wave.open(io.BytesIO(whole)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
    assert FORMATS["wav"].encoder().finish()[:4] == b"RIFF", "also when nothing was said"
