"""`oyez init`: the first config, asked for at a real terminal, and lived by."""

from __future__ import annotations

import json
import shutil
import socket
import stat
import subprocess

import pytest
from tests.support.broker import eventually, person
from tests.support.daemon import running
from tests.support.terminal import Terminal
from typer.testing import CliRunner
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from oyez.cli import app, brokers, first_rooms, first_steps
from oyez.cli import init as init_command  # noqa: F401 - registers the command
from oyez.config import load
from oyez.config.places import default_models_dir
from oyez.errors import OyezError
from oyez.mqtt.connection import Address

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

ROOM = ("--room", "Hall", "--microphone", "loopback:hall", "--speaker", "loopback:hall")
PASSWORD = "a long: #secret"


@pytest.fixture
def locked(make_mosquitto, tmp_path):
    """A broker that wants to know who comes."""
    users = tmp_path / "users"
    subprocess.run([shutil.which("mosquitto_passwd"), "-c", "-b", users, "oyez", PASSWORD], check=True)
    broker = make_mosquitto(options=f"password_file {users}\nallow_anonymous false")
    broker.start()
    return broker


async def test_a_broker_is_found_where_it_usually_is_or_by_what_it_announces(mosquitto, make_mosquitto):
    loopback = ["127.0.0.1"]
    here, away = Address("127.0.0.1", mosquitto.port), Address("127.0.0.1", make_mosquitto().port)
    told = AsyncServiceInfo(
        brokers.SERVICE, f"Of a test.{brokers.SERVICE}", port=here.port, addresses=[socket.inet_aton(here.host)]
    )
    async with AsyncZeroconf(interfaces=loopback) as network:
        await network.async_register_service(told)
        assert await brokers.find([away, Address("no.such.host.invalid", 1883)], loopback) == [here]


@pytest.mark.model
async def test_a_dialogue_at_a_terminal_ends_in_a_short_config_that_the_daemon_lives_by(locked, tmp_path):
    home = tmp_path / "home"
    config = home / "oyez.yaml"
    async with Terminal.running("init", str(config)) as terminal:
        await terminal.answers("MQTT broker, as HOST or HOST:PORT", f"127.0.0.1:{locked.port}")
        await terminal.asked("refused an anonymous client")
        await terminal.answers("User at the broker [oyez]")
        await terminal.answers("Password", "wrong", hidden=True)
        await terminal.asked("refused user 'oyez'")
        await terminal.answers("User at the broker [oyez]")
        await terminal.answers("Password", PASSWORD, hidden=True)
        await terminal.asked("lets us in")
        await terminal.answers("Rooms", "Living room, Hall")
        for room in ("living_room", "hall"):
            await terminal.answers(f"Microphone of {room}", "loopback:air" if room == "hall" else "none")
            await terminal.answers(f"Loudspeaker of {room}", "loopback:air")
        await terminal.answers("Language spoken in the house", "chines")
        await terminal.asked("may be")
        await terminal.answers("Language spoken in the house", "english, spa")
        await terminal.answers("What is to hear it", "mms-mini")
        await terminal.answers("Voice [", "bf_emma")
        await terminal.answers("Hear bf_emma", "n")
        await terminal.answers("Home Assistant", "n")
        assert await terminal.ended() == 0, terminal.shown
    assert f"oyez run --config {config}" in terminal.shown
    assert PASSWORD not in terminal.shown + config.read_text()
    assert (home / "mqtt_password").read_text() == f"{PASSWORD}\n"
    assert stat.S_IMODE((home / "mqtt_password").stat().st_mode) == 0o600
    lines = [line.partition(" #")[0] for line in config.read_text().splitlines() if line and line[0] != "#"]
    assert lines == [
        "broker:", "  host: 127.0.0.1", f"  port: {locked.port}", "  username: oyez", "  password_file: mqtt_password",
        "rooms:",
        "  living_room:", "    microphone: none", "    speaker: loopback:air", "    language: eng, spa", "    voice: bf_emma",
        "  hall:", "    microphone: loopback:air", "    speaker: loopback:air", "    language: eng, spa", "    voice: bf_emma",
        "home_assistant:", "  discovery: false",
    ]  # fmt: skip
    places = {"STATE_DIRECTORY": str(tmp_path / "life" / "state"), "OYEZ_MODELS": str(default_models_dir())}
    async with running(tmp_path / "life", {}, start=False, **places) as daemon:
        daemon.path = config
        await daemon.start()
        async with person(locked, "oyez/bridge/state", username="oyez", password=PASSWORD) as someone:
            await eventually(lambda: someone.on("oyez/bridge/state"))
            assert json.loads(someone.on("oyez/bridge/state")[-1]) == {"state": "online"}


def init(config, *arguments, answers=None):
    """Exit status, and what was printed."""
    result = CliRunner().invoke(app, ["init", str(config), *arguments], input=answers)
    if isinstance(result.exception, OyezError):
        return result.exception.exit_code, f"{result.output}{result.exception}"
    return result.exit_code, result.output


def test_without_questions_a_file_is_not_written_over_unless_it_is_forced(mosquitto, tmp_path, monkeypatch):
    monkeypatch.setenv("OYEZ_MODELS", str(tmp_path))
    config = tmp_path / "oyez.yaml"
    command = ["--yes", "--broker", f"127.0.0.1:{mosquitto.port}", *ROOM]
    status, told = init(config, *command, "--language", "german", "--no-home-assistant")
    assert status == 0, told
    written = load(config)
    assert (written.rooms["hall"].language, written.home_assistant.discovery) == ("deu", False)
    status, told = init(config, *command)
    assert (status, "--force" in told) == (65, True)
    assert load(config) == written
    assert init(config, *command, "--force", "--language", "eng")[0] == 0
    assert "asr" not in config.read_text()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["oyez.yaml"]
    assert [name for name, _ in first_steps.missing(written)] == ["mms-1b-all", "kokoro-v1.0-int8"]


def test_what_cannot_be_is_told_and_nothing_is_written(make_mosquitto, locked, tmp_path):
    config = tmp_path / "oyez.yaml"
    away = make_mosquitto()
    here = f"127.0.0.1:{locked.port}"
    for answers, status, why in (
        (["--broker", f"127.0.0.1:{away.port}"], 69, "Connection refused"),
        (["--broker", here], 69, "refused an anonymous client"),
        (["--broker", "embedded", "--language", "klingonisch"], 78, "MMS has no language"),
        (["--broker", "embedded", "--voice", "af_haert"], 65, "af_heart"),
        (["--broker", "embedded", "--language", "deu", "--model", "mms-mini"], 65, "mms-1b-all"),
        (["--broker", "embedded", "--room", "Bridge"], 65, "bridge"),
    ):
        room = [] if "--room" in answers else [*ROOM]
        found, told = init(config, "--yes", *room, *answers)
        assert (found, why in told) == (status, True), told
        assert not config.exists()


def test_answers_that_end_too_soon_leave_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(first_rooms, "_devices", list)
    status, told = init(tmp_path / "oyez.yaml", "--broker", "embedded", answers="Kitchen\n")
    assert status == 65
    assert "Microphone of kitchen" in told
    assert "oyez init --yes" in told
    assert not (tmp_path / "oyez.yaml").exists()
