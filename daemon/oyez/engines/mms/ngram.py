"""An n-gram model of words as a scorer, by KenLM (the extra `ngram`)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from oyez.engines.mms.symbols import SEPARATOR
from oyez.errors import InvalidInput, ModelMissing

if TYPE_CHECKING:
    from pathlib import Path

SHARE = 0.5  # of the model's log probability that counts
WORD = 1.5  # nats that each word gains, or a model would favour few words
UNKNOWN = -5.0  # nats: what a word costs at most beyond the model's own verdict, when it doesn't know it


class Ngram:
    """Scores each word as it ends, by the words before it. Words are those of the model, in small letters."""

    def __init__(self, path: Path) -> None:
        """Raises ModelMissing without the extra or the file, InvalidInput for a file that is no such model."""
        try:
            import kenlm  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ModelMissing("n-gram models need KenLM", hint="pip install 'oyez[ngram]'") from error
        if not path.is_file():
            raise ModelMissing(f"{path}: no such n-gram model", hint="see asr.language_models")
        try:
            self._model = kenlm.Model(str(path))
        except (OSError, RuntimeError) as error:
            raise InvalidInput(f"{path}: not a model of KenLM (ARPA or binary): {error}") from error
        self._new_state = kenlm.State
        begin = kenlm.State()
        self._model.BeginSentenceWrite(begin)
        self.start = (begin, "")

    def step(self, state: Any, symbol: str) -> tuple[Any, float]:
        """See Scorer."""
        before, word = state
        if symbol != SEPARATOR:
            return (before, word + symbol), 0.0
        if not word:
            return state, 0.0
        after = self._new_state()
        gain = self._gain(self._model.BaseScore(before, word, after), word)
        return (after, ""), gain

    def end(self, state: Any) -> float:
        """See Scorer: the last word, and that the sentence ends with it."""
        (before, _), gain = self.step(state, SEPARATOR)
        ending = self._model.BaseScore(before, "</s>", self._new_state())
        return gain + SHARE * math.log(10) * float(ending)

    def _gain(self, log10: float, word: str) -> float:
        unknown = UNKNOWN if word not in self._model else 0.0
        return SHARE * math.log(10) * log10 + unknown + WORD
