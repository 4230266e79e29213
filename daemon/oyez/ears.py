"""The stages that hear, made from the config: rooms, and what they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oyez.audio.devices import open_microphone, parse
from oyez.engines.vad import make_vad
from oyez.listen.ahead import Ahead
from oyez.listen.ask import Ask
from oyez.listen.gate import Gate
from oyez.listen.hear import HearingRoom
from oyez.listen.partials import Partials
from oyez.listen.segment import FRAME_SECONDS, Segmenter
from oyez.listen.silence import SilenceWatch
from oyez.listen.transcribe import Transcription

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from oyez.audio.loopback import Airs
    from oyez.config import Config
    from oyez.flow import Channel
    from oyez.health import Health
    from oyez.listen.expected import Expected
    from oyez.listen.rewrite import Rewriting
    from oyez.model import NoMatch, Partial, Transcript, Utterance
    from oyez.ports import AheadAsr

LIMIT = 30.0  # seconds without a frame, and without a try to get one, that the watchdog takes for work


def hearing_room(
    name: str,
    config: Config,
    airs: Airs,
    *,
    utterances: Channel[Utterance],
    health: Health,
    on_speech: Callable[[bool], None],
    ahead: Ahead | None,
) -> HearingRoom:
    """A room's ear. Raises ModelMissing when the extra `hear` isn't installed."""
    device = config.rooms[name].microphone
    return HearingRoom(
        name,
        open_microphone(device, airs=airs, file_realtime=config.audio.file_realtime),
        gate=Gate(config.vad.gate_tail_ms),
        vad=make_vad(config.vad.engine),
        segmenter=Segmenter(config.vad),
        utterances=utterances,
        health=health.part(f"microphone:{name}", limit=LIMIT),
        silence=SilenceWatch() if parse(device).kind == "device" else None,
        on_speech=on_speech,
        ahead=ahead,
        partial_frames=round(config.asr.partial_every_ms / 1000 / FRAME_SECONDS),
    )


def ask(config: Config, asr: AheadAsr, languages: Mapping[str, str], expected: Expected) -> Ask:
    """How rooms ask the hearing engine."""
    return Ask(asr, languages=languages, expected=expected, alternatives=config.asr.alternatives)


def ahead(
    config: Config, ask: Ask, expected: Expected, rewriting: Rewriting, deliver: Callable[[Partial], None]
) -> Ahead:
    """Recognition of all rooms before the end of speech."""
    partials = Partials(min_confidence=config.asr.min_confidence, expected=expected, rewrite=rewriting, deliver=deliver)
    return Ahead(ask, drafts=config.asr.speculative, tell=partials)


def transcription(
    config: Config,
    ask: Ask,
    utterances: Channel[Utterance],
    health: Health,
    *,
    ahead: Ahead,
    deliver: Callable[[Transcript], Awaitable[None]],
    refuse: Callable[[NoMatch], None],
    expected: Expected,
    rewriting: Rewriting,
) -> Transcription:
    """Recognition of all rooms."""
    return Transcription(
        ask,
        utterances,
        ahead=ahead,
        min_confidence=config.asr.min_confidence,
        expected=expected,
        rewrite=rewriting,
        deliver=deliver,
        refuse=refuse,
        health=health.part("transcription"),
    )
