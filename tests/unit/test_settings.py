"""What is set while the daemon runs, and how it meets the config."""

import json

import pytest

from oyez.config import RoomConfig
from oyez.errors import InvalidInput
from oyez.settings import Settings


class House:
    def __init__(self, path, **kitchen) -> None:
        self.applied = []
        self.settings = Settings(
            path / "settings.json", {"kitchen": RoomConfig(**kitchen)}, check=self._check, apply=self._apply
        )

    @property
    def kitchen(self):
        return self.settings.rooms["kitchen"]

    @staticmethod
    def _check(room):
        if room.voice == "gone":
            raise InvalidInput("no voice is called 'gone'")

    async def _apply(self, room):
        self.applied.append(self.settings.rooms[room])


@pytest.fixture
def make(tmp_path):
    async def make(**kitchen):
        house = House(tmp_path, **kitchen)
        await house.settings.load()
        return house

    return make


async def test_what_is_set_applies_at_once_and_outlives_a_restart(make):
    house = await make()
    changes = {"voice": "bf_emma", "volume": "50%", "listening": False, "gain_db": 12, "language": "spa"}
    changes |= {"vad_threshold": 0.7}
    await house.settings.set("kitchen", changes)
    assert house.applied[-1] == house.kitchen
    again = await make()
    assert (again.kitchen.voice, again.kitchen.volume, again.kitchen.listening) == ("bf_emma", 0.5, False)
    assert (again.kitchen.gain_db, again.kitchen.vad_threshold, again.kitchen.vad_hang_over_ms) == (12.0, 0.7, None)
    assert again.settings.languages == {"kitchen": "spa"}
    assert again.applied == [again.kitchen]


async def test_the_config_is_heeded_where_it_says_something_new_since(make):
    house = await make(volume=0.8, voice="af_heart")
    await house.settings.set("kitchen", {"voice": "bf_emma", "volume": 0.5})
    again = await make(volume=1.2, voice="af_heart")
    assert (again.kitchen.voice, again.kitchen.volume) == ("bf_emma", 1.2)


async def test_none_goes_back_to_the_config(make, tmp_path, nothing_blocks_the_loop):
    house = await make(volume=0.8)
    await house.settings.set("kitchen", {"volume": 0.5, "quiet": True})
    await house.settings.set("kitchen", {"volume": None})
    assert (house.kitchen.volume, house.kitchen.quiet) == (0.8, True)
    nothing_blocks_the_loop.deactivate()  # it is the test that reads
    assert json.loads((tmp_path / "settings.json").read_text()) == {
        "kitchen": {"quiet": {"value": True, "config": False}}
    }


@pytest.mark.parametrize(
    "values",
    [
        {"volume": 9},
        {"speed": "fast"},
        {"voice": "gone"},
        {"voice": "A B"},
        {"quiet": 1},
        {"language": "x"},
        {"gain_db": 41},
        {"noise_suppression": 5},
        {"vad_threshold": 1.0},
        {"vad_hang_over_ms": 50},
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_changed(make, tmp_path, values):
    house = await make()
    with pytest.raises(InvalidInput):
        await house.settings.set("kitchen", {"speed": 1.5} | values)
    assert house.kitchen == RoomConfig()
    assert not (tmp_path / "settings.json").exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"attic": {"voice": {"value": "bf_emma"}}, "kitchen": 5}',
        '{"kitchen": {"microphone": {"value": "none", "config": "default"}, "voice": 7, "speed": {"value": 9, "config": 1}}}',
        '{"kitchen": {"voice": {"value": "gone", "config": "af_heart"}}}',
        "[" * 100_000,
    ],
)
async def test_a_damaged_file_or_one_of_other_times_leaves_the_config(make, tmp_path, content):
    (tmp_path / "settings.json").write_text(content)
    assert (await make()).kitchen == RoomConfig()


async def test_a_folder_that_cannot_be_written_costs_the_memory_not_the_setting(make, tmp_path):
    (tmp_path / "settings.new").mkdir()
    house = await make()
    await house.settings.set("kitchen", {"quiet": True})
    assert house.kitchen.quiet


async def test_what_was_set_for_a_while_lapses_also_after_a_restart(make):
    house = await make(volume=0.8)
    await house.settings.set("kitchen", {"quiet": True}, until=1000.0)
    await house.settings.set("kitchen", {"volume": 0.5})
    assert house.settings.until("kitchen", "quiet") == 1000.0
    again = await make(volume=0.8)
    await again.settings.lapse(999.9)
    assert (again.kitchen.quiet, again.settings.until("kitchen", "quiet")) == (True, 1000.0)
    await again.settings.lapse(1000.0)
    assert (again.kitchen.quiet, again.kitchen.volume) == (False, 0.5)
    assert again.applied[-1] == again.kitchen
    assert again.settings.until("kitchen", "quiet") is None


async def test_what_is_set_for_good_no_longer_lapses(make):
    house = await make()
    await house.settings.set("kitchen", {"quiet": True}, until=1000.0)
    await house.settings.set("kitchen", {"quiet": True})
    await house.settings.lapse(2000.0)
    assert house.kitchen.quiet
