"""Which of what is heard so far is worth telling."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oyez.model import Partial

if TYPE_CHECKING:
    from collections.abc import Callable

    from oyez.listen.expected import Expected
    from oyez.listen.rewrite import Rewriting
    from oyez.model import Recognition, Utterance


class Partials:
    """Delivers what is new, rewritten like a transcript; not what is empty or below `min_confidence`."""

    def __init__(
        self, *, min_confidence: float, expected: Expected, rewrite: Rewriting, deliver: Callable[[Partial], None]
    ) -> None:
        self._min_confidence = min_confidence
        self._expected = expected
        self._rewrite = rewrite
        self._deliver = deliver
        self._told: dict[str, tuple[str, str]] = {}  # by room: id and text

    def __call__(self, utterance: Utterance, recognition: Recognition) -> None:
        """This was recognised of an utterance that goes on."""
        if recognition.confidence < self._min_confidence:
            return
        names = (one.phrase for one in self._expected.of(utterance.room))
        text = self._rewrite(recognition, names).text.strip()
        if not text or self._told.get(utterance.room) == (utterance.id, text):
            return
        self._told[utterance.room] = (utterance.id, text)
        self._deliver(
            Partial(
                id=utterance.id,
                room=utterance.room,
                text=text,
                language=recognition.language,
                confidence=recognition.confidence,
                started_at=utterance.started_at,
                ended_at=utterance.ended_at,
            )
        )
