"""Profiles: what the config may say, what it means by room, and how they meet what was set."""

import json
import re

import pytest
from tests.unit.test_settings import House as Kitchen

from oyez.config import Config, RoomConfig, load
from oyez.errors import ConfigError, InvalidInput
from oyez.settings import Settings

NIGHT = {"night": {"kitchen": {"volume": 0.2, "quiet": True}}, "party": {"kitchen": {"volume": 1.5}}}


class House(Kitchen):
    def __init__(self, path, profiles, **kitchen) -> None:
        super().__init__(path, **kitchen)
        rooms = {"kitchen": RoomConfig(**kitchen), "hall": RoomConfig()}
        self.settings = Settings(path / "settings.json", rooms, check=self._check, apply=self._apply, profiles=profiles)


@pytest.fixture
def make(tmp_path):
    async def make(profiles=NIGHT, **kitchen):
        house = House(tmp_path, profiles, **kitchen)
        await house.settings.load()
        return house

    return make


def of(kitchen):
    return (kitchen.volume, kitchen.quiet, kitchen.speed)


async def test_a_profile_lies_over_what_was_set_and_all_is_as_before_when_it_is_left(make):
    house = await make(volume=0.8)
    await house.settings.set("kitchen", {"volume": 0.7, "speed": 1.2})
    await house.settings.live_by("night")
    assert (of(house.kitchen), house.settings.profile) == ((0.2, True, 1.2), "night")
    assert house.applied[-1] == house.kitchen
    await house.settings.live_by("party")
    assert of(house.kitchen) == (1.5, False, 1.2)
    await house.settings.live_by(None)
    assert (of(house.kitchen), house.settings.profile) == ((0.7, False, 1.2), None)


async def test_what_is_set_meanwhile_counts_at_once_and_its_own_keys_as_long_as_the_profile(make):
    house = await make(volume=0.8)
    await house.settings.live_by("night")
    await house.settings.set("kitchen", {"volume": 0.5, "speed": 1.3})
    assert of(house.kitchen) == (0.5, True, 1.3)
    await house.settings.set("kitchen", {"volume": None})
    assert of(house.kitchen) == (0.2, True, 1.3)
    await house.settings.set("kitchen", {"quiet": False})
    await house.settings.live_by("night")
    assert of(house.kitchen) == (0.2, True, 1.3)
    await house.settings.set("kitchen", {"volume": 0.5})
    await house.settings.live_by(None)
    assert of(house.kitchen) == (0.8, False, 1.3)


async def test_a_profile_and_what_was_set_under_it_outlive_a_restart(make):
    house = await make(volume=0.8)
    await house.settings.set("kitchen", {"volume": 0.7})
    await house.settings.live_by("night")
    await house.settings.set("kitchen", {"volume": 0.3})
    again = await make(volume=0.8)
    assert (of(again.kitchen), again.settings.profile) == ((0.3, True, 1.0), "night")
    changed = await make({"night": {"kitchen": {"volume": 0.1}}}, volume=0.8)
    assert of(changed.kitchen) == (0.1, False, 1.0)
    await again.settings.live_by(None)
    assert of(again.kitchen) == (0.7, False, 1.0)
    assert (await make(volume=0.8)).settings.profile is None


async def test_a_profile_that_the_config_no_longer_has_is_left(make):
    house = await make()
    await house.settings.live_by("night")
    again = await make({})
    assert (of(again.kitchen), again.settings.profile) == ((1.0, False, 1.0), None)


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"profile": ["night"]}', '{"profile": "night", "set": {"kitchen": {"volume": 3}}}']
)
async def test_a_damaged_file_costs_what_was_set_meanwhile_at_most(make, tmp_path, content):
    (tmp_path / "profile.json").write_text(content)
    assert (await make()).kitchen.volume in (1.0, 0.2)


async def test_a_suspension_lapses_whichever_profile_is_on(make):
    house = await make()
    await house.settings.set("kitchen", {"quiet": True}, until=1000.0)
    await house.settings.live_by("party")
    assert (of(house.kitchen), house.settings.until("kitchen", "quiet")) == ((1.5, True, 1.0), 1000.0)
    await house.settings.live_by("night")
    await house.settings.set("kitchen", {"quiet": False}, until=500.0)
    assert house.settings.until("kitchen", "quiet") == 500.0
    await house.settings.lapse(1000.0)
    assert house.kitchen.quiet
    await house.settings.live_by(None)
    assert not house.kitchen.quiet


async def test_an_unknown_profile_is_refused_and_nothing_changes(make, tmp_path):
    house = await make()
    with pytest.raises(InvalidInput, match="did you mean 'night'"):
        await house.settings.live_by("nigth")
    assert house.settings.profile is None
    assert not (tmp_path / "profile.json").exists()


def test_what_is_said_of_a_room_goes_before_its_group_and_this_before_all():
    config = Config(
        rooms={"kitchen": {}, "hall": {}, "attic": {}},
        groups={"down": ["kitchen", "hall"]},
        profiles={
            "night": {"kitchen": {"volume": "10%"}, "all": {"volume": 1.0, "quiet": True}, "down": {"volume": 0.5}}
        },
    )
    assert config.profile("night") == {
        "kitchen": {"volume": 0.1, "quiet": True},
        "hall": {"volume": 0.5, "quiet": True},
        "attic": {"volume": 1.0, "quiet": True},
    }


@pytest.mark.parametrize(
    ("profile", "why"),
    [
        ("{night: {kitchn: {quiet: true}}}", "unknown room or group 'kitchn'; did you mean 'kitchen'?"),
        ("{night: {all: {volum: 1}}}", "unknown key of a profile 'volum'; did you mean 'volume'?"),
        ("{night: {all: {microphone: none}}}", "unknown key of a profile 'microphone'"),
        ("{night: {all: {volume: 9}}}", "night.all: volume"),
        ("{none: {all: {quiet: true}}}", "isn't none"),
    ],
)
def test_what_a_profile_cannot_be_is_told_with_its_place(tmp_path, profile, why):
    path = tmp_path / "oyez.yaml"
    path.write_text(f"rooms:\n  kitchen: {{}}\nprofiles: {profile}\n")
    with pytest.raises(ConfigError) as error:
        load(path, {})
    assert f"{path}:3:" in error.value.message
    assert why in error.value.message


async def test_without_profiles_no_file_is_written(make, tmp_path, nothing_blocks_the_loop):
    house = await make({})
    await house.settings.set("kitchen", {"quiet": True})
    nothing_blocks_the_loop.deactivate()  # it is the test that looks
    assert [path.name for path in tmp_path.iterdir()] == ["settings.json"]
    assert json.loads((tmp_path / "settings.json").read_text()).keys() == {"kitchen"}


def test_the_example_of_the_page_is_one(tmp_path, repository):
    [example] = re.findall(
        r"^```yaml\n(profiles:.*?)^```", (repository / "docs" / "mqtt.md").read_text(), re.MULTILINE | re.DOTALL
    )
    path = tmp_path / "oyez.yaml"
    path.write_text(f"rooms: {{hall: {{}}, nursery: {{}}}}\ngroups: {{downstairs: [hall]}}\n{example}")
    config = load(path, {})
    assert config.profile("night")["nursery"] == {"quiet": True, "volume": 0.3, "listening": False}
    assert config.profile("guests") == {"hall": {"language": "eng, spa", "voice": "bf_emma"}}
