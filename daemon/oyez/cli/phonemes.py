"""`oyez speak --phonemes`: what will be said, without saying it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from oyez.cli import show
from oyez.engines.kokoro.engine import KokoroTts
from oyez.engines.kokoro.g2p import choose
from oyez.engines.kokoro.plan import Piece, plan
from oyez.media import Media
from oyez.parts import preparer
from oyez.script import Pause

if TYPE_CHECKING:
    from oyez.config import Config


async def read(
    text: str, config: Config, *, voice: str, language: str | None, speed: float
) -> tuple[list[dict[str, Any]], list[str]]:
    """What is said for a text, in order, for machines; and notes. The model isn't needed. Raises InvalidInput."""
    _, g2p = choose(config.tts.g2p)
    tts = KokoroTts(config.models_dir / config.tts.model, prepare=preparer(config, Media(config)))
    script = await tts.script(text, voice=voice, language=language)
    steps, lost = plan(script.items, speed, g2p)
    return [_row(step) for step in steps], [*script.notes, *lost]


def show_rows(rows: list[dict[str, Any]]) -> None:
    """For people: a sentence, and its phonemes under it."""
    for row in rows:
        if "phonemes" in row:
            if row["text"]:
                show.out.print(show.plain(row["text"]))
            show.out.print(f"  [bold]{show.plain(row['phonemes'])}[/]  [dim]{row['voice']}[/]")
        else:
            show.out.print(f"  [dim]{show.plain(', '.join(f'{name} {value}' for name, value in row.items()))}[/]")


def _row(step: Any) -> dict[str, Any]:
    match step:
        case Piece():
            return {"text": step.text, "phonemes": step.phonemes, "voice": step.voice.name, "speed": step.speed}
        case Pause():
            return {"pause": step.seconds}
        case _:
            return {"sound": step.path}
