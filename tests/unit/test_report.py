"""What an engine has to say about itself is shown on the health topic, and is no trouble."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace

from tests.support.broker import eventually

from oyez import __version__, report
from oyez.health import Health
from oyez.mqtt.topics import Topics
from oyez.report import Report
from oyez.supervise import running


def test_an_engine_that_works_in_a_lesser_way_is_healthy_and_says_how():
    engine = SimpleNamespace(
        name="synthesis", state="ready", ready={"note": "speaks whole sentences"}, rss=0, restarts=0
    )
    house = SimpleNamespace(health=Health(), engines=[engine])
    report = Report(house)
    report._look_at_engines()
    told = house.health.snapshot()
    assert told["healthy"]
    assert told["parts"]["synthesis"]["state"] == "ok"
    assert told["parts"]["synthesis"]["detail"] == "speaks whole sentences"
    engine.state = "failed"
    report._look_at_engines()
    assert "detail" not in house.health.snapshot()["parts"]["synthesis"]


async def test_what_the_daemon_is_is_told_again_when_another_version_was_installed_on_the_disk(monkeypatch):
    found = itertools.chain([__version__, __version__], itertools.repeat("99.0"))
    monkeypatch.setattr(report, "next_version", lambda: next(found))
    monkeypatch.setattr(report, "UPDATE_EVERY", 0.01)
    told = []
    broker = SimpleNamespace(topics=Topics("oyez"), publish=lambda topic, payload, **_: told.append((topic, payload)))
    config = SimpleNamespace(describe=dict)
    house = SimpleNamespace(
        health=Health(), engines=[], broker=broker, config=config, hearing={}, speaking={}, asr=None
    )
    async with running(Report(house)._tell_info()):
        await eventually(lambda: len(told) == 2)
        assert next(found) == "99.0"
    assert [topic for topic, _ in told] == ["oyez/bridge/info"] * 2
    assert [json.loads(payload)["next_version"] for _, payload in told] == [__version__, "99.0"]
    assert {json.loads(payload)["version"] for _, payload in told} == {__version__}
