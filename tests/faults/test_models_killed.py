"""An install that is killed, and two at once: real processes, a real server."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from tests.support.models import FILES, ONE, install_toy, model, serve

from oyez.cli.models import preparers
from oyez.errors import ModelMissing
from oyez.models import store
from oyez.models.brought import brought

# One installer as a process; the catalogue entry is handed over, as no real model is small enough.
INSTALLER = """
import sys
from pathlib import Path
from oyez.models.catalogue import Model
from oyez.models.install import install

class Lines:
    def say(self, text): print(text, flush=True)
    def fetching(self, *_): pass
    def preparing(self, *_): pass

groups = eval(sys.argv[2])
print(install(Model("toy", "tests", "CC0", groups=groups), Path(sys.argv[1]), preparers={}, progress=Lines()))
"""


def start(toy, models_dir):
    command = [sys.executable, "-c", INSTALLER, str(models_dir), repr(toy.groups)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def test_an_install_that_was_killed_goes_on_where_it_was_and_was_never_seen(file_server, tmp_path):
    serve(file_server)
    sent = 262_144
    file_server.manners["/one.bin"] = [("stall", sent)]
    part = tmp_path / ".staging" / "download" / "toy" / "one.bin.part"
    with start(model(file_server.url), tmp_path) as killed:
        # what Python holds back in its buffer is lost with the process: wait for what has reached the file
        wait_for(lambda: part.exists() and part.stat().st_size > 0)
        killed.kill()
    with pytest.raises(ModelMissing):
        store.model_path(tmp_path, "toy")
    kept = part.stat().st_size
    install_toy(model(file_server.url), tmp_path)
    store.verify(tmp_path, "toy")
    assert file_server.fetched()[1] == ("/one.bin", kept)
    assert (tmp_path / "toy" / "one.bin").read_bytes() == ONE


def test_of_two_installs_at_once_one_waits_and_finds_all_done(file_server, tmp_path):
    serve(file_server)
    file_server.manners["/one.bin"] = [("stall", len(ONE) - 1)]
    with start(model(file_server.url), tmp_path) as first, start_second(file_server, tmp_path) as second:
        assert "waiting for it" in second.stdout.readline()
        file_server.released.set()
        told = [first.communicate()[0].splitlines()[-1], second.communicate()[0].splitlines()[-1]]
    assert (first.returncode, second.returncode) == (0, 0)
    assert told == ["True", "False"]
    assert {path for path, start in file_server.fetched() if start == 0} == {f"/{path}" for path in FILES}
    store.verify(tmp_path, "toy")


def start_second(file_server, models_dir):
    wait_for(lambda: file_server.asked)
    return start(model(file_server.url), models_dir)


# An installer that stops in the middle of preparing: half of the weights are written.
PREPARER = """
import sys, time
from pathlib import Path
from oyez.cli.models import preparers
from oyez.models.brought import brought
from oyez.models.install import install

class Slow:
    def say(self, text): pass
    def fetching(self, *_): pass
    def preparing(self, step, fraction):
        print(step, flush=True)
        time.sleep(60)

model = brought("toy", Path(sys.argv[2]), ["eng"])
install(model, Path(sys.argv[1]), preparers=preparers([model]), progress=Slow(), folder=Path(sys.argv[2]))
"""


def test_an_install_that_is_killed_while_it_prepares_leaves_no_model_and_the_next_one_clears_up(checkpoint, tmp_path):
    models_dir = tmp_path / "models"
    command = [sys.executable, "-c", PREPARER, str(models_dir), str(checkpoint)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout.readline() == "weights\n"
        killed.kill()
    half = list((models_dir / ".staging/model").rglob("model.onnx.data"))
    assert half
    with pytest.raises(ModelMissing):
        store.model_path(models_dir, "toy")
    toy = brought("toy", checkpoint, ["eng"])
    install_toy(toy, models_dir, preparers=preparers([toy]), folder=checkpoint)
    store.verify(models_dir, "toy")
    assert not list((models_dir / ".staging").rglob("model.*"))
