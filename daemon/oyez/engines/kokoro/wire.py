"""What goes between the engine and its child: a script as JSON, each item its kind and its fields; chunks of speech."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from oyez.child.message import Message
from oyez.model import SpeechChunk, SpokenWord
from oyez.script import Line, Part, Pause, Sound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def pack(items: Iterable[Line | Pause | Sound]) -> list[tuple[str, dict[str, Any]]]:
    """The items of a script as JSON has them."""
    return [(type(item).__name__, asdict(item)) for item in items]


def unpack(packed: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[Line | Pause | Sound]:
    """The items again."""
    for kind, fields in packed:
        match kind:
            case "Line":
                yield Line(**fields | {"parts": tuple(Part(**part) for part in fields["parts"])})
            case "Pause":
                yield Pause(**fields)
            case _:
                yield Sound(**fields)


def pack_chunk(chunk: SpeechChunk, *, notes: Sequence[str], after: float) -> Message:
    """A chunk on its way to the parent, which starts so many seconds after the start of the speech."""
    words = [(word.text, round(after + word.start, 4), round(after + word.end, 4)) for word in chunk.words]
    told = {"text": chunk.text, "phonemes": chunk.phonemes, "words": words, "volume": chunk.volume, "notes": notes}
    return Message.with_audio("chunk", chunk.samples, **told)


def unpack_chunk(message: Message, notes: Iterable[str] = ()) -> SpeechChunk:
    """The chunk again, with notes before its own."""
    told = message.data
    return SpeechChunk(
        message.audio,
        told["text"],
        told["phonemes"],
        tuple(SpokenWord(*word) for word in told["words"]),
        notes=(*notes, *told["notes"]),
        volume=told["volume"],
    )
