"""The ways into the house besides its own topics, HTTP and Hermes, as far as they are wanted; and numbers about it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from oyez import http
from oyez.hermes.adapter import Hermes
from oyez.metrics import Metrics

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

    def open(self, home: Home) -> Iterator[tuple[str, Coroutine[Any, Any, None]]]:
        """What is to be run, by name."""
        if self.http:
            yield "http", self.http.run(home)
        if self.hermes:
            yield "hermes", self.hermes.run(home)

    def heard(self, transcript: Transcript) -> None:
        """A transcript goes out."""
        self.metrics.heard(transcript)
        if self.hermes:
            self.hermes.heard(transcript)

    def missed(self, heard: NoMatch) -> None:
        """Speech without a transcript."""
        self.metrics.missed(heard)

    def told(self, outcome: Outcome) -> None:
        """A step of an announcement."""
        self.metrics.told(outcome)
        if self.hermes:
            self.hermes.told(outcome)
