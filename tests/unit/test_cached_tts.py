"""A speaking engine that remembers, with a fake one behind it (allowed: it is what comes out of an engine)."""

from __future__ import annotations

import asyncio
import errno
import os
from contextlib import aclosing

import numpy as np
import pytest
from structlog.testing import capture_logs

from oyez.errors import EngineFailed
from oyez.health import Health
from oyez.model import SENTENCE_PAUSE, SpeechChunk, SpokenWord
from oyez.script import Line, Part, Pause, Script, Sound
from oyez.speak.cache import CachedTts
from oyez.speak.cache.shelf import Shelf


class Engine:
    """Says each word of a text as a chunk; `!` and `?` make it fail, `[x]` plays the sound of that path."""

    def __init__(self):
        self.said: list[str] = []
        self.abandoned = 0
        self.pause = asyncio.Event()
        self.pause.set()
        self.pause_after: str | None = None  # a word

    async def script(self, text, *, voice, language=None):
        sounds = [Sound(word[1:-1]) for word in text.split() if word.startswith("[")]
        return Script((Line((Part(text, language or "en"),), voice), *sounds), notes=("left out: x",))

    async def say(self, script, *, speed=1.0):
        text = script.sentences[0]
        self.said.append(text)
        for number, word in enumerate(text.split()):
            try:
                await self.pause.wait()
            except asyncio.CancelledError:
                self.abandoned += 1
                raise
            if word == self.pause_after:
                self.pause.clear()
            if word in "!?":
                raise EngineFailed("broken") if word == "!" else ValueError("a bug")
            yield SpeechChunk(
                np.full(240, 0.25, np.float32),
                word,
                phonemes=f"/{word}/",
                words=(SpokenWord(word, number * 0.01, number * 0.01 + 0.005),),
                notes=() if number else script.notes,
                volume=0.5,
            )


class House:
    def __init__(self, folder, *, limit=1_000_000, maker="engine 1"):
        self.engine, self.health, self.shelf = Engine(), Health(), Shelf(folder, limit)
        self.tts = CachedTts(self.engine, self.shelf, maker=maker, health=self.health.part("cache"))

    def start(self, text="one two", *, voice="anna", **options):
        return self.tts.synthesise(text, voice=voice, **options)

    async def say(self, text="one two", **options):
        return [
            (chunk.text, chunk.phonemes, chunk.words, chunk.notes, chunk.volume, round(float(chunk.samples.sum())))
            async for chunk in self.start(text, **options)
        ]

    @property
    def told(self):
        return self.health.snapshot()["parts"]["cache"]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


async def test_a_repeat_is_not_made_again_and_comes_back_as_it_was(house):
    assert await house.say() == await house.say()
    assert house.engine.said == ["one two"]
    assert (house.told["misses"], house.told["hits"]) == (1, 1)
    assert house.told["size_mb"] > 0


async def test_it_outlives_the_process(house, tmp_path):
    first = await house.say()
    later = House(tmp_path)
    assert await later.say() == first
    assert later.engine.said == []


@pytest.mark.parametrize("other", [{"voice": "bert"}, {"language": "es"}, {"speed": 1.5}, {"text": "one three"}])
async def test_whatever_changes_the_sound_is_made_anew(house, other):
    await house.say()
    await house.say(**other)
    assert len(house.engine.said) == 2


async def test_another_engine_makes_it_anew(house, tmp_path):
    await house.say()
    other = House(tmp_path, maker="engine 2")
    await other.say()
    assert other.engine.said == ["one two"]


async def test_a_sound_that_changed_is_read_anew(house, tmp_path):
    sound = tmp_path / "ding.wav"
    for content in (None, "ding", "dong!", "dong!"):
        if content:
            sound.write_text(content)
            os.utime(sound, (1, 1))
        await house.say(f"one [{sound}]")
    assert len(house.engine.said) == 3


async def test_what_was_cut_off_or_failed_is_not_kept(house):
    house.engine.pause.clear()
    waiting = asyncio.create_task(house.say())
    while not house.engine.said:
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    house.engine.pause.set()
    with pytest.raises(EngineFailed):
        await house.say("one !")
    await house.say()
    with pytest.raises(EngineFailed):
        await house.say("one !")
    assert house.engine.said == ["one two", "one !"] * 2


async def test_a_speech_streams_through_while_it_is_made(house):
    house.engine.pause_after = "one"
    async with aclosing(house.start()) as speech:
        assert (await anext(speech)).text == "one"
        assert not list(house.shelf.folder.glob("*.speech"))


async def test_two_rooms_that_ask_for_the_same_at_once_have_it_made_once(house):
    one, two = await asyncio.gather(house.say(), house.say())
    assert one == two
    assert house.engine.said == ["one two"]
    assert (house.told["hits"], house.told["misses"]) == (1, 1)


async def test_two_rooms_that_ask_for_different_things_do_not_wait_for_each_other(house):
    async with aclosing(house.start("one")) as speech:
        await anext(speech)
        assert len(await house.say("two")) == 1


async def test_a_room_that_asks_later_hears_from_the_start_what_another_room_has_made(house):
    async with aclosing(house.start()) as first:
        await anext(first)
        assert len(await house.say()) == 2
    assert house.engine.said == ["one two"]


async def test_when_the_first_room_is_stopped_the_second_hears_on(house):
    first, second = house.start(), house.start()
    await anext(first)
    house.engine.pause.clear()
    assert (await anext(second)).text == "one"
    await first.aclose()
    house.engine.pause.set()
    assert [chunk.text async for chunk in second] == ["two"]
    assert house.engine.said == ["one two"]
    await house.say()
    assert house.engine.said == ["one two"]


async def test_when_the_last_room_leaves_nobody_goes_on_making(house):
    house.engine.pause.clear()
    waiting = [asyncio.create_task(house.say()) for _ in range(2)]
    while sum(making._listeners for making in house.tts._making.values()) < 2:
        await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert house.engine.abandoned == 1


@pytest.mark.parametrize("word", ["!", "?"])
async def test_when_the_making_fails_every_room_is_told_and_the_next_tries_anew(house, word):
    house.engine.pause.clear()
    waiting = [asyncio.create_task(house.say(f"one {word}")) for _ in range(2)]
    while sum(making._listeners for making in house.tts._making.values()) < 2:
        await asyncio.sleep(0)
    house.engine.pause.set()
    told = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(error) for error in told] == [EngineFailed if word == "!" else ValueError] * 2
    assert len(house.engine.said) == 1
    with pytest.raises((EngineFailed, ValueError)):
        await house.say(f"one {word}")
    assert len(house.engine.said) == 2


@pytest.mark.parametrize("damage", [lambda data: data[:-10], lambda data: b"", lambda data: b"\xff" + data[1:]])
async def test_a_damaged_entry_is_dropped_told_and_made_anew(house, damage):
    first = await house.say()
    [path] = house.shelf.folder.glob("*.speech")
    path.write_bytes(damage(path.read_bytes()))
    with capture_logs() as logged:
        assert await house.say() == first
    assert ["damaged" in line["event"] for line in logged] == [True]
    assert await house.say() == first
    assert len(house.engine.said) == 2


async def test_a_full_disk_costs_the_memory_not_the_speech(house, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as broken, capture_logs() as logged:
        broken.setattr("oyez.speak.cache.shelf.mkstemp", full)
        assert len(await house.say()) == len(await house.say()) == 2
    assert house.told["state"] == "failing"
    assert "No space left" in house.told["detail"]
    assert ["can't be kept" in line["event"] for line in logged] == [True]
    await house.say()
    assert (house.told["state"], house.engine.said) == ("ok", ["one two"] * 3)


async def test_a_folder_that_is_none_costs_the_memory_not_the_speech(tmp_path):
    (tmp_path / "file").write_text("in the way")
    house = House(tmp_path / "file" / "cache")
    assert len(await house.say()) == 2
    assert house.told["state"] == "failing"


async def test_a_speech_too_long_for_the_shelf_is_spoken_and_not_kept(tmp_path):
    house = House(tmp_path, limit=4 * 2 * 240)
    assert len(await house.say("a b c")) == 3
    assert not list(tmp_path.glob("*.speech"))


class Lines(Engine):
    """Says each sentence as two chunks, with the pauses between; one without a letter has no sound."""

    stuck_after: int | None = None  # chunks

    async def script(self, text, *, voice, language=None):
        lines = [Line((Part(one, "en"),), voice) for one in text.split(". ")]
        return Script((*lines[:2], Pause(0.5), *lines[2:]), notes=("left out: x",))

    async def say(self, script, *, speed=1.0):
        self.said.append([getattr(item, "text", item) for item in script.items])
        samples, notes, before = 0, script.notes, None
        for item in script.items:
            if isinstance(item, Pause):
                chunks = [SpeechChunk(np.zeros(round(item.seconds * 24_000), np.float32))]
            elif not item.text.isalpha():
                continue
            else:
                rest = np.zeros(round(SENTENCE_PAUSE * 24_000) if isinstance(before, Line) else 0, np.float32)
                start = (samples + len(rest)) / 24_000
                first = np.concatenate((rest, np.full(24_000, 0.25, np.float32)))
                chunks = [
                    SpeechChunk(first, item.text, words=(SpokenWord(item.text, start, start + 1),), notes=notes),
                    SpeechChunk(np.full(24_000, 0.5, np.float32)),
                ]
                notes = ()
            before = item
            for chunk in chunks:
                samples += len(chunk.samples)
                yield chunk
                if self.stuck_after is not None:
                    self.stuck_after -= 1
                    if not self.stuck_after:
                        await asyncio.Event().wait()


async def heard(tts, most=1000):
    chunks = []
    async with aclosing(tts.synthesise("one. two. -. three. four", voice="anna")) as speech:
        async for chunk in speech:
            chunks.append(chunk)
            if len(chunks) == most:
                break
    return chunks


def whole(chunks):
    samples = np.concatenate([chunk.samples for chunk in chunks])
    words = [(word.text, round(word.start, 3)) for chunk in chunks for word in chunk.words]
    return samples.tolist(), words, [note for chunk in chunks for note in chunk.notes]


@pytest.mark.parametrize(
    ("cut_after", "still_to_make"),
    [(2, "one two - three four"), (3, "two - three four"), (5, "two - three four"), (6, "three four"), (8, "four")],
)
async def test_a_speech_that_was_cut_goes_on_with_the_sentence_that_was_not_made_whole(
    tmp_path, cut_after, still_to_make
):
    engine = Lines()
    tts = CachedTts(engine, Shelf(tmp_path / "a", 10**7), maker="1", health=Health().part("c"))
    once = CachedTts(Lines(), Shelf(tmp_path / "b", 10**7), maker="1", health=Health().part("c"))
    engine.stuck_after = cut_after
    await heard(tts, cut_after)
    engine.stuck_after = None
    again = await heard(tts)
    assert whole(again) == whole(await heard(once))
    assert [one for one in engine.said[1] if isinstance(one, str)] == still_to_make.split()
    assert [chunk.text for chunk in await heard(tts)] == [chunk.text for chunk in again]  # from the shelf
    assert len(engine.said) == 2
