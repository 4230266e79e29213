"""`oyez devices --meter`: how loud a microphone is, while somebody sets it up."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, aclosing, contextmanager, nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, cast

from rich.live import Live
from rich.text import Text

from oyez.audio.loopback import Airs
from oyez.cli import show
from oyez.config import VadConfig
from oyez.device_spec import parse
from oyez.devices import open_microphone
from oyez.engines.vad import make_vad
from oyez.errors import InvalidInput
from oyez.listen.level import LevelMeter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

    from oyez.listen.level import Level
    from oyez.model import Frame

SOFTEST = -60.0  # dBFS at the left end of the bar: the noise of a quiet room
WIDTH = 30
CLIPS = "clips: turn it down"
SILENT = "dead silent: muted?"


async def watch(device: str, *, as_json: bool) -> None:
    """Show the level of a microphone, named as in the config, until it ends or the task is cancelled.

    Raises InvalidInput for what isn't heard outside of the daemon, or without a terminal; DeviceLost, ModelMissing.
    """
    with nullcontext(_print) if as_json else _line(device) as tell:
        async with aclosing(levels(device)) as measured:
            async for level in measured:
                tell(level)


async def levels(device: str) -> AsyncGenerator[Level, None]:
    """The levels of a microphone, one every tenth of a second, through the port that rooms hear through."""
    usual = VadConfig()
    meter, vad, threshold = LevelMeter(), make_vad(usual.engine), usual.threshold
    async with frames_of(device) as frames:
        async for frame in frames:
            if level := meter.feed(frame, vad.probability(frame) >= threshold):
                yield level


def frames_of(device: str) -> AbstractAsyncContextManager[AsyncGenerator[Frame, None]]:
    """What a microphone hears. Raises InvalidInput for what isn't heard outside of the daemon."""
    if parse(device).kind in ("none", "loopback"):
        raise InvalidInput(f"{device!r} is heard inside of the daemon, if at all", hint="name a device, or file:<path>")
    return aclosing(cast("AsyncGenerator[Frame, None]", open_microphone(device, airs=Airs()).frames()))


def bar(level: Level) -> Text:
    """A level as a line: the bar as far as its mean power, a mark at its peak, figures, and what is to be done."""
    filled, mark = _place(level.level_dbfs), _place(level.held_dbfs)
    cells = ["█" if place < filled else "·" for place in range(WIDTH)]
    if mark:
        cells[mark - 1] = "|"
    colour = "red" if level.clips else "green" if level.speech else "cyan"
    told = CLIPS if level.clips else SILENT if level.silent else "speech" if level.speech else ""
    figures = f" {level.level_dbfs:6.1f} dBFS, peak {level.held_dbfs:6.1f}  "
    return Text.assemble(("".join(cells), colour), figures, (told, "bold red" if level.clips or level.silent else ""))


def _place(decibels: float) -> int:
    """How many cells of the bar a level takes."""
    return round(min(1.0, max(0.0, 1 - decibels / SOFTEST)) * WIDTH)


def _print(level: Level) -> None:
    show.as_json(asdict(level))


@contextmanager
def _line(device: str) -> Iterator[Callable[[Level], None]]:
    """A line of the terminal on which levels are shown, one over the other."""
    if not show.out.is_terminal:
        raise InvalidInput("a bar that moves needs a terminal", hint="oyez devices --meter NAME --json")
    with Live(Text(f"waiting for {device}"), console=show.out, auto_refresh=False) as live:
        yield lambda level: live.update(bar(level), refresh=True)
