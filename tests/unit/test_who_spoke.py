"""Transcripts that tell who spoke."""

from __future__ import annotations

import asyncio
import json

import numpy as np
import pytest

from oyez.errors import Busy
from oyez.flow import Channel, WhenFull
from oyez.health import Health
from oyez.listen.ahead import Ahead
from oyez.listen.ask import Ask
from oyez.listen.expected import Expected
from oyez.listen.rewrite import Rewriting
from oyez.listen.transcribe import Transcription
from oyez.listen.voices import Voices
from oyez.model import Recognition, Utterance, Voiceprint
from oyez.mqtt import payloads
from oyez.speakers import Speakers

ANNA = Voiceprint(np.array([1, 0], np.float32), 4.0)
STRANGER = Voiceprint(np.array([0, 1], np.float32), 4.0)


class Asr:
    """Hears words, and a voice where that is asked for."""

    busy = False

    def __init__(self, voiceprint):
        self.voiceprint = voiceprint
        self.asked = []

    async def transcribe(self, samples, language, *, hot_words, n_best, voiceprint=False):
        self.asked.append(voiceprint)
        return Recognition("lights on", language, 0.9, voiceprint=self.voiceprint if voiceprint else None)


def utterance(seconds, begun):
    return Utterance("u", "kitchen", np.zeros(16_000, np.float32), begun, begun + seconds, 1e12)


async def heard(asr, voices, seconds=1.5, begun=4e9):
    health = Health()
    expected = Expected([], {"kitchen": []}, health.part("hot words"))
    ask = Ask(asr, languages={"kitchen": "eng"}, expected=expected, voices=voices)
    channel, delivered = Channel("utterances", 4, WhenFull.DROP_OLDEST), []
    channel.put_now(utterance(seconds, begun))
    channel.close()

    async def deliver(transcript):
        delivered.append(transcript)

    await Transcription(
        ask,
        channel,
        ahead=Ahead(ask),
        min_confidence=0.5,
        expected=expected,
        rewrite=Rewriting(),
        deliver=deliver,
        refuse=delivered.append,
        voices=voices,
        health=health.part("asr"),
    ).run()
    (transcript,) = delivered
    return transcript


async def enrol_anna(speakers):
    await asyncio.to_thread(speakers.enrol, "anna", [ANNA])


@pytest.fixture
def speakers(tmp_path):
    return Speakers(tmp_path / "speakers.json", model="m", min_score=0.7)


@pytest.fixture
def voices(speakers):
    return Voices(speakers)


async def test_a_transcript_tells_who_spoke_of_those_who_are_enrolled(speakers, voices):
    await enrol_anna(speakers)
    told = await heard(Asr(ANNA), voices)
    assert json.loads(payloads.transcript(told))["speaker"] == {"name": "anna", "score": 1.0}
    assert json.loads(payloads.last_transcript(told))["speaker"] == {"name": "anna", "score": 1.0}


async def test_a_stranger_has_no_name(speakers, voices):
    await enrol_anna(speakers)
    told = await heard(Asr(STRANGER), voices)
    assert told.text == "lights on"
    assert "speaker" not in json.loads(payloads.transcript(told))


async def test_nobody_is_asked_about_where_nobody_is_enrolled_or_it_is_too_short_or_off(speakers, voices):
    asr = Asr(ANNA)
    await heard(asr, voices)
    await heard(asr, None)
    await enrol_anna(speakers)
    await heard(asr, voices, seconds=0.9)
    assert asr.asked == [False, False, False]
    await heard(asr, voices, seconds=1.0)
    assert asr.asked[-1]


async def test_what_is_said_next_in_a_room_is_gathered_also_where_nobody_is_enrolled(voices):
    asked = asyncio.create_task(voices.gather("kitchen", 2, 60.0))
    await asyncio.sleep(0)
    with pytest.raises(Busy, match="already"):
        await voices.gather("kitchen", 2, 60.0)
    asr = Asr(ANNA)
    await heard(asr, voices, begun=0.0)  # before it was asked for
    for _ in range(2):
        assert not asked.done()
        await heard(asr, voices)
    assert await asked == [ANNA, ANNA]
    await heard(asr, voices)
    assert asr.asked == [True, True, True, False]


async def test_who_says_too_little_in_time_has_said_what_there_is(voices):
    assert await voices.gather("kitchen", 2, 0.0) == []
    assert await voices.gather("kitchen", 2, 0.0) == []


async def test_a_draft_is_asked_whose_voice_it_is_and_a_partial_is_not(voices):
    await enrol_anna(voices.speakers)
    asr = Asr(ANNA)
    asr.transcribe_ahead = asr.transcribe
    expected = Expected([], {"kitchen": []}, Health().part("hot words"))
    ask = Ask(asr, languages={"kitchen": "eng"}, expected=expected, voices=voices)
    assert (await ask.ahead(utterance(1.5, 0.0))).voiceprint is ANNA
    assert (await ask.ahead(utterance(1.5, 0.0), partial=True)).voiceprint is None
