"""What an engine has to say about itself is shown on the health topic, and is no trouble."""

from __future__ import annotations

import json
from types import SimpleNamespace

from tests.support.broker import eventually

from oyez import __version__, report
from oyez.actions.action import Unread
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


async def test_what_the_daemon_is_is_told_again_when_another_version_or_config_lies_on_the_disk(monkeypatch):
    disk = SimpleNamespace(version=__version__, unread=Unread())
    monkeypatch.setattr(report, "next_version", lambda: disk.version)
    monkeypatch.setattr(report, "LOOK_EVERY", 0.01)
    monkeypatch.setattr(report, "TURN", 0.01)
    told = []
    broker = SimpleNamespace(topics=Topics("oyez"), publish=lambda topic, payload, **_: told.append((topic, payload)))
    config = SimpleNamespace(describe=dict, rooms={}, log=SimpleNamespace(publish="off"))
    settings = SimpleNamespace(profile=None, profiles=())
    house = SimpleNamespace(
        health=Health(), engines=[], broker=broker, config=config, hearing={}, speaking={}, asr=None, settings=settings
    )

    async def unread():
        return disk.unread

    def infos():
        return [json.loads(payload) for topic, payload in told if topic == "oyez/bridge/info"]

    async with running(Report(house).run(SimpleNamespace(unread=unread))):
        await eventually(lambda: len(infos()) == 1)
        disk.version = "99.0"
        await eventually(lambda: len(infos()) == 2)
        disk.unread = Unread(("log.level",))
        await eventually(lambda: len(infos()) == 3)
    assert [info["next_version"] for info in infos()] == [__version__, "99.0", "99.0"]
    assert [info["restart_needed"] for info in infos()] == [False, True, True]
    assert [info["reload_needed"] for info in infos()] == [[], [], ["log.level"]]
    assert {info["version"] for info in infos()} == {__version__}
