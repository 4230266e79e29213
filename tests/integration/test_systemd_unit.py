"""The unit file: as locked in as it claims, and about a program that is there."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

MAX_EXPOSURE = 1.6


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze isn't on this machine")
def test_the_exposure_is_at_most_what_the_readme_says(repository):
    unit = repository / "systemd" / "oyez.service"
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(unit)], capture_output=True, text=True, check=False
    ).stdout
    exposure = re.search(r"Overall exposure level for oyez.service: ([\d.]+)", told)
    assert exposure, told
    assert float(exposure[1]) <= MAX_EXPOSURE


def test_what_the_daemon_relies_on_is_in_the_unit(repository):
    lines = (repository / "systemd" / "oyez.service").read_text().splitlines()
    for wanted in (
        "Type=notify",
        "NotifyAccess=main",
        "WatchdogSec=30",
        "RestartPreventExitStatus=78",
        "StateDirectory=oyez",
        "ExecReload=/bin/kill -HUP $MAINPID",
        "DeviceAllow=char-alsa rw",
        "LimitCORE=0",
    ):
        assert wanted in lines
    assert not any(line.startswith("MemoryDenyWriteExecute") for line in lines)
