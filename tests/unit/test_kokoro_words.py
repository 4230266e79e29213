"""Words as written find the phonemes that say them, whatever the reader made of them; times follow from durations."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oyez.engines.kokoro.words import EARLY, Span, spans, spoken


def said(text, phonemes):
    return {span.text: phonemes[int(span.start) : round(span.end)] for span in spans(text, phonemes)}


def test_words_and_phonemes_that_pair_off_are_paired_without_their_punctuation():
    assert said("Dinner is ready.", "dˈɪnəɹ ɪz ɹˈɛdi.") == {"Dinner": "dˈɪnəɹ", "is": "ɪz", "ready.": "ɹˈɛdi"}
    assert said("Well - “yes”", "wˈɛl — “jˈɛs”") == {"Well": "wˈɛl", "“yes”": "jˈɛs"}


def test_merged_words_share_their_span_and_the_others_keep_theirs():
    phonemes = "aɪ hˈɜɹd ʌvðə dˈɔɡ ɪnðə hˈWs."
    told = spans("I heard of the dog in the house.", phonemes)
    assert [span.text for span in told] == ["I", "heard", "of", "the", "dog", "in", "the", "house."]
    assert phonemes[int(told[4].start) : int(told[4].end)] == "dˈɔɡ"
    assert told[2].start == phonemes.index("ʌ")
    assert told[2].end == told[3].start
    assert told[3].end == phonemes.index("ʌvðə") + 4
    assert phonemes[int(told[7].start) : int(told[7].end)] == "hˈWs"


def test_a_word_that_is_read_in_pieces_has_all_of_them():
    assert said("ADAC frei", "ˈaː dˈeː ˈaː tsˈeː fʁˈaɪ") == {"ADAC": "ˈaː dˈeː ˈaː tsˈeː", "frei": "fʁˈaɪ"}
    assert said("日本語", "ni hoɴ ɡo ni hoɴ ɡo") == {"日本語": "ni hoɴ ɡo ni hoɴ ɡo"}


@settings(deadline=None)
@given(st.text(st.sampled_from("ab ,.é日-"), max_size=60), st.text(st.sampled_from("aˈːɪ .,"), max_size=60))
def test_any_text_and_any_phonemes_give_spans_in_order_within_the_phonemes(text, phonemes):
    told = spans(text, phonemes)
    words = [word for word in text.split() if any(map(str.isalnum, word))]
    assert [span.text for span in told] in ([], words)
    borders = [border for span in told for border in (span.start, span.end)]
    assert borders == sorted(borders)
    assert all(0 <= border <= len(phonemes) for border in borders)


def test_times_follow_from_the_durations_of_tokens():
    frames = [10, 4, 4, 2, 6, 20, 3]  # padding, five phonemes, padding
    [one, two] = spoken((Span("ab", 0, 2), Span("c", 3, 4)), frames, skipped=0.1)
    assert (one.start, one.end) == pytest.approx((0.25 - EARLY - 0.1, 0.45 - EARLY - 0.1))
    assert (two.start, two.end) == pytest.approx((0.5 - EARLY - 0.1, 0.65 - EARLY - 0.1))


def test_half_a_phoneme_is_half_its_time_and_none_is_before_the_sound():
    [first, last] = spoken((Span("a", 0, 0.5), Span("b", 0.5, 1)), [0, 8, 0], skipped=0.1)
    assert (first.start, first.end) == (0.0, 0.0)
    assert last.end == pytest.approx(0.2 - EARLY - 0.1)
