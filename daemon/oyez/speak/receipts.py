"""A receipt that several pieces of work wait with: it is acknowledged when all of them are done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oyez.ports import Receipt


class NoReceipt:
    """The receipt of what didn't come from the broker."""

    live = False

    def acknowledge(self) -> None:
        """There is nobody to tell."""


class Shared:
    """A receipt with several holders."""

    def __init__(self, receipt: Receipt) -> None:
        self._receipt = receipt
        self._holders = 0

    def share(self) -> Share:
        """A receipt for one more holder."""
        self._holders += 1
        return Share(self)

    @property
    def live(self) -> bool:
        """Whether the connection that it came on is still there."""
        return self._receipt.live

    def give_back(self) -> None:
        """A holder has acknowledged."""
        self._holders -= 1
        if not self._holders:
            self._receipt.acknowledge()


class Share:
    """One holder's receipt."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._open = True

    @property
    def live(self) -> bool:
        """Whether the connection that it came on is still there."""
        return self._shared.live

    def acknowledge(self) -> None:
        """This holder is done; once."""
        if self._open:
            self._open = False
            self._shared.give_back()
