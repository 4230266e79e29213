"""The report as one HTML page that needs nothing beside it: tables, plots, and the worst recordings."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from oyez.evaluation import plots
from oyez.evaluation.measure import NORMALISATION, differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from oyez.evaluation.measure import Judged, Rate, Score

STYLE = """
:root { color-scheme: light dark; --text: #1b1b1b; --back: #fff; --soft: #8883; --words: #3465a4; --letters: #73a0d8;
  --bad: #c0392b; --good: #2e8b57 }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e6; --back: #17191c; --bad: #ff8577; --good: #7bd6a3 } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); max-width: 60rem;
  margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--soft) }
td.number, th.number { text-align: right }
svg { width: 100%; height: auto; margin: 1rem 0; font-size: 12px }
svg text { fill: var(--text) } .words { fill: var(--words) } .letters { fill: var(--letters) }
.line { stroke: var(--text); fill: none } .grid { stroke: var(--soft) }
del { color: var(--bad) } ins { color: var(--good); text-decoration: none }
small { opacity: .75 }
"""


@dataclass(frozen=True, slots=True)
class Report:
    """All that a page tells: what was evaluated and how (`facts`), what came out, and the worst of it."""

    title: str
    facts: Sequence[tuple[str, str]]
    scores: Sequence[Score]
    judged: Sequence[Judged]
    worst: Sequence[Judged]
    notes: Sequence[str] = ()


def page(report: Report) -> str:
    """The page."""
    body = "".join((
        f"<h1>{escape(report.title)}</h1>",
        _table(("", ""), [(escape(name), escape(value)) for name, value in report.facts], numbers=0),
        *(f"<p><strong>{escape(note)}</strong></p>" for note in report.notes),
        "<h2>Errors</h2>",
        _scores(report.scores),
        plots.bars([(_name(one.group), one.wer, one.cer) for one in report.scores]),
        "<p><small>Dark: of words. Light: of letters. Whiskers: 95 % intervals, drawing recordings anew 1,000 times. ",
        f"Normalised: {escape(NORMALISATION)}.</small></p>",
        "<h2>Recordings by their share of wrong words</h2>",
        plots.histogram([one.word_errors / one.words for one in report.judged], "Recordings by word error rate"),
        "<h2>Confidence and errors</h2>",
        plots.cloud([(one.confidence, one.word_errors / one.words) for one in report.judged],
                    "Word error rate of each recording by its confidence", "confidence"),
        "<p><small>A point is a recording; up: its share of wrong words. They should fall to the right.</small></p>",
        "<h2>The worst</h2>" if report.worst else "",
        _worst(report.worst),
    ))  # fmt: skip
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(report.title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>{body}</body></html>\n'
    )


def rate(value: Rate) -> str:
    """A rate with its interval, as a person reads it."""
    return f"{value.value:.1%} ({value.low:.1%} to {value.high:.1%})"


def _name(group: Iterable[str]) -> str:
    return ", ".join(group)


def _scores(scores: Sequence[Score]) -> str:
    headers = ("", "recordings", "words", "word errors", "letter errors", "wrong / left out / added", "exact", "RTF")
    rows = [
        (
            escape(_name(one.group)),
            f"{one.recordings:,}",
            f"{one.words:,}",
            rate(one.wer),
            rate(one.cer),
            f"{one.substitutions} / {one.deletions} / {one.insertions}",
            f"{one.exact:.0%}",
            f"{one.real_time_factor:.3f}",
        )
        for one in scores
    ]
    return _table(headers, rows, numbers=1)


def _worst(worst: Sequence[Judged]) -> str:
    rows = [
        (
            f"{one.word_errors / one.words:.0%}",
            _marked(one),
            f"<small>{escape(one.file)}</small>",
            f"{one.confidence:.2f}",
        )
        for one in worst
    ]
    return _table(("errors", "said and <ins>heard</ins>", "file", "confidence"), rows, numbers=4) if rows else ""


def _marked(one: Judged) -> str:
    """The text, with what wasn't heard struck out and what was heard instead beside it."""
    parts = []
    for kind, said, heard in differences(one):
        if kind == "equal":
            parts.append(escape(said))
        else:
            parts.append(
                " ".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in (("del", said), ("ins", heard)) if text)
            )
    return " ".join(parts)


def _table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int) -> str:
    """A table; cells are HTML. From column `numbers` on they stand right; 0: none does."""

    def cells(row: Sequence[str], tag: str) -> str:
        right = [' class="number"' if numbers and at >= numbers else "" for at in range(len(row))]
        return "".join(f"<{tag}{where}>{cell}</{tag}>" for where, cell in zip(right, row, strict=True))

    head = f"<tr>{cells(headers, 'th')}</tr>" if any(headers) else ""
    return f"<table>{head}{''.join('<tr>' + cells(row, 'td') + '</tr>' for row in rows)}</table>"
