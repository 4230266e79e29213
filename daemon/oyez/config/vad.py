"""The section of voice activity detection, and what of it a room may have for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from oyez.config.section import Section, key

if TYPE_CHECKING:
    from oyez.config.tree import RoomConfig

OF_A_ROOM = ("threshold", "hang_over_ms", "adaptive")  # what of `vad` a room may have for itself, as `vad_threshold`


class VadConfig(Section):
    """Voice activity detection: when speech starts and ends."""

    engine: Literal["silero", "webrtc"] = key("silero", does="What tells speech from noise.")
    threshold: float = key(0.5, gt=0.0, lt=1.0, unit="probability", does="Speech starts above it. Higher is deafer.")
    pre_roll_ms: int = key(300, unit="ms", ge=0, le=2000, does="Audio kept from before the start: the first syllable.")
    min_speech_ms: int = key(200, unit="ms", ge=20, le=2000, does="Shorter sounds are not speech.")
    hang_over_ms: int = key(600, unit="ms", ge=100, le=5000, does="Silence that ends an utterance.")
    adaptive: bool = key(
        False,
        does="Whether a room's hang-over grows with the pauses of those who speak there, up to "
        "`longest_hang_over_ms`, and shrinks again: docs/vad.md.",
    )
    longest_hang_over_ms: int = key(
        1500, unit="ms", ge=100, le=5000, does="What `adaptive` makes of the hang-over at most."
    )
    max_utterance_s: float = key(20.0, unit="s", ge=1.0, le=60.0, does="Longer speech is cut here and goes on anew.")
    gate_tail_ms: int = key(500, unit="ms", ge=0, le=5000, does="The room stays deaf so long after it has spoken.")

    def of(self, room: RoomConfig) -> VadConfig:
        """The settings of a room: its own where it has some."""
        own = {key: value for key in OF_A_ROOM if (value := getattr(room, f"vad_{key}")) is not None}
        return self.model_copy(update=own)

    def told(self, room: RoomConfig) -> dict[str, Any]:
        """The same by the room's names for it."""
        return {f"vad_{key}": getattr(self.of(room), key) for key in OF_A_ROOM}
