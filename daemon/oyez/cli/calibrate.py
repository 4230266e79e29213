"""`oyez calibrate`: a room's microphone is listened to, and set by what was heard."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING, Annotated, Any

import typer

from oyez.actions.action import Answer
from oyez.actions.calibrating import found
from oyez.cli import app, options, show
from oyez.cli.broker import ANSWER, BrokerOption, nobody_answers, reach
from oyez.cli.meter import frames_of
from oyez.config import VadConfig
from oyez.engines.vad import make_vad
from oyez.errors import BrokerUnavailable, InvalidInput
from oyez.listen.calibration import Measurement, advise
from oyez.mqtt.talk import visit

if TYPE_CHECKING:
    from oyez.config import BrokerConfig

VERB = "calibrate"
LATE = 10.0  # seconds that a step may take beyond its time
STEPS = {"silence": "Be silent for {:g} s ...", "speech": "Now say a sentence or two, from where you usually are ..."}


@app.command(
    epilog="Examples: oyez calibrate kitchen | oyez calibrate kitchen --apply | oyez calibrate kitchen --speech 0 "
    "--silence 20 --json | oyez calibrate --device 'USB Audio'"
)
def calibrate(
    room: Annotated[
        str | None, typer.Argument(help="Room; may be left out where one hears.", show_default=False)
    ] = None,
    silence: Annotated[float, typer.Option(min=1, max=30, help="Seconds in which nobody speaks.")] = 5.0,
    speech: Annotated[float, typer.Option(min=0, max=30, help="Seconds in which you speak; 0: none.")] = 6.0,
    apply: Annotated[bool, typer.Option("--apply", help="Set what is recommended, at once and for good.")] = False,
    device: Annotated[
        str | None,
        typer.Option(help="Measure this microphone, which no daemon has, instead; nothing is set.", show_default=False),
    ] = None,
    broker: BrokerOption = None,
    config: options.ConfigOption = None,
    as_json: options.JsonOption = False,
) -> None:
    """Listen to a room in silence and in speech, and tell how its microphone is best set.

    The daemon must run: it has the microphone. What you say is heard as always. For a microphone that no daemon has,
    there is --device.
    """
    if device is not None:
        if room or apply:
            raise InvalidInput("only a daemon has rooms, and can set what is recommended", hint="leave --device out")
        told = asyncio.run(_measure(device, {"silence": silence, "speech": speech}, quiet=as_json))
    else:
        settings, _ = reach(config, broker)
        wishes = {"room": room, "silence": silence, "speech": speech, "apply": apply}
        told = asyncio.run(_calibrate(settings, {k: v for k, v in wishes.items() if v is not None}, quiet=as_json))
    if as_json:
        show.as_json(told)
    else:
        _print(told)


async def _measure(device: str, steps: dict[str, float], *, quiet: bool) -> dict[str, Any]:
    """The same for a microphone of this machine, by the usual settings. Raises InvalidInput, DeviceLost."""
    usual, made = VadConfig(), dict[str, Measurement]()
    vad = make_vad(usual.engine)
    async with frames_of(device) as frames:
        for step, seconds in steps.items():
            if not seconds:
                continue
            if not quiet:
                _tell(step, seconds)
            made[step] = measurement = Measurement(seconds)
            async for frame in frames:
                if measurement.add(frame, vad.probability(frame)):
                    break
            else:
                raise InvalidInput(f"{device!r} ended before {seconds:g} s of {step} were heard")
    silence, speech = made["silence"], made.get("speech")
    told = found(silence, speech, advise(silence, speech, usual, gain_db=0.0))
    return {"device": device} | {key: one.model_dump() if isinstance(one, Answer) else one for key, one in told.items()}


async def _calibrate(settings: BrokerConfig, wishes: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    """The answer; meanwhile a person is told what to do. Raises InvalidInput when it is refused, BrokerUnavailable."""
    transaction = uuid.uuid4().hex
    async with visit(settings) as visitor:
        response = visitor.topics.response(VERB)
        await visitor.subscribe(response)
        await visitor.publish(visitor.topics.request(VERB), wishes | {"transaction": transaction})
        try:
            async with asyncio.timeout(ANSWER) as patience:
                async for _, fields in visitor.messages():
                    if fields.get("transaction") != transaction:
                        continue
                    told = _data(fields)
                    if "part" not in fields:
                        return told
                    if not quiet:
                        _tell(told["step"], told["seconds"])
                    patience.reschedule(asyncio.get_running_loop().time() + told["seconds"] + LATE)
        except TimeoutError:
            raise nobody_answers(response, visitor.topics.base) from None
    raise BrokerUnavailable("the broker went away before the answer came")


def _data(fields: dict[str, Any]) -> dict[str, Any]:
    if fields["status"] != "ok":
        raise InvalidInput(fields["error"])
    data: dict[str, Any] = fields["data"]
    return data


def _tell(step: str, seconds: float) -> None:
    show.err.print(STEPS[step].format(seconds))


def _print(told: dict[str, Any]) -> None:
    measured = {name: told[name] for name in ("silence", "speech") if told[name]}
    rows = [
        (name, *(f"{one[key]:.1f}" for key in ("level_dbfs", "floor_dbfs", "peak_dbfs")), f"{one['probability']:.2f}")
        for name, one in measured.items()
    ]
    show.table((told.get("room", ""), "level dBFS", "floor dBFS", "peak dBFS", "speech?"), rows)
    if told["snr_db"] is not None:
        verdict = "enough" if told["enough"] else "not enough"
        show.out.print(f"speech {told['speech_dbfs']:.1f} dBFS, {told['snr_db']:.1f} dB above the noise: {verdict}")
    show.notes(told["notes"])
    recommended = ", ".join(f"{key}: {value:g}" for key, value in told["recommended"].items() if value is not None)
    if recommended:
        show.out.print(f"{'set' if told.get('applied') else 'recommended'}: {recommended}")
