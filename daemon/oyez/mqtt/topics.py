"""Topic names: `<base>/<room>/<verb>`, `<base>/bridge/<what>` and `<base>/bridge/request/<verb>`. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from oyez.errors import ConfigError, InvalidInput

BRIDGE = "bridge"  # stands where a room's name would: no room may have it
SAY = "say"
SET = "set"
STOP = "stop"
COMMANDS = (SAY, STOP, SET)
MAX_VERB = 64  # characters of a requested verb that are repeated in the topic of its response
MAX_BYTES = 256  # of a base topic or a room's name; MQTT allows 65,535 for a whole topic
FORBIDDEN = {"+": "the wildcard +", "#": "the wildcard #", "/": "a slash"}


def check_base(base: str) -> str:
    """The base topic if MQTT and we can use it. It may have levels (`home/oyez`). Raises ConfigError."""
    for level in base.split("/"):
        _check("base topic", base, level)
    return base


def check_room(room: str) -> str:
    """The room's name if it can be a topic level. Raises ConfigError."""
    _check("room name", room, room)
    if room == BRIDGE:
        raise ConfigError(f"a room can't be called {BRIDGE!r}: its topics tell about the daemon itself")
    return room


def _check(what: str, whole: str, level: str) -> None:
    shown = repr(whole)
    if not level:
        raise ConfigError(f"{what} {shown} is empty, or has an empty level")
    if whole.startswith("$"):
        raise ConfigError(f"{what} {shown} starts with $, which is the broker's own")
    if len(whole.encode(errors="surrogatepass")) > MAX_BYTES:
        raise ConfigError(f"{what} {shown[:40]}... is longer than {MAX_BYTES} bytes")
    for character in level:
        if character in FORBIDDEN:
            raise ConfigError(f"{what} {shown} has {FORBIDDEN[character]}, which a topic level can't have")
        if not character.isprintable():
            raise ConfigError(f"{what} {shown} has the control or invisible character U+{ord(character):04X}")


def check_response(topic: str, *trees: str) -> str:
    """The MQTT 5 response topic of a request, if we may publish there. Raises InvalidInput.

    Not into `trees`, where only we publish: nobody may make us forge our states, or give us commands.
    """
    shown = ascii(topic[:MAX_BYTES])
    if not topic or any(wildcard in topic for wildcard in "+#\0"):
        raise InvalidInput(f"the response topic {shown} isn't a topic one can publish to")
    if len(topic.encode(errors="surrogatepass")) > MAX_BYTES:
        raise InvalidInput(f"the response topic {shown}... is longer than {MAX_BYTES} bytes")
    if topic.startswith("$"):
        raise InvalidInput(f"the response topic {shown} starts with $, which is the broker's own")
    if tree := next((tree for tree in trees if f"{topic}/".startswith(f"{tree}/")), None):
        raise InvalidInput(f"the response topic {shown} lies under {tree}/, where only we publish")
    return topic


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics of one daemon. Raises ConfigError for a base that can't be one."""

    base: str = "oyez"

    def __post_init__(self) -> None:
        check_base(self.base)

    def heard(self, room: str) -> str:
        """Transcripts of a room (not retained)."""
        return f"{self.base}/{room}/heard"

    def hearing(self, room: str) -> str:
        """Partial transcripts of a room (not retained)."""
        return f"{self.base}/{room}/hearing"

    def say(self, room: str) -> str:
        """Announcements to a room."""
        return f"{self.base}/{room}/say"

    def said(self, room: str) -> str:
        """Outcomes of a room's announcements (not retained)."""
        return f"{self.base}/{room}/said"

    def stop(self, room: str) -> str:
        """Cancels a room's announcements."""
        return f"{self.base}/{room}/stop"

    def set(self, room: str) -> str:
        """Sets voice, volume and the like of a room."""
        return f"{self.base}/{room}/{SET}"

    def hot_words(self, room: str) -> str:
        """Sets what is expected to be heard in a room, or in all for `BRIDGE` (may be retained)."""
        return f"{self.base}/{room}/hot_words/{SET}"

    def state(self, room: str) -> str:
        """How a room is (retained)."""
        return f"{self.base}/{room}/state"

    @property
    def bridge_state(self) -> str:
        """online, offline, stopped (retained; the last will)."""
        return f"{self.base}/{BRIDGE}/state"

    @property
    def bridge_health(self) -> str:
        """How the daemon's parts are (retained)."""
        return f"{self.base}/{BRIDGE}/health"

    @property
    def bridge_info(self) -> str:
        """What the daemon is: version, rooms, languages (retained)."""
        return f"{self.base}/{BRIDGE}/info"

    @property
    def bridge_config_schema(self) -> str:
        """Which keys the config file may have, as JSON schema (retained)."""
        return f"{self.base}/{BRIDGE}/config_schema"

    def availability(self, room: str) -> str:
        """online, offline: whether anything of a room works (retained)."""
        return f"{self.base}/{room}/availability"

    def transcript(self, room: str) -> str:
        """The last transcript of a room, for a sensor."""
        return f"{self.base}/{room}/transcript"

    def request(self, verb: str) -> str:
        """Asks the daemon for something."""
        return f"{self.base}/{BRIDGE}/request/{verb}"

    def response(self, verb: str) -> str:
        """What became of a request (not retained)."""
        sayable = len(verb) <= MAX_VERB and verb.isprintable() and "$" not in verb
        return f"{self.base}/{BRIDGE}/response/{verb if sayable else 'unknown'}"

    @property
    def bridge_logging(self) -> str:
        """What is logged (not retained)."""
        return f"{self.base}/{BRIDGE}/logging"

    @property
    def request_filter(self) -> str:
        """Matches the requests to the daemon."""
        return self.request("#")

    @property
    def say_filter(self) -> str:
        """Matches the announcements to every room."""
        return self.say("+")

    @property
    def set_filter(self) -> str:
        """Matches the settings of every room."""
        return self.set("+")

    @property
    def stop_filter(self) -> str:
        """Matches the cancellations of every room."""
        return self.stop("+")

    def parse(self, topic: str) -> tuple[str, str] | None:
        """(room, verb) of a command's topic, the room of a request being BRIDGE; None for any other."""
        room, _, verb = topic.removeprefix(f"{self.base}/").partition("/")
        if topic.startswith(f"{self.base}/{BRIDGE}/request/"):
            return BRIDGE, verb.removeprefix("request/")
        known = topic.startswith(f"{self.base}/") and verb in COMMANDS and room not in ("", BRIDGE)
        return (room, verb) if known else None
