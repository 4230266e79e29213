"""Assist: our ears, our voice, and a room as a satellite, over the Wyoming integration."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
import soxr
from tests.support.spoken import words

from tools.home_assistant.checks.restarts import all_back
from tools.home_assistant.house import SENTENCE
from tools.home_assistant.table import expect, until

if TYPE_CHECKING:
    from tools.home_assistant.house import House

RATE = 16_000


def of_wyoming(house: House, domain: str) -> str:
    """The one entity of a domain that the Wyoming integration made."""
    (name,) = (one for one in house.api.states if one.startswith(f"{domain}."))
    return name


async def engines(house: House) -> str:
    """The Wyoming integration, given host and port, has our ears and our voice."""
    entry = await house.api.add("wyoming", host="127.0.0.1", port=house.wyoming)
    expect(entry["state"] == "loaded", str(entry))
    for domain in ("stt", "tts"):
        await until(lambda domain=domain: any(one.startswith(f"{domain}.") for one in house.api.states), f"no {domain}")
    listed = await house.api.call("tts/engine/list")
    voice = next(one for one in listed["providers"] if one["engine_id"] == of_wyoming(house, "tts"))
    ears = (await house.api.call("stt/engine/list"))["providers"]
    names = [one["engine_id"] for one in ears]
    return f"{entry['title']}: {names} in {ears[0]['supported_languages']}, speaks {voice['supported_languages']}"


async def voices(house: House) -> str:
    """Its voices are listed for English."""
    told = await house.api.call("tts/engine/voices", engine_id=of_wyoming(house, "tts"), language="en-US")
    names = [one["voice_id"] for one in told["voices"]]
    expect("af_heart" in names, str(names))
    return f"{len(names)} voices"


async def speech(house: House, text: str, **options: str) -> np.ndarray:
    """What Home Assistant has our voice say, as samples at 16 kHz."""
    asked = {"engine_id": of_wyoming(house, "tts"), "message": text, "language": "en-US", "cache": False}
    wanted = {"preferred_format": "wav", "preferred_sample_rate": RATE, "preferred_sample_channels": 1}
    given = await house.api.rest("POST", "/api/tts_get_url", json=asked | {"options": wanted | options})
    samples, rate = soundfile.read(io.BytesIO(await house.api.rest("GET", given["path"])), dtype="float32")
    return soxr.resample(samples, rate, RATE)


async def tts_speaks(house: House) -> str:
    """/api/tts_get_url gives sound, in the voice that is asked for."""
    one = await speech(house, SENTENCE)
    other = await speech(house, SENTENCE, voice="bm_george")
    for sound in (one, other):
        expect(np.abs(sound).max() > 0.1 and len(sound) > RATE / 2, f"{len(sound)} samples")
    expect(len(one) != len(other) or not np.allclose(one, other), "both voices are the same")
    return f"{len(one) / RATE:.1f} s, {len(other) / RATE:.1f} s"


async def long_text(house: House) -> str:
    """A text of thirty sentences is spoken to its end."""
    sound = await speech(house, " ".join(f"This is sentence number {number}." for number in range(1, 31)))
    expect(len(sound) > 30 * RATE, f"{len(sound) / RATE} s")
    return f"{len(sound) / RATE:.0f} s"


def pcm(sound: np.ndarray) -> bytes:
    """Samples as Home Assistant wants them."""
    return (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()


async def stt_hears(house: House) -> str:
    """/api/stt gives the transcript of a recording."""
    sound = await speech(house, SENTENCE)
    header = "format=wav; codec=pcm; sample_rate=16000; bit_rate=16; channel=1; language=en"
    path = f"/api/stt/{of_wyoming(house, 'stt')}"
    told = await house.api.rest("POST", path, data=pcm(sound), headers={"X-Speech-Content": header})
    expect(told["result"] == "success", str(told))
    expect(words(told["text"]) == words(SENTENCE), told["text"])
    return repr(told["text"])


async def whole_way(house: House) -> str:
    """Assist, the whole way: a recording switches the light on, and the answer is spoken."""
    await our_pipeline(house)
    await house.api.act("light.turn_off", "light.kitchen")
    await until(lambda: house.api.state("light.kitchen") == "off", "the light stays on")
    sound = pcm(np.pad(await speech(house, SENTENCE), (RATE // 4, RATE)))
    wanted = {"start_stage": "stt", "end_stage": "tts", "input": {"sample_rate": RATE}}
    told = await house.api.follow("assist_pipeline/run", **wanted)

    def event(kind: str) -> dict[str, Any] | None:
        failed = [one for one in told if one["type"] == "error"]
        expect(not failed, str(failed))
        return next((one["data"] for one in told if one["type"] == kind), None)

    begun = await until(lambda: event("run-start"), "it doesn't begin")
    await house.api.send(begun["runner_data"]["stt_binary_handler_id"], sound)
    heard = (await until(lambda: event("stt-end"), "no transcript"))["stt_output"]["text"]
    await until(lambda: house.api.state("light.kitchen") == "on", lambda: f"heard {heard!r}, and the light stays off")
    answer = (await until(lambda: event("tts-end"), "no answer is spoken"))["tts_output"]
    spoken = await house.api.rest("GET", answer["url"])
    expect(len(spoken) > RATE // 4, f"{len(spoken)} bytes")
    said = event("intent-end")["intent_output"]["response"]["speech"]["plain"]["speech"]
    return f"{heard!r}: {said!r}"


async def satellite(house: House) -> str:
    """A room as a satellite: assist_satellite.announce reaches it."""
    entry = await house.api.add("wyoming", host="127.0.0.1", port=house.satellite)
    expect(entry["state"] == "loaded", str(entry))
    await until(lambda: any(one.startswith("assist_satellite.") for one in house.api.states), "no satellite")
    name = of_wyoming(house, "assist_satellite")
    before = len(house.ends("kitchen"))
    async with house.pulse.record() as recorder:
        await house.api.act("assist_satellite.announce", name, message="The post has come.")
        ended = await house.spoken("kitchen", before)
        sound = (await recorder.more(0.2)).copy()
    expect(np.abs(sound).max() > 0.05, "no sound at the speaker")
    return f"{name}: {ended['seconds']} s"


async def our_pipeline(house: House) -> None:
    """Make an assistant that hears and speaks with us, the preferred one."""
    made = await house.api.call(
        "assist_pipeline/pipeline/create",
        name="Oyez",
        language="en",
        conversation_engine="conversation.home_assistant",
        conversation_language="en",
        stt_engine=of_wyoming(house, "stt"),
        stt_language="en",
        tts_engine=of_wyoming(house, "tts"),
        tts_language="en-US",
        tts_voice="af_heart",
        wake_word_entity=None,
        wake_word_id=None,
    )
    await house.api.call("assist_pipeline/pipeline/set_preferred", pipeline_id=made["id"])


async def after_restarts(house: House) -> str:
    """Ears, voice and satellite are back after a restart of the daemon, and of Home Assistant."""
    names = [of_wyoming(house, domain) for domain in ("stt", "tts", "assist_satellite")]
    await house.restart_daemon()
    await all_back(house)
    await stt_hears(house)
    await house.restart_home_assistant()
    await all_back(house)
    await until(
        lambda: all(house.api.state(name) not in (None, "unavailable") for name in names),
        lambda: str({name: house.api.state(name) for name in names}),
    )
    before = len(house.ends("kitchen"))
    await house.api.act("assist_satellite.announce", names[2], message="And once more.")
    await house.spoken("kitchen", before)
    return await stt_hears(house)


ALL = (engines, voices, tts_speaks, long_text, stt_hears, whole_way, satellite, after_restarts)
