"""What we tell of ourselves: programs, models, voices and their languages, as Home Assistant reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wyoming.info import AsrModel, AsrProgram, Attribution, Info, Satellite, TtsProgram, TtsVoice

from oyez import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from oyez.engines.kokoro.voices import Voice

PROGRAM = "oyez"
MMS = Attribution("Meta", "https://huggingface.co/facebook/mms-1b-all")
OYEZ = Attribution("Oyez", "")
KOKORO = Attribution("hexgrad", "https://huggingface.co/hexgrad/Kokoro-82M")


def info(*, model: str, languages: Sequence[str], voices: Iterable[Voice], ends_commands: bool) -> Info:
    """The answer to `describe`.

    `languages` are the BCP-47 tags that `model` hears; none: there is no recognition. `voices` are those that can be
    had; none: there is no synthesis. `ends_commands`: nobody else needs to tell where a command ends.
    """
    told = Info()
    if languages:
        heard = AsrModel(model, MMS, True, f"MMS ({model})", None, list(languages))
        told.asr = [
            AsrProgram(
                PROGRAM, MMS, True, "Oyez: recognition with MMS", __version__, [heard],
                supports_transcript_streaming=True, requires_external_vad=not ends_commands,
            )
        ]  # fmt: skip
    if spoken := [_voice(voice) for voice in voices]:
        told.tts = [
            TtsProgram(
                PROGRAM, KOKORO, True, "Oyez: synthesis with Kokoro", __version__, spoken,
                supports_synthesize_streaming=True,
            )
        ]  # fmt: skip
    return told


def satellite(room: str) -> Info:
    """The answer to `describe` where Home Assistant announces in a room: nothing but that."""
    name = room.replace("_", " ").capitalize()
    return Info(
        satellite=Satellite(
            f"Oyez {name}", OYEZ, True, f"Announcements in {name}, by Oyez", __version__,
            area=name, has_vad=False, active_wake_words=[], max_active_wake_words=0, supports_trigger=False,
        )
    )  # fmt: skip


def _voice(voice: Voice) -> TtsVoice:
    grade = f", grade {voice.grade}" if voice.grade else ""
    described = f"{voice.name} ({voice.language.name}, {voice.gender}{grade})"
    return TtsVoice(voice.name, KOKORO, True, described, None, [voice.language.tag])
