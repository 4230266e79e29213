"""Where an announcement that was cut goes on."""

import numpy as np
import pytest

from oyez.model import SPEECH_RATE, SpeechChunk, SpokenWord
from oyez.speak.progress import UNHEARD, Progress


def chunk(seconds: float, text: str | None = None, words: tuple[float, ...] = ()) -> SpeechChunk:
    spoken = tuple(SpokenWord("x", start, start + 0.2) for start in words)
    return SpeechChunk(np.zeros(round(seconds * SPEECH_RATE), np.float32), text, words=spoken)


def progress(*chunks: SpeechChunk, start: float = 0.0) -> Progress:
    made = Progress(start)
    for one in chunks:
        made.made(one)
    return made


THREE = (chunk(1.0), chunk(2.0, "One."), chunk(1.0), chunk(3.0, "Two."), chunk(9.0, "Three.", (7.5, 9.0, 11.0, 14.0)))


@pytest.mark.parametrize(
    ("heard", "resume_at"),
    [
        (0.0, 0.0),
        (0.9, 0.0),
        (2.0, 1.0),
        (3.9, 1.0),  # the pause after a sentence belongs to it
        (4.5, 4.0),
        (4.1, 1.0),  # what the device held wasn't heard
        (9.5, 7.0),
        (14.2, 11.0),  # a long sentence goes on at a word
        (16.0, 14.0),
    ],
)
def test_it_goes_on_where_the_sentence_began_or_in_a_long_one_the_word(heard, resume_at):
    made = progress(*THREE)
    made.heard = heard
    assert made.resume_at() == resume_at


def test_it_never_goes_back_behind_where_it_went_on_before():
    made = progress(*THREE, start=4.0)
    assert made.resume_at() == 4.0
    made.heard = 4.0 + UNHEARD / 2
    assert made.resume_at() == 4.0


def test_it_is_over_when_all_was_made_and_heard():
    made = progress(*THREE)
    made.heard = 16.0
    assert not made.over
    made.complete = True
    assert made.over
    made.heard = 15.9
    assert not made.over
