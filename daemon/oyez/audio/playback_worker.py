"""Child process: a speaker through PortAudio.

Parent sends `start {device, lead_in_ms}` (answered by `ready`), then for each announcement `begin {at}` (when its
first sample is to be heard, on the machine's monotonic clock; null: at once), `speech` (24 kHz audio) as often as
needed, and `end`; or `stop` at any time after `begin`. Answers: `audible` when the first sample of
speech goes to the device, `played {samples}` as it goes on (a sign of life, too), `drained {samples, underflows}` when
the last left the device, or `stopped {samples}` when it was silenced; `error` (DeviceLost) ends the announcement.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

import numpy as np
import sounddevice
import soxr

from oyez.audio import hardware, sound_server
from oyez.audio.listing import Direction
from oyez.child.message import Message
from oyez.errors import DeviceLost
from oyez.model import SPEECH_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from oyez.child.worker import Port
    from oyez.model import Samples

BLOCK = SPEECH_RATE // 50  # 20 ms
SILENCE = np.zeros(BLOCK, np.float32)
PROGRESS = 0.1  # seconds between `played`
SINK_LATENCY = 0.1  # seconds that a sound server holds beyond the stream's own buffer
LINGER_BLOCKS = 50  # a second
COLD = 5.0  # seconds of silence after which sound servers suspend a sink and amplifiers fall asleep


class Inbox:
    """What the parent sent for one announcement, between the thread that reads the pipe and the one that plays."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._begun = self._ended = self._stopped = False
        self._at: float | None = None
        self._speech: deque[Samples] = deque()

    def put(self, message: Message) -> None:
        """Take in a message of the parent."""
        with self._changed:
            match message.kind:
                case "begin":
                    self._speech.clear()
                    self._begun, self._ended, self._stopped = True, False, False
                    self._at = message.data.get("at")
                case "speech":
                    self._speech.append(message.audio)
                case "end":
                    self._ended = True
                case "stop":
                    self._stopped = True
            self._changed.notify_all()

    def wait_for_begin(self) -> None:
        """Wait for the next announcement."""
        with self._changed:
            self._changed.wait_for(lambda: self._begun)
            self._begun = False

    def begins(self) -> bool:
        """Whether the next announcement came, without waiting."""
        with self._changed:
            begun, self._begun = self._begun, False
            return begun

    @property
    def at(self) -> float:
        """When the announcement is to be heard; long ago where it is at once."""
        return -math.inf if self._at is None else self._at

    @property
    def stopped(self) -> bool:
        """Whether the announcement is to be silenced."""
        return self._stopped

    def take(self) -> Samples | None:
        """Up to one block of speech; empty when none is there yet; None at the end."""
        with self._changed:
            if not self._speech:
                return None if self._ended else np.empty(0, np.float32)
            head = self._speech.popleft()
            if len(head) > BLOCK:
                self._speech.appendleft(head[BLOCK:])
            return head[:BLOCK]


class Output:
    """One opened stream: writes 24 kHz speech at the rate and channel count that the device accepted."""

    def __init__(self, name: str) -> None:
        self._stream = hardware.open_output(name, SPEECH_RATE)
        self._channels: int = self._stream.channels
        rate = int(self._stream.samplerate)
        self._resampler = soxr.ResampleStream(SPEECH_RATE, rate, 1) if rate != SPEECH_RATE else None
        self.underflows = 0
        self._stream.start()

    def write(self, samples: Samples, *, last: bool = False) -> None:
        """Hand samples to the device; waits while its buffer is full."""
        if self._resampler:
            samples = self._resampler.resample_chunk(samples, last=last)
        if len(samples):
            self.underflows += self._stream.write(np.repeat(samples, self._channels) if self._channels > 1 else samples)

    def wait(self, moment: float, unless: Callable[[], bool]) -> None:
        """Be silent so that what is written next is heard at a moment of the monotonic clock."""
        # What is written now is heard when what the stream holds has been: it is full, for writing waits until it is.
        while (left := moment - time.monotonic() - self._stream.latency) > 0 and not unless():
            self.write(SILENCE[: math.ceil(min(BLOCK, left * SPEECH_RATE))])

    def drain(self) -> None:
        """Wait until the last sample has left the device."""
        # PortAudio's stop throws away what ALSA still holds (it never calls snd_pcm_drain): silence pushes speech out.
        for last in [False] * math.ceil((self._stream.latency + SINK_LATENCY) * SPEECH_RATE / BLOCK) + [True]:
            self.write(SILENCE, last=last)
        if self._resampler:
            self._resampler.clear()

    def silence(self) -> None:
        """Throw away what the device still holds."""
        self._stream.abort()

    def close(self) -> None:
        """Release the device."""
        self._stream.close()


class Player:
    """Plays one announcement after another; the stream is open only while it does."""

    def __init__(self, port: Port, name: str, lead_in_ms: int) -> None:
        self._port = port
        self._name = name
        self._lead_in_blocks = math.ceil(lead_in_ms * SPEECH_RATE / 1000 / BLOCK)
        self._last_sound = -math.inf
        self.inbox = Inbox()

    def run(self) -> None:
        """Play until the process ends."""
        while True:
            self.inbox.wait_for_begin()
            try:
                self._play()
            except (DeviceLost, sounddevice.PortAudioError) as error:
                self._port.fail(
                    error
                    if isinstance(error, DeviceLost)
                    else DeviceLost(f"the speaker {self._name!r} is gone: {error}")
                )
                return

    def _play(self) -> None:
        output = Output(self._name)
        try:
            if time.monotonic() - self._last_sound > COLD:
                self._lead_in(output)
            with sound_server.watched(Direction.OUT, self._moved):
                while self._announce(output) and self._linger(output):
                    pass
        finally:
            output.close()
        self._last_sound = time.monotonic()

    def _announce(self, output: Output) -> bool:
        """Play one announcement to its end; False when it was stopped."""
        output.wait(self.inbox.at, lambda: self.inbox.stopped)
        samples = self._write_speech(output)
        if self.inbox.stopped:
            output.silence()
            self._port.send(Message("stopped", {"samples": samples}))
            return False
        output.drain()
        self._port.send(Message("drained", {"samples": samples, "underflows": output.underflows}))
        output.underflows = 0
        return True

    def _linger(self, output: Output) -> bool:
        """Keep the device running for a while, for sinks that are late; whether the next announcement came."""
        for _ in range(LINGER_BLOCKS):
            if self.inbox.begins():
                return True
            output.write(SILENCE)
        return False

    def _lead_in(self, output: Output) -> None:
        """Wake what sleeps with silence, so that it swallows no syllable."""
        for _ in range(self._lead_in_blocks):
            if self.inbox.stopped:
                return
            output.write(SILENCE)

    def _write_speech(self, output: Output) -> int:
        """Write what comes until its end or a stop; silence in between keeps the device running. Samples of speech."""
        samples, told = 0, 0.0
        while not self.inbox.stopped and (block := self.inbox.take()) is not None:
            if not samples and len(block):
                self._port.send(Message("audible"))
            output.write(block if len(block) else SILENCE)
            samples += len(block)
            if (now := time.monotonic()) - told > PROGRESS:
                told = now
                self._port.send(Message("played", {"samples": samples}))
        return samples

    def _moved(self, place: sound_server.Place) -> None:
        # What would go on elsewhere may be heard in another room.
        text = f"the speaker {self._name!r} is gone: the sound server switched to {place.name}"
        self._port.fail(DeviceLost(text, hint="oyez devices"))
        os._exit(1)


def serve(port: Port) -> None:
    """Play until the parent closes the pipe."""
    messages = iter(port)
    options = next(messages).data
    hardware.quiet()
    player = Player(port, options["device"], options["lead_in_ms"])
    threading.Thread(target=_receive, args=(messages, player.inbox), name="parent", daemon=True).start()
    port.send(Message("ready"))
    player.run()


def _receive(messages: Iterator[Message], inbox: Inbox) -> None:
    for message in messages:
        inbox.put(message)
    # Not sys.exit: the main thread may hang in a write that no frozen sound server will ever take.
    os._exit(0)
