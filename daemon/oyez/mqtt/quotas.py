"""Which commands are read, and which are refused unread because too many came. Pure: `now` is monotonic.

To read a command, refuse it and tell why takes several times as long as to count it. So a topic has a quota, and what
comes beyond it is counted, and told once a second. MQTT doesn't tell who sends; a topic is the nearest there is.
"""

from __future__ import annotations

from collections import Counter

BURST = 64  # commands on a topic that are read however fast they come
RATE = 10.0  # a second, after that
TOPICS = 64  # whose quotas are told apart; all others have one together
OTHERS = "others"
PRIORITY = (b"urgent", b'"priority"')  # what has these has a quota of its own, whatever else floods its topic


class Quotas:
    """Of all topics: how much of each is left, and what was refused."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()  # by topic, until it is told
        self._whole_at: dict[tuple[str, bool], float] = {}  # when a quota is whole again

    def admit(self, topic: str, payload: bytes | bytearray, now: float) -> bool:
        """Whether a command is to be read; if not, it is counted."""
        name = self._quota(topic, payload, now)
        whole = max(now, self._whole_at.get(name, now))
        if whole - now > (BURST - 0.5) / RATE:  # a half: sums of fractions are never exact
            self.refused[name[0]] += 1
            return False
        self._whole_at[name] = whole + 1 / RATE
        return True

    def told(self) -> Counter[str]:
        """How many were refused since this was asked last, by topic."""
        refused, self.refused = self.refused, Counter()
        return refused

    def _quota(self, topic: str, payload: bytes | bytearray, now: float) -> tuple[str, bool]:
        name = (topic, any(mark in payload for mark in PRIORITY))
        if name in self._whole_at:
            return name
        if len(self._whole_at) >= TOPICS:
            self._whole_at = {one: whole for one, whole in self._whole_at.items() if whole > now}
        return name if len(self._whole_at) < TOPICS else (OTHERS, name[1])
