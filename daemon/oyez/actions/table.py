"""The table of all actions."""

from __future__ import annotations

from typing import Any

from oyez.actions import household, setting, speaking
from oyez.actions.action import Action

ACTIONS: dict[str, Action[Any]] = {
    one.name: one
    for one in (
        speaking.say,
        speaking.stop,
        speaking.replay,
        speaking.queue,
        speaking.history,
        setting.set_,
        household.voices,
        household.languages,
        household.health,
        household.info,
        household.config_get,
        household.config_schema,
        household.reload,
        household.restart,
        household.log_level,
    )
}
