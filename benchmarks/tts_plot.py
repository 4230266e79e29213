"""The figures of `benchmarks.tts_peer` as a plot, an SVG whose bytes are the figures' alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.tts_peer import Figures

THREADS = 2
WHOLE = 100  # from here on without decimals
COLOURS = {"oyez": "#0a7d6c", "kokoro-onnx": "#c2702c", "onnx alone": "#8a8a8a", "torch": "#6a5d9e"}
ALL, HEARD = tuple(COLOURS), tuple(COLOURS)[:-1]  # torch has random weights here: nothing is to be heard
PANELS: tuple[tuple[str, int, tuple[str, ...], Callable[[dict[str, float]], float]], ...] = (
    ("audible after, s", 0, HEARD, lambda one: one["audible"]),
    ("audible after, one core kept busy, s", 1, HEARD, lambda one: one["audible"]),
    ("CPU for a second of speech, s", 0, ALL, lambda one: one["cpu"] / one["speech"]),
    ("peak memory, MB", 0, ALL, lambda one: one["rss"]),
)


def draw(figures: Figures, path: Path) -> None:
    """Panels of bars by text and system, all with the same number of threads; what wasn't measured is left out."""
    with mpl.rc_context({"svg.hashsalt": "oyez", "svg.fonttype": "none", "font.size": 9}):
        page = Figure(figsize=(9, 6), layout="constrained")
        for axes, (title, busy, systems, value) in zip(page.subplots(2, 2).flat, PANELS, strict=True):
            kept = {
                (text, system): one
                for (load, text, system, threads), one in figures.items()
                if (load, threads) == (busy, THREADS) and system in systems
            }
            if not kept:
                axes.set_visible(False)
                continue
            _bars(axes, {key: value(one) for key, one in kept.items()})
            axes.set_title(title)
            spoken = {text: one["speech"] for (text, system), one in kept.items() if system == "oyez"}
            axes.set_xticks(range(len(spoken)), [f"{seconds:.0f} s of speech" for seconds in spoken.values()])
        page.legend(*page.axes[2].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
        page.savefig(path, metadata={"Date": None})


def _bars(axes: mpl.axes.Axes, values: dict[tuple[int, str], float]) -> None:
    systems = [system for system in COLOURS if any(system == other for _, other in values)]
    width = 0.8 / len(systems)
    for number, system in enumerate(systems):
        texts = [text for text, other in values if other == system]
        places = [text + (number - (len(systems) - 1) / 2) * width for text in texts]
        heights = [values[text, system] for text in texts]
        drawn = axes.bar(places, heights, width, color=COLOURS[system], label=system)
        told = [f"{height:.0f}" if height >= WHOLE else f"{height:.2g}" for height in heights]
        axes.bar_label(drawn, told, fontsize=7, padding=1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(y=0.12)
