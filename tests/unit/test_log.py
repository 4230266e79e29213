"""What is logged can be heard, and isn't told over and over."""

import asyncio
import json
import logging
import threading

import pytest
import structlog

from oyez import log
from oyez.mqtt import payloads
from oyez.mqtt.repeats import REMEMBERED, WINDOW_S, Repeats


@pytest.fixture
def configured():
    root = logging.getLogger()
    before, level, structured = root.handlers[:], root.level, structlog.get_config()
    log.configure("info", "console")
    yield root
    root.handlers[:] = before
    root.setLevel(level)
    structlog.configure(**structured)


async def test_what_is_logged_is_heard_from_a_level_on_from_any_thread_and_over_a_new_configuration(configured):
    told = []
    with log.heard_by(lambda *line: told.append(line), "warning"):
        log.get("oyez.test").info("nothing")
        log.get("oyez.test").warning("lost", room="kitchen", path=3)
        log.configure("error", "console")
        log.get("oyez.test").warning("below the level")
        thread = threading.Thread(target=logging.getLogger("library").error, args=("it %s", "broke"))
        thread.start()
        thread.join()
        await asyncio.sleep(0)
    assert told == [
        ("warning", "oyez.test", "lost", {"room": "kitchen", "path": 3}),
        ("error", "library", "it broke", {}),
    ]
    log.get("oyez.test").error("after")
    await asyncio.sleep(0)
    assert len(told) == 2
    assert len(configured.handlers) == 1


def test_the_same_is_told_once_in_a_while_with_how_often_it_was_not():
    repeats = Repeats()
    assert [repeats.news("a", 0.0), repeats.news("b", 0.0)] == [0, 0]
    assert [repeats.news("a", 1.0), repeats.news("a", WINDOW_S - 0.1)] == [None, None]
    assert [repeats.news("a", WINDOW_S), repeats.news("a", WINDOW_S + 1), repeats.news("b", WINDOW_S)] == [2, None, 0]


def test_what_is_remembered_is_bounded():
    repeats = Repeats()
    for number in range(REMEMBERED + 1):
        repeats.news(str(number), 0.0)
    assert repeats.news("0", 1.0) == 0
    assert repeats.news(str(REMEMBERED), 1.0) is None


def test_a_line_is_json_whatever_it_is_about():
    line = json.loads(payloads.log_line("error", "x", "y" * 9000, {"n": float("nan"), "e": OSError("z"), "b": True}, 3))
    assert (line["about"], line["repeated"], len(line["message"])) == ({"n": "nan", "e": "z", "b": True}, 3, 2000)
    assert "repeated" not in json.loads(payloads.log_line("error", "x", "y", {}, 0))
