"""Plots as SVG, to stand in a page: bars with whiskers, a histogram, a cloud of points. Colours are the page's."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from oyez.evaluation.measure import Rate

WIDTH, MARGIN = 640, 46
ROW, BAR = 46, 14  # heights
HEIGHT = 240
BINS = 10
NAME = 190  # width of the names beside bars


def bars(rows: Sequence[tuple[str, Rate, Rate]]) -> str:
    """Word and letter error rates by name, each with its interval."""
    top = max(0.05, *(rate.high for _, *rates in rows for rate in rates))
    height = ROW * len(rows) + 30
    scale = (WIDTH - NAME - MARGIN) / top
    parts = [_grid(top, scale, height)]
    for number, (name, words, letters) in enumerate(rows):
        y = ROW * number + 6
        parts.append(f'<text x="{NAME - 10}" y="{y + BAR + 4}" text-anchor="end">{escape(name)}</text>')
        for kind, rate, at in (("words", words, y), ("letters", letters, y + BAR + 2)):
            parts.append(_bar(kind, rate, at, scale))
    return _svg("".join(parts), height, "Error rates with 95 % intervals")


def histogram(values: Sequence[float], title: str) -> str:
    """How many recordings have which share of errors; all above 1 stand at 1."""
    counts = np.histogram(np.clip(values, 0, 1), bins=BINS, range=(0, 1))[0]
    step, top = (WIDTH - 2 * MARGIN) / BINS, max(1, int(counts.max()))
    parts = [_axes("0 %", "100 % or more")]
    for number, count in enumerate(counts.tolist()):
        height = count / top * (HEIGHT - 2 * MARGIN)
        x, y = MARGIN + number * step, HEIGHT - MARGIN - height
        parts.append(f'<rect class="words" x="{x + 2:.1f}" y="{y:.1f}" width="{step - 4:.1f}" height="{height:.1f}"/>')
        parts.append(f'<text x="{x + step / 2:.1f}" y="{y - 5:.1f}" text-anchor="middle">{count or ""}</text>')
    return _svg("".join(parts), HEIGHT, title)


def cloud(points: Sequence[tuple[float, float]], title: str, across: str) -> str:
    """Points (x, y), both from 0 to 1; what is above 1 stands at 1."""
    parts = [_axes(f"{across} 0", "1")]
    for x, y in np.clip(np.array(points, np.float64).reshape(-1, 2), 0, 1).tolist():
        left, top = MARGIN + x * (WIDTH - 2 * MARGIN), HEIGHT - MARGIN - y * (HEIGHT - 2 * MARGIN)
        parts.append(f'<circle class="words" cx="{left:.1f}" cy="{top:.1f}" r="3" opacity="0.4"/>')
    return _svg("".join(parts), HEIGHT, title)


def _bar(kind: str, rate: Rate, y: float, scale: float) -> str:
    end, low, high = (NAME + value * scale for value in (rate.value, rate.low, rate.high))
    middle = y + BAR / 2
    return (
        f'<rect class="{kind}" x="{NAME}" y="{y}" width="{end - NAME:.1f}" height="{BAR}"/>'
        f'<path class="line" d="M{low:.1f} {middle}H{high:.1f}{_end(low, y)}{_end(high, y)}"/>'
        f'<text x="{high + 6:.1f}" y="{y + BAR - 2}">{rate.value:.1%}</text>'
    )


def _end(x: float, y: float) -> str:
    return f"M{x:.1f} {y + 3}v{BAR - 6}"


def _grid(top: float, scale: float, height: int) -> str:
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 1000) if top / step <= 8)  # noqa: PLR2004
    lines = []
    for number in range(int(top / step) + 1):
        x = NAME + number * step * scale
        lines.append(f'<path class="grid" d="M{x:.1f} 0V{height - 22}"/>')
        lines.append(f'<text x="{x:.1f}" y="{height - 6}" text-anchor="middle">{number * step:.0%}</text>')
    return "".join(lines)


def _axes(left: str, right: str) -> str:
    bottom = HEIGHT - MARGIN
    return (
        f'<path class="line" d="M{MARGIN} {bottom}H{WIDTH - MARGIN}"/>'
        f'<text x="{MARGIN}" y="{bottom + 18}">{escape(left)}</text>'
        f'<text x="{WIDTH - MARGIN}" y="{bottom + 18}" text-anchor="end">{escape(right)}</text>'
    )


def _svg(inside: str, height: int, title: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img"><title>{escape(title)}</title>{inside}</svg>'
