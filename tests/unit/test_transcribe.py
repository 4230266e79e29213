import time

import numpy as np
import pytest
from tests.support.broker import eventually

from oyez.errors import EngineFailed, ModelMissing
from oyez.flow import Channel, WhenFull
from oyez.health import Health
from oyez.listen import Ahead, Ask, Transcription
from oyez.listen.expected import Expected
from oyez.listen.rewrite import Rewriting
from oyez.model import Recognition, Utterance, Word
from oyez.supervise import running

PLAIN = Rewriting()


def utterance(name: str, room: str = "kitchen", age: float = 0.0) -> Utterance:
    return Utterance(name, room, np.zeros(16_000, np.float32), 100.0, 101.0, time.monotonic() - age)


class ScriptedAsr:
    """Answers with the next of a list; errors are raised."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []

    busy = False

    async def transcribe_ahead(self, samples, language, **options):
        return await self.transcribe(samples, language, **options)

    async def transcribe(self, samples, language, *, hot_words=(), n_best=1):
        self.asked.append((len(samples), language))
        self.hints = [one.phrase for one in hot_words], n_best
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def said(text: str, confidence: float = 0.9) -> Recognition:
    return Recognition(
        text, "eng", confidence, tuple(Word(word, i, i + 0.4, confidence) for i, word in enumerate(text.split()))
    )


class Stage:
    def __init__(self, asr, *utterances, rewrite=PLAIN, hot_words=(), alternatives=0):
        self.health = Health()
        expected = Expected(hot_words, {}, self.health.part("hot words"))
        ask = Ask(asr, languages={"kitchen": "eng", "study": "spa"}, expected=expected, alternatives=alternatives)
        self.ahead = Ahead(ask)
        self.delivered = []
        self.refused = []
        self.kept = []
        self.channel = Channel("utterances", 32, WhenFull.DROP_OLDEST)
        for item in utterances:
            self.channel.put_now(item)
        self.channel.close()
        self.stage = Transcription(
            ask,
            self.channel,
            ahead=self.ahead,
            min_confidence=0.5,
            expected=expected,
            rewrite=rewrite,
            deliver=self.deliver,
            refuse=self.refused.append,
            keep=lambda utterance, recognition: self.kept.append((utterance.id, recognition.text)),
            health=self.health.part("asr"),
        )

    async def deliver(self, transcript):
        self.delivered.append(transcript)

    async def run(self):
        await self.stage.run()
        return [transcript.id for transcript in self.delivered]

    @property
    def part(self):
        return self.health.snapshot()["parts"]["asr"]


async def test_a_transcript_carries_on_what_the_utterance_knew():
    stage = Stage(ScriptedAsr(said(" open the door ")), utterance("a"))
    assert await stage.run() == ["a"]
    (transcript,) = stage.delivered
    assert (transcript.text, transcript.room, transcript.language) == ("open the door", "kitchen", "eng")
    assert (transcript.started_at, transcript.ended_at, transcript.confidence) == (100.0, 101.0, 0.9)
    assert [word.word for word in transcript.words] == ["open", "the", "door"]
    assert stage.part["transcripts"] == 1


async def test_each_room_is_recognised_in_its_language():
    asr = ScriptedAsr(said("one"), said("dos"))
    await Stage(asr, utterance("a", "kitchen"), utterance("b", "study")).run()
    assert asr.asked == [(16_000, "eng"), (16_000, "spa")]


async def test_no_words_and_doubtful_words_are_dropped_and_counted():
    stage = Stage(ScriptedAsr(said("  "), said("uh", 0.49), said("yes", 0.5)), *map(utterance, "abc"))
    assert await stage.run() == ["c"]
    assert (stage.part["empty"], stage.part["unsure"]) == (1, 1)


async def test_what_is_dropped_for_want_of_words_is_told_without_text():
    stage = Stage(ScriptedAsr(said(""), said("uh", 0.25), EngineFailed("it died")), *map(utterance, "abc"))
    await stage.run()
    told = [(one.id, one.room, one.reason, one.confidence) for one in stage.refused]
    assert told == [("a", "kitchen", "empty", 0.9), ("b", "kitchen", "unsure", 0.25)]
    assert (stage.refused[0].started_at, stage.refused[0].ended_at) == (100.0, 101.0)


async def test_all_that_the_engine_answered_may_be_kept_as_it_was_answered():
    asr = ScriptedAsr(said(""), said("uh", 0.25), EngineFailed("it died"), said("lamb on"))
    stage = Stage(asr, *map(utterance, "abcd"), rewrite=Rewriting({"all": {"lamb": "lamp"}}))
    await stage.run()
    assert stage.kept == [("a", ""), ("b", "uh"), ("d", "lamb on")]


async def test_recognition_is_told_what_the_house_expects():
    asr = ScriptedAsr(said("yes"))
    await Stage(asr, utterance("a"), hot_words=["kitchen lamp"], alternatives=2).run()
    assert asr.hints == (["kitchen lamp"], 3)


async def test_a_transcript_is_rewritten_and_has_its_alternatives():
    heard = Recognition("x", "eng", 0.9, (Word("x", 0.0, 0.1, 0.9),), (said("y", 0.4),), 0.8)
    stage = Stage(ScriptedAsr(heard), utterance("a"), rewrite=Rewriting({"all": {"x": "on"}}))
    await stage.run()
    (transcript,) = stage.delivered
    assert (transcript.text, transcript.words[0].word) == ("on", "on")
    assert [one.confidence for one in transcript.alternatives] == [0.4]
    assert transcript.language_confidence == 0.8


async def test_an_utterance_that_waited_half_a_minute_is_not_recognised():
    asr = ScriptedAsr(said("fresh"))
    stage = Stage(asr, utterance("old", age=31), utterance("new", age=29))
    assert await stage.run() == ["new"]
    assert stage.part["stale"] == 1
    assert len(asr.asked) == 1


@pytest.mark.parametrize("failure", [EngineFailed("it died"), ModelMissing("no adapter", hint="oyez models install x")])
async def test_a_failing_engine_costs_one_utterance_only(failure):
    stage = Stage(ScriptedAsr(failure, said("on we go")), *map(utterance, "ab"))
    states = []
    stage.health.changed = lambda: states.append(stage.part["state"])
    assert await stage.run() == ["b"]
    assert stage.part["failed"] == 1
    assert states == ["ok", "failed", "ok"]


async def test_no_word_of_what_was_said_is_logged(caplog, capsys):
    stage = Stage(ScriptedAsr(said("canary secret", 0.1), said("canary secret")), *map(utterance, "ab"))
    await stage.run()
    out = capsys.readouterr()
    assert "canary" not in out.out + out.err + caplog.text


async def test_what_was_recognised_ahead_of_time_is_delivered_without_asking_again():
    asr = ScriptedAsr(said("turn on"), said("the light"))
    stage = Stage(asr, first := utterance("a"), utterance("b"))
    async with running(stage.ahead.run()):
        stage.ahead.pause(first)
        await eventually(lambda: len(asr.asked) == 1)
        assert await stage.run() == ["a", "b"]
    assert [transcript.text for transcript in stage.delivered] == ["turn on", "the light"]
    assert (stage.part["ahead"], len(asr.asked)) == (1, 2)
    assert stage.part["delay_s"] >= 0
