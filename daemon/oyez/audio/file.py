"""Files as devices: a microphone that reads one, a speaker that writes one WAV per announcement."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from oyez.audio.speech import reading
from oyez.errors import DeviceLost
from oyez.model import FRAME_SAMPLES, HEARD_RATE, SPEECH_RATE, Frame
from oyez.recording import BLOCK_SECONDS, Recording

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Generator, Iterator

    from oyez.model import Samples, SpeechChunk

BLOCKS = round(1.0 / BLOCK_SECONDS)  # a read: one trip to a thread a second, and little memory for a file of hours
FRAME_SECONDS = FRAME_SAMPLES / HEARD_RATE


class FileMicrophone:
    """Hears an audio file of any format, rate and channel count that libsndfile knows, once, then ends.

    In real time, or as fast as it is read; `captured_mono` counts the audio's own time either way.
    """

    def __init__(self, path: Path, *, realtime: bool) -> None:
        self._path = path
        self._realtime = realtime

    async def frames(self) -> AsyncIterator[Frame]:
        """See ports.Microphone. DeviceLost: a missing or broken file; InvalidInput: one that isn't audio."""
        reader = _Reader(self._path)
        await asyncio.to_thread(reader.open)
        try:
            captured_mono = time.monotonic()
            while (samples := await asyncio.to_thread(reader.read)) is not None:
                for start in range(0, len(samples), FRAME_SAMPLES):
                    frame = Frame(samples[start : start + FRAME_SAMPLES], captured_mono)
                    captured_mono += FRAME_SECONDS
                    if self._realtime:
                        await asyncio.sleep(captured_mono - time.monotonic())
                    yield frame
        finally:
            reader.close()


class FileSpeaker:
    """Writes each announcement to a folder, as `<UTC time>-<running number>.wav`: whole, or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0

    async def wake(self) -> None:
        """Nothing to get ready."""

    async def play(
        self,
        speech: AsyncIterator[SpeechChunk],
        *,
        volume: float = 1.0,
        at: float | None = None,  # noqa: ARG002 - a file has no moment
        on_audible: Callable[[], None] | None = None,
        on_played: Callable[[float], None] | None = None,
    ) -> float:
        """See ports.Speaker. As fast as speech comes; a cancelled announcement leaves no file."""
        pieces: list[Samples] = []
        async with reading(speech, volume) as chunks:
            async for samples in chunks:
                if not pieces and on_audible:
                    on_audible()
                pieces.append(samples)
        said = np.concatenate(pieces) if pieces else np.empty(0, np.float32)
        self._number += 1
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        await asyncio.to_thread(_write, self._folder / f"{stamp}-{self._number:04d}.wav", said)
        if on_played:
            on_played(len(said) / SPEECH_RATE)
        return len(said) / SPEECH_RATE

    async def close(self) -> None:
        """Nothing to release."""


class _Reader:
    """Reads a file as frames of 16 kHz mono, a second at a time. Blocks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._recording = Recording(path)
        self._blocks: Generator[Samples] | None = None
        self._pending = np.empty(0, np.float32)

    def open(self) -> None:
        """Open the file. Raises DeviceLost, InvalidInput."""
        if not self._path.is_file():
            raise DeviceLost(f"there is no audio file {self._path}", hint="check the room's `microphone` in the config")
        self._blocks = self._recording.blocks()

    def read(self) -> Samples | None:
        """Whole frames, the last one filled up with silence; None at the end. Raises DeviceLost for a broken file."""
        while self._blocks:
            blocks = list(islice(self._blocks, BLOCKS))
            if not blocks:
                self.close()
            heard = np.clip(np.concatenate(blocks), -1.0, 1.0) if blocks else np.empty(0, np.float32)
            whole = self._whole_frames(heard, last=not blocks)
            if len(whole):
                return whole
        if self._recording.damaged:
            raise DeviceLost(f"the audio file {self._path} is damaged: {self._recording.broken}")
        return None

    def close(self) -> None:
        """Close the file."""
        if self._blocks:
            self._blocks.close()
            self._blocks = None

    def _whole_frames(self, heard: Samples, *, last: bool) -> Samples:
        pending = np.concatenate((self._pending, heard))
        if last:
            pending = np.pad(pending, (0, -len(pending) % FRAME_SAMPLES))
        count = len(pending) // FRAME_SAMPLES * FRAME_SAMPLES
        self._pending = pending[count:]
        return pending[:count]


def _write(path: Path, samples: Samples) -> None:
    partial = path.with_suffix(".part")
    with _file_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            soundfile.write(partial, samples, SPEECH_RATE, subtype="PCM_16", format="WAV")
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


@contextmanager
def _file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, soundfile.SoundFileError) as error:
        why = getattr(error, "error_string", None) or getattr(error, "strerror", None) or error
        raise DeviceLost(f"the audio file {path} can't be written: {why}") from error
