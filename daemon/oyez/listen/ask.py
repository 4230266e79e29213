"""How a room's utterances are put to the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oyez.listen.expected import Expected
    from oyez.model import Recognition, Utterance
    from oyez.ports import AheadAsr


class Ask:
    """Asks in the room's language, with what is expected there; `alternatives` is the number of other readings.

    `languages` maps rooms to languages, as the port Asr takes them. Raises as that does.
    """

    def __init__(
        self, asr: AheadAsr, *, languages: Mapping[str, str], expected: Expected, alternatives: int = 0
    ) -> None:
        self._asr = asr
        self._languages = languages
        self._expected = expected
        self._n_best = 1 + alternatives

    @property
    def busy(self) -> bool:
        """Whether someone asks who doesn't give way."""
        return self._asr.busy

    async def __call__(self, utterance: Utterance) -> Recognition:
        """What was said."""
        room = utterance.room
        hot_words, language = self._expected.of(room), self._languages[room]
        return await self._asr.transcribe(utterance.samples, language, hot_words=hot_words, n_best=self._n_best)

    async def ahead(self, utterance: Utterance) -> Recognition | None:
        """The same, giving way to all who ask without: None when that happened."""
        room = utterance.room
        hot_words, language = self._expected.of(room), self._languages[room]
        return await self._asr.transcribe_ahead(utterance.samples, language, hot_words=hot_words, n_best=self._n_best)
