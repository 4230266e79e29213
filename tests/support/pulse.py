"""A PulseAudio server of the test's own: no sound card, nobody else's sound server.

`pulse` is a running server with a null sink as `speaker`, and a source `microphone` that hears what is played into the null
sink `mic`; PortAudio in child processes finds both behind `default`, and by name. Marked `pulse` tests need the packages
pulseaudio, pulseaudio-utils, libasound2-plugins.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import tempfile
import time
from pathlib import Path

import numpy as np
import pytest

BYTES = 4  # of a float32 sample
ASOUND = """
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse hint { show on description "Sound server" } }
ctl.!default { type pulse }
"""


async def eventually(condition, *, within: float = 10.0, what: str = "the condition") -> None:
    """Wait until `condition()` (plain or async) is true; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        answer = condition()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return
        assert time.monotonic() < deadline, f"{what} didn't come true within {within} s"
        await asyncio.sleep(0.02)


class Recorder:
    """What a source gives, from when it was made: float32 samples."""

    def __init__(self, process, rate: int) -> None:
        self.rate = rate
        self._process = process
        self._heard = bytearray()
        self._reading = asyncio.create_task(self._read())

    @property
    def samples(self) -> np.ndarray:
        """All that was recorded until now."""
        return np.frombuffer(bytes(self._heard[: len(self._heard) // BYTES * BYTES]), np.float32)

    def __len__(self) -> int:
        return len(self._heard) // BYTES

    async def more(self, seconds: float) -> np.ndarray:
        """All, once so much more has been recorded."""
        wanted = len(self) + int(seconds * self.rate)
        await eventually(lambda: len(self) >= wanted, within=seconds + 10, what="the recording")
        return self.samples

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading
        self._process._transport.close()

    async def _read(self) -> None:
        while data := await self._process.stdout.read(65536):
            self._heard += data


class PulseServer:
    """The server: start, stop, freeze, kill; its devices; recording and feeding. `env` is what its clients need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            "PULSE_SERVER": f"unix:{folder}/native",
            "PULSE_RUNTIME_PATH": str(folder),
            "PULSE_CLIENTCONFIG": str(folder / "client.conf"),
            "PULSE_COOKIE": str(folder / "cookie"),
            "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
        }
        self._process: asyncio.subprocess.Process | None = None
        self._helpers: list[asyncio.subprocess.Process] = []
        (folder / "asound.conf").write_text(ASOUND)
        (folder / "client.conf").write_text("autospawn = no\n")

    async def start(self) -> None:
        """Start it, with the devices `speaker`, `mic` and `microphone`."""
        self._process = await self._run(
            "pulseaudio", "-n", "--system=no", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1",
            "--disable-shm=yes", "--high-priority=no", "--log-level=error",
            "-L", f"module-native-protocol-unix socket={self.folder}/native auth-anonymous=1",
        )  # fmt: skip
        await eventually(self._answers, what="PulseAudio")
        await self.load("module-null-sink sink_name=speaker sink_properties=device.description=Speaker")
        await self.plug_in()
        # A null sink works in blocks of 2 s until somebody wants it quicker. (Its first block takes that long anyway.)
        for sink in ("speaker", "mic"):
            await self._listen(f"{sink}.monitor")

    async def plug_in(self) -> None:
        """Make the microphone be there."""
        await self.load("module-null-sink sink_name=mic sink_properties=device.description=Feed")
        await self.load("module-remap-source master=mic.monitor source_name=microphone remix=no")
        await self.pactl("set-default-sink", "speaker")
        await self.pactl("set-default-source", "microphone")

    async def unplug(self) -> None:
        """Take the microphone away."""
        # First what stands for the device: left without its master, it would take the speaker's monitor for one.
        await self.unload("source_name=microphone")
        await self.unload("sink_name=mic")

    async def load(self, module: str) -> None:
        await self.pactl("load-module", *module.split(" "))

    async def unload(self, argument: str) -> None:
        """Unload the modules that were loaded with an argument."""
        for line in (await self.pactl("list", "short", "modules")).splitlines():
            number, _name, arguments = [*line.split("\t"), "", ""][:3]
            if argument in arguments.split():
                await self.pactl("unload-module", number)

    async def pactl(self, *args: str) -> str:
        """Run pactl; what it printed."""
        process = await asyncio.create_subprocess_exec(
            "pactl", *args, env=os.environ | self.env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        out, err = await process.communicate()
        assert process.returncode == 0, f"pactl {args}: {err.decode()}"
        return out.decode()

    async def streams(self, what: str) -> list[dict]:
        """`source-outputs`, `sink-inputs`, `sources` or `sinks`."""
        return json.loads(await self.pactl("--format=json", "list", what))

    @contextlib.asynccontextmanager
    async def record(self, source: str = "speaker.monitor", *, rate: int = 24_000):
        """Record a source; a Recorder that already hears."""
        process = await self._run(
            "parec", f"--device={source}", f"--rate={rate}", "--channels=1", "--format=float32le", "--raw",
            "--latency-msec=20", stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        recorder = Recorder(process, rate)
        try:
            await eventually(lambda: len(recorder), what="the first recorded sample")
            yield recorder
        finally:
            await recorder.close()

    async def feed(self, samples: np.ndarray, *, sink: str = "mic", rate: int = 16_000, channels: int = 1) -> None:
        """Play samples into a sink, [samples] or [samples, channels], and wait until they are played."""
        process = await self._run(
            "pacat", "--playback", f"--device={sink}", f"--rate={rate}", f"--channels={channels}", "--format=float32le",
            "--raw", "--latency-msec=50", stdin=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            await process.communicate(np.ascontiguousarray(samples, np.float32).tobytes())
        finally:
            await _end(process)

    def freeze(self) -> None:
        """Stop it from running, sockets open."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process
        self._process.send_signal(signal.SIGCONT)

    async def kill(self) -> None:
        """Kill it with all that records from it."""
        for process in (self._process, *self._helpers):
            if process:
                await _end(process)
        self._process = None
        self._helpers.clear()
        (self.folder / "native").unlink(missing_ok=True)

    async def _listen(self, source: str) -> None:
        self._helpers.append(
            await self._run("parec", f"--device={source}", "--latency-msec=20", stdout=asyncio.subprocess.DEVNULL)
        )

    async def _answers(self) -> bool:
        process = await self._run("pactl", "info", stdout=asyncio.subprocess.DEVNULL)
        return await process.wait() == 0

    async def _run(self, *command: str, **pipes: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command, env=os.environ | self.env, stderr=asyncio.subprocess.DEVNULL, **pipes
        )


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    process._transport.close()


@pytest.fixture
async def pulse(monkeypatch):
    """A running PulseServer; this process's children use it."""
    if not shutil.which("pulseaudio") or not shutil.which("pactl"):
        pytest.fail("PulseAudio is missing: apt-get install pulseaudio pulseaudio-utils libasound2-plugins")
    # Not tmp_path: a unix socket's path is limited to 108 bytes
    with tempfile.TemporaryDirectory(prefix="oyez-pulse-") as folder:
        server = PulseServer(Path(folder))
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        try:
            await server.start()
            yield server
        finally:
            await server.kill()
