"""Home Assistant's own interface: WebSocket for what goes on, REST for setting up and for sound."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import Any

import aiohttp

CALL_WITHIN = 300.0  # seconds: an announcement at a satellite answers when it was played
PIECE = 2048  # bytes of sound in a message


class Refused(Exception):
    """Home Assistant said no."""


class Client:
    """Connected for as long as Home Assistant runs. `states` are kept up to date, `events` holds changes in order."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.states: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)
        self._told: dict[int, list[dict[str, Any]]] = {}
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._reading: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Log in, follow all states, and wait until it has started."""
        self._session = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"})
        self._socket = await self._session.ws_connect(f"{self.url}/api/websocket", max_msg_size=0)
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": self.token})
        answer = await self._socket.receive_json()
        if answer["type"] != "auth_ok":
            raise Refused(answer)
        self._reading = asyncio.create_task(self._read())
        await self.call("subscribe_events", event_type="state_changed")
        while (await self.call("get_config"))["state"] != "RUNNING":  # noqa: ASYNC110 - it tells no other way
            await asyncio.sleep(0.5)
        self.states = {one["entity_id"]: one for one in await self.call("get_states")} | self.states

    async def close(self) -> None:
        """Hang up; the states are forgotten."""
        if self._reading:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        if self._session:
            await self._session.close()
        self.states.clear()

    async def call(self, kind: str, **fields: Any) -> Any:
        """A command over the WebSocket, and its result. Raises Refused."""
        return await self._call(next(self._numbers), kind, fields)

    async def _call(self, number: int, kind: str, fields: dict[str, Any]) -> Any:
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "type": kind} | fields)
        async with asyncio.timeout(CALL_WITHIN):
            answer = await future
        if not answer["success"]:
            raise Refused(answer["error"]["message"])
        return answer["result"]

    async def follow(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """A command that is answered by events; they are in the list as they come. Raises Refused."""
        number = next(self._numbers)
        told: list[dict[str, Any]] = []
        self._told[number] = told
        await self._call(number, kind, fields)
        return told

    async def send(self, handler: int, sound: bytes) -> None:
        """Sound, in pieces, for one who said that it awaits it as `handler`, and its end."""
        for start in range(0, len(sound), PIECE):
            await self._socket.send_bytes(bytes([handler]) + sound[start : start + PIECE])
        await self._socket.send_bytes(bytes([handler]))

    async def act(self, action: str, entity: str | list[str], **data: Any) -> None:
        """An action on an entity, as an automation would do it: `notify.send_message`. Raises Refused."""
        domain, _, service = action.partition(".")
        target = {"entity_id": entity}
        await self.call("call_service", domain=domain, service=service, target=target, service_data=data)

    async def rest(self, method: str, path: str, **options: Any) -> Any:
        """A request to its REST API; JSON, or bytes. Raises Refused."""
        assert self._session
        async with self._session.request(method, f"{self.url}{path}", **options) as answer:
            if answer.status >= 400:
                raise Refused(f"{path}: {answer.status} {await answer.text()}")
            return await (answer.json() if answer.content_type == "application/json" else answer.read())

    async def add(self, integration: str, **fields: Any) -> dict[str, Any]:
        """Set up an integration through its dialogue; the entry that it made. Raises Refused."""
        flow = await self.rest("POST", "/api/config/config_entries/flow", json={"handler": integration})
        made = await self.rest("POST", f"/api/config/config_entries/flow/{flow['flow_id']}", json=fields)
        if made["type"] != "create_entry":
            raise Refused(made)
        return dict(made["result"])

    def state(self, entity: str) -> str | None:
        """The state of an entity; None: there is no such entity."""
        return self.states[entity]["state"] if entity in self.states else None

    def attributes(self, entity: str) -> dict[str, Any]:
        """What else its state tells."""
        return dict(self.states.get(entity, {}).get("attributes", {}))

    def changes(self, entity: str) -> list[str | None]:
        """The states that an entity has had since the connection, None where it was removed."""
        news = [one["new_state"] for one in self.events if one["entity_id"] == entity]
        return [one and one["state"] for one in news]

    async def _read(self) -> None:
        with contextlib.suppress(aiohttp.ClientError):
            async for message in self._socket:
                told = message.json()
                if told["type"] == "event" and told["id"] in self._told:
                    self._told[told["id"]].append(told["event"])
                elif told["type"] == "event":
                    self._changed(told["event"]["data"])
                elif future := self._waiting.pop(told["id"], None):
                    future.set_result(told)

    def _changed(self, change: dict[str, Any]) -> None:
        self.events.append(change)
        if change["new_state"]:
            self.states[change["entity_id"]] = change["new_state"]
        else:
            self.states.pop(change["entity_id"], None)
