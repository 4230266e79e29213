"""The table of all actions."""

from __future__ import annotations

from typing import Any

from oyez.actions import agendas, calibrating, hardware, household, profiles, setting, sound, speakers, speaking, trying
from oyez.actions.action import Action

ACTIONS: dict[str, Action[Any]] = {
    one.name: one
    for one in (
        speaking.say,
        speaking.ask,
        speaking.replay,
        agendas.stop,
        agendas.clear,
        agendas.queue,
        agendas.history,
        setting.set_,
        setting.suspend,
        profiles.profile,
        sound.synthesise,
        sound.transcribe,
        sound.hot_words,
        speakers.speakers,
        speakers.enrol_speaker,
        speakers.forget_speaker,
        household.voices,
        household.languages,
        household.models,
        hardware.devices,
        trying.device_test,
        calibrating.calibrate,
        household.health,
        household.info,
        household.config_get,
        household.config_schema,
        household.reload,
        household.restart,
        household.log_level,
    )
}
