"""Blends of voices: what people write, and what is made of it."""

from __future__ import annotations

import contextlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez.engines.kokoro import blend, voices
from oyez.errors import InvalidInput

NAMES = st.sampled_from(list(voices.catalogue()))
WEIGHTS = st.one_of(st.none(), st.floats(0.01, 1000).map(lambda weight: round(weight, 3)))
PARTS = st.lists(st.tuples(NAMES, WEIGHTS), min_size=2, max_size=4)


def written(parts, plus="+") -> str:
    return plus.join(name if weight is None else f"{name}*{weight}" for name, weight in parts)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("af_heart*0.6 + bf_emma*0.4", "af_heart*0.6 + bf_emma*0.4"),
        ("bf_emma * .4+af_heart*.6", "af_heart*0.6 + bf_emma*0.4"),
        ("af_heart*3+bf_emma*2", "af_heart*0.6 + bf_emma*0.4"),
        ("bf_emma + af_heart", "af_heart + bf_emma"),
        ("am_adam+bf_emma+af_heart", "af_heart + am_adam + bf_emma"),
        ("af_heart*2 + bf_emma", "af_heart*0.667 + bf_emma*0.333"),
        ("af_heart + af_heart", "af_heart"),
        ("af_heart + bf_emma*0", "af_heart"),
        ("af_heart*7", "af_heart"),
    ],
)
def test_a_blend_has_one_name_however_it_is_written(text, name):
    assert voices.find(text).name == name


@given(PARTS)
def test_shares_are_those_of_the_weights_and_sum_up_to_one(parts):
    voice = voices.find(written(parts))
    total = sum(1 if weight is None else weight for _, weight in parts)
    assert math.isclose(sum(share for _, share in voice.shares), 1.0)
    for name, share in voice.shares:
        asked = sum(1 if weight is None else weight for part, weight in parts if part == name)
        assert abs(share - asked / total) <= 0.001
    assert voice.language == voices.find(voice.shares[0][0]).language


@given(PARTS, st.randoms(use_true_random=False))
def test_order_and_spaces_are_nothing_and_the_name_is_found_again(parts, random):
    voice = voices.find(written(parts))
    again = list(parts)
    random.shuffle(again)
    assert voices.find(written(again, "  +\t")) == voice
    assert voices.find(voice.name) == voice
    assert hash(voices.find(voice.name)) == hash(voice)


@given(st.text(max_size=40).map(lambda text: f"af_heart+{text}"))
def test_any_text_is_a_blend_or_refused_with_a_reason(text):
    with contextlib.suppress(InvalidInput):
        voice = voices.find(text)
        assert voices.find(voice.name) == voice


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("af_hart*0.6 + bf_emma*0.4", "no voice is called 'af_hart'; did you mean af_heart"),
        ("af_heart*lots + bf_emma", r"'af_heart\*lots' isn't a voice"),
        ("af_heart*-1 + bf_emma", r"'af_heart\*-1' isn't a voice"),
        ("af_heart*nan + bf_emma", "isn't a voice"),
        ("af_heart +", "'' isn't a voice"),
        ("af_heart*0 + bf_emma*0", "are all 0"),
        (" + ".join(["af_heart"] * 5), "a blend of 5 voices; 4 are the most"),
    ],
)
def test_what_is_no_blend_is_refused_with_the_reason(text, reason):
    with pytest.raises(InvalidInput, match=reason):
        voices.find(text)


def test_the_name_fits_where_announcements_take_one():
    longest = sorted(voices.catalogue(), key=len)[-blend.MOST :]
    assert len(voices.find(written(zip(longest, (1, 2, 3, 4), strict=True))).name) <= 128


def test_a_blend_speaks_and_is_as_its_largest_part():
    voice = voices.find("af_heart*0.3 + bm_george*0.7")
    assert (voice.language.tag, voice.gender, voice.grade) == ("en-GB", "male", None)


def test_styles_and_gain_of_a_blend_are_weighted_means(tmp_path):
    styles = {"af_heart": np.full((510, 256), 1.0, "<f4"), "bf_emma": np.full((510, 256), 2.0, "<f4")}
    for name, values in styles.items():
        (tmp_path / f"{name}.bin").write_bytes(values.tobytes())
    voice = voices.find("af_heart*0.25 + bf_emma*0.75")
    assert np.allclose(voices.load_styles(tmp_path, voice), 1.75)
    gains = [voices.find(name).gain_db for name in styles]
    assert math.isclose(voice.gain_db, 0.25 * gains[0] + 0.75 * gains[1])


def test_markup_may_ask_for_a_blend():
    own = voices.find("af_heart")
    role = voices.cast(own, own.language, "bf_emma*.5 + bf_lily*.5")
    assert (role.voice, role.language, role.notes) == ("bf_emma + bf_lily", "en-GB", ())
