import os
import socket

import pytest

from oyez.service import notify


@pytest.fixture(params=["path", "abstract"])
def systemd(request, tmp_path, monkeypatch):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    name = str(tmp_path / "notify") if request.param == "path" else f"@oyez-test-{os.getpid()}"
    sock.bind(name if request.param == "path" else "\0" + name[1:])
    sock.settimeout(2)
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    yield sock
    sock.close()


def test_readiness_status_and_stopping_reach_systemd(systemd):
    notify.ready("2 rooms")
    notify.stopping()
    assert systemd.recv(200) == b"READY=1\nSTATUS=2 rooms"
    assert systemd.recv(200) == b"STOPPING=1"


def test_a_reload_carries_the_monotonic_time(systemd):
    notify.reloading()
    first, second = systemd.recv(200).split(b"\n")
    assert first == b"RELOADING=1"
    assert int(second.removeprefix(b"MONOTONIC_USEC=")) > 0


def test_what_is_kept_to_ourselves_no_child_is_told(systemd, monkeypatch):
    monkeypatch.setattr(notify, "_kept", {})
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    notify.keep_to_ourselves()
    assert set(os.environ).isdisjoint(notify.OURS)
    assert notify.notify("READY=1")
    assert notify.watchdog_interval() == 30.0


def test_nothing_happens_where_systemd_is_not(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify.notify("READY=1")


def test_a_dead_socket_is_no_error(monkeypatch, tmp_path):
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    assert not notify.notify("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "expected"),
    [("30000000", None, 30.0), ("", None, None), ("nonsense", None, None), ("30000000", "1", None), ("0", None, None)],
)
def test_the_watchdog_interval_is_read_from_the_environment(monkeypatch, usec, pid, expected):
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    if pid:
        monkeypatch.setenv("WATCHDOG_PID", pid)
    assert notify.watchdog_interval() == expected
