"""The first config: as short as can be, and what a person says becomes what the config takes."""

import pytest

from oyez.cli import first_rooms
from oyez.cli.questions import Questions
from oyez.config import first, load
from oyez.errors import InvalidInput


def entries(text):
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_what_is_as_by_default_is_not_written():
    wishes = first.Wishes(
        {"host": "localhost", "port": 1883, "username": None},
        {"kitchen": {"microphone": "default", "speaker": "default", "language": "eng", "voice": "af_heart"}},
        {"model": "mms-mini"},
        {"discovery": True},
    )
    assert entries(first.text(wishes)) == ["rooms:", "  kitchen: {} # its topics: oyez/kitchen/say, oyez/kitchen/heard"]


@pytest.mark.parametrize(
    "device",
    ["hw:CARD=PCH,DEV=0", "USB Audio: - #1", "yes", "1", 'a "quoted" name', "Gerät", "none", "null", "@mic", "a "],
)
def test_whatever_a_device_is_called_the_config_is_read_as_it_was_meant(tmp_path, device):
    path = tmp_path / "oyez.yaml"
    rooms = {"hall": {"microphone": "file:/x", "speaker": device}}
    path.write_text(first.text(first.Wishes({"host": "::1", "port": 8883, "tls": {"enabled": True}}, rooms)))
    config = load(path, {})
    assert config.rooms["hall"].speaker == device
    assert (config.broker.host, config.broker.port, config.broker.tls.enabled) == ("::1", 8883, True)


def test_rooms_are_named_as_people_do_and_devices_are_given_for_all_or_one(monkeypatch):
    monkeypatch.setattr(first_rooms, "_devices", list)
    silent = Questions(silent=True)
    rooms = first_rooms.rooms(silent, ["Küche, Living  room", "küche"], ["none"], ["default", "kuche=hw:CARD=0,DEV=1"])
    assert rooms["kuche"] == {"microphone": "none", "speaker": "hw:CARD=0,DEV=1"}
    assert list(rooms) == ["kuche", "living_room"]


def test_a_room_without_both_devices_is_none(monkeypatch):
    monkeypatch.setattr(first_rooms, "_devices", list)
    with pytest.raises(InvalidInput, match="hall needs a microphone or a loudspeaker"):
        first_rooms.rooms(Questions(silent=True), ["hall"], [], [])
