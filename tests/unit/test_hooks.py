"""Programs run when something happens: real ones."""

import asyncio
import json
import os
import re

import psutil
import pytest
from tests.support.broker import eventually

from oyez import log
from oyez.actions.reading import read
from oyez.actions.table import ACTIONS
from oyez.config import SETTABLE, HooksConfig, load
from oyez.config.hooks import EVENTS
from oyez.errors import InvalidInput
from oyez.health import Health
from oyez.hooks import MOST_WAITING, Hooks
from oyez.supervise import running

TEXT = "open $(touch pwned) `the` \"door\" ; rm -rf 'é'"


class Programs:
    """Hooks that run shell scripts of ours."""

    def __init__(self, folder) -> None:
        self.folder, self.settings, self.programs, self.logged = folder, {}, {}, []

    def script(self, event, text):
        path = self.folder / f"{event}.sh"
        path.write_text(f"#!/bin/sh\ncd {self.folder}\n{text}\n")
        path.chmod(0o700)
        self.programs[event] = [str(path), "an argument; with 'odd' $letters"]

    def make(self):
        self.health = Health()
        self.hooks = Hooks(HooksConfig(programs=self.programs, **self.settings), self.health.part("hooks"))
        return self.hooks

    @property
    def told(self):
        return self.health.snapshot()["parts"]["hooks"]

    def wrote(self, name):
        return (self.folder / name).read_text() if (self.folder / name).exists() else ""

    def heard(self, level, name, message, about):
        self.logged.append((message, about))


def gone(pid) -> bool:
    """Whether a process has ended, whoever is to bury it."""
    try:
        return psutil.Process(int(pid)).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.fixture
def programs(tmp_path, nothing_blocks_the_loop):
    nothing_blocks_the_loop.deactivate()  # it is the test that reads
    return Programs(tmp_path)


async def test_a_program_gets_the_event_as_it_is_published_and_what_it_is_about_but_none_of_our_secrets(
    programs, monkeypatch
):
    monkeypatch.setenv("OYEZ_BROKER__PASSWORD", "secret")
    programs.script(
        "transcript",
        'cat > in; env > env; printf %s "$1" > argument; while [ "$(nice)" -lt 10 ]; do sleep 0.01; done; mv in done',
    )
    payload = json.dumps({"text": TEXT}).encode()
    async with running(programs.make().run()):
        programs.hooks.happened("transcript", "kitchen", payload, TEXT)
        programs.hooks.happened("spoken", "kitchen", b"{}")  # has no program
        await eventually(lambda: programs.told.get("run") == 1)
    assert programs.wrote("done").encode() == payload
    environment = dict(line.partition("=")[::2] for line in programs.wrote("env").splitlines())
    ours = {name: value for name, value in environment.items() if name.startswith("OYEZ_")}
    assert ours == {"OYEZ_EVENT": "transcript", "OYEZ_ROOM": "kitchen", "OYEZ_TEXT": TEXT}
    assert environment["PATH"] == os.environ["PATH"]
    assert programs.wrote("argument") == "an argument; with 'odd' $letters"
    assert not (programs.folder / "pwned").exists()


async def test_one_that_takes_too_long_is_killed_with_all_that_it_started(programs):
    programs.settings = {"timeout_s": 0.3}
    programs.script("spoken", "sleep 60 & echo $! > child; echo $$ > pid; sleep 60")
    async with running(programs.make().run()):
        programs.hooks.happened("spoken", "kitchen", b"{}")
        await eventually(lambda: programs.told.get("timed_out") == 1)
    await eventually(lambda: all(gone(programs.wrote(name)) for name in ("pid", "child")))


async def test_what_a_program_leaves_running_ends_with_it_and_holds_nothing_up(programs):
    programs.script("spoken", "sleep 60 & echo $! > child")
    async with running(programs.make().run()):
        programs.hooks.happened("spoken", "kitchen", b"{}")
        await eventually(lambda: programs.told.get("run") == 1)
    await eventually(lambda: gone(programs.wrote("child")))


async def test_so_many_run_at_once_so_many_wait_and_the_rest_is_dropped_and_counted(programs):
    programs.script("state", "echo x >> begun; while [ ! -e go ]; do sleep 0.02; done")
    hooks = programs.make()
    async with running(hooks.run()), running(hooks.run()):
        hooks.happened("state", "kitchen", b"{}")
        hooks.happened("state", "kitchen", b"{}")
        await eventually(lambda: len(programs.wrote("begun").split()) == 2)
        for _ in range(MOST_WAITING + 3):
            hooks.happened("state", "kitchen", b"{}")
        assert (programs.told["dropped"], programs.told["waiting"]) == (3, MOST_WAITING)
        assert len(programs.wrote("begun").split()) == 2
        (programs.folder / "go").touch()
        await eventually(lambda: programs.told.get("run") == MOST_WAITING + 2)


async def test_a_program_that_is_cut_by_the_end_of_the_daemon_is_gone(programs):
    programs.script("state", "echo $$ > pid; sleep 60")
    async with running(programs.make().run()):
        programs.hooks.happened("state", "kitchen", b"{}")
        await eventually(lambda: programs.wrote("pid").strip())
    assert gone(programs.wrote("pid"))


async def test_a_failure_is_logged_with_its_last_lines_once_and_without_what_was_said(programs):
    programs.script(
        "transcript", 'i=0; while [ $i -lt 999 ]; do i=$((i+1)); echo "$i" >&2; done; echo "no: $OYEZ_TEXT" >&2; exit 3'
    )
    programs.programs["failed"] = ["/no/such/program", "token"]
    log.configure("warning")
    with log.heard_by(programs.heard, "warning"):
        async with running(programs.make().run()):
            for _ in range(2):
                programs.hooks.happened("transcript", "kitchen", b"{}", TEXT)
            programs.hooks.happened("failed", "kitchen", b"{}")
            await eventually(lambda: programs.told.get("failed") == 3)
            await asyncio.sleep(0)
    [failed, missing] = programs.logged
    assert failed[0] == "a program failed"
    assert (failed[1]["how"], failed[1]["said"].splitlines()) == ("status 3", ["996", "997", "998", "999", "no: ***"])
    assert missing[0] == "a program can't be started"
    assert "token" not in str(missing)


async def test_a_program_that_does_not_listen_and_never_stops_talking_is_no_burden(programs):
    programs.settings = {"timeout_s": 0.5}
    programs.script("no_match", "exec 0<&-; exec yes >&2")
    async with running(programs.make().run()):
        programs.hooks.happened("no_match", "kitchen", b"x" * 500_000)
        await eventually(lambda: programs.told.get("timed_out") == 1)


def test_arguments_are_not_published():
    config = HooksConfig(programs={"spoken": ["/bin/curl", "-H", "Authorization: secret"]})
    assert config.model_dump(mode="json")["programs"] == {"spoken": ["/bin/curl", "***", "***"]}
    assert config.programs["spoken"][2] == "Authorization: secret"


def test_no_request_names_a_program_and_none_is_of_a_profile():
    for action in ACTIONS.values():
        with pytest.raises(InvalidInput, match="unknown key 'hooks'"):
            read(action, {"hooks": {"programs": {"spoken": ["/bin/true"]}}})
    assert {name for name, action in ACTIONS.items() if "config" in name and not action.reads} == set()
    assert not [key for key in SETTABLE if "hook" in key]


def test_the_page_has_an_example_and_names_every_event(tmp_path, repository):
    page = (repository / "docs" / "hooks.md").read_text()
    [example] = re.findall(r"^```yaml\n(hooks:.*?)^```", page, re.MULTILINE | re.DOTALL)
    path = tmp_path / "oyez.yaml"
    path.write_text(f"rooms: {{hall: {{}}}}\n{example}")
    assert load(path, {}).hooks.programs["failed"] == ["/usr/local/bin/complain", "--loud"]
    table = page.partition("| event |")[2].partition("\n\n")[0]
    assert {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])} == set(EVENTS)
