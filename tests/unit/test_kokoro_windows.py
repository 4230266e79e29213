"""Windows cover the sentence, and playback that begins when it may never waits."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oyez.engines.kokoro.windows import CONTEXT, LONGEST, SAFETY, STEP_SECONDS, Terms, plan

BEGIN = st.integers(0, 60)
STEPS = st.integers(1, 3000)
TERMS = st.builds(Terms, st.floats(1e-4, 0.05), st.floats(0, 0.2), st.one_of(st.just(0.0), st.floats(0, 20)))


@settings(deadline=None)
@given(BEGIN, STEPS, TERMS)
def test_windows_cover_the_sentence_in_order_and_are_bounded(begin, steps, terms):
    made = plan(begin, begin + steps, terms)
    assert made.windows[0][0] == begin
    assert made.windows[-1][1] == begin + steps
    assert all(one[1] == other[0] for one, other in pairwise(made.windows))
    assert all(0 < end - start <= LONGEST * 4 / 3 for start, end in made.windows)
    assert 1 <= made.head <= len(made.windows)


@settings(deadline=None)
@given(BEGIN, STEPS, TERMS, st.data())
def test_playback_never_waits_while_no_step_takes_longer_than_is_allowed_for(begin, steps, terms, data):
    made = plan(begin, begin + steps, terms)
    paces = [terms.pace * data.draw(st.floats(0.3, SAFETY)) for _ in made.windows]
    ready = list(accumulate(p * (b - a + 2 * CONTEXT) for p, (a, b) in zip(paces, made.windows, strict=True)))
    heard = max(terms.ahead, ready[made.head - 1])
    for (_, end), later in zip(made.windows, ready[1:], strict=False):
        played_until = heard + max(0.0, (end - begin) * STEP_SECONDS - terms.silent)
        assert later <= played_until + 1e-9 or later <= ready[made.head - 1]


def test_a_quick_machine_begins_with_a_short_window_whatever_the_length():
    short, long = plan(20, 160, Terms(0.0025, 0.1)), plan(20, 1200, Terms(0.0025, 0.1))
    assert short.windows[0] == long.windows[0]
    assert short.head == long.head == 1
    assert long.windows[0][1] - long.windows[0][0] <= 26
    assert max(end - start for start, end in long.windows) >= LONGEST


def test_a_machine_slower_than_speech_has_most_of_it_ready_first():
    made = plan(0, 400, Terms(0.02))
    assert made.head > len(made.windows) / 2


def test_while_much_is_still_to_be_played_windows_are_long():
    assert len(plan(0, 400, Terms(0.004, ahead=5.0)).windows) <= 5


def test_windows_grow_on_a_machine_that_is_hardly_quicker_than_speech():
    sizes = [end - start for start, end in plan(0, 1150, Terms(0.0072, 0.17)).windows]
    assert len(sizes) <= 20
    assert max(sizes) > 2 * sizes[0]
