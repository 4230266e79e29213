"""How the daemon is: heartbeats, states and counters of its parts, in one place.

The rule for the watchdog: each part with a limit must have beaten within it. A part that knows it is in trouble (no
broker, no microphone) beats while it tries again: a known outage is healthy work, a silent standstill is not.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

WELL = ("ok", "starting", "off", "unloaded", "loading")  # states that are no trouble


@dataclass
class Part:
    """One part of the daemon. `limit` is the longest silence in seconds that is still healthy, None for no limit."""

    limit: float | None
    beaten: float
    state: str = "starting"
    detail: str | None = None
    counters: Counter[str] = field(default_factory=Counter)
    gauges: dict[str, Callable[[], float]] = field(default_factory=dict)


class Health:
    """The parts by name. Everything here is cheap enough to be called for each frame."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._started = clock()
        self._parts: dict[str, Part] = {}
        self.changed: Callable[[], None] = lambda: None

    def part(self, name: str, *, limit: float | None = None) -> PartHealth:
        """Register a part; its handle."""
        self._parts[name] = Part(limit, self._clock())
        return self[name]

    def __getitem__(self, name: str) -> PartHealth:
        return PartHealth(self, self._parts[name])

    def stuck(self) -> list[str]:
        """The parts that are silent beyond their limit: while there are any, the watchdog isn't fed."""
        now = self._clock()
        return [name for name, part in self._parts.items() if part.limit and now - part.beaten > part.limit]

    @property
    def starting(self) -> list[str]:
        """The parts that haven't told yet how they are."""
        return [name for name, part in self._parts.items() if part.state == "starting"]

    @property
    def troubles(self) -> dict[str, str]:
        """The parts that aren't well, each with its state and reason."""
        return {
            name: f"{part.state}: {part.detail}" if part.detail else part.state
            for name, part in self._parts.items()
            if part.state not in WELL
        }

    def snapshot(self) -> dict[str, Any]:
        """The payload of the health topic."""
        now = self._clock()
        stuck = self.stuck()
        return {
            "healthy": not stuck and not self.troubles,
            "uptime_s": round(now - self._started),
            "stuck": stuck,
            "troubles": self.troubles,
            "parts": {name: self._part(part, now) for name, part in self._parts.items()},
        }

    def counts(self) -> Iterator[tuple[str, str, int]]:
        """Part, event and how often, for all that was counted."""
        for name, part in self._parts.items():
            for event, count in part.counters.items():
                yield name, event, count

    def values(self) -> Iterator[tuple[str, str, float]]:
        """Part, name and value of every gauge."""
        for name, part in self._parts.items():
            for gauge, read in part.gauges.items():
                yield name, gauge, read()

    @staticmethod
    def _part(part: Part, now: float) -> dict[str, Any]:
        told: dict[str, Any] = {"state": part.state}
        if part.detail:
            told["detail"] = part.detail
        if part.limit:
            told["silent_s"] = round(max(0.0, now - part.beaten), 1)
        return told | dict(part.counters) | {name: round(read(), 3) for name, read in part.gauges.items()}

    def now(self) -> float:
        """The clock of the heartbeats."""
        return self._clock()


class PartHealth:
    """What a part holds to tell how it is."""

    def __init__(self, health: Health, part: Part) -> None:
        self._health = health
        self._part = part

    @property
    def current(self) -> str:
        """The state in a word."""
        return self._part.state

    def beat(self) -> None:
        """I still turn."""
        self._part.beaten = self._health.now()

    def state(self, state: str, detail: str | None = None) -> None:
        """A state in a word: ok, off, or what is wrong (lost, failed, away); the reason in `detail`. Beats too."""
        self.beat()
        if (state, detail) != (self._part.state, self._part.detail):
            self._part.state, self._part.detail = state, detail
            self._health.changed()

    def count(self, what: str, by: int = 1) -> None:
        """Count something that happened."""
        self._part.counters[what] += by

    def gauge(self, name: str, read: Callable[[], float]) -> None:
        """A number read whenever a snapshot is taken."""
        self._part.gauges[name] = read
