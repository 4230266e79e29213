"""All that hears, made from the config: the rooms, and the recognition that they share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from oyez.device_spec import parse
from oyez.devices import open_microphone
from oyez.engines.noise import WebrtcDenoiser
from oyez.engines.vad import make_vad
from oyez.flow import Channel, WhenFull
from oyez.listen.ahead import Ahead
from oyez.listen.ask import Ask
from oyez.listen.gate import Gate
from oyez.listen.hear import HearingRoom
from oyez.listen.partials import Partials
from oyez.listen.recordings import Archive, Recordings
from oyez.listen.segment import FRAME_SECONDS, Segmenter
from oyez.listen.silence import SilenceWatch
from oyez.listen.transcribe import Transcription

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from oyez.audio.loopback import Airs
    from oyez.config import Config
    from oyez.health import Health
    from oyez.listen.expected import Expected
    from oyez.listen.rewrite import Rewriting
    from oyez.listen.voices import Voices
    from oyez.model import NoMatch, Partial, Transcript, Utterance
    from oyez.ports import AheadAsr

LIMIT = 30.0  # seconds without a frame, and without a try to get one, that the watchdog takes for work
UTTERANCES = 4  # of all rooms, waiting for recognition: a fifth costs the oldest


class Ears:
    """`rooms` by name; `recognition`, by name too, are the stages that they share. Without an engine there are none."""

    def __init__(
        self,
        config: Config,
        asr: AheadAsr | None,
        airs: Airs,
        health: Health,
        *,
        languages: Mapping[str, str],
        expected: Expected,
        rewriting: Rewriting,
        voices: Voices | None,
        on_speech: Callable[[str, bool], None],
        deliver: Callable[[Transcript], Awaitable[None]],
        refuse: Callable[[NoMatch], None],
        so_far: Callable[[Partial], None],
    ) -> None:
        """Raises ModelMissing when the extra `hear`, or `noise` where that is wanted, isn't installed."""
        self.rooms: dict[str, HearingRoom] = {}
        self.recognition: dict[str, Ahead | Transcription | Recordings] = {}
        if asr is None:
            return
        least = config.asr.min_confidence
        utterances: Channel[Utterance] = Channel("utterances", UTTERANCES, WhenFull.DROP_OLDEST)
        others = config.asr.alternatives
        ask = Ask(asr, languages=languages, expected=expected, alternatives=others, voices=voices)
        partials = Partials(min_confidence=least, expected=expected, rewrite=rewriting, deliver=so_far)
        ahead = Ahead(ask, drafts=config.asr.speculative, tell=partials)
        recordings = _recordings(config, health)
        transcription = Transcription(
            ask,
            utterances,
            ahead=ahead,
            min_confidence=least,
            expected=expected,
            rewrite=rewriting,
            deliver=deliver,
            refuse=refuse,
            keep=recordings.keep if recordings else None,
            voices=voices,
            health=health.part("transcription"),
        )
        self.recognition = {"ahead": ahead, "transcribe": transcription}
        if recordings:
            self.recognition["record"] = recordings
        for name, room in config.rooms.items():
            if parse(room.microphone).kind != "none":
                self.rooms[name] = _room(
                    name, config, airs, health, utterances=utterances, on_speech=partial(on_speech, name), ahead=ahead
                )


def _recordings(config: Config, health: Health) -> Recordings | None:
    """What keeps recordings, where that is wanted."""
    folder, limit = config.asr.recordings_dir, config.asr.recordings_mb * 1_000_000
    return Recordings(Archive(folder, limit), health.part("recordings")) if folder else None


def _room(
    name: str,
    config: Config,
    airs: Airs,
    health: Health,
    *,
    utterances: Channel[Utterance],
    on_speech: Callable[[bool], None],
    ahead: Ahead,
) -> HearingRoom:
    device = config.rooms[name].microphone
    room = HearingRoom(
        name,
        open_microphone(device, airs=airs, file_realtime=config.audio.file_realtime),
        gate=Gate(config.vad.gate_tail_ms),
        vad=make_vad(config.vad.engine),
        segmenter=Segmenter(config.vad),
        denoiser=WebrtcDenoiser,
        utterances=utterances,
        health=health.part(f"microphone:{name}", limit=LIMIT),
        silence=SilenceWatch() if parse(device).real else None,
        on_speech=on_speech,
        ahead=ahead,
        partial_frames=round(config.asr.partial_every_ms / 1000 / FRAME_SECONDS),
    )
    room.suppress(config.rooms[name].noise_suppression)  # here already, as it may not be installed
    return room
