from oyez.health import Health


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_a_part_that_is_silent_beyond_its_limit_is_stuck_until_it_beats():
    clock = Clock()
    health = Health(clock)
    part = health.part("capture:kitchen", limit=5)
    health.part("broker")
    clock.now += 6
    assert health.stuck() == ["capture:kitchen"]
    part.beat()
    assert health.stuck() == []


def test_a_known_outage_is_told_and_still_counts_as_a_heartbeat():
    clock = Clock()
    health = Health(clock)
    part = health.part("capture:kitchen", limit=5)
    clock.now += 6
    part.state("lost", "unplugged")
    assert health.stuck() == []
    snapshot = health.snapshot()
    assert not snapshot["healthy"]
    assert snapshot["parts"]["capture:kitchen"] == {"state": "lost", "detail": "unplugged", "silent_s": 0.0}
    assert health.troubles == {"capture:kitchen": "lost: unplugged"}


def test_a_change_of_state_is_told_once():
    health, told = Health(), []
    health.changed = lambda: told.append(1)
    part = health.part("broker")
    part.state("ok")
    part.state("ok")
    part.state("away", "refused")
    assert len(told) == 2


def test_counters_and_gauges_are_in_the_snapshot():
    health = Health()
    part = health.part("hearing")
    part.state("ok")
    part.count("transcripts")
    part.count("transcripts", 2)
    part.gauge("rss_mb", lambda: 12.3456)
    assert health.snapshot()["parts"]["hearing"] == {"state": "ok", "transcripts": 3, "rss_mb": 12.346}
    assert health.snapshot()["healthy"]
