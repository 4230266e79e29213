"""The section of the Hermes topics."""

from __future__ import annotations

from oyez.config import kinds
from oyez.config.section import Section, key


class HermesConfig(Section):
    """Rhasspy's Hermes topics, for what was built around it: docs/hermes.md."""

    enabled: bool = key(False, does="Whether Hermes' topics are served at the broker, too: docs/hermes.md.")
    sites: dict[str, kinds.RoomName] = key(
        {},
        does="Site ids that aren't names of rooms, as in `{default: kitchen}`; else `default` is the first room.",
        max_length=100,
    )
