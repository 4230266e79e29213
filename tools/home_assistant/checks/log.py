"""What the logs say at the end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tools.home_assistant.table import expect

if TYPE_CHECKING:
    from tools.home_assistant.house import House


async def home_assistant_complains_of_nothing(house: House) -> str:
    """Home Assistant's log has no warning or error about Oyez, MQTT or Wyoming, but for what was taken away."""
    told = house.hass.complaints
    expected = [one for one in told if any(allowed in one for allowed in house.allowed)]
    others = [one for one in told if one not in expected]
    expect(not others, f"{len(others)}:\n" + "\n".join(one[:1500] for one in others[:20]))
    return f"{len(expected)} about what was taken away"


async def nothing_to_repair(house: House) -> str:
    """Home Assistant has nothing to repair about MQTT, Wyoming or what we copied."""
    issues = (await house.api.call("repairs/list_issues"))["issues"]
    ours = [one for one in issues if one["domain"] in {"mqtt", "wyoming", "automation", "script", "blueprint"}]
    expect(not ours, str(ours))
    return f"{len(issues)} about other things: {sorted(one['issue_id'] for one in issues)}"


async def the_daemon_complains_of_nothing(house: House) -> str:
    """The daemon's log has no error."""
    errors = [line for line in house.daemon.log.splitlines() if re.search(r"\[(error|critical)|^Traceback", line)]
    expect(not errors, "\n".join(errors[:20]))
    return f"{len(house.daemon.log.splitlines())} lines"


ALL = (home_assistant_complains_of_nothing, nothing_to_repair, the_daemon_complains_of_nothing)
