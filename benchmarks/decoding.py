"""What decoding knows beforehand is worth: word errors of mms-mini with hot words and a list of words, and their cost.

    python -m benchmarks.decoding [--set build/mini/eval] [--width 32]

Hot words are the names of rooms, devices and people in the grammar, as Home Assistant would send them; the list has
all words of the grammar, so it is complete by construction. `names` are words of such names, with and without their
article: of those said, how many come out wrong; of those heard, how many weren't said.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.trial import SET, Spoken, Trial, all_words, entities, marked, matches
from oyez.engines.mms.decode import Decoder
from oyez.engines.mms.hints import UNLISTED, HotWords, WordList
from oyez.engines.mms.spelling import spelt, without_article

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.engines.mms.beam import Scorer
    from oyez.engines.mms.symbols import Symbols


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--set", type=Path, default=SET)
    parser.add_argument("--width", type=int, default=32)
    options = parser.parse_args()
    trial = Trial.load(options.set)
    print("| language | condition | decoding | WER | names wrong | names too many | CPU s / s of audio |")
    print("|---|---|---|---|---|---|---|")
    for language, symbols in trial.symbols.items():
        for condition in ("clean", "15 dB"):
            for name, scorers in _ways(language, symbols).items():
                row = _row(trial.of(language, condition), Decoder(symbols, language), scorers, options.width)
                print(f"| {language} | {condition} | {name} | {row} |", flush=True)


def _ways(language: str, symbols: Symbols) -> dict[str, list[Scorer] | None]:
    """Ways of decoding; None is greedy."""
    phrases = {words: 1.0 for name in entities(language) for words in spelt(name, language, symbols)}
    hot, listed = HotWords(phrases), WordList(symbols.spell(all_words(language)), UNLISTED)
    return {"greedy": None, "search": [], "hot words": [hot], "word list": [listed], "both": [hot, listed]}


def _row(spoken: Sequence[Spoken], decoder: Decoder, scorers: list[Scorer] | None, width: int) -> str:
    names = [
        *entities(decoder.language),
        *(without_article(name, decoder.language) for name in entities(decoder.language)),
    ]
    errors = said = wrong = named = many = 0
    started = time.process_time()
    texts = [
        (decoder.greedy(one.logits) if scorers is None else decoder.search(one.logits, scorers, width=width)).text
        for one in spoken
    ]
    share = (time.process_time() - started) / sum(one.seconds for one in spoken)
    for one, text in zip(spoken, texts, strict=True):
        wanted, got = one.text.split(), text.split()
        pairs = matches(wanted, got)
        right = {(i, j) for i, j in pairs if i is not None and j is not None and wanted[i] == got[j]}
        errors += len(pairs) - len(right)
        said += len(wanted)
        right_said, right_heard = {i for i, _ in right}, {j for _, j in right}
        in_said, in_heard = marked(wanted, names), marked(got, names)
        named += sum(in_said)
        wrong += sum(mark and i not in right_said for i, mark in enumerate(in_said))
        many += sum(mark and j not in right_heard for j, mark in enumerate(in_heard))
    return f"{errors / said:.1%} | {wrong} of {named} ({wrong / named:.1%}) | {many} | {share:.4f}"


if __name__ == "__main__":
    main()
