"""Run as a process: an ear whose microphone is its standard input (`d` seconds, then 320 float32), told as JSON at the end.

The other end of the pipe is a sound server that goes on while this process is stopped.
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys

import numpy as np

from oyez.model import FRAME_SAMPLES, Frame
from tests.support.hearing import Ear, marks

HEADER = struct.Struct("<d")
SIZE = HEADER.size + FRAME_SAMPLES * 4


class PipeMicrophone:
    async def frames(self):
        stream = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), sys.stdin.buffer)
        print("ready", flush=True)  # noqa: T201 - our protocol
        try:
            while True:
                block = await stream.readexactly(SIZE)
                yield Frame(np.frombuffer(block, np.float32, offset=HEADER.size), HEADER.unpack_from(block)[0])
        except asyncio.IncompleteReadError:
            return
        finally:
            transport.close()


async def main() -> None:
    ear = Ear(PipeMicrophone(), capacity=32)
    await ear.room.run()
    heard = [sorted({mark for mark in marks(utterance) if mark}) for utterance in await ear.heard()]
    print(json.dumps({"heard": heard, "part": ear.part}), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
