"""Pure: how a sentence is cut into windows, so that it is heard early and playback never waits. Times are in seconds.

The generator makes STEP samples a step, and must see CONTEXT steps on both sides of a window to make there what it
makes of the whole sentence. The work of a window is in proportion to its steps, context included: short windows are
soon ready, long ones are less work in all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate, pairwise, product

STEP = 300  # samples of 24 kHz
STEP_SECONDS = 0.0125
CONTEXT = 8  # steps: seams were at most 0.0001 off then, 0.004 with 7, 0.02 with 6 (1 is full scale)
LONGEST = 160  # steps, 2 s: longer windows save little work, and take memory in proportion
FIRST = (12, 16, 20, 26, 34, 44, 58, 76, 100, 130, LONGEST)  # steps of first windows that are tried
WAITS = (1, 2, 3)  # windows before playback begins that are tried
SAFETY = 1.25  # a window may take so much longer than its fellows
NEAR = 1.1  # a beginning later by this factor is as good, if it is less work


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan depends on, in seconds.

    `pace` is the work of a step; `silent` how much of the beginning isn't played; `ahead` how much of what came
    before is still to be played.
    """

    pace: float
    silent: float = 0.0
    ahead: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Windows as (begin, end) in steps, and how many of them must be ready before the first may be heard."""

    windows: tuple[tuple[int, int], ...]
    head: int


def plan(begin: int, end: int, terms: Terms) -> Plan:
    """The plan that is heard first, for the steps of a sentence from `begin` to `end`.

    As long as the work of each step is at most SAFETY times `terms.pace`, every window is there when playback needs it.
    """
    careful = replace(terms, pace=terms.pace * SAFETY)
    choices = [_Choice.make(end - begin, first, wait, careful) for first, wait in product(FIRST, WAITS)]
    soonest = min(choice.start for choice in choices)
    chosen = min((choice for choice in choices if choice.start <= soonest * NEAR), key=lambda choice: choice.work)
    borders = accumulate(chosen.sizes, initial=begin)
    return Plan(tuple(pairwise(borders)), chosen.head)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Sizes of windows, how many must be ready, when playback begins then, and the work of all."""

    sizes: list[int]
    head: int
    start: float
    work: float

    @classmethod
    def make(cls, steps: int, first: int, wait: int, terms: Terms) -> _Choice:
        sizes = _sizes(steps, first, wait, terms)
        ready = list(accumulate(_work(size, terms) for size in sizes))
        sound = [max(0.0, steps * STEP_SECONDS - terms.silent) for steps in accumulate(sizes)]
        needed = max([ready[0], *(later - there for later, there in zip(ready[1:], sound, strict=False))])
        head = 1 if terms.ahead >= needed else next(count for count, at in enumerate(ready, 1) if at >= needed)
        return cls(sizes, head, max(terms.ahead, ready[head - 1]), ready[-1])


def _sizes(steps: int, first: int, wait: int, terms: Terms) -> list[int]:
    """Windows that grow as playback, begun after `wait` of them, allows: each is made while those before are heard."""
    sizes: list[int] = []
    left, size, clock, heard = steps, first, 0.0, terms.ahead
    while left:
        size = left if left <= size * 4 // 3 else size  # no crumbs at the end
        sizes.append(size)
        left -= size
        clock += _work(size, terms)
        heard = max(heard, clock) if len(sizes) <= wait else heard
        buffered = heard + (steps - left) * STEP_SECONDS - terms.silent - clock
        size = min(LONGEST, max(size, int(buffered / terms.pace) - 2 * CONTEXT))
    return sizes


def _work(size: int, terms: Terms) -> float:
    return terms.pace * (size + 2 * CONTEXT)
