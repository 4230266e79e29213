"""Long audio is computed in windows that join without a seam."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from oyez.engines.mms.recogniser import STRIDE, WINDOW, normalise, windows


@given(st.integers(1, 20_000))
def test_kept_frames_cover_everything_once_and_no_window_is_longer_than_allowed(frames):
    cuts = list(windows(frames))
    kept = [frame for first, last, _, _ in cuts for frame in range(first, last)]
    assert kept == list(range(frames))
    assert all(0 <= start <= first < last <= end <= frames for first, last, start, end in cuts)
    assert all(end - start <= WINDOW for _, _, start, end in cuts)


@given(st.integers(WINDOW + 1, 20_000))
def test_every_seam_has_context_on_both_sides(frames):
    cuts = list(windows(frames))
    assert all(first - start == STRIDE for first, _, start, _ in cuts[1:])
    assert all(end - last == min(STRIDE, frames - last) for _, last, _, end in cuts)


def test_audio_is_scaled_to_zero_mean_and_unit_variance():
    samples = np.random.default_rng(0).standard_normal(16_000).astype(np.float32) * 0.01 + 0.3
    normal = normalise(samples)
    assert normal.dtype == np.float32
    assert abs(normal.mean()) < 1e-4
    assert abs(normal.std() - 1) < 1e-3


def test_silence_stays_silence():
    assert not normalise(np.full(16_000, 0.25, np.float32)).any()
