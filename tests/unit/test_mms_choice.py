"""Which of several languages was spoken."""

import numpy as np
import pytest

from oyez.engines.mms.choice import choose, evidence
from oyez.engines.mms.symbols import Symbols
from oyez.model import Recognition

SYMBOLS = Symbols((None, "|", "a", "b", "c"), 0)
WIDER = Symbols((None, "|", "a", "b", "c", "d", "e", "f", "g", "h"), 0)


def logits(text: str, sure: float, symbols: Symbols = SYMBOLS) -> np.ndarray:
    """Two frames for each letter (`-` is the blank), whose probability is `sure`; the others share the rest."""
    rows = []
    for letter in text:
        row = np.full(len(symbols.text), (1 - sure) / (len(symbols.text) - 1))
        row[0 if letter == "-" else symbols.text.index(letter)] = sure
        rows += [row, row]
    return np.log(np.array(rows, np.float32))


def heard(language: str, text: str, sure: float, symbols: Symbols = SYMBOLS):
    return Recognition(text, language, sure), evidence(logits(text.replace(" ", "|"), sure, symbols), symbols, text)


def test_the_language_whose_letters_are_surer_is_chosen_and_it_says_how_sure():
    chosen = choose([heard("eng", "ab ca bac abc", 0.6), heard("spa", "ab ca bac abc", 0.9)])
    assert chosen.language == "spa"
    assert chosen.language_confidence > 0.9
    close = choose([heard("eng", "ab", 0.90), heard("spa", "ab", 0.91)])
    assert close.language == "spa"
    assert 0.5 < close.language_confidence < 0.6


def test_more_of_the_same_makes_it_surer():
    short = choose([heard("eng", "ab", 0.7), heard("spa", "ab", 0.8)])
    long = choose([heard("eng", "ab" * 8, 0.7), heard("spa", "ab" * 8, 0.8)])
    assert short.language_confidence < long.language_confidence < 1


def test_silence_between_letters_says_nothing():
    quiet = evidence(logits("a" + "-" * 50 + "b", 0.7), SYMBOLS, "ab")
    assert quiet.mean == pytest.approx(evidence(logits("ab", 0.7), SYMBOLS, "ab").mean)


def test_an_alphabet_of_more_letters_is_at_no_disadvantage():
    assert evidence(logits("abc", 0.8, WIDER), WIDER, "abc") == evidence(logits("abc", 0.8), SYMBOLS, "abc")


def test_a_text_that_a_list_forced_on_the_audio_speaks_against_its_language():
    audio = logits("ab", 0.8)
    assert evidence(audio, SYMBOLS, "cb").mean < evidence(audio, SYMBOLS, "ab").mean


def test_a_sound_that_the_text_leaves_out_speaks_against_its_language():
    audio = logits("abc", 0.8)
    assert evidence(audio, SYMBOLS, "ac").mean < evidence(audio, SYMBOLS, "abc").mean


def test_where_nothing_is_heard_in_a_language_the_other_one_is_chosen_and_else_the_first():
    silence = (Recognition("", "eng", 0.0), evidence(logits("----", 0.9), SYMBOLS, ""))
    assert choose([silence, heard("spa", "ab", 0.5)]).language == "spa"
    nothing = choose([silence, (Recognition("", "spa", 0.0), evidence(np.zeros((0, 5), np.float32), SYMBOLS, ""))])
    assert (nothing.language, nothing.language_confidence) == ("eng", 0.5)
