"""Throws damaged and odd input at every parser: `python -m tests.fuzz [--seconds 20] [--seed N] [PARSER...]`.

Each gets mutations of what it takes, and of what got furthest so far (by lines of our code reached). What raises anything
but an OyezError, or takes over a second of CPU time, is written to a file and ends the run with status 1.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from oyez import log
from oyez.errors import OyezError
from tests.fuzz.parsers import PARSERS, Parser

LONGEST = 4_096  # bytes of an input, but for its seeds
SLOW_S = 1.0
KEPT = 200  # inputs that reached something new
OURS = str(Path("daemon/oyez").resolve())
TOKENS = (
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"\r\n", b"\t", b"  "),
    *(
        b"{",
        b"}",
        b"[",
        b"]",
        b'"',
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b":",
        b",",
        b"null",
        b"true",
        b"NaN",
        b"-0",
        b"1e999",
    ),
    *(b"9" * 40, b"0.0000001", b"-1", b"[" * 500, b'{"a":' * 200, b"a" * 1_000, b"[[", b"]]", b"[[[[", b"[[pause "),
    *(b"<", b"</", b"/>", b"<speak>", b"<![CDATA[", b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<a " + b"b='c' " * 50),
    *(b"#", b"+", b"/", b"$", b"*2", b"%", b" dB", b"- ", b"&x ", b"*x", b"!!python", b"%YAML", b"|", b">", b"?", b"~"),
)


class Reached:
    """Which lines of ours are run."""

    def __init__(self) -> None:
        self.lines: set[tuple[Any, int]] = set()

    def __call__(self, frame: FrameType, event: str, _: object) -> Reached | None:
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        if event == "line":
            self.lines.add((frame.f_code, frame.f_lineno))
        return self


def mutated(rng: random.Random, corpus: list[bytes]) -> bytes:
    """An input of the corpus, damaged in some places."""
    whole = bytearray(rng.choice(corpus))
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at, end = sorted(rng.randrange(len(whole) + 1) for _ in range(2))
        match rng.randrange(6):
            case 0:
                whole[at:at] = rng.choice(TOKENS)
            case 1:
                del whole[at : min(end, at + rng.randrange(1, 30))]
            case 2:
                whole[at : at + 1] = bytes([rng.randrange(256)])
            case 3:
                whole[at:at] = whole[at:end][:200] * rng.choice((1, 2, 10))
            case 4:
                other = rng.choice(corpus)
                whole[at:end] = other[: rng.randrange(len(other) + 1)]
            case _:
                whole[at : at + 1] = rng.choice(TOKENS)
    return bytes(whole[:LONGEST])


def fuzz(parser: Parser, rng: random.Random, seconds: float) -> tuple[int, int, str | None, bytes]:
    """How many were tried, how many lines were reached, what went wrong, and with what."""
    reached, corpus, tried = Reached(), list(parser.seeds), 0
    until = time.process_time() + seconds
    while time.process_time() < until:
        payload = corpus[tried] if tried < len(parser.seeds) else mutated(rng, corpus)
        known, tried = len(reached.lines), tried + 1
        if trouble := _tried(parser, payload, reached):
            return tried, len(reached.lines), trouble, payload
        if len(reached.lines) > known and len(corpus) < KEPT:
            corpus.append(payload)
    return tried, len(reached.lines), None, b""


def _tried(parser: Parser, payload: bytes, reached: Reached) -> str | None:
    for tracing in (reached, None):  # which takes time itself
        begun = time.process_time()
        sys.settrace(tracing)
        try:
            parser.parse(payload)
        except OyezError as error:
            error.message.encode()  # can be printed and sent
        except Exception:  # noqa: BLE001 - that is what is looked for
            return traceback.format_exc()
        finally:
            sys.settrace(None)
        took = time.process_time() - begun
        if took < SLOW_S:
            return None
    return f"took {took:.1f} s of CPU time"


def main() -> int:
    """Fuzz the parsers that are named, or all."""
    told = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    told.add_argument("parsers", nargs="*", choices=[[], *PARSERS], metavar="PARSER", help=", ".join(PARSERS))
    told.add_argument("--seconds", type=float, default=20.0, help="of CPU time for each parser")
    told.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    given = told.parse_args()
    log.configure("error")
    print(f"seed {given.seed}")
    failed = False
    for name in given.parsers or PARSERS:
        tried, lines, trouble, payload = fuzz(PARSERS[name], random.Random(f"{given.seed} {name}"), given.seconds)
        print(f"{name}: {tried:,} inputs, {lines:,} lines reached", flush=True)
        if trouble:
            failed = True
            path = Path(f"fuzz-{name.replace(' ', '-')}-{hashlib.sha256(payload).hexdigest()[:8]}")
            path.write_bytes(payload)
            print(f"{trouble}\n{name}: {path} breaks it\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
