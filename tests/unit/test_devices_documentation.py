"""docs/devices.md says what is so."""

import re

import pytest

from oyez.audio.portaudio import STALL
from oyez.config import load
from oyez.device_spec import parse
from oyez.listen import hear
from oyez.speak.stage import PATIENCE
from oyez.wyoming.sound import SPEECH_WIDTH
from oyez.wyoming.speaker import AHEAD, FORMAT


@pytest.fixture
def page(repository):
    return (repository / "docs" / "devices.md").read_text()


def test_every_config_is_one_and_names_a_device_of_another_machine(page, tmp_path):
    blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        (tmp_path / "oyez.yaml").write_text(block)
        assert parse(load(tmp_path / "oyez.yaml", {}).rooms["kitchen"].microphone).remote


def test_the_programs_over_there_listen_where_the_config_looks_and_take_what_is_sent(page):
    config, microphone, speaker = (
        re.search(pattern, page)
        for pattern in (
            r"microphone: wyoming:\S+:(\d+)\n +speaker: wyoming:\S+:(\d+)",
            r"ListenStream=(\d+)",
            r"--rate (\d+) --width (\d) --channels 1 --uri tcp://0.0.0.0:(\d+)[^']*'aplay -q -D default -r (\d+)",
        )
    )
    assert config.groups() == (microphone[1], speaker[3])
    assert (int(speaker[1]), int(speaker[2])) == (int(speaker[4]), SPEECH_WIDTH) == (FORMAT["rate"], FORMAT["width"])


def test_the_figures_are_those_of_the_code(page):
    assert f"no sound for {STALL:.0f} s" in page
    assert f"tried again for {PATIENCE:.0f} s" in page
    assert f"sound is sent {AHEAD} s before it is heard" in page
    assert f"up to {hear.STALE:.0f} s, lose nothing" in page
