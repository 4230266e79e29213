"""What an engine has to say about itself is shown on the health topic, and is no trouble."""

from __future__ import annotations

from types import SimpleNamespace

from oyez.health import Health
from oyez.report import Report


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
