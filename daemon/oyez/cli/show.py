"""How commands print: tables for people, JSON for machines, errors with the next command."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table

from oyez.errors import OyezError

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def table(headers: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """Print rows under headers; plain when the output is not a terminal."""
    grid = Table(*headers, title=title, box=None, header_style="bold", title_justify="left", pad_edge=False)
    for row in rows:
        grid.add_row(*("" if cell is None else str(cell) for cell in row))
    wide = Console(highlight=False, width=None if out.is_terminal else 200)
    wide.print(grid)


def as_json(value: Any, target: TextIO | None = None) -> None:
    """Print a value as JSON: one document, indented only for people."""
    target = target or sys.stdout
    json.dump(value, target, ensure_ascii=False, indent=2 if target.isatty() else None, default=str)
    target.write("\n")
    target.flush()


def error(problem: OyezError) -> None:
    """Print what went wrong, why, and what to do now, on standard error."""
    err.print(f"[bold red]oyez:[/] {plain(problem.message)}")
    if problem.hint:
        err.print(f"  [bold]->[/] {plain(problem.hint)}")


def notes(told: Iterable[str]) -> None:
    """Print what was done without, on standard error."""
    for note in told:
        err.print(f"[yellow]note:[/] {plain(note)}")


def plain(text: str) -> str:
    """Text in which nothing is markup."""
    return text.replace("[", r"\[")
