"""Texts as bytes: a file's, and what arrives on standard input."""

from __future__ import annotations

import asyncio
import codecs
import os
import stat
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from oyez.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

STANDARD = Path("-")  # standard input or output
BLOCK = 1 << 16


def read(source: Path) -> str:
    """The text of a file, of standard input where it is `STANDARD`. Raises InvalidInput where there is none."""
    try:
        text = (sys.stdin.buffer.read() if source == STANDARD else source.read_bytes()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(error) from error
    except OSError as error:
        raise InvalidInput(f"the text can't be read from {source}: {error.strerror}") from error
    return said(text)


def said(text: str) -> str:
    """The text. Raises InvalidInput when it is empty."""
    if not text.strip():
        raise InvalidInput("nothing to say: the text is empty")
    return text


def piped() -> bool:
    """Whether somebody may still be writing what standard input brings."""
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


async def arriving() -> AsyncGenerator[str, None]:
    """The text that comes through a pipe to standard input, as it comes. Raises InvalidInput where it isn't UTF-8."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    with closing(transport):
        try:
            while block := await reader.read(BLOCK):
                yield decoder.decode(block)
            yield decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise _not_utf8(error) from error


def _not_utf8(error: UnicodeDecodeError) -> InvalidInput:
    """What is wrong with a text."""
    return InvalidInput(
        f"the text isn't UTF-8: it has a byte 0x{error.object[error.start]:02x} after {_shown(error)!r}",
        hint="iconv -f LATIN1 -t UTF-8 FILE, if it is Latin-1",
    )


def _shown(error: UnicodeDecodeError) -> str:
    return bytes(error.object[max(0, error.start - 20) : error.start]).decode(errors="ignore")
