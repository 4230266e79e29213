"""Weights are quantised as the processor can multiply them."""

from __future__ import annotations

import numpy as np
import pytest

from oyez.engines.cpu import weight_range
from oyez.engines.mms.arithmetic import quantise_rows


@pytest.mark.parametrize(
    ("machine", "flags", "largest"),
    [
        ("x86_64", "flags : fpu sse4_2 avx2", 63),
        ("x86_64", "flags : fpu avx2 avx_vnni", 127),
        ("x86_64", "flags : fpu avx512f avx512_vnni", 127),
        ("x86_64", "", 63),
        ("aarch64", "Features : asimd", 127),
    ],
)
def test_only_x86_without_vnni_gives_up_a_bit(machine, flags, largest):
    assert weight_range(machine, flags) == largest


def test_the_reduced_range_cannot_saturate():
    assert 2 * 255 * weight_range("x86_64", "") <= np.iinfo(np.int16).max


@pytest.mark.parametrize("largest", [63, 127])
def test_rows_are_quantised_within_half_a_step_and_rows_of_zeros_stay(largest):
    weight = np.random.default_rng(0).standard_normal((20, 50)).astype(np.float32) * np.logspace(-3, 3, 20)[:, None]
    weight[3] = 0
    integers, scales = quantise_rows(weight.astype(np.float32), largest)
    assert integers.dtype == np.int8
    assert np.abs(integers).max() == largest
    assert (np.abs(integers * scales[:, None] - weight) <= scales[:, None] * 0.5001).all()
    assert not integers[3].any()
