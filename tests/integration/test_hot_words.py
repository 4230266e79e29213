"""Hot words over a real broker: retained ones come at every connection, bad ones are told and change nothing."""

from __future__ import annotations

import pytest
from tests.support.broker import eventually, person
from tests.support.house import House

from oyez.health import Health
from oyez.listen.expected import Expected
from oyez.mqtt.topics import BRIDGE, Topics

pytestmark = pytest.mark.integration

EVERYWHERE, HERE = Topics().hot_words(BRIDGE), Topics().hot_words("kitchen")


def listening(mosquitto, tmp_path):
    """A house that takes hot words, and what it expects."""
    house = House(mosquitto, tmp_path)
    health = Health()
    expected = Expected([], {"kitchen": []}, health.part("hot words"))
    house.broker.watch(EVERYWHERE, lambda payload: expected.tell(None, payload), retained=True)
    house.broker.watch(HERE, lambda payload: expected.tell("kitchen", payload), retained=True)
    return house, expected, lambda: health.snapshot()["parts"]["hot words"]


def phrases(expected: Expected, room: str) -> list[str]:
    return [one.phrase for one in expected.of(room)]


async def test_retained_hot_words_are_there_after_a_restart_and_new_ones_count_at_once(mosquitto, tmp_path):
    async with person(mosquitto) as someone:
        await someone.publish(EVERYWHERE, '["hallway lamp"]', retain=True)
        house, expected, _ = listening(mosquitto, tmp_path)
        async with house.living():
            await eventually(lambda: phrases(expected, "study") == ["hallway lamp"])
        house, after, _ = listening(mosquitto, tmp_path)
        async with house.living():
            await eventually(lambda: phrases(after, "study") == ["hallway lamp"])
            await someone.publish(HERE, '["oven", "Anna*2"]')
            await eventually(lambda: phrases(after, "kitchen") == ["hallway lamp", "oven", "Anna"])
            assert phrases(after, "study") == ["hallway lamp"]
            await someone.publish(EVERYWHERE, "", retain=True)
            await eventually(lambda: phrases(after, "kitchen") == ["oven", "Anna"])


async def test_a_list_that_cannot_be_read_is_told_and_the_house_lives_on(mosquitto, tmp_path):
    house, expected, health = listening(mosquitto, tmp_path)
    async with house.living(), person(mosquitto) as someone:
        await someone.publish(EVERYWHERE, '["lamp"]')
        await eventually(lambda: phrases(expected, "kitchen") == ["lamp"])
        await someone.publish(EVERYWHERE, "turn on the lamp")
        await eventually(lambda: "not JSON" in health().get("detail", ""))
        assert phrases(expected, "kitchen") == ["lamp"]
        await someone.publish(EVERYWHERE, '["fan"]')
        await eventually(lambda: phrases(expected, "kitchen") == ["fan"])
        assert "detail" not in health()
