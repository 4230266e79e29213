"""Audio of any length: window after window through the network, joined at the logits, read piece by piece.

Memory stays flat: it holds one window of samples, and the logits of one piece (30 s). What comes out is what the whole
audio would give at once: it is normalised by its own mean and variance, found on a first reading.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from oyez.engines.mms.decode import FRAME_SECONDS, LONGEST, pieces
from oyez.engines.mms.joined import later
from oyez.engines.mms.layout import FIELD, HOP, frames_of
from oyez.engines.mms.recogniser import VARIANCE_FLOOR, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from oyez.engines.mms.recogniser import Recogniser
    from oyez.engines.mms.symbols import Symbols
    from oyez.engines.mms.tensors import Array
    from oyez.hot_words import HotWord
    from oyez.model import Recognition, Samples
    from oyez.recording import Survey


class Heard(NamedTuple):
    """What was said in a piece of the audio, and the second at which the piece ends."""

    recognition: Recognition
    until: float


def hear(
    recogniser: Recogniser,
    blocks: Iterable[Samples],
    survey: Survey,
    language: str,
    hot_words: Sequence[HotWord] = (),
    *,
    n_best: int = 1,
) -> Iterator[Heard]:
    """What is said in audio that comes in blocks (16 kHz), piece by piece; the words' times are those of the whole.

    `language` is an installed code. Audio of one piece has alternatives, longer audio none.
    """
    reader = recogniser.reader(language)
    whole = frames_of(survey.samples) <= LONGEST
    logits = computed(blocks, survey, lambda batch: recogniser.compute(batch, language), batch=recogniser.batch)
    for start, piece in parted(logits, reader.symbols):
        found = later(reader.read(piece, hot_words, n_best=n_best if whole else 1), start * FRAME_SECONDS)
        yield Heard(found, (start + len(piece)) * FRAME_SECONDS)


def computed(
    blocks: Iterable[Samples],
    survey: Survey,
    compute: Callable[[Sequence[Samples]], Sequence[Array]],
    *,
    batch: int = 1,
) -> Iterator[Array]:
    """What a network computes of audio, [frames, width], window by window without seams; `batch` of them at once."""
    cuts = list(windows(count)) if (count := frames_of(survey.samples)) else []
    deviation = np.sqrt(survey.variance + VARIANCE_FLOOR)
    # Less than a frame at the end counts where a model norms over time.
    wanted = ((start * HOP, survey.samples if end == count else (end - 1) * HOP + FIELD) for _, _, start, end in cuts)
    normal = (
        np.asarray((samples - np.float64(survey.mean)) / deviation, np.float32) for samples in spans(blocks, wanted)
    )
    for at in range(0, len(cuts), batch):
        some = cuts[at : at + batch]
        windowed = compute(list(islice(normal, len(some))))
        for (first, last, start, _), frames in zip(some, windowed, strict=True):
            yield frames[first - start : last - start]


def spans(blocks: Iterable[Samples], wanted: Iterable[tuple[int, int]]) -> Iterator[Samples]:
    """The samples from `start` to `end` of audio that comes in blocks; no span leaves a gap after the one before."""
    coming = iter(blocks)
    held, begin = np.empty(0, np.float32), 0
    for start, end in wanted:
        more = [held[start - begin :]]
        missing = end - start - len(more[0])
        while missing > 0 and (block := next(coming, None)) is not None:
            more.append(block)
            missing -= len(block)
        held, begin = np.concatenate(more), start
        yield held[: end - start]


def parted(logits: Iterable[Array], symbols: Symbols) -> Iterator[tuple[int, Array]]:
    """Logits that come bit by bit, cut as `pieces` cuts them all at once; with the frame at which each begins."""
    held, start = np.zeros((0, len(symbols.text)), np.float32), 0
    for more in logits:
        held = np.concatenate([held, more])
        while len(held) > LONGEST:
            _, cut = next(pieces(held, symbols))
            yield start, held[:cut]
            held, start = held[cut:], start + cut
    if len(held):
        yield start, held
