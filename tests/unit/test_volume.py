"""Volume as people write it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oyez import volume


@pytest.mark.parametrize(
    ("written", "factor"),
    [
        (0.5, 0.5), (1, 1.0), (0, 0.0), ("40%", 0.4), ("150 %", 1.5), ("0 dB", 1.0), ("-6 dB", 0.5012),
        ("-20dB", 0.1), ("+6 dB", 1.9953), ("6db", 1.9953), (" -6 DB ", 0.5012), (".5%", 0.005), ("200%", 2.0),
    ],
)  # fmt: skip
def test_a_volume_is_a_factor_percent_or_decibels(written, factor):
    assert math.isclose(volume.parse(written), factor, abs_tol=1e-4)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("loud", "a factor"), ("", "a factor"), ("6 dBA", "a factor"), ("1e3", "a factor"), ("1", "a factor"), (None, "a factor"),
        (True, "a factor"), ([1], "a factor"), (2.1, "from 0 to 2"), (-0.1, "from 0 to 2"), ("7 dB", "from 0 to 2"),
        ("-10%", "from 0 to 2"), (float("nan"), "from 0 to 2"), (float("inf"), "from 0 to 2"), (10**400, "from 0 to 2"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_a_volume_is(written, reason):
    with pytest.raises(ValueError, match=reason):
        volume.parse(written)


@given(st.floats(-90, 6))
def test_decibels_are_the_factor_that_a_meter_would_show(decibels):
    written = f"{decibels:.1f} dB"
    assert math.isclose(20 * math.log10(volume.parse(written)), float(written[:-3]), abs_tol=1e-9)
