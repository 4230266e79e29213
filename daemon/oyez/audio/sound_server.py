"""What the sound server (PulseAudio, or PipeWire in its words) says about devices and streams, and volumes set there.

Blocks: for child processes and threads only. All answers come from `pactl`. Where it is missing or the server doesn't
answer, nothing is known: empty, or None.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oyez.audio.listing import SOUND_SERVER, Device, Direction
from oyez.child.worker import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

PACTL_DEADLINE = 2.0  # a frozen server doesn't answer: the stall of the stream tells about that

_PLACES = {Direction.IN: ("sources", "source-outputs", "source"), Direction.OUT: ("sinks", "sink-inputs", "sink")}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stream is: the device by the server's number and name, and whether that is a speaker's monitor."""

    index: int
    name: str
    monitor: bool


@dataclass(frozen=True, slots=True)
class Player:
    """A stream that plays into a sink, both by the server's numbers; its volume by channel; whose process it is."""

    index: int
    sink: int
    volume: tuple[int, ...]
    pid: int | None


def players() -> list[Player]:
    """All that plays now."""
    return [_player(entry) for entry in _pactl("sink-inputs")]


def set_volume(player: int, volume: tuple[int, ...]) -> None:
    """Set a player's volume, channel by channel; one that is gone stays gone."""
    _run("set-sink-input-volume", str(player), *map(str, volume))


def sinks(names: Collection[str]) -> set[int]:
    """The sinks of these names or descriptions; `default` is the server's own."""
    default = _run("get-default-sink").strip() if "default" in names else None
    return {
        int(entry["index"])
        for entry in _pactl("sinks")
        if entry["name"] == default or {entry["name"], entry["description"]} & set(names)
    }


def devices() -> list[Device]:
    """The sources and sinks of the server."""
    return [_device(entry, direction) for direction in Direction for entry in _pactl(_PLACES[direction][0])]


def stream_place(direction: Direction) -> Place | None:
    """The device that records for, or plays from, this process; None when the server knows no such stream."""
    index = _stream_index(direction)
    for entry in _pactl(_PLACES[direction][0]) if index is not None else []:
        if entry["index"] == index:
            return Place(entry["index"], entry["name"], _is_monitor(entry, direction))
    return None


@contextmanager
def watched(direction: Direction, moved: Callable[[Place], None]) -> Iterator[threading.Event]:
    """Within the block, call `moved`, from a thread, when the server puts this process's stream at another device.

    A sound server moves the stream of a lost microphone to whatever is left, often the monitor of the speaker, and
    tells nobody. The yielded event is clear while the server's news are being looked into: sound may come from
    somewhere else by then.
    """
    settled = threading.Event()
    try:
        news = subprocess.Popen(
            ["pactl", "subscribe"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - this process is killed when it hangs, and can't take it along
        )  # fmt: skip
    except OSError:
        settled.set()
        yield settled
        return

    threading.Thread(target=_look, args=(direction, news, settled, moved), name="place of stream", daemon=True).start()
    try:
        yield settled
    finally:
        news.kill()
        news.wait()


def _look(
    direction: Direction, news: subprocess.Popen[bytes], settled: threading.Event, moved: Callable[[Place], None]
) -> None:
    """Look again whenever the server tells of a stream, until it tells nothing more."""
    assert news.stdout
    about = f"on {_PLACES[direction][1].removesuffix('s')} ".encode()
    first = index = _stream_index(direction)
    with news.stdout:
        while index in (None, first):
            settled.set()
            if not (text := os.read(news.stdout.fileno(), 1 << 16)):
                return
            if first is not None and about in text:
                settled.clear()
                index = _stream_index(direction)
    if place := stream_place(direction):
        moved(place)
    settled.set()


def _stream_index(direction: Direction) -> int | None:
    _, streams, key = _PLACES[direction]
    me = str(os.getpid())
    for stream in _pactl(streams):
        if stream.get("properties", {}).get("application.process.id") == me:
            return int(stream[key])
    return None


def _is_monitor(entry: dict[str, Any], direction: Direction) -> bool:
    # pactl: "monitor_source" of a source is the sink it monitors, of a sink it is the sink's own monitor
    return direction is Direction.IN and bool(entry.get("monitor_source"))


def _device(entry: dict[str, Any], direction: Direction) -> Device:
    _format, channels, rate = entry["sample_specification"].split()
    count = int(channels.removesuffix("ch"))
    return Device(
        name=entry["description"],
        id=entry["name"],
        host_api=SOUND_SERVER,
        inputs=count if direction is Direction.IN else 0,
        outputs=count if direction is Direction.OUT else 0,
        default_rate=int(rate.removesuffix("Hz")),
        monitor=_is_monitor(entry, direction),
    )


def _player(entry: dict[str, Any]) -> Player:
    pid = str(entry.get("properties", {}).get("application.process.id", ""))
    volume = tuple(int(channel["value"]) for channel in entry.get("volume", {}).values())
    return Player(int(entry["index"]), int(entry["sink"]), volume, int(pid) if pid.isdigit() else None)


def _pactl(what: str) -> list[dict[str, Any]]:
    try:
        return json.loads(_run("--format=json", "list", what))  # type: ignore[no-any-return]
    except ValueError:
        return []


def _run(*command: str) -> str:
    """What pactl prints; nothing when it can't, or may not."""
    try:
        answer = subprocess.run(
            ["pactl", *command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            timeout=PACTL_DEADLINE, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.decode(errors="replace")
