"""When what was said, as subtitles and as data."""

import re

import numpy as np
import pytest

from oyez.model import SPEECH_RATE, SpeechChunk, SpokenWord
from oyez.speak import subtitles
from oyez.speak.subtitles import LINE, Minutes, Said


def chunk(seconds, text=None, words=(), *, silent=False, phonemes=None):
    samples = np.full(round(seconds * SPEECH_RATE), 0.0 if silent else 0.5, np.float32)
    return SpeechChunk(samples, text, phonemes, tuple(SpokenWord(*word) for word in words))


def minutes(*chunks):
    taken = Minutes()
    for one in chunks:
        taken.add(one)
    return taken


def long(count):
    """A sentence of words of five letters, a second each."""
    words = [SpokenWord("abcde", float(at), at + 0.9) for at in range(count)]
    return Said(" ".join(["Abcde"] + ["abcde"] * (count - 2) + ["abcde."]), 0.0, count - 0.1, None, tuple(words))


def test_sentences_have_the_times_of_their_words():
    taken = minutes(chunk(2, "Hi all.", [("Hi", 0.1, 0.4), ("all", 0.5, 0.9)], phonemes="hˈI"), chunk(1))
    assert taken.said == [
        Said("Hi all.", 0.1, 0.9, "hˈI", (SpokenWord("Hi", 0.1, 0.4), SpokenWord("all", 0.5, 0.9))),
    ]
    assert taken.seconds == 3


def test_without_words_a_sentence_lasts_to_its_last_sound():
    taken = minutes(chunk(1, "One."), chunk(1), chunk(2, silent=True), chunk(1, "Two."))
    assert [(said.start, said.end) for said in taken.said] == [(0, 2), (4, 5)]


def test_words_of_a_sentence_that_goes_on_are_added():
    taken = minutes(
        chunk(1, "One two.", [("One", 0.0, 0.5)], phonemes="wˈʌn"), chunk(1, None, [("two", 1.0, 1.5)], phonemes="tˈu")
    )
    [said] = taken.said
    assert (said.end, said.phonemes, len(said.words)) == (1.5, "wˈʌn tˈu", 2)


def test_a_sound_before_any_text_is_no_sentence():
    assert minutes(chunk(1)).said == []
    assert subtitles.srt([]) == ""
    assert subtitles.vtt([]) == "WEBVTT\n"


def test_srt():
    said = [Said("Hello.", 0.1, 1.2346), Said("Bye <b> & co.", 3599.9996, 3725.5)]
    assert subtitles.srt(said) == (
        "1\n00:00:00,100 --> 00:00:01,235\nHello.\n\n2\n01:00:00,000 --> 01:02:05,500\nBye <b> & co.\n"
    )


def test_vtt_has_points_and_its_signs_escaped():
    assert subtitles.vtt([Said("Bye <b> & co. --> x", 0, 1)]) == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nBye &lt;b&gt; &amp; co. --&gt; x\n"
    )


def test_an_arrow_in_a_text_does_not_break_a_cue():
    assert subtitles.srt([Said("a --> b", 0, 1)]).count("-->") == 1


@pytest.mark.parametrize("count", [15, 16, 40])
def test_a_long_sentence_is_shown_in_parts_of_two_lines_in_time(count):
    blocks = subtitles.srt([long(count)]).strip().split("\n\n")
    shown = [block.split("\n")[2:] for block in blocks]
    assert all(len(lines) <= 2 and all(len(line) <= LINE for line in lines) for lines in shown)
    assert " ".join(" ".join(lines) for lines in shown) == long(count).text
    times = [float(seconds) for block in blocks for seconds in re.findall(r":(\d\d),", block)]
    assert times == sorted(times)
    assert (blocks[0].split("\n")[1][:12], blocks[-1].split("\n")[1][-12:]) == (
        "00:00:00,000",
        f"00:00:{count - 1:02},900",
    )


def test_a_long_sentence_whose_words_are_counted_otherwise_shows_the_words():
    said = Said("x " * 60, 0, 9, None, tuple(SpokenWord("abcde", float(at), at + 0.9) for at in range(20)))
    assert subtitles.srt([said]).count("abcde") == 20


def test_a_long_sentence_without_words_is_one_cue():
    assert subtitles.srt([Said(long(40).text, 0, 9)]).count("-->") == 1


def test_data_is_rounded_to_milliseconds():
    said = Said("Hi.", 0.12345, 1.0, "hˈI", (SpokenWord("Hi", 0.12345, 0.99999),))
    assert subtitles.data([said]) == [
        {
            "text": "Hi.",
            "start": 0.123,
            "end": 1.0,
            "phonemes": "hˈI",
            "words": [{"text": "Hi", "start": 0.123, "end": 1.0}],
        }
    ]
