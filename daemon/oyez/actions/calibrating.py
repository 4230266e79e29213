"""Calibration: a room is listened to, in silence and in speech, and its ear set to what was heard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from oyez.actions.action import Answer, Asked, Home, Request, action
from oyez.listen.calibration import advise
from oyez.outside import known_only, refuse

if TYPE_CHECKING:
    from oyez.listen.calibration import Advice, Measurement

LONGEST = 30.0  # seconds of one measurement


class Calibrate(Request):
    """Which room, and for how long."""

    room: str | None = Field(None, description="may be left out where one room hears")
    silence: float = Field(5.0, ge=1.0, le=LONGEST, description="seconds in which nobody speaks, 1 to 30")
    speech: float = Field(0.0, ge=0.0, le=LONGEST, description="seconds after that in which somebody does; `0`: none")
    apply: bool = Field(False, description="`true`: what is recommended is set, as by `set`")


class Step(Answer):
    """What is measured now, for so many seconds: `silence` or `speech`."""

    step: Literal["silence", "speech"]
    seconds: float


class Measured(Answer):
    """Levels in dBFS (`floor`: what is always there), and the highest probability of speech."""

    level_dbfs: float
    floor_dbfs: float
    peak_dbfs: float
    probability: float


class Recommended(Answer):
    """What to set; null: nothing to recommend."""

    vad_threshold: float | None
    gain_db: float | None


class Calibrated(Answer):
    """What was heard and what follows. `enough`: the speech is far enough above the noise."""

    room: str
    silence: Measured
    speech: Measured | None
    speech_dbfs: float | None
    snr_db: float | None
    enough: bool | None
    recommended: Recommended
    notes: list[str]
    applied: bool


@action(Calibrate, Calibrated, plain="room", part=Step, slow=True)
async def calibrate(home: Home, asked: Asked[Calibrate]) -> Calibrated:
    """Listen to a room in silence, and in speech if asked, and tell how its microphone is best set."""
    request = asked.request
    name = _room(home, request.room)
    await asked.tell(Step(step="silence", seconds=request.silence))
    silence = await home.hearing[name].probe.measure(request.silence)
    speech = None
    if request.speech:
        await asked.tell(Step(step="speech", seconds=request.speech))
        speech = await home.hearing[name].probe.measure(request.speech)
    advice = advise(silence, speech, home.config.vad, home.settings.rooms[name].gain_db)
    applied = request.apply and await _apply(home, name, advice)
    return Calibrated(room=name, applied=applied, **found(silence, speech, advice))


def found(silence: Measurement, speech: Measurement | None, advice: Advice) -> dict[str, Any]:
    """What is told of it, whoever measured: the fields of Calibrated but its first and last."""
    return {
        "silence": _told(silence),
        "speech": speech and _told(speech),
        "speech_dbfs": advice.speech_dbfs,
        "snr_db": advice.snr_db,
        "enough": advice.enough,
        "recommended": Recommended(vad_threshold=advice.vad_threshold, gain_db=advice.gain_db),
        "notes": list(advice.notes),
    }


async def _apply(home: Home, name: str, advice: Advice) -> bool:
    """Set what is recommended; whether anything is. What the config says already isn't set over it."""
    written = home.config.rooms[name]
    said = {"vad_threshold": home.config.vad.of(written).threshold, "gain_db": written.gain_db}
    wanted = {"vad_threshold": advice.vad_threshold, "gain_db": advice.gain_db}
    values = {key: value if value != said[key] else None for key, value in wanted.items() if value is not None}
    if values:
        await home.settings.set(name, values)
    return bool(values)


def _room(home: Home, wanted: str | None) -> str:
    """The room that is meant. Raises InvalidInput for one that hears nothing now."""
    if wanted is None and len(home.hearing) != 1:
        refuse(f"which room? give room: one of {', '.join(home.hearing) or 'none: no room hears in this house'}")
    name = next(iter(home.hearing)) if wanted is None else wanted
    known_only([name], home.hearing, what="room that hears")
    if not home.settings.rooms[name].listening:
        refuse(f"the microphone of {name} is switched off; set listening first")
    return name


def _told(measured: Measurement) -> Measured:
    return Measured(
        level_dbfs=measured.level_dbfs,
        floor_dbfs=measured.floor_dbfs,
        peak_dbfs=measured.peak_dbfs,
        probability=round(measured.highest, 2),
    )
