"""One channel of several. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from oyez.model import Samples


def to_mono(interleaved: Samples, channels: int) -> Samples:
    """One channel of several, shape [samples * channels] to [samples].

    The mean of a stereo pair; the first of more: microphone arrays put their processed sound there.
    """
    if channels == 1:
        return interleaved
    table = interleaved.reshape(-1, channels)
    return table.mean(axis=1, dtype=np.float32) if channels == 2 else np.ascontiguousarray(table[:, 0])  # noqa: PLR2004
