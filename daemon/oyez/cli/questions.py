"""Questions that a command asks: at a terminal, of lines that a script sends, or of nobody: then the defaults count."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, TypeVar

from oyez.cli import show
from oyez.errors import InvalidInput, OyezError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")

YES, NO = ("y", "yes"), ("n", "no")


class Questions:
    """Asks, one after another; `silent`: takes every default instead."""

    def __init__(self, *, silent: bool) -> None:
        self.silent = silent

    def ask(self, question: str, default: str, read: Callable[[str], T], *, given: str | None = None) -> T:
        """What `read` makes of the answer, or of what was given beforehand.

        An answer that it refuses is told why, and asked for again. Raises what `read` does where nobody answers, and
        InvalidInput at the end of the answers.
        """
        if given is not None or self.silent:
            return read(default if given is None else given)
        while True:
            try:
                return read(_line(f"{question} [{default}]: ").strip() or default)
            except OyezError as problem:
                if isinstance(problem, _NoMore):
                    raise
                show.error(problem)

    def choose(
        self,
        question: str,
        options: Mapping[str, str],
        default: str,
        read: Callable[[str], T],
        given: str | None = None,
    ) -> T:
        """The same of a list of options, each with what is said of it: by its number, or by what it is."""
        if given is None and not self.silent:
            for number, (option, about) in enumerate(options.items(), 1):
                show.out.print(f"  {number:2}  {show.plain(option)}  [dim]{show.plain(about)}[/]")
        names = list(options)

        def numbered(answer: str) -> T:
            return read(names[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(names) else answer)

        return self.ask(question, default, numbered, given=given)

    def yes(self, question: str, *, default: bool, given: bool | None = None) -> bool:
        """Whether it is wanted."""
        if given is not None:
            return given
        return self.ask(f"{question} (y/n)", YES[0] if default else NO[0], _yes)

    def secret(self, question: str) -> str:
        """What isn't shown while it is typed."""
        try:
            return getpass.getpass(f"{question}: ")
        except EOFError:
            raise _NoMore from None


class _NoMore(InvalidInput):
    """Whoever answered has gone."""

    def __init__(self) -> None:
        super().__init__(
            "the answers ended before the questions; nothing was written", hint="oyez init --yes takes the defaults"
        )


def _line(prompt: str) -> str:
    try:
        return input(prompt)
    except EOFError:
        raise _NoMore from None


def _yes(answer: str) -> bool:
    if answer.lower() not in (*YES, *NO):
        raise InvalidInput(f"{answer!r} is neither y nor n")
    return answer.lower() in YES
