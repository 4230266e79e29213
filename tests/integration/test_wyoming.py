"""The Wyoming server on a real port, asked by the library's own client; only the engines are played."""

import asyncio
import contextlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.broker import eventually, free_port
from tests.support.wyoming import SAID, Server, types
from wyoming.asr import Transcribe
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.event import Event
from wyoming.info import Describe, Info, SelectProgram
from wyoming.ping import Ping
from wyoming.satellite import RunSatellite
from wyoming.tts import (
    Synthesize,
    SynthesizeChunk,
    SynthesizeStart,
    SynthesizeStop,
    SynthesizeTextFormat,
    SynthesizeVoice,
)

from oyez.errors import EngineFailed
from oyez.hot_words import HotWord
from oyez.wyoming import connection, hearing, satellite, server, speaking, wire

SPOKEN = 2 * len(SAID) * 2  # bytes of a sentence
TRANSCRIPT = ["transcript-start", "transcript-chunk", "transcript", "transcript-stop"]


@pytest.fixture
async def serving():
    async with Server().serving() as running:
        yield running


def error(events: list[Event]) -> tuple[str, str]:
    assert events[-1].type == "error", types(events)
    return events[-1].data["code"], events[-1].data["text"]


async def heard(client, frames: int = 20) -> list[Event]:
    await client.hear(b"\1\1" * 320 * frames)
    return await client.until("transcript-stop", "error")


async def test_it_tells_what_it_offers_in_tags_that_home_assistant_knows(serving):
    async with serving.client() as client:
        await client.ask(Describe())
        info = Info.from_event((await client.until("info"))[-1])
    (asr,), (tts,) = info.asr, info.tts
    assert asr.models[0].languages == ["en", "es"]
    assert (asr.installed, asr.requires_external_vad, asr.supports_transcript_streaming) == (True, True, True)
    assert tts.supports_synthesize_streaming
    emma = next(voice for voice in tts.voices if voice.name == "bf_emma")
    assert emma.languages == ["en-GB"]
    assert all(voice.installed for voice in tts.voices)
    assert info.satellite is None, "Home Assistant would load neither of the two"


async def test_what_is_not_offered_is_not_told_and_not_done():
    async with Server(hear=False, end_commands=True).serving() as serving, serving.client() as client:
        await client.ask(Describe())
        assert Info.from_event((await client.until("info"))[-1]).asr == []
        await client.hear(b"\1\1" * 320)
        await client.ask(Ping("still there"))
        assert types(await client.until("pong")) == ["pong"]


async def test_a_command_becomes_a_transcript_in_its_language_with_what_it_expects(serving):
    async with serving.client() as client:
        wish = Transcribe(language="es-MX", transcript_names=["Ana", "*"], transcript_terms=["x" * 65, "luz"])
        await client.ask(wish)
        events = await heard(client)
        assert types(events) == TRANSCRIPT
        assert events[2].data == {"text": "20", "language": "es"}
        assert serving.engines.heard == [(6_400, "spa", (HotWord("lamp"), HotWord("Ana", 2.0), HotWord("luz", 1.0)))]
        await heard(client)
        assert serving.engines.heard[1][1:] == ("eng", (HotWord("lamp"),)), "a wish holds for one command"


async def test_audio_of_any_format_is_heard(serving):
    async with serving.client() as client:
        await client.hear(bytes(3 * 2 * 48_000), rate=48_000, width=3, channels=2)
        assert types(await client.until("transcript-stop")) == TRANSCRIPT
        assert serving.engines.heard[0][0] == pytest.approx(16_000, abs=2)


async def test_a_command_without_audio_is_an_empty_transcript(serving):
    async with serving.client() as client:
        await client.ask(Transcribe(language="en"), AudioStop())
        events = await client.until("transcript-stop", "error")
        assert types(events) == ["transcript-start", "transcript", "transcript-stop"]
        assert events[1].data["text"] == ""
        assert serving.engines.heard == []


async def test_what_is_too_unsure_is_an_empty_transcript(serving):
    serving.engines.confidence = 0.1
    async with serving.client() as client:
        assert [event.data["text"] for event in await heard(client) if event.type == "transcript"] == [""]


async def test_a_language_that_is_not_there_is_an_error_that_says_how_to_get_it(serving):
    async with serving.client() as client:
        await client.ask(Transcribe(language="de"))
        code, text = error(await heard(client))
        assert code == "model-missing"
        assert "oyez models install mms-1b-all --language deu" in text
        assert types(await heard(client)) == TRANSCRIPT, "the connection lives"


async def test_a_command_that_does_not_end_is_refused(serving, monkeypatch):
    monkeypatch.setattr(hearing, "MOST_S", 1.0)
    async with serving.client() as client:
        assert error(await heard(client, 60))[0] == "invalid-input"
        assert types(await heard(client)) == TRANSCRIPT


async def test_what_is_wrong_with_the_audio_is_told_once(serving):
    async with serving.client() as client:
        await client.hear(b"\1\1" * 9_000, rate=1)
        await client.ask(Ping("a"))
        events = await client.until("pong")
        assert types(events) == ["error", "pong"]
        assert "none that can be heard" in events[0].data["text"]
        assert types(await heard(client)) == TRANSCRIPT


async def test_it_ends_commands_itself_where_it_is_asked_to():
    async with Server(end_commands=True).serving() as serving, serving.client() as client:
        await client.ask(Describe())
        assert not Info.from_event((await client.until("info"))[-1]).asr[0].requires_external_vad
        noise = (np.random.default_rng(1).normal(0, 0.2, 16_000) * 32767).clip(-32767, 32767).astype("<i2").tobytes()
        await client.ask(Transcribe(language="en", vad_sensitivity="aggressive"))
        await client.hear(bytes(16_000) + noise + bytes(48_000), stop=False)
        assert types(await client.until("transcript-stop")) == TRANSCRIPT
        await client.ask(AudioChunk(rate=16_000, width=2, channels=1, audio=bytes(640)), AudioStop())
        assert types(await heard(client))[-1] == "transcript-stop"
        assert len(serving.engines.heard) == 1, "what comes after the end is nobody's, and silence is nothing"


async def test_a_text_becomes_audio_of_one_format_with_one_end(serving):
    async with serving.client() as client:
        await client.ask(Synthesize("Dinner is ready. Come now.", voice=SynthesizeVoice(name="af_heart")))
        events = await client.until("audio-stop", "error")
        assert types(events) == ["audio-start", *["audio-chunk"] * (len(events) - 2), "audio-stop"]
        assert {(e.data["rate"], e.data["width"], e.data["channels"]) for e in events[:-1]} == {(24_000, 2, 1)}
        assert sum(len(event.payload or b"") for event in events) >= SPOKEN
        assert events[1].payload == (np.full(2_400, 8_192, "<i2")).tobytes()
        assert {voice for _, voice in serving.engines.said} == {"af_heart"}


@pytest.mark.parametrize(
    ("voice", "spoken"),
    [
        (None, "bf_emma"),
        ({"language": "en-GB"}, "bf_emma"),
        ({"language": "en-US"}, "af_heart"),
        ({"language": "fr"}, "ff_siwis"),
    ],
)
async def test_a_voice_is_found_by_name_or_language_or_is_the_house_s(serving, voice, spoken):
    async with serving.client() as client:
        await client.ask(Synthesize("Hello.", voice=SynthesizeVoice(**voice) if voice else None))
        await client.until("audio-stop", "error")
        assert serving.engines.said == [("Hello.", spoken)]


@pytest.mark.parametrize("voice", [{"name": "nobody"}, {"language": "tlh"}])
async def test_a_voice_that_is_not_there_is_an_error(serving, voice):
    async with serving.client() as client:
        await client.ask(Synthesize("Hello.", voice=SynthesizeVoice(**voice)))
        assert error(await client.until("error"))[0] == "invalid-input"


async def test_a_text_that_is_still_written_is_spoken_sentence_by_sentence(serving):
    async with serving.client() as client:
        await client.ask(SynthesizeStart(text_format=SynthesizeTextFormat.TEXT))
        for piece in ("Dinner is", " ready. Come", " now "):
            await client.ask(SynthesizeChunk(piece))
        first = await client.until("audio-chunk")
        assert types(first) == ["audio-start", "audio-chunk"]
        assert serving.engines.said == [("Dinner is ready.", "bf_emma")], "while the rest is still to come"
        await client.ask(Synthesize("Dinner is ready. Come now please."), SynthesizeChunk("please."), SynthesizeStop())
        rest = await client.until("synthesize-stopped", "error")
        assert types(rest)[-2:] == ["audio-stop", "synthesize-stopped"]
        assert types(rest).count("audio-stop") == 1
        assert "audio-start" not in types(rest)
        assert [text for text, _ in serving.engines.said] == ["Dinner is ready.", "Come now please."]


async def test_text_without_end_is_refused(serving, monkeypatch):
    monkeypatch.setattr(speaking, "MOST_TEXT", 100)
    serving.engines.go_on.clear()
    async with serving.client() as client:
        await client.ask(SynthesizeStart(), *(SynthesizeChunk("word " * 10) for _ in range(9)))
        assert "characters wait" in error(await client.until("error"))[1]
        serving.engines.go_on.set()
        assert (await client.until("synthesize-stopped"))[-1].type == "synthesize-stopped", "what came is said"


async def test_text_that_stops_coming_is_not_waited_for(serving, monkeypatch):
    monkeypatch.setattr(speaking, "TEXT_S", 0.05)
    async with serving.client() as client:
        await client.ask(SynthesizeStart(), SynthesizeChunk("Dinner"))
        assert "no text has come" in error(await client.until("error"))[1]


async def test_describe_is_answered_at_once_while_engines_are_busy(serving):
    serving.engines.go_on.clear()
    async with serving.client() as busy, serving.client() as curious:
        await busy.hear(b"\1\1" * 6_400)
        await busy.ask(Synthesize("Hello."))
        await eventually(lambda: serving.engines.heard)
        for client in (busy, curious):
            await client.ask(Describe())
            assert types(await client.until("info")) == ["info"]
        serving.engines.go_on.set()
        assert types(await busy.until("audio-stop"))[:4] == TRANSCRIPT


async def test_a_client_that_leaves_takes_its_work_with_it(serving):
    serving.engines.go_on.clear()
    async with serving.client() as client:
        await client.hear(b"\1\1" * 6_400)
        await client.ask(Synthesize("Hello."))
        await eventually(lambda: serving.engines.heard)
    await eventually(lambda: serving.engines.cut_short == 1)
    await eventually(lambda: serving.part["clients"] == 0)
    assert serving.engines.said == [], "what waited was never begun"
    serving.engines.go_on.set()
    async with serving.client() as client:
        assert types(await heard(client)) == TRANSCRIPT


async def test_an_engine_that_fails_is_an_error_and_not_the_end(serving):
    serving.engines.error = EngineFailed("recognition: its process ended")
    async with serving.client() as client:
        assert error(await heard(client)) == ("engine-failed", "recognition: its process ended")
        serving.engines.error = None
        assert types(await heard(client)) == TRANSCRIPT


async def test_too_many_requests_of_one_client_are_refused(serving):
    serving.engines.go_on.clear()
    async with serving.client() as client:
        for _ in range(connection.MOST_WAITING + 2):
            await client.ask(Synthesize("Hello."))
        assert error(await client.until("error"))[0] == "busy"


async def test_a_program_is_selected_by_its_name(serving):
    async with serving.client() as client:
        await client.ask(SelectProgram("oyez"), Ping("a"))
        assert types(await client.until("pong")) == ["pong"]
        await client.ask(SelectProgram("piper"))
        assert error(await client.until("error")) == ("invalid-input", "there is no program 'piper'; there are: oyez")


async def test_events_that_nobody_knows_are_passed_over(serving):
    async with serving.client() as client:
        await client.ask(Event("run-pipeline", {"a": 1}), Event("new", payload=b"x"), Ping("a"))
        assert types(await client.until("pong")) == ["pong"]


@pytest.mark.parametrize(
    "event",
    [
        Event("synthesize", {}),
        Event("synthesize", {"text": 5}),
        Event("synthesize", {"text": "a", "voice": "b"}),
        Event("synthesize", {"text": "a", "voice": {"name": []}}),
        Event("synthesize", {"text": "a", "text_format": "html"}),
        Event("synthesize-chunk", {"text": "a"}),
        Event("transcribe", {"language": 5}),
        Event("transcribe", {"transcript_names": "Ana"}),
        Event("audio-chunk", {"rate": "16000", "width": 2, "channels": 1}, b"12"),
        Event("audio-chunk", {"rate": 16_000, "width": 2, "channels": 0}, b"12"),
        Event("audio-chunk", {}, b"12"),
        Event("select-program", {"name": {}}),
    ],
)
async def test_an_event_with_odd_fields_is_an_error_and_the_connection_lives(serving, event):
    async with serving.client() as client:
        await client.ask(event)
        assert error(await client.until("error"))[0] == "invalid-input"
        await client.ask(Ping("a"))
        assert types(await client.until("pong")) == ["pong"]


async def test_garbage_is_refused_in_words_and_closed_and_the_others_do_not_notice(serving):
    async with serving.client() as other, serving.raw() as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: me\r\n\r\n" + bytes(3_000_000))
        told = await asyncio.wait_for(reader.read(), 30)
        assert b"not an event of the Wyoming protocol" in told
        assert types(await heard(other)) == TRANSCRIPT
    await eventually(lambda: serving.part["clients"] == 0)


async def test_one_client_too_many_is_turned_away(serving, monkeypatch):
    monkeypatch.setattr(server, "MOST_CLIENTS", 1)
    async with serving.client() as first:
        await first.ask(Ping("a"))
        await first.until("pong")
        async with serving.client() as second:
            assert error(await second.until("error"))[0] == "busy"
            assert await second.read_event() is None
        await first.ask(Ping("a"))
        assert types(await first.until("pong")) == ["pong"]


async def test_a_client_that_does_nothing_is_closed_but_not_one_that_waits_for_its_answer():
    async with Server(idle_s=1.0).serving() as serving, serving.client() as patient:
        serving.engines.go_on.clear()
        await patient.hear(b"\1\1" * 6_400)
        await eventually(lambda: serving.engines.heard)
        async with serving.client() as idle:
            assert await asyncio.wait_for(idle.read_event(), 30) is None
        serving.engines.go_on.set()
        assert types(await patient.until("transcript-stop")) == TRANSCRIPT


async def test_a_client_that_reads_nothing_is_closed(serving, monkeypatch):
    monkeypatch.setattr(connection, "UNREAD_S", 0.2)
    monkeypatch.setattr(server, "WRITE_AHEAD", 1_000)
    async with serving.raw() as (_, writer):
        await eventually(lambda: serving.part["clients"] == 1)
        question = wire.pack(Describe().event())
        with contextlib.suppress(OSError):  # it hangs up on us
            while serving.part["clients"]:
                writer.write(question * 1_000)
                await asyncio.wait_for(writer.drain(), 30)
    await eventually(lambda: serving.part["clients"] == 0)


async def test_a_port_that_is_taken_shows_and_is_tried_again():
    port = free_port()
    blocker = await asyncio.start_server(lambda *_: None, "127.0.0.1", port)
    waiting = Server(port=port)
    task = asyncio.create_task(waiting.server.run())
    await eventually(lambda: waiting.part["state"] == "failed")
    assert str(port) in waiting.part["detail"]
    blocker.close()
    await blocker.wait_closed()
    await eventually(lambda: waiting.part["state"] == "ok")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_home_assistant_announces_in_a_room_is_played_there_and_then_told_played():
    async with Server(satellites={"kitchen": free_port()}).serving() as serving, serving.client(0) as client:
        await client.ask(Describe())
        info = Info.from_event((await client.until("info"))[-1])
        assert info.satellite.installed
        assert info.satellite.area == "Kitchen"
        assert info.asr == info.tts == []
        serving.engines.go_on.clear()
        await client.ask(RunSatellite())
        await client.hear(b"\0\x40" * 22_050, rate=22_050)
        await eventually(lambda: serving.played)
        await client.ask(Ping("a"))
        assert types(await client.until("pong")) == ["pong"], "while it is played"
        serving.engines.go_on.set()
        assert types(await client.until("played")) == ["played"]
        ((room, recording),) = serving.played
        assert room == "kitchen"
        assert len(recording) == pytest.approx(24_000, abs=2)
        assert np.abs(recording[1_000:-1_000] - 0.5).max() < 0.01
        await client.hear(b"")
        assert types(await client.until("played")) == ["played"], "there was nothing to wait for"


async def test_an_announcement_that_does_not_end_is_refused(monkeypatch):
    monkeypatch.setattr(satellite, "MOST_S", 1.0)
    async with Server(satellites={"kitchen": free_port()}).serving() as serving, serving.client(0) as client:
        await client.hear(bytes(2 * 20_000))
        assert "more than 1 s" in error(await client.until("error"))[1]
        await client.ask(AudioStart(rate=1, width=2, channels=1))
        assert error(await client.until("error"))[0] == "invalid-input"
        assert serving.played == []


async def test_engines_are_not_lent_at_the_port_of_a_satellite():
    async with Server(satellites={"kitchen": free_port()}).serving() as serving, serving.client(0) as client:
        await client.ask(Synthesize("Hello."), Transcribe(), AudioStop(), Ping("a"))
        assert types(await client.until("pong")) == ["pong"]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.binary(max_size=200)
        | st.builds(
            lambda kind, data, payload: wire.pack(Event(kind, data, payload)),
            st.sampled_from(
                ["describe", "transcribe", "audio-start", "audio-chunk", "audio-stop", "synthesize", "synthesize-start",
                 "synthesize-chunk", "synthesize-stop", "ping", "select-program"]
            ),
            st.dictionaries(
                st.sampled_from(["text", "voice", "rate", "width", "channels", "language", "name", "transcript_names"]),
                st.none() | st.integers(-1, 10**6) | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2),
                max_size=4,
            ),
            st.none() | st.binary(min_size=1, max_size=300),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_hostile_bytes_break_nothing(sent):
    async def attack() -> None:
        async with Server(end_commands=True).serving() as serving:
            async with serving.raw() as (_, writer):
                writer.write(b"".join(sent))
                writer.write_eof()
                await writer.drain()
                async with serving.client() as other:
                    await other.ask(Ping("a"))
                    assert types(await other.until("pong")) == ["pong"]
            await eventually(lambda: serving.part["clients"] == 0)

    asyncio.run(attack())


async def test_a_flood_of_questions_leaves_the_loop_free(serving):
    async with serving.client() as other, serving.raw() as (reader, writer):
        writer.write(wire.pack(Describe().event()) * 2_000)
        turns, answers = 0, 100
        flood = asyncio.create_task(reader.readexactly(answers * len(serving.server._info)))
        while not flood.done():
            await asyncio.sleep(0)
            turns += 1
        assert turns > answers / 2, "others have their turns meanwhile"
        await other.ask(Ping("a"))
        assert types(await other.until("pong")) == ["pong"]
