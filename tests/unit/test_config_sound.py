"""Voices and volumes in the config."""

from __future__ import annotations

import json
import re

import pytest

from oyez.config import load
from oyez.config.schema import schema
from oyez.errors import ConfigError


@pytest.fixture
def room(tmp_path):
    """A room with these keys."""

    def loaded(keys, environ=None):
        path = tmp_path / "oyez.yaml"
        path.write_text(f"rooms:\n  hall:\n    {keys}\n")
        return load(path, environ or {}).rooms["hall"]

    return loaded


@pytest.mark.parametrize("voice", ["af_heart", "af_heart*0.6 + bf_emma*0.4", "af_heart+bf_emma", "a*.5+b*2+c+d"])
def test_a_voice_is_a_name_or_a_blend(room, voice):
    assert room(f"voice: {voice}").voice == voice
    pattern = json.loads(schema())["$defs"]["RoomConfig"]["properties"]["voice"]["pattern"]
    assert re.search(pattern, voice)


@pytest.mark.parametrize("voice", ["af heart", "af_heart +", "af_heart*much", "a+b+c+d+e", "'*0.6'", "af_heart*-1"])
def test_what_is_neither_is_told_with_its_place(room, voice):
    with pytest.raises(ConfigError, match=r"oyez.yaml:3:5: rooms.hall.voice: .*af_heart\*0.6 \+ bf_emma\*0.4"):
        room(f"voice: {voice}")


@pytest.mark.parametrize(
    ("written", "factor"), [("0.5", 0.5), ("40%", 0.4), ("-6 dB", 0.5012), ("+6dB", 1.9953), ("1", 1.0)]
)
def test_a_volume_is_a_factor_percent_or_decibels(room, written, factor):
    assert room(f"volume: {written}").volume == pytest.approx(factor, abs=1e-4)
    assert room("speed: 1.0", {"OYEZ_ROOMS__HALL__VOLUME": written}).volume == pytest.approx(factor, abs=1e-4)


@pytest.mark.parametrize("written", ["loud", "7 dB", "2.1", "-10%", "'1'", "true", ".nan", "[1]"])
def test_a_volume_that_is_none_is_told_with_its_place(room, written):
    with pytest.raises(ConfigError, match=r"oyez.yaml:3:5: rooms.hall.volume: .*dB"):
        room(f"volume: {written}")
