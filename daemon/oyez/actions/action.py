"""An action: its name, what it takes, gives and does. Defined in one place, whichever way it is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from oyez.errors import Busy, InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from oyez.config import Config
    from oyez.errors import OyezError
    from oyez.guests.hearing import GuestAsr
    from oyez.guests.speaking import GuestTts
    from oyez.health import Health
    from oyez.listen.expected import Expected
    from oyez.listen.hear import HearingRoom
    from oyez.listen.voices import Voices
    from oyez.settings import Settings
    from oyez.speak.agenda import Agenda
    from oyez.speak.desk import Desk, Room
    from oyez.speak.receipts import Shared


class Request(BaseModel):
    """Base of what actions take: strict, and nothing that isn't known."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


class Answer(BaseModel):
    """Base of what actions give."""

    model_config = ConfigDict(frozen=True)


R = TypeVar("R", bound=Request)
Level = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Unread:
    """What the config file on the disk has that the daemon doesn't live by: keys, or the mistake in it."""

    keys: tuple[str, ...] = ()
    problem: str | None = None


class Control(Protocol):
    """What only the process around a house can do."""

    @property
    def log_level(self) -> Level:
        """The least severity that is logged."""
        ...

    def log_from(self, level: Level) -> None:
        """Log from this severity on."""
        ...

    def restart(self) -> None:
        """Start the house anew with the config that is in force; what waits to be said comes again from the broker."""
        ...

    async def reread(self) -> list[str]:
        """Read the config again and live by it; the keys that changed. Raises ConfigError, and all stays as it is."""
        ...

    async def unread(self) -> Unread:
        """How the file on the disk differs from the config that is in force."""
        ...


async def _nowhere(_: Answer) -> None:
    """Nobody wants to know before it is done."""


def failure_code(error: OyezError) -> Literal["invalid", "busy", "failed"]:
    """What kind of failure it is, for machines: change the request, come again later, or look what is wrong."""
    return "invalid" if isinstance(error, InvalidInput) else "busy" if isinstance(error, Busy) else "failed"


@dataclass(frozen=True)
class Home:
    """What actions work on: the parts of a house, and the process around it.

    `hearing` are the ears by room. `asr` and `tts` are the engines as guests have them; None where no room hears, or
    speaks. `voices` None: nobody is told by voice.
    """

    config: Config
    desk: Desk
    speaking: Mapping[str, Room]
    agendas: Mapping[str, Agenda]
    health: Health
    languages: Sequence[str]
    settings: Settings
    info: Callable[[], dict[str, Any]]
    control: Control
    expected: Expected
    hearing: Mapping[str, HearingRoom] = field(default_factory=dict)
    asr: GuestAsr | None = None
    tts: GuestTts | None = None
    voices: Voices | None = None


@dataclass(frozen=True)
class Asked(Generic[R]):
    """A request as it came in; `transaction` is the asker's.

    Work that goes on when the answer is out shares the receipt, and acknowledges its share at the end. What comes bit
    by bit goes out with `tell`, which returns when the asker can take more.
    """

    request: R
    transaction: str | None
    receipt: Shared
    expires_in: float | None = None
    redelivered: bool = False
    tell: Callable[[Answer], Awaitable[None]] = _nowhere


@dataclass(frozen=True)
class Action(Generic[R]):
    """One thing that can be asked for.

    `plain` is the key that a request of bare text stands for, `binary` the key that one of bare bytes stands for.
    `reads` tells that it changes nothing, `slow` that it may take longer than others should wait; `part` is what comes
    before the answer, bit by bit.
    """

    name: str
    does: str
    request: type[R]
    answer: type[Answer]
    run: Callable[[Home, Asked[R]], Awaitable[Answer]]
    plain: str | None = None
    binary: str | None = None
    part: type[Answer] | None = None
    reads: bool = False
    slow: bool = False


def action(
    request: type[R], answer: type[Answer], **traits: Any
) -> Callable[[Callable[[Home, Asked[R]], Awaitable[Answer]]], Action[R]]:
    """Make a function an action: its name is the verb, its docstring tells what it does; `traits` are those of Action.

    It raises OyezError for what can't be done.
    """

    def define(run: Callable[[Home, Asked[R]], Awaitable[Answer]]) -> Action[R]:
        name = run.__name__.rstrip("_")
        return Action(name, (run.__doc__ or "").strip(), request, answer, run, **traits)

    return define
