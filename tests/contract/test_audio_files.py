"""Files as microphone and speaker, with real files of many kinds."""

import asyncio
import time

import numpy as np
import pytest
import soundfile

from oyez.audio.file import FileMicrophone, FileSpeaker
from oyez.errors import DeviceLost, InvalidInput
from oyez.model import FRAME_SAMPLES, HEARD_RATE, SPEECH_RATE, SpeechChunk


def tone(rate, seconds, hertz=440):
    return (np.sin(np.arange(int(rate * seconds)) * 2 * np.pi * hertz / rate) / 2).astype(np.float32)


async def hear(path, *, realtime=False):
    return [frame async for frame in FileMicrophone(path, realtime=realtime).frames()]


@pytest.mark.parametrize(
    ("suffix", "subtype"), [("wav", "PCM_16"), ("wav", "FLOAT"), ("flac", "PCM_24"), ("ogg", "VORBIS")]
)
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 48_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
async def test_any_format_rate_and_channel_count_is_heard_as_16_khz_mono(tmp_path, suffix, subtype, rate, channels):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, np.tile(tone(rate, 2.5)[:, None], channels), rate, subtype=subtype)
    frames = await hear(path)
    assert all(frame.samples.shape == (FRAME_SAMPLES,) and frame.samples.dtype == np.float32 for frame in frames)
    heard = np.concatenate([frame.samples for frame in frames])[: int(2.5 * HEARD_RATE)]
    assert len(heard) == 2.5 * HEARD_RATE
    middle = slice(HEARD_RATE // 4, 2 * HEARD_RATE)
    assert np.corrcoef(heard[middle], tone(HEARD_RATE, 2.5)[middle])[0, 1] > 0.99


async def test_a_file_is_heard_in_real_time_when_asked(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(16_000, 0.3), 16_000)
    began = time.monotonic()
    frames = await hear(path, realtime=True)
    # A lower bound only: a frame is never there before its last sample would have been captured.
    assert time.monotonic() - began >= 0.3
    np.testing.assert_allclose(np.diff([frame.captured_mono for frame in frames]), 0.02, atol=1e-6)


async def test_values_that_no_microphone_gives_are_held_in_range(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.array([np.nan, np.inf, -5, 0.5] * 1000, np.float32), 16_000, subtype="FLOAT")
    heard = np.concatenate([frame.samples for frame in await hear(path)])
    assert np.all(np.isfinite(heard))
    assert np.abs(heard).max() == 1.0


async def test_an_empty_recording_ends_at_once(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.empty(0, np.float32), 16_000)
    assert await hear(tmp_path / "a.wav") == []


@pytest.mark.parametrize("content", [b"", b"hello, this is no sound", b"RIFF", b"RIFF\xff\xff\xff\xffWAVEfmt "])
async def test_what_is_no_audio_is_refused_by_its_name(tmp_path, content):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=r"a\.wav isn't audio"):
        await hear(path)


async def test_a_missing_file_is_a_lost_device_with_advice(tmp_path):
    with pytest.raises(DeviceLost, match="no audio file") as caught:
        await hear(tmp_path / "none.wav")
    assert caught.value.hint
    with pytest.raises(DeviceLost):
        await hear(tmp_path)


async def test_a_wav_that_was_cut_off_is_heard_as_far_as_it_goes(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(16_000, 2), 16_000)
    path.write_bytes(path.read_bytes()[: 44 + 32_000])
    assert len(await hear(path)) == 50


async def test_a_compressed_file_that_was_cut_off_is_heard_until_there_and_then_lost(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 48_000).astype(np.float32), 16_000)
    path.write_bytes(path.read_bytes()[:60_000])
    frames = FileMicrophone(path, realtime=False).frames()
    heard = [await anext(frames)]
    with pytest.raises(DeviceLost, match="breaks off"):
        heard += [frame async for frame in frames]


async def speech(*pieces):
    for piece in pieces:
        yield SpeechChunk(piece)


async def test_a_speaker_writes_one_wav_per_announcement_in_order(tmp_path):
    speaker, audible = FileSpeaker(tmp_path / "said"), []
    for hertz in (440, 880):
        pieces = speech(np.empty(0, np.float32), tone(SPEECH_RATE, 0.5, hertz), tone(SPEECH_RATE, 0.5, hertz))
        assert await speaker.play(pieces, volume=0.5, on_audible=lambda: audible.append(1)) == 1.0
    await speaker.close()
    assert audible == [1, 1]
    files = sorted((tmp_path / "said").iterdir(), key=lambda path: path.stem.rsplit("-", 1)[1])
    assert [path.stem.rsplit("-", 1)[1] for path in files] == ["0001", "0002"]
    for path in files:
        samples, rate = soundfile.read(path, dtype="float32")
        assert (rate, len(samples)) == (SPEECH_RATE, SPEECH_RATE)
        assert np.abs(samples).max() == pytest.approx(0.25, abs=0.01)


async def test_a_cancelled_announcement_leaves_no_file(tmp_path):
    started = asyncio.Event()

    async def stuck():
        yield SpeechChunk(tone(SPEECH_RATE, 0.1))
        started.set()
        await asyncio.Event().wait()

    playing = asyncio.create_task(FileSpeaker(tmp_path).play(stuck()))
    await started.wait()
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await playing
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_that_cannot_be_written_is_a_lost_speaker(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeviceLost, match="can't be written"):
        await FileSpeaker(tmp_path / "file").play(speech(tone(SPEECH_RATE, 0.1)))
