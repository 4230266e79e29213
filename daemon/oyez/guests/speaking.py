"""Synthesis for guests, a sentence at a time, so that an announcement never waits for more than one of theirs."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import aclosing
from dataclasses import replace
from textwrap import wrap
from typing import TYPE_CHECKING

from oyez.audio.volume import apply
from oyez.errors import EngineFailed, OyezError
from oyez.flow import Channel, ChannelClosed, WhenFull
from oyez.model import SPEECH_RATE
from oyez.script import Line, Script
from oyez.speak.stream import Joined, stream
from oyez.supervise import running
from oyez.volume import MOST

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Iterator

    from oyez.guests.turns import Turns
    from oyez.model import SpeechChunk
    from oyez.ports import Scripted

LONGEST = 300  # characters of a sentence that are said in one turn
TURN_S = 60.0  # a guest who doesn't take what was made for it in that time has left
HELD_S = 120.0  # seconds of speech that wait for a guest: more than a turn makes, 11 MB
GRACE_S = 3.0  # for the rest of a sentence when its guest has gone: to end an engine and start it takes longer


class GuestTts:
    """The speaking engine as guests have it."""

    def __init__(self, tts: Scripted, turns: Turns) -> None:
        self._tts = _TurnByTurn(tts, turns)
        self._turns = turns

    async def speak(
        self, text: str | AsyncIterable[str], *, voice: str, language: str | None = None, speed: float = 1.0
    ) -> AsyncGenerator[SpeechChunk, None]:
        """Speak a text, or what comes of it piece by piece, the first while the rest is still to be made.

        Chunks are at 24 kHz, markup's volume applied. Raises InvalidInput for what can't be said, Busy when too many
        others ask, EngineFailed. Whoever leaves early closes the generator: what isn't made then is never made, but for
        the rest of a sentence.
        """
        with self._turns.visit():
            if isinstance(text, str):
                script = await self._tts.script(text, voice=voice, language=language)
                speech = self._tts.say(script, speed=speed)
            else:
                speech = stream(self._tts, text, voice=voice, language=language, speed=speed)
            async with aclosing(speech):
                async for chunk in speech:
                    yield replace(chunk, samples=apply(chunk.samples, min(MOST, chunk.volume)), volume=1.0)


class _TurnByTurn:
    """The engine, asked for one sentence at a time; see ports.Scripted."""

    def __init__(self, tts: Scripted, turns: Turns) -> None:
        self._tts = tts
        self._turns = turns

    def reads(self, voice: str, language: str | None = None) -> str:
        return self._tts.reads(voice, language)

    async def script(self, text: str, *, voice: str, language: str | None = None) -> Script:
        return await self._tts.script(text, voice=voice, language=language)

    async def say(self, script: Script, *, speed: float = 1.0) -> AsyncGenerator[SpeechChunk, None]:
        joined = Joined()
        for part in _turns(script):
            async with aclosing(self._turn(joined.to_the_one_before(part), speed)) as chunks:
                async for chunk in chunks:
                    yield joined.told(chunk)

    async def _turn(self, part: Script, speed: float) -> AsyncGenerator[SpeechChunk, None]:
        channel: Channel[SpeechChunk] = Channel("lent speech", HELD_S, WhenFull.WAIT, weigh=_seconds)
        async with running(self._make(part, speed, channel), grace=GRACE_S):
            try:
                async for chunk in channel:
                    yield chunk
            finally:
                channel.close()

    async def _make(self, part: Script, speed: float, channel: Channel[SpeechChunk]) -> None:
        """Make one turn's speech; to its end also when nobody wants it any more, since that is soon."""
        try:
            async with self._turns.turn, asyncio.timeout(TURN_S), aclosing(self._tts.say(part, speed=speed)) as chunks:
                async for chunk in chunks:
                    with contextlib.suppress(ChannelClosed):
                        await channel.put(chunk)
        except TimeoutError:
            channel.close(EngineFailed("what was made wasn't taken in time"))
        except OyezError as error:
            channel.close(error)
        finally:
            channel.close()


def _seconds(chunk: SpeechChunk) -> float:
    return len(chunk.samples) / SPEECH_RATE


def _turns(script: Script) -> Iterator[Script]:
    """The script in parts of one sentence each, with what comes before it; notes are with the first."""
    items, notes = [], script.notes
    for item in script.items:
        for one in _short(item) if isinstance(item, Line) else [item]:
            items.append(one)
            if isinstance(one, Line):
                yield Script(tuple(items), notes)
                items, notes = [], ()
    if items:
        yield Script(tuple(items), notes)


def _short(line: Line) -> list[Line]:
    """A sentence of any length as lines that don't keep the engine from the house for long."""
    if len(line.parts) > 1 or len(line.text) <= LONGEST or line.parts[0].phonemes:
        return [line]
    return [replace(line, parts=(replace(line.parts[0], text=text),)) for text in wrap(line.text, LONGEST)]
