"""HTTP: a real server and real clients, with engines that can be held up."""

from __future__ import annotations

import asyncio
import io
import json
import re
import socket
from contextlib import asynccontextmanager
from types import SimpleNamespace

import aiohttp
import numpy as np
import pytest
import soundfile
from tests.support.broker import eventually
from tests.support.guests import Ear, Engine, guest_asr, guest_tts, wav
from tests.support.house import House

from oyez.actions.table import ACTIONS
from oyez.config import HttpConfig
from oyez.engines.kokoro import voices
from oyez.errors import EngineFailed
from oyez.guests import speaking
from oyez.http import body, guard, openapi, server, speech
from oyez.http.server import HttpServer
from oyez.metrics import KINDS, Metrics
from oyez.model import NoMatch, Outcome, OutcomeState, Transcript

TOKEN = "a-token-of-some-length"
RECORDING = wav(np.zeros(16_000))


class Site:
    """A house that serves HTTP, and a client of it."""

    def __init__(self, folder, **config) -> None:
        self.engine, self.ear = Engine(), Ear()
        engines = {"tts": guest_tts(self.engine), "asr": guest_asr(self.ear)}
        nowhere = SimpleNamespace(host="127.0.0.1", port=1)
        self.house = House(nowhere, folder, engines=engines, http=HttpConfig(enabled=True, **{"port": 0} | config))
        self.health = self.house.health
        self.metrics = Metrics(self.health, self.house.home.agendas, clock=lambda: 10.0)
        self.server = HttpServer(self.house.home.config.http, self.metrics, self.health.part("http"))

    async def ask(self, method, path, **options):
        async with self.client.request(method, path, **options) as response:
            return response.status, response.headers, await response.read()

    async def get(self, path, **options):
        status, _, content = await self.ask("GET", path, **options)
        return status, json.loads(content)

    async def post(self, path, **options):
        status, _, content = await self.ask("POST", path, **options)
        return status, json.loads(content)

    @property
    def state(self):
        return self.health["http"].current

    @asynccontextmanager
    async def open(self):
        task = asyncio.create_task(self.server.run(self.house.home))
        try:
            await eventually(lambda: self.state == "ok" or task.done())
            base = f"http://127.0.0.1:{self.server.port}"
            async with aiohttp.ClientSession(base, timeout=aiohttp.ClientTimeout(20)) as self.client:
                yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def site(tmp_path):
    async with Site(tmp_path).open() as opened:
        yield opened


@pytest.fixture
async def locked(tmp_path):
    async with Site(tmp_path, token=TOKEN).open() as opened:
        yield opened


def form(**fields):
    made = aiohttp.FormData()
    for name, value in fields.items():
        options = {"filename": "a.wav"} if name == "file" else {}
        made.add_field(name, value, **options)
    return made


async def test_an_announcement_by_http_goes_the_way_of_all_announcements(site):
    status, told = await site.post("/api/say", json={"text": "Dinner.", "rooms": "kitchen", "transaction": "t1"})
    assert (status, told) == (200, {"announcements": [{"room": "kitchen", "id": "t1"}]})
    status, told = await site.post("/api/say", data="Supper.")
    assert status == 200
    assert [one.text for one in site.house.kitchen.agenda.waiting] == ["Dinner.", "Supper."]


async def test_what_only_reads_can_be_got_with_its_keys_in_the_url(site):
    await site.post("/api/say", json={"text": "Dinner.", "id": "d"})
    status, told = await site.get("/api/queue?rooms=kitchen")
    assert (status, [one["id"] for one in told["rooms"]["kitchen"]]) == (200, ["d"])
    status, told = await site.get("/api/history?limit=5&rooms=kitchen&rooms=kitchen")
    assert (status, told) == (200, {"announcements": []})
    status, told = await site.get("/api/models")
    assert {one["name"] for one in told["models"]} >= {"mms-mini", "kokoro-v1.0-int8"}
    assert (await site.get("/api/history?limit=many"))[0] == 400


async def test_hot_words_are_told_and_changed(site):
    assert await site.post("/api/hot_words", json={"room": "kitchen", "phrases": ["Anna*2", "lamp"]}) == (
        200,
        {"room": "kitchen", "phrases": ["Anna*2", "lamp"]},
    )
    assert (await site.post("/api/hot_words", json={}))[1] == {"room": None, "phrases": []}
    status, told = await site.post("/api/hot_words", json={"phrases": ["*"]})
    assert (status, told["code"]) == (400, "invalid")
    assert (await site.post("/api/hot_words", json={"room": "attic"}))[1]["error"].startswith("unknown room that hears")


async def test_sound_comes_in_lines_and_joined_they_are_the_file(site):
    status, headers, content = await site.ask("POST", "/api/synthesise", json={"text": "One. Two.", "format": "flac"})
    lines = [json.loads(line) for line in content.splitlines()]
    assert (status, headers["Content-Type"]) == (200, "application/x-ndjson")
    assert [line.get("part") for line in lines] == [0, None]
    assert lines[-1]["data"] == {
        "seconds": 0.48,
        "sample_rate": 24_000,
        "format": "flac",
        "bytes": lines[-1]["data"]["bytes"],
        "notes": ["a note"],
    }
    assert (await site.post("/api/synthesise", json={"text": " "}))[0] == 400


async def test_a_recording_is_transcribed_from_its_bytes_or_from_base64(site):
    status, told = await site.post("/api/transcribe", data=RECORDING)
    assert (status, told["text"], told["language"], told["seconds"]) == (200, "the lamp", "spa", 1.0)
    assert told["words"][0] == {"word": "the", "start": 0.1, "end": 0.2, "confidence": 0.4}
    status, told = await site.post("/api/transcribe", json={"audio": "not base64", "language": "en"})
    assert (status, told["error"]) == (400, "audio Value error, should be base64")


@pytest.mark.parametrize(
    ("asked", "content", "status", "reason"),
    [
        ("POST /api/sayy", b"", 404, "did you mean 'say'?"),
        ("GET /api/say", b"", 405, "say is asked for by POST"),
        ("DELETE /api/queue", b"", 405, "by GET or POST"),
        ("GET /nothing", b"", 404, "Not Found"),
        ("POST /api/say", b"{", 400, "isn't one"),
        ("POST /api/say", b"\xff", 400, "not UTF-8"),
        ("POST /api/say", b'{"text": "x", "rooms": "kitchn"}', 400, "did you mean 'kitchen'?"),
        ("POST /api/say", b"x" * 70_000, 413, "65,536 bytes are the most"),
        ("POST /api/transcribe", b"garbage", 400, "not audio"),
        ("POST /v1/audio/speech", b"text", 400, "give a JSON object"),
        ("POST /v1/audio/speech", b'{"input": ""}', 400, "input"),
        ("POST /v1/audio/speech", b'{"input": "x", "voice": "nobody"}', 400, "no voice"),
        ("POST /v1/audio/speech", b'{"input": "x", "response_format": "aac"}', 400, "response_format"),
        ("POST /v1/audio/transcriptions", b"garbage", 400, "give a form"),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_reason(site, asked, content, status, reason):
    method, path = asked.split()
    got, headers, answer = await site.ask(method, path, data=content)
    told = json.loads(answer)
    error = told["error"]["message"] if path.startswith("/v1") else told["error"]
    assert (got, headers["Content-Type"]) == (status, "application/json; charset=utf-8")
    assert reason in error
    assert (status == 405) == ("Allow" in headers)
    assert len(site.house.kitchen.agenda) == 0


async def test_with_a_token_nobody_comes_in_without_it(locked):
    for given in ({}, {"Authorization": TOKEN}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer ä"}):
        status, headers, answer = await locked.ask("GET", "/api/queue", headers=given)
        assert (status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="oyez"')
        assert json.loads(answer)["code"] == "unauthorised"
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "oyez.lan", "Origin": "http://elsewhere.example"}
    assert (await locked.get("/api/queue", headers=headers))[0] == 200
    assert (await locked.ask("GET", "/healthz"))[0] == 200
    assert (await locked.ask("GET", "/metrics"))[0] == 401
    assert (await locked.get("/v1/models"))[1]["error"]["code"] == "unauthorised"


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}])
async def test_without_a_token_a_web_page_of_somewhere_else_gets_nothing(site, headers):
    status, told = await site.post("/api/say", data="Boo.", headers=headers)
    assert (status, told["code"]) == (403, "forbidden")
    assert len(site.house.kitchen.agenda) == 0
    assert (await site.get("/api/queue", headers={"Host": "localhost", "Origin": "http://[::1]:80"}))[0] == 200


@pytest.mark.parametrize(("form", "kind"), [("wav", "wav"), ("mp3", "mpeg"), ("opus", "ogg"), ("flac", "flac")])
async def test_speech_comes_in_the_format_that_is_asked_for(site, form, kind):
    asked = {"model": "tts-1", "input": "One. Two.", "voice": "nova", "response_format": form, "instructions": "softly"}
    status, headers, content = await site.ask("POST", "/v1/audio/speech", json=asked)
    assert (status, headers["Content-Type"]) == (200, f"audio/{kind}")
    samples, rate = soundfile.read(io.BytesIO(content))
    assert rate == 24_000
    assert 11_520 <= len(samples) < 15_000


async def test_speech_is_heard_while_it_is_made(site):
    site.engine.go_on.clear()
    async with site.client.post("/v1/audio/speech", json={"input": "One. Two.", "response_format": "pcm"}) as response:
        assert len(await response.content.readexactly(4_800)) == 4_800
        assert site.engine.ended == []
        site.engine.go_on.set()
        assert len(await response.read()) == 3 * 4_800 + 3_840


async def test_a_client_that_goes_away_has_no_more_sentences_made(site):
    site.engine.go_on.clear()
    async with site.client.post("/v1/audio/speech", json={"input": "One. Two."}) as response:
        await response.content.readany()
        response.close()
    site.engine.go_on.set()
    await eventually(lambda: site.house.home.tts._turns.guests == 0)
    assert site.engine.ended == ["One"]
    assert not site.engine.lock.locked()


async def test_a_client_that_goes_away_before_the_first_sound_is_not_waited_for(site, monkeypatch):
    monkeypatch.setattr(speaking, "GRACE_S", 0.05)
    await site.engine.lock.acquire()
    asking = asyncio.create_task(site.ask("POST", "/v1/audio/speech", json={"input": "One."}))
    await eventually(lambda: site.house.home.tts._turns.guests == 1)
    asking.cancel()
    await eventually(lambda: site.house.home.tts._turns.guests == 0)
    site.engine.lock.release()
    assert site.engine.said == []


async def test_speech_that_breaks_off_is_not_taken_for_whole(site):
    site.engine.go_on.clear()
    async with site.client.post("/v1/audio/speech", json={"input": "One.", "response_format": "pcm"}) as response:
        await response.content.readexactly(4_800)
        site.engine.error = EngineFailed("it broke")
        site.engine.go_on.set()
        with pytest.raises(aiohttp.ClientError):
            await response.read()


async def test_too_many_at_once_are_told_to_come_again(site):
    site.ear.go_on.clear()
    waiting = [asyncio.create_task(site.post("/api/transcribe", data=RECORDING)) for _ in range(4)]
    await eventually(lambda: site.house.home.asr._turns.guests == 4)
    status, headers, answer = await site.ask("POST", "/api/transcribe", data=RECORDING)
    assert (status, headers["Retry-After"], json.loads(answer)["code"]) == (503, "2", "busy")
    site.ear.go_on.set()
    assert [status for status, _ in await asyncio.gather(*waiting)] == [200] * 4


async def test_the_number_of_requests_at_work_is_bounded(site, monkeypatch):
    monkeypatch.setattr(guard, "MOST_REQUESTS", 1)
    site.ear.go_on.clear()
    waiting = asyncio.create_task(site.post("/api/transcribe", data=RECORDING))
    await eventually(lambda: site.ear.asked)
    assert (await site.get("/api/queue"))[0] == 503
    site.ear.go_on.set()
    assert (await waiting)[0] == 200


async def test_a_connection_too_many_is_closed(site, monkeypatch):
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 0)
    _, writer = opened = await asyncio.open_connection("127.0.0.1", site.server.port)
    assert await opened[0].read() == b""
    writer.close()


async def test_a_connection_without_a_request_is_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "SILENT_S", 0.05)
    async with Site(tmp_path).open() as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
        writer.write(b"GET /healthz HT")
        assert await reader.read() == b""
        writer.close()


async def test_a_request_that_never_ends_is_ended(site, monkeypatch):
    monkeypatch.setattr(body, "READ_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", site.server.port)
    writer.write(b"POST /api/say HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{")
    assert b" 408 " in await reader.readline()
    writer.close()


async def test_transcripts_come_in_every_format(site):
    async def ask(**fields):
        made = form(file=RECORDING, model="whisper-1", language="en", **fields)
        status, headers, content = await site.ask("POST", "/v1/audio/transcriptions", data=made)
        assert status == 200
        return headers["Content-Type"], content.decode()

    assert json.loads((await ask())[1]) == {"text": "the lamp"}
    assert site.ear.asked[-1] == ("eng", ["kitchen"])
    assert await ask(response_format="text") == ("text/plain; charset=utf-8", "the lamp\n")
    assert (await ask(response_format="srt"))[1] == (
        "1\n00:00:00,100 --> 00:00:00,200\nthe\n\n2\n00:00:01,000 --> 00:00:01,500\nlamp\n"
    )
    assert (await ask(response_format="vtt"))[1].startswith("WEBVTT\n\n00:00:00.100 --> 00:00:00.200\nthe\n")
    told = json.loads((await ask(response_format="verbose_json", **{"timestamp_granularities[]": "word"}))[1])
    assert (told["language"], told["duration"], told["text"]) == ("eng", 1.0, "the lamp")
    assert [(one["id"], one["text"], one["start"]) for one in told["segments"]] == [(0, "the", 0.1), (1, "lamp", 1.0)]
    assert told["words"][1] == {"word": "lamp", "start": 1.0, "end": 1.5}


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({"model": "x"}, 400, "give a form"),
        ({"file": b"", "model": "x"}, 400, "file is missing"),
        ({"file": b"garbage"}, 400, "not audio"),
        ({"file": RECORDING, "language": "xx"}, 400, "xx"),
        ({"file": RECORDING, "response_format": "wrod"}, 400, "unknown response_format"),
        ({"file": RECORDING, "prompt": "x" * 5_000}, 413, "4,096 bytes"),
    ],
)
async def test_a_form_that_cannot_be_used_is_refused(site, fields, status, reason):
    got, told = await site.post("/v1/audio/transcriptions", data=form(**fields))
    assert got == status
    assert reason in told["error"]["message"]


async def test_a_file_that_is_too_large_is_not_taken_in(site, monkeypatch):
    monkeypatch.setattr("oyez.http.transcriptions.MOST_BYTES", 100)
    assert (await site.post("/v1/audio/transcriptions", data=form(file=RECORDING)))[0] == 413


def test_every_voice_of_openai_stands_for_one_of_ours():
    assert set(speech.OPENAI_VOICES.values()) <= set(voices.catalogue())


async def test_models_and_voices_are_told_as_openai_and_open_webui_ask_for_them(site):
    assert [one["id"] for one in (await site.get("/v1/models"))[1]["data"]] == ["mms-mini", "kokoro-v1.0-int8"]
    assert {"id": "af_heart", "name": "af_heart"} in (await site.get("/v1/audio/voices"))[1]["voices"]


async def test_whether_it_lives_and_whether_it_is_of_use_are_two_questions(site):
    assert (await site.ask("GET", "/healthz"))[::2] == (200, b"ok\n")
    assert (await site.ask("GET", "/readyz"))[::2] == (503, b"not ready: broker\n")
    site.health["broker"].state("ok")
    assert (await site.ask("GET", "/readyz"))[::2] == (200, b"ok\n")
    site.health["broker"].state("away")
    assert (await site.ask("GET", "/readyz"))[0] == 503
    site.health.part("frozen", limit=-1.0)
    assert (await site.ask("GET", "/healthz"))[::2] == (503, b"stuck: frozen\n")


def exposed(text):
    """The rows of Prometheus' text format, strictly."""
    rows, kinds = {}, {}
    for line in text.splitlines():
        if comment := re.fullmatch(r"# (HELP|TYPE) ([a-z_]+) (.+)", line):
            kinds[comment[2]] = comment[3]
            continue
        row = re.fullmatch(r'([a-z_]+)(\{([a-z_]+="(\\.|[^"\\\n])*",?)+\})? (-?[0-9.e+]+)', line)
        assert row, line
        rows[row[1] + (row[2] or "")] = float(row[5])
    return rows, kinds


async def test_metrics_are_those_of_the_house(site):
    site.metrics.told(Outcome("a", "kitchen", OutcomeState.STARTED, first_audio=0.31))
    site.metrics.told(Outcome("a", "kitchen", OutcomeState.SPOKEN, first_audio=0.31, seconds=1.5))
    site.metrics.heard(Transcript("u", "kitchen", "x", "eng", 0.9, 1.0, 2.0, 9.5))
    site.metrics.missed(NoMatch("u", "kitchen", "unsure", "eng", 0.2, 1.0, 2.0))
    site.health["broker"].count('a "strange"\\name', 2)
    await site.ask("GET", "/api/nothing/of/the/kind")
    status, headers, content = await site.ask("GET", "/metrics")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    rows, kinds = exposed(content.decode())
    assert kinds.keys() == KINDS.keys()
    assert rows['oyez_announcements_total{room="kitchen",state="spoken"}'] == 1
    assert rows['oyez_first_audio_seconds_bucket{room="kitchen",le="0.3"}'] == 0
    assert rows['oyez_first_audio_seconds_bucket{room="kitchen",le="0.5"}'] == 1
    assert rows['oyez_first_audio_seconds_count{room="kitchen"}'] == 1
    assert rows['oyez_speech_seconds_total{room="kitchen"}'] == 1.5
    assert rows['oyez_transcript_delay_seconds_sum{room="kitchen"}'] == 0.5
    assert rows['oyez_part_events_total{part="broker",event="a \\"strange\\"\\\\name"}'] == 2
    assert rows['oyez_http_requests_total{method="GET",path="unknown",status="404"}'] == 1


async def test_every_number_of_the_dashboard_is_exposed(site, repository):
    dashboard = json.loads((repository / "docs" / "grafana.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    used = {name for expression in asked for name in re.findall(r"\boyez_\w+", expression)}
    known = {
        name + end
        for name, (kind, _) in KINDS.items()
        for end in (("_bucket", "_sum", "_count") if kind == "histogram" else ("",))
    }
    assert used <= known
    assert len(used) >= 8


async def test_every_path_of_the_openapi_document_is_served_and_the_other_way_round(site, repository):
    told = openapi.document()
    assert (repository / openapi.FILE).read_text() == told, "run: python -m oyez.http.openapi"
    status, served = await site.get("/openapi.json")
    assert (status, served) == (200, json.loads(told))
    paths = {(method.upper(), path) for path, methods in served["paths"].items() for method in methods}
    routes = {
        (route.method, route.resource.canonical)
        for route in site.server.application(site.house.home).router.routes()
        if route.method not in ("HEAD", "*")
    }
    assert paths == routes
    assert {f"/api/{verb}" for verb in ACTIONS} <= {path for _, path in paths}
    references = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', told))
    assert references <= served["components"]["schemas"].keys()


async def test_a_port_that_someone_else_has_is_told_and_tried_again(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        site = Site(tmp_path, port=other.getsockname()[1])
        task = asyncio.create_task(site.server.run(site.house.home))
        await eventually(lambda: site.state == "failed")
        other.close()
        await eventually(lambda: site.state == "ok")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_text_that_is_still_written_is_said_as_it_comes(site):
    kitchen, pieces = site.house.kitchen.agenda, asyncio.Queue()

    async def body():
        while piece := await pieces.get():
            yield piece

    headers = {"Content-Type": "text/plain; charset=utf-8"}
    asked = asyncio.create_task(site.post("/api/say?rooms=kitchen&volume=0.5&id=t", data=body(), headers=headers))
    await pieces.put(b" \n")
    await pieces.put(b"Il est caf" + b"\xc3")
    await eventually(lambda: len(kitchen))
    await pieces.put(b"\xa9. " + b"x" * 2_500)
    await eventually(lambda: len(kitchen.waiting[0].wording) > 2_500)
    await pieces.put(b"")
    assert await asked == (200, {"announcements": [{"room": "kitchen", "id": "t"}]})
    (said,) = kitchen.waiting
    assert (said.wording, said.volume, said.arriving.whole) == ("Il est café. " + "x" * 2_500, 0.5, True)


async def test_who_goes_away_while_writing_is_heard_as_far_as_they_came(site):
    async def body():
        yield b"One. "
        await asyncio.Event().wait()

    asked = asyncio.create_task(site.post("/api/say", data=body(), headers={"Content-Type": "text/plain"}))
    await eventually(lambda: len(site.house.kitchen.agenda))
    (said,) = site.house.kitchen.agenda.waiting
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await eventually(lambda: said.arriving.ended)
    assert said.arriving.whole


@pytest.mark.parametrize(("content", "reason"), [([b" \n"], "the text is empty"), ([b"Hello ", b"\xff."], "not UTF-8")])
async def test_a_text_that_comes_and_is_none_is_refused(site, content, reason):
    async def body():
        for piece in content:
            yield piece

    status, told = await site.post("/api/say", data=body(), headers={"Content-Type": "text/plain"})
    assert (status, told["code"]) == (400, "invalid")
    assert reason in told["error"]
