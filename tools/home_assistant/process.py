"""A Home Assistant of our own: its configuration, its process, its log, the first user in it."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
import shutil
from pathlib import Path

import aiohttp
from tests.support.broker import free_port

START_WITHIN = 600.0  # seconds: the first one installs what its integrations need
STOP_WITHIN = 60.0
EXAMPLES = Path(__file__).parents[2] / "docs" / "home-assistant"
PASSWORD = "check"

CONFIGURATION = """
homeassistant:
  {{name: Check, country: GB, language: en, time_zone: UTC, unit_system: metric, internal_url: "http://127.0.0.1:{port}"}}
http: {{server_host: 127.0.0.1, server_port: {port}}}
onboarding:
config:
api:
websocket_api:
recorder:
automation: !include_dir_merge_list automations
script: !include_dir_merge_named scripts
template:
  - light:
      - name: Kitchen light
        unique_id: kitchen
        default_entity_id: light.kitchen
        turn_on: {{action: input_boolean.turn_on, target: {{entity_id: input_boolean.lit}}}}
        turn_off: {{action: input_boolean.turn_off, target: {{entity_id: input_boolean.lit}}}}
        state: "{{{{ is_state('input_boolean.lit', 'on') }}}}"
input_boolean: {{lit: {{}}, washing: {{}}}}
input_text: {{heard: {{max: 255}}}}
logger: {{default: info, logs: {{homeassistant.components.marketplace: critical}}}}
"""

# One made from our blueprint, and one that waits for what is heard.
AUTOMATIONS = """
- id: washing
  alias: Washing
  use_blueprint:
    path: oyez/announce.yaml
    input:
      entity: input_boolean.washing
      rooms: [notify.kitchen_say]
      message: The washing is done.
- id: listener
  alias: Listener
  triggers:
    - trigger: state
      entity_id: event.kitchen_heard
      not_from: [unavailable]
      not_to: [unavailable]
  conditions: "{{ trigger.to_state is not none and trigger.to_state.attributes.event_type == 'transcript' }}"
  actions:
    - action: input_text.set_value
      target: {entity_id: input_text.heard}
      data: {value: "{{ trigger.to_state.attributes.text }}"}
"""


class HomeAssistantProcess:
    """`command` starts it (`hass`, or what leads to it); `folder` is its configuration."""

    def __init__(self, command: str, folder: Path) -> None:
        self._command = shlex.split(command)
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"http://127.0.0.1:{free_port()}"
        self.log_file = folder / "home-assistant.log"

    def configure(self) -> None:
        """Write the configuration."""
        for name in ("automations", "scripts"):
            (self._folder / name).mkdir()
        port = self.url.rpartition(":")[2]
        (self._folder / "configuration.yaml").write_text(CONFIGURATION.format(port=port))

    def add_examples(self) -> None:
        """What a person would copy from docs/home-assistant, and automations of their own."""
        automations, scripts = self._folder / "automations", self._folder / "scripts"
        blueprints = self._folder / "blueprints" / "automation" / "oyez"
        blueprints.mkdir(parents=True)
        shutil.copy(EXAMPLES / "announce.yaml", blueprints)
        shutil.copy(EXAMPLES / "ask.yaml", scripts)
        for name in ("doorbell", "heard", "intercom", "night"):
            shutil.copy(EXAMPLES / f"{name}.yaml", automations)
        (automations / "own.yaml").write_text(AUTOMATIONS)

    async def start(self) -> None:
        """Start it, and wait until it is up."""
        with (self._folder / "out.log").open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, "--config", str(self._folder), "--log-no-color", stdout=out, stderr=out
            )
        async with asyncio.timeout(START_WITHIN), aiohttp.ClientSession() as session:
            while not await self._answers(session):
                assert self._process.returncode is None, f"Home Assistant ended: {self._folder / 'out.log'}"
                await asyncio.sleep(0.5)

    async def stop(self) -> None:
        """End it in order, or, when it doesn't, at once."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            async with asyncio.timeout(STOP_WITHIN):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def onboard(self) -> str:
        """Make the first user; an access token of theirs."""
        client = f"{self.url}/"
        user = {"name": "Check", "username": "check", "password": PASSWORD, "client_id": client, "language": "en"}
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            async with session.post(f"{self.url}/api/onboarding/users", json=user) as answer:
                code = (await answer.json())["auth_code"]
            grant = {"client_id": client, "grant_type": "authorization_code", "code": code}
            async with session.post(f"{self.url}/auth/token", data=grant) as answer:
                return str((await answer.json())["access_token"])

    @property
    def complaints(self) -> list[str]:
        """Warnings and errors of its log that are about us or MQTT, one text each with what follows it."""
        entries: list[str] = []
        for line in self.log_file.read_text(errors="replace").splitlines():
            if line[:4].isdigit() and " (" in line:
                entries.append(line)
            elif entries:
                entries[-1] += "\n" + line
        loud = [one for one in entries if one.split(" ")[2:3] and one.split(" ")[2] in ("WARNING", "ERROR", "CRITICAL")]
        return [one for one in loud if any(name in one.lower() for name in ("oyez", "mqtt", "wyoming", "template"))]

    async def _answers(self, session: aiohttp.ClientSession) -> bool:
        with contextlib.suppress(aiohttp.ClientError):
            async with session.get(f"{self.url}/manifest.json") as answer:
                return answer.status < 500
        return False
