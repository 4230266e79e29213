"""A microphone that sends to a UDP port of ours: signed 16 bits, little-endian, 16 kHz, mono, nothing around it.

So do `ffmpeg -f s16le`, `arecord -t raw | socat`, ESP32s. Rhasspy puts the header of a WAV file before each datagram.
"""

from __future__ import annotations

import asyncio
import struct
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from oyez.audio.arrivals import Arrivals
from oyez.audio.portaudio import FIRST_DEADLINE, STALL
from oyez.errors import DeviceLost
from oyez.flow import Channel, WhenFull
from oyez.model import HEARD_RATE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from oyez.model import Frame, Samples

DATAGRAMS = 64  # that wait; 64 kB is the longest, 2 kB are usual
HEADER = 44  # bytes before the sound in a WAV file of PCM; among them, from byte 20 on, its
FORMAT = struct.pack("<HHIIHH", 1, 1, HEARD_RATE, 2 * HEARD_RATE, 2, 16)


class UdpMicrophone:
    """Hears what one sender sends to a port; another one has its turn when the first has been silent for 2 s."""

    def __init__(self, address: str, port: int) -> None:
        self._address, self._port = address, port
        self._name = f"microphone udp:{address}:{port}"

    async def frames(self) -> AsyncIterator[Frame]:
        """See ports.Microphone."""
        came: Channel[bytes] = Channel(self._name, DATAGRAMS, WhenFull.DROP_OLDEST)
        transport = await self._listen(came)
        try:
            arrivals, deadline = Arrivals(), FIRST_DEADLINE
            while True:
                samples = self._samples(await self._next(came, deadline))
                frames, deadline = arrivals.feed(samples, time.monotonic()), STALL
                await asyncio.sleep(arrivals.early(time.monotonic()))
                for frame in frames:
                    yield frame
                    await asyncio.sleep(0)  # others of the loop have their turn
        finally:
            transport.close()
            await asyncio.sleep(0)  # now the port is free

    async def _listen(self, came: Channel[bytes]) -> asyncio.DatagramTransport:
        try:
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: _OneSender(came), local_addr=(self._address, self._port)
            )
        except OSError as error:
            raise DeviceLost(
                f"the {self._name} can't listen: {error.strerror or error}", hint="is the port another program's?"
            ) from error
        return transport

    async def _next(self, came: Channel[bytes], deadline: float) -> bytes:
        try:
            async with asyncio.timeout(deadline):
                return await came.take()
        except TimeoutError:
            raise DeviceLost(f"nothing comes to the {self._name}", hint="is it sent to this machine?") from None

    def _samples(self, datagram: bytes) -> Samples:
        if datagram[:4] == b"RIFF" and datagram[8:12] == b"WAVE":
            if datagram[20:36] != FORMAT:
                raise DeviceLost(f"the {self._name} gets WAV of another kind", hint="send 16,000 Hz, 16 bits, mono")
            datagram = datagram[HEADER:]
        whole = len(datagram) // 2 * 2
        return np.frombuffer(datagram[:whole], "<i2").astype(np.float32) / np.float32(32768)


class _OneSender(asyncio.DatagramProtocol):
    def __init__(self, came: Channel[bytes]) -> None:
        self._came = came
        self._sender: Any = None

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """The first who sends is heard; the sound of two in one stream would be none."""
        self._sender = self._sender or addr
        if addr == self._sender:
            self._came.put_now(data)
