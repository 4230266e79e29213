import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.support.hearing import FRAME_S, SETTINGS, frame

from oyez.config import VadConfig
from oyez.listen import Segment, Segmenter
from oyez.model import FRAME_SAMPLES

SPEECH, MURMUR, SILENCE = 0.9, 0.4, 0.05


def cut_up(probabilities, segmenter=None, **settings) -> list[list[int]]:
    """Feed one frame for each probability; the segments as lists of frame numbers, the unfinished one included."""
    segmenter = segmenter or Segmenter(SETTINGS.model_copy(update=settings))
    segments = [segmenter.feed(frame(0.0, number), p) for number, p in enumerate(probabilities)]
    return [numbers(segment) for segment in [*segments, segmenter.finish()] if segment]


def numbers(segment: Segment) -> list[int]:
    return [int(frame.captured_mono) for frame in segment.frames]


def test_an_utterance_has_its_pre_roll_its_speech_and_its_hang_over_without_what_the_next_one_needs():
    # 60 ms of pre-roll, 100 ms of hang-over of which 40 ms are held back for the next.
    assert cut_up([SILENCE] * 10 + [SPEECH] * 6 + [SILENCE] * 20) == [list(range(7, 19))]


def test_the_speech_is_bounded_without_pre_roll_and_hang_over():
    segmenter = Segmenter(SETTINGS)
    fed = [
        segmenter.feed(frame(0.0, n * FRAME_S), p) for n, p in enumerate([SILENCE] * 5 + [SPEECH] * 6 + [SILENCE] * 5)
    ]
    segment = next(filter(None, fed))
    assert segment is fed[-1]
    assert not segment.cut
    assert round(segment.started_mono, 6) == 5 * FRAME_S
    assert round(segment.ended_mono, 6) == 11 * FRAME_S
    assert len(segment.samples) == len(segment.frames) * FRAME_SAMPLES


def test_speech_that_starts_with_the_stream_has_as_much_pre_roll_as_there_is():
    assert cut_up([SILENCE] + [SPEECH] * 6 + [SILENCE] * 5)[0][0] == 0


def test_speech_right_after_an_utterance_gets_its_pre_roll_from_the_hang_over():
    first, second = cut_up([SPEECH] * 6 + [SILENCE] * 5 + [SPEECH] * 6)
    assert first == list(range(9))
    assert second == list(range(9, 17))


def test_a_pause_shorter_than_the_hang_over_does_not_end_an_utterance():
    assert cut_up([SPEECH] * 6 + [SILENCE] * 4 + [SPEECH] * 6) == [list(range(16))]


def test_a_click_is_not_an_utterance_and_is_counted():
    segmenter = Segmenter(SETTINGS)
    assert cut_up([SILENCE] * 5 + [SPEECH] * 2 + [SILENCE] * 10, segmenter) == []
    assert segmenter.rejected == 1


def test_after_a_click_speech_still_has_its_pre_roll():
    assert cut_up([SPEECH] * 2 + [SILENCE] * 5 + [SPEECH] * 6) == [list(range(4, 13))]


def test_speech_starts_at_the_threshold_and_goes_on_below_it():
    assert cut_up([MURMUR] * 20) == []
    assert cut_up([SPEECH] * 3 + [MURMUR] * 20) == [list(range(23))]


def test_speaking_is_told_from_the_minimum_of_speech_to_the_end_of_the_hang_over():
    segmenter = Segmenter(SETTINGS)
    told = []
    for n, p in enumerate([SILENCE] * 2 + [SPEECH] * 4 + [SILENCE] * 6):
        segmenter.feed(frame(0.0, n), p)
        told.append(segmenter.speaking)
    assert told == [False] * 4 + [True] * 6 + [False] * 2


def test_endless_speech_is_cut_at_the_maximum_and_the_next_utterance_starts_right_there():
    segments = cut_up([SPEECH] * 250)
    assert segments == [list(range(100)), list(range(100, 200)), list(range(200, 250))]


def test_the_cut_falls_into_the_weakest_moment_of_the_second_half():
    probabilities = [SPEECH] * 150
    probabilities[40] = 0.36  # weaker, but too early
    probabilities[85] = 0.4
    assert [segment[-1] for segment in cut_up(probabilities)] == [85, 149]


def test_a_short_word_after_a_cut_is_kept():
    segments = cut_up([SPEECH] * 101 + [SILENCE] * 10)
    assert segments == [list(range(100)), list(range(100, 104))]


def test_a_cut_in_a_pause_leaves_no_utterance_of_silence_behind():
    assert len(cut_up([SPEECH] * 97 + [SILENCE] * 20)) == 1


def test_a_reset_forgets_what_was_under_way():
    segmenter = Segmenter(SETTINGS)
    for n in range(50):
        segmenter.feed(frame(0.0, n), SPEECH)
    segmenter.reset()
    assert not segmenter.speaking
    assert segmenter.finish() is None


def test_finishing_gives_what_was_under_way_and_says_that_it_was_cut():
    segmenter = Segmenter(SETTINGS)
    for n in range(10):
        segmenter.feed(frame(float(n)), SPEECH)
    segment = segmenter.finish()
    assert segment is not None
    assert segment.cut
    assert np.array_equal(segment.samples[::FRAME_SAMPLES], np.arange(10))
    assert segmenter.finish() is None


settings = st.builds(
    VadConfig,
    threshold=st.floats(0.1, 0.9),
    pre_roll_ms=st.integers(0, 300),
    min_speech_ms=st.integers(20, 200),
    hang_over_ms=st.integers(100, 400),
    max_utterance_s=st.floats(1.0, 2.0),
)
streams = st.lists(st.tuples(st.floats(0.0, 1.0), st.integers(1, 60)), max_size=20).map(
    lambda runs: [p for p, length in runs for _ in range(length)]
)


@given(settings, streams)
def test_no_frame_is_in_two_utterances_and_each_utterance_is_whole_and_within_the_maximum(config, probabilities):
    segments = cut_up(probabilities, Segmenter(config))
    together = [number for segment in segments for number in segment]
    assert together == sorted(set(together))
    for segment in segments:
        assert segment == list(range(segment[0], segment[-1] + 1))
        assert len(segment) <= round(config.max_utterance_s / FRAME_S)


@given(settings, streams)
def test_speech_is_lost_only_where_it_was_too_short_to_count(config, probabilities):
    segmenter = Segmenter(config)
    heard = {number for segment in cut_up(probabilities, segmenter) for number in segment}
    missing = [n for n, p in enumerate(probabilities) if p >= config.threshold and n not in heard]
    shortest = max(1, round(config.min_speech_ms / 1000 / FRAME_S))
    assert len(missing) <= (segmenter.rejected + 1) * (shortest - 1)


@given(settings, st.lists(st.floats(0.9, 1.0), min_size=20, max_size=400))
def test_speech_without_a_pause_comes_out_as_it_went_in(config, probabilities):
    segments = cut_up(probabilities, Segmenter(config))
    assert [number for segment in segments for number in segment] == list(range(len(probabilities)))


def test_a_click_in_a_hang_over_longer_than_the_maximum_is_forgotten_there():
    segmenter = Segmenter(SETTINGS.model_copy(update={"hang_over_ms": 5000}))
    assert cut_up([SPEECH] * 2 + [SILENCE] * 200, segmenter) == []
    assert segmenter.rejected == 1


def feed(segmenter, probabilities):
    """What is known at each frame: whether it pauses, the segment so far, and the one that has ended."""
    for n, p in enumerate(probabilities):
        ended = segmenter.feed(frame(0.0, n), p)
        yield segmenter.pausing, segmenter.so_far(), ended


def test_in_the_pause_the_segment_is_known_before_it_ends():
    told = list(feed(Segmenter(SETTINGS), [SILENCE] * 2 + [SPEECH] * 6 + [SILENCE] * 5))
    assert [pausing for pausing, _, _ in told] == [False] * 10 + [True] * 2 + [False]
    *_, (_, first, _), (_, second, _), (_, after, ended) = told
    assert numbers(first) == numbers(second) == numbers(ended) == list(range(11))
    assert after is None


def test_so_far_begins_when_speech_counts_and_has_everything_until_now():
    told = [so_far and numbers(so_far) for _, so_far, _ in feed(Segmenter(SETTINGS), [SPEECH] * 5)]
    assert told == [None, None, [0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3, 4]]


def test_a_long_hang_over_leaves_two_tenths_of_a_second_of_silence_in_the_utterance():
    assert cut_up([SPEECH] * 6 + [SILENCE] * 60, hang_over_ms=1000) == [list(range(16))]


@given(settings, streams)
def test_what_is_known_in_a_pause_is_what_comes_unless_speech_goes_on_or_it_is_cut(config, probabilities):
    known = None
    for pausing, so_far, ended in feed(Segmenter(config), probabilities):
        if ended and not ended.cut:
            assert known is not None
            assert ended == known
        known = so_far if pausing else None


def test_another_threshold_and_another_hang_over_count_from_the_next_frame_on():
    segmenter = Segmenter(SETTINGS)
    ended = [segmenter.feed(frame(0.0, n), p) for n, p in enumerate([MURMUR] * 10)]
    segmenter.tune(SETTINGS.model_copy(update={"threshold": 0.3, "hang_over_ms": 200}))
    ended += [segmenter.feed(frame(0.0, 10 + n), p) for n, p in enumerate([MURMUR] * 6 + [SILENCE] * 8)]
    assert segmenter.speaking  # 100 ms would have been over
    segmenter.tune(SETTINGS)
    ended += [segmenter.feed(frame(0.0, 24), SILENCE)]
    assert [segment and numbers(segment) for segment in ended] == [None] * 24 + [list(range(7, 19))]


@given(settings, settings, st.integers(0, 300), streams)
def test_no_frame_is_in_two_segments_also_when_settings_change_in_mid_speech(before, after, when, probabilities):
    segmenter = Segmenter(before)
    found = []
    for n, p in enumerate(probabilities):
        if n == when:
            segmenter.tune(after)
        found.append(segmenter.feed(frame(0.0, n), p))
    every = [number for segment in [*found, segmenter.finish()] if segment for number in numbers(segment)]
    assert every == sorted(set(every))


def test_of_speech_without_a_pause_the_cut_falls_where_it_is_faintest():
    segmenter = Segmenter(SETTINGS)
    level = [0.3] * 150
    level[84:87] = [0.02, 0.002, 0.02]
    segments = [segmenter.feed(frame(mark, n), 0.99) for n, mark in enumerate(level)]
    first = next(filter(None, segments))
    assert first.cut
    assert numbers(first)[-1] == 85
