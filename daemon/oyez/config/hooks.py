"""The section of the programs that are run when something happens."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import Field, field_serializer

from oyez.config import kinds
from oyez.config.section import Section, key

Event: TypeAlias = Literal[
    "transcript", "no_match", "accepted", "started", "interrupted", "spoken", "cancelled", "expired", "refused",
    "failed", "state",
]  # fmt: skip
EVENTS: tuple[str, ...] = get_args(Event)
Program: TypeAlias = Annotated[list[kinds.Text], Field(min_length=1, max_length=32)]


class HooksConfig(Section):
    """Programs that are run when something happens: docs/hooks.md."""

    programs: dict[Event, Program] = key(
        {},
        does="Programs by event, each with its arguments, as in `{transcript: [/usr/local/bin/heard, -v]}`. No shell "
        "is between; the event is on standard input. Only this file can name them.",
    )
    timeout_s: float = key(10.0, unit="s", ge=0.1, le=600.0, does="A program that takes longer is killed.")
    at_once: int = key(2, ge=1, le=8, does="Programs that may run at the same time; 32 events wait, more are dropped.")

    @field_serializer("programs", when_used="json")
    def _without_arguments(self, programs: dict[str, list[str]]) -> dict[str, list[str]]:
        """As it is published: arguments may hold a token."""
        return {event: [argv[0], *("***" for _ in argv[1:])] for event, argv in programs.items()}
