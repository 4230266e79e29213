"""How a room's utterances are put to the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from oyez.listen.expected import Expected
    from oyez.listen.voices import Voices
    from oyez.model import Recognition, Utterance
    from oyez.ports import AheadAsr


class Ask:
    """Asks in the room's language, with what is expected there; `alternatives` is the number of other readings.

    `languages` maps rooms to languages, as the port Asr takes them. Where `voices` wants them, it asks for
    voiceprints as well. Raises as the port does.
    """

    def __init__(
        self,
        asr: AheadAsr,
        *,
        languages: Mapping[str, str],
        expected: Expected,
        alternatives: int = 0,
        voices: Voices | None = None,
    ) -> None:
        self._asr = asr
        self._languages = languages
        self._expected = expected
        self._n_best = 1 + alternatives
        self._voices = voices

    @property
    def busy(self) -> bool:
        """Whether someone asks who doesn't give way."""
        return self._asr.busy

    async def __call__(self, utterance: Utterance) -> Recognition:
        """What was said."""
        language = self._languages[utterance.room]
        return await self._asr.transcribe(utterance.samples, language, **await self._wishes(utterance))

    async def ahead(self, utterance: Utterance, *, partial: bool = False) -> Recognition | None:
        """The same, giving way to all who ask without: None when that happened. Of a partial only the words count."""
        language, wishes = self._languages[utterance.room], await self._wishes(utterance, partial=partial)
        return await self._asr.transcribe_ahead(utterance.samples, language, **wishes)

    async def _wishes(self, utterance: Utterance, *, partial: bool = False) -> dict[str, Any]:
        wishes: dict[str, Any] = {"hot_words": self._expected.of(utterance.room), "n_best": self._n_best}
        if self._voices and not partial and await self._voices.wanted(utterance):
            wishes["voiceprint"] = True
        return wishes
