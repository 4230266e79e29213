"""How one language's logits are read in this house: greedy, or by a search that knows what the house expects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from oyez.engines.mms.confidence import Calibration
from oyez.engines.mms.decode import Decoder
from oyez.engines.mms.hints import UNLISTED, UNTAUGHT, HotWords, WordList
from oyez.engines.mms.spelling import spelt
from oyez.errors import InvalidInput
from oyez.hot_words import HotWord
from oyez.model import Recognition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from oyez.engines.mms.beam import Scorer
    from oyez.engines.mms.symbols import Symbols


@dataclass(frozen=True, slots=True)
class Decoding:
    """How logits are read. `width` prefixes are kept in a search; 1 is greedy, whatever is expected.

    `words` maps languages (as MMS names them) to files with a word a line: what isn't in the list is unlikely.
    `language_models` maps them to n-gram models of KenLM.
    """

    width: int = 32
    words: Mapping[str, Path] = field(default_factory=dict)
    language_models: Mapping[str, Path] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As a message carries it."""
        return {key: value if isinstance(value, int) else _texts(value) for key, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """What `to_json` gave."""
        return cls(data["width"], _paths(data["words"]), _paths(data["language_models"]))


class Reader:
    """Reads one language's logits; the scorers of the hot words are kept while they stay the same."""

    def __init__(
        self, symbols: Symbols, language: str, model: str, decoding: Decoding, own_words: Path | None = None
    ) -> None:
        """`model` names the checkpoint; `own_words` is the list it brought, in force unless the house has one.

        Raises InvalidInput for a list of words or n-gram model that can't be read.
        """
        self.symbols = symbols
        self._language = language
        self._width = decoding.width
        house_words = decoding.words.get(language)
        words = house_words or own_words
        self._words = read_words(words, symbols) if words else None
        self._unlisted = UNLISTED if house_words else UNTAUGHT
        lasting = decoding.language_models.get(language)
        self._lasting: list[Scorer] = [_ngram(lasting)] if lasting else []
        closed = bool(self._words or self._lasting)
        self._decoder = Decoder(symbols, language, Calibration.of(model, listed=closed))
        self._greedy = Decoder(symbols, language, Calibration.of(model))
        self._hot_words: tuple[HotWord, ...] = ()
        self._scorers = self._made(())

    def read(
        self, logits: NDArray[np.float32], hot_words: Sequence[HotWord] = (), *,
        n_best: int = 1, check: Callable[[], None] = lambda: None,
    ) -> Recognition:  # fmt: skip
        """What logits [frames, symbols] say; the phrases in `hot_words` are likelier than others.

        `check` is called now and then, and may raise.
        """
        if tuple(hot_words) != self._hot_words:
            self._hot_words, self._scorers = tuple(hot_words), self._made(hot_words)
        if n_best == 1 and (self._width == 1 or not self._scorers):
            return self._greedy.greedy(logits)
        width = max(self._width, n_best)
        return self._decoder.search(logits, self._scorers, width=width, n_best=n_best, check=check)

    def _made(self, hot_words: Sequence[HotWord]) -> list[Scorer]:
        scorers = list(self._lasting)
        phrases: dict[tuple[tuple[str, ...], ...], float] = {}
        for one in hot_words:
            for words in spelt(one.phrase, self._language, self.symbols):
                phrases[words] = max(one.weight, phrases.get(words, 0.0))
        if phrases:
            scorers.append(HotWords(phrases, separated=self.symbols.separator is not None))
        if self._words is not None:
            said = {*self._words, *(word for words in phrases for word in words)}
            scorers.append(WordList(said, self._unlisted))
        return scorers


def read_words(path: Path, symbols: Symbols) -> frozenset[tuple[str, ...]]:
    """The words of a text file, as a language spells them. Raises InvalidInput."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path}: can't be read as a list of words ({error})", hint="see asr.words") from error
    return frozenset(symbols.spell(text))


def _ngram(path: Path) -> Scorer:
    from oyez.engines.mms.ngram import Ngram  # noqa: PLC0415 - needs an extra

    return Ngram(path)


def _texts(paths: Mapping[str, Path]) -> dict[str, str]:
    return {language: str(path) for language, path in paths.items()}


def _paths(texts: Mapping[str, str]) -> dict[str, Path]:
    return {language: Path(text) for language, text in texts.items()}
