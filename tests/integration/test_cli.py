"""The command line, run as people run it."""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import pytest
from tests.support.broker import person
from tests.support.command import oyez
from tests.support.daemon import running, virtual
from tests.support.house import House
from tests.support.spoken import words

from oyez.config import default_models_dir

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]


COMMANDS = (
    ["init", "run", "check", "profile", "demo", "say", "listen", "transcribe", "speak", "devices", "voices", "languages", "doctor"]
    + [f"models {verb}" for verb in ("list", "install", "verify")]
    + [f"speakers {verb}" for verb in ("list", "enrol", "forget")]
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
async def test_every_command_has_help_with_an_example(command):
    status, out, _ = await oyez(*command.split(), "--help")
    assert status == 0
    assert "Example" in out
    assert f"oyez {command.split()[0]}" in out


async def test_check_tells_place_and_nearest_name_and_ends_with_78(tmp_path):
    config = tmp_path / "oyez.yaml"
    config.write_text("broker:\n  hots: localhost\nrooms:\n  hall: {microphone: none}\n")
    status, _, err = await oyez("check", str(config))
    assert status == 78
    assert f"{config}:2:3" in err
    assert "host" in err
    assert "oyez check" in err


@pytest.mark.model
async def test_check_says_what_a_start_would(tmp_path, repository):
    status, out, err = await oyez("check", str(repository / "config" / "demo.yaml"))
    assert (status, err) == (0, "")
    assert "hear: house; that speak: crier" in out


async def test_a_missing_model_is_told_with_the_command_that_fetches_it(tmp_path, repository):
    status, _, err = await oyez("check", str(repository / "config" / "demo.yaml"), OYEZ_MODELS=str(tmp_path))
    assert status == 78
    assert "-> oyez models install " in err


@pytest.mark.model
@pytest.mark.parametrize(
    ("key", "value", "near"), [("voice", "af_hart", "af_heart"), ("language", "deu", "mms-1b-all")]
)
async def test_check_knows_which_voices_and_languages_there_are(tmp_path, key, value, near):
    config = tmp_path / "oyez.yaml"
    config.write_text(
        f"broker: {{host: embedded}}\nrooms:\n  hall: {{speaker: loopback:x, microphone: loopback:x, {key}: {value}}}\n"
    )
    status, _, err = await oyez("check", str(config))
    assert status == 78
    assert f"rooms.hall.{key}" in err
    assert near in err


async def test_voices_and_languages_are_data_for_machines():
    status, out, _ = await oyez("voices", "spanish", "--json")
    assert status == 0
    voices = json.loads(out)
    assert {voice["name"] for voice in voices} == {"ef_dora", "em_alex", "em_santa"}
    assert {voice["licence"] for voice in voices} == {"Apache-2.0"}


async def test_a_language_that_is_not_there_is_answered_with_the_nearest():
    status, out, err = await oyez("languages", "swahilli")
    assert (status, out) == (78, "")
    assert "swh (Swahili)" in err
    assert "oyez languages" in err


async def test_voices_are_filtered_and_a_language_without_one_is_answered_with_the_nearest():
    status, out, _ = await oyez("voices", "--language", "english", "--gender", "male")
    assert status == 0
    assert "13 voices" in out
    assert "Apache-2.0" in out
    assert "am_michael" in out
    assert "af_heart" not in out
    status, _, err = await oyez("voices", "--language", "german")
    assert status == 65
    assert "the nearest is en-US" in err


@pytest.mark.model
async def test_voices_are_heard_in_files(tmp_path):
    status, out, err = await oyez(
        "voices", "if_sara", "if_sara + im_nicola", "--preview", "-o", str(tmp_path / "heard")
    )
    assert (status, err) == (0, "")
    assert {file.name for file in (tmp_path / "heard").iterdir()} == {"if_sara.wav", "if_sara-im_nicola.wav"}
    assert str(tmp_path / "heard" / "if_sara.wav") in out


@pytest.mark.model
async def test_speak_writes_a_file_that_transcribe_reads(tmp_path):
    file = tmp_path / "said.flac"
    status, _, err = await oyez("speak", "-", "-o", str(file), stdin="Someone is at the door.")
    assert (status, err) == (0, "")
    status, out, _ = await oyez("transcribe", str(file))
    assert status == 0
    assert words(out) == words("Someone is at the door.")
    status, out, _ = await oyez("transcribe", str(file), str(file), "--json")
    assert [row["file"] for row in json.loads(out)] == [str(file)] * 2


async def test_a_file_that_is_no_audio_is_told(tmp_path):
    file = tmp_path / "letter.wav"
    file.write_text("dear house")
    status, _, err = await oyez("transcribe", str(file))
    assert status not in (0, 1)
    assert "letter.wav" in err
    assert "Traceback" not in err


@pytest.mark.model
async def test_a_voice_that_is_not_there_is_told_with_the_nearest(tmp_path):
    status, _, err = await oyez("speak", "Hello", "-v", "af_hart", "-o", str(tmp_path / "x.wav"))
    assert status == 65
    assert "af_heart" in err


@pytest.mark.model
async def test_say_follows_to_the_outcome_and_listen_prints_what_is_heard(mosquitto, tmp_path):
    at = ["--broker", f"{mosquitto.host}:{mosquitto.port}"]
    async with running(tmp_path / "d", virtual(mosquitto)):
        listening = asyncio.create_task(oyez("listen", *at, "--count", "1", "--json"))
        async with person(mosquitto):
            status, out, _ = await oyez("say", *at, "--room", "crier", "Someone is at the door.")
        assert status == 0
        assert "spoken" in out
        status, out, _ = await listening
        assert words(json.loads(out)["text"]) == words("Someone is at the door.")


async def test_say_to_nobody_says_so(mosquitto):
    at = ["--broker", f"{mosquitto.host}:{mosquitto.port}"]
    status, _, err = await oyez("say", *at, "--room", "attic", "Hello?")
    assert status == 69
    assert err.startswith("oyez: nobody answers")
    assert err.count("->") == 1


async def test_say_without_a_broker_says_so(make_mosquitto):
    broker = make_mosquitto()
    status, _, err = await oyez("say", "--broker", f"{broker.host}:{broker.port}", "--room", "attic", "Hello?")
    assert status == 69
    assert f"no connection to the broker {broker.host}:{broker.port}: Connection refused\n  -> is it running" in err
    assert err.count("->") == 1


async def test_an_empty_text_is_told_before_anybody_is_asked():
    status, _, err = await oyez("say", "--broker", "127.0.0.1:1", "--room", "hall", " ")
    assert (status, err) == (65, "oyez: nothing to say: the text is empty\n")


async def test_what_the_house_refuses_is_told_in_its_words(mosquitto, tmp_path):
    at = ["--broker", f"{mosquitto.host}:{mosquitto.port}", "--room", "kitchen"]
    async with House(mosquitto, tmp_path).living():
        status, _, err = await oyez("say", *at, "--priority", "high", "Hello?")
    assert (status, err) == (65, "oyez: priority must be one of low, normal, urgent, or a number from 0 to 10\n")


@pytest.mark.parametrize(("command", "after"), [("languages", b"oyez.cli.options"), ("listen", b"aiomqtt")])
async def test_ctrl_c_ends_a_command_with_130_and_without_a_word_even_while_it_is_imported(mosquitto, command, after):
    at = ["--broker", f"{mosquitto.host}:{mosquitto.port}"] if command == "listen" else []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-X",
        "importtime",
        "-m",
        "oyez",
        command,
        *at,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async for line in process.stderr:
        if line.rstrip().endswith(after):
            process.send_signal(signal.SIGINT)
            break
    out, err = await process.communicate()
    told = [line for line in err.splitlines() if not line.startswith(b"import time:")]
    assert (process.returncode, out, told) == (130, b"", [])


@pytest.mark.model
async def test_the_demo_hears_what_it_says_and_leaves_nothing_behind(tmp_path):
    status, out, err = await oyez("demo", "--json", TMPDIR=str(tmp_path), HOME=str(tmp_path / "home"), **models())
    told = json.loads(out)
    assert told["outcome"]["state"] == "spoken", err
    assert words(told["heard"]["text"]) == words(told["said"])
    assert (status, told["equal"]) == (0, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.model
async def test_a_demo_that_mishears_ends_with_1():
    status, out, _ = await oyez("demo", "--json", "--say", "Supercalifragilistic antidisestablishmentarianism.")
    told = json.loads(out)
    assert (status, told["equal"]) == (1, False)


def models() -> dict[str, str]:
    """Where the models are, for a command whose home is elsewhere."""
    return {"OYEZ_MODELS": str(default_models_dir())}


@pytest.mark.model
async def test_doctor_finds_nothing_wrong_after_set_up():
    status, out, err = await oyez("doctor", "--json")
    findings = json.loads(out)
    assert status == 0, (findings, err)
    assert {"broker", "speaking: kokoro-v1.0-int8", "hearing: mms-mini"} <= {finding["what"] for finding in findings}
    [streaming] = [finding for finding in findings if finding["what"] == "streaming"]
    assert streaming["found"] == "sentences are heard before they are finished, in 54 voices"
