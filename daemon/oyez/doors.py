"""The ways into the house and out of it besides its own topics, as far as they are wanted; and numbers about it.

In come HTTP and Hermes; what happens goes to Hermes and to programs.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from oyez import http
from oyez.hermes.adapter import Hermes
from oyez.hooks import Hooks
from oyez.metrics import Metrics
from oyez.mqtt import payloads

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator, Mapping

    from oyez.actions.action import Home
    from oyez.config import Config
    from oyez.health import Health
    from oyez.model import NoMatch, Outcome, Transcript
    from oyez.mqtt.client import Broker
    from oyez.speak.agenda import Agenda


class Doors:
    """Made before the broker runs. Raises ConfigError for an extra that isn't installed."""

    def __init__(self, config: Config, broker: Broker, health: Health, agendas: Mapping[str, Agenda]) -> None:
        self.metrics = Metrics(health, agendas, clock=time.monotonic)
        self.http = http.make(config.http, self.metrics, health)
        self.hermes = Hermes(config.hermes, broker) if config.hermes.enabled else None
        self._hooks = _hooks(config, health)
        self._hands = config.hooks.at_once

    def open(self, home: Home) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """What is to be run, by name."""
        if self.http:
            yield "http", self.http.run(home)
        if self.hermes:
            yield "hermes", self.hermes.run(home)
        if self._hooks:
            yield from (("hooks", self._hooks.run()) for _ in range(self._hands))

    def heard(self, transcript: Transcript) -> None:
        """A transcript goes out."""
        self.metrics.heard(transcript)
        if self.hermes:
            self.hermes.heard(transcript)
        if self._hooks:
            self._hooks.happened("transcript", transcript.room, payloads.transcript(transcript), transcript.text)

    def missed(self, heard: NoMatch) -> None:
        """Speech without a transcript."""
        self.metrics.missed(heard)
        if self._hooks:
            self._hooks.happened("no_match", heard.room, payloads.no_match(heard))

    def told(self, outcome: Outcome) -> None:
        """A step of an announcement."""
        self.metrics.told(outcome)
        if self.hermes:
            self.hermes.told(outcome)
        if self._hooks:
            self._hooks.happened(outcome.state.value, outcome.room, payloads.outcome(outcome))

    def turned(self, room: str, state: bytes) -> None:
        """A room's state is another one: its payload."""
        if self._hooks:
            self._hooks.happened("state", room, state)


def _hooks(config: Config, health: Health) -> Hooks | None:
    """What runs programs, where there are any."""
    if not config.hooks.programs:
        return None
    return Hooks(config.hooks, health.part("hooks"), show_texts=config.log.transcripts)
