"""How long is waited for those who pause."""

from hypothesis import given
from hypothesis import strategies as st
from tests.support.hearing import FRAME_S, SETTINGS, frame

from oyez.listen import Segment, Segmenter
from oyez.listen.pace import FORGIVEN, MARGIN, TURNS, Pace

SHORTEST, LONGEST = 0.6, 1.5


def utterances(*turns, apart=5.0):
    """Utterances without pauses of their own, a list of the gaps in each turn given; the turns far apart."""
    now, made = 0.0, []
    for gaps in turns:
        for gap in [apart, *gaps]:
            now += gap
            made.append(Segment((frame(0.5, now),), 0, 0, cut=False))
            now += FRAME_S
    return made


def learnt(said, pace=None):
    pace = pace or Pace()
    for segment in said:
        pace.heard(segment, LONGEST)
    return pace.hang_over(SHORTEST, LONGEST)


def test_it_is_as_set_until_two_have_been_cut():
    assert learnt([]) == SHORTEST
    assert learnt(utterances([], [1.0], [])) == SHORTEST
    assert round(learnt(utterances([1.0], [], [0.8, 0.9])), 6) == 0.9 * MARGIN


def test_who_speaks_again_later_than_the_longest_was_not_cut_and_no_pause_makes_it_longer():
    assert learnt(utterances([1.6], [1.6], [1.6])) == SHORTEST
    assert learnt(utterances([1.4], [1.4])) == LONGEST


def test_pauses_inside_of_an_utterance_count_too():
    said = [Segment((frame(0.5, now),), 0, 0, cut=False, pause=0.56) for now in (5.0, 10.0)]
    assert round(learnt(said), 6) == 0.7


def test_when_others_speak_who_do_not_pause_it_shrinks_again():
    pace = Pace()
    assert learnt(utterances([1.0], [1.0]), pace) > SHORTEST
    later = [Segment((frame(0.5, 1000.0 + 10 * n),), 0, 0, cut=False) for n in range(TURNS - FORGIVEN)]
    assert learnt(later, pace) == SHORTEST


@given(st.lists(st.lists(st.floats(0.05, LONGEST - 0.01), max_size=4), max_size=40))
def test_of_the_last_turns_at_most_one_would_have_been_cut_and_nobody_is_waited_for_longer_than_that_takes(turns):
    told = learnt(utterances(*turns))
    pauses = sorted((max(gaps, default=0.0) for gaps in turns[-TURNS:]), reverse=True)
    assert SHORTEST <= told <= LONGEST
    assert sum(pause >= told for pause in pauses) <= FORGIVEN
    assert told == SHORTEST or told <= MARGIN * pauses[FORGIVEN] + 1e-6


def test_a_segmenter_that_adapts_cuts_a_slow_speaker_twice_and_then_no_more():
    sentence = ([0.9] * 6 + [0.0] * 8) * 2 + [0.0] * 40  # a pause of 160 ms, where 100 ms are an end
    adaptive = SETTINGS.model_copy(update={"adaptive": True, "longest_hang_over_ms": 400})
    segmenter = Segmenter(adaptive)
    found = [[bool(segmenter.feed(frame(0.0, at), p)) for at, p in timed(number, sentence)] for number in range(4)]
    assert [sum(ends) for ends in found] == [2, 2, 1, 1]
    assert segmenter.hang_over == 0.2
    segmenter.tune(SETTINGS)
    assert segmenter.hang_over == 0.1
    assert sum(bool(segmenter.feed(frame(0.0, at), p)) for at, p in timed(4, sentence)) == 2
    segmenter.tune(adaptive)
    assert segmenter.hang_over == 0.2  # what was learnt isn't lost


def timed(number, sentence):
    """When each frame was captured."""
    return [((number * len(sentence) + n) * FRAME_S, p) for n, p in enumerate(sentence)]
