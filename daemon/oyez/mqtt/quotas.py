"""Which commands are read, and which are refused unread because too many came. Pure: `now` is monotonic.

To read a command, refuse it and tell why takes several times as long as to count it. So a topic has a quota, and what
comes beyond it is counted, and told once a second. MQTT doesn't tell who sends; a topic is the nearest there is.
"""

from __future__ import annotations

from collections import Counter
from typing import TypeAlias

BURST = 64  # commands on a topic that are read however fast they come
RATE = 10.0  # a second, after that
TOPICS = 64  # whose quotas are told apart; all others have one together
OTHERS = "others"
PRIORITY = (b"urgent", b'"priority"')  # what has these has a quota of its own, whatever else floods its topic
PIECE = b'"more"'  # so have the pieces of a text, and a larger one: a language model writes that fast
PIECE_BURST, PIECE_RATE = 256, 100.0

_Quota: TypeAlias = tuple[str, bytes | None]  # topic, and the mark of what is apart


class Quotas:
    """Of all topics: how much of each is left, and what was refused."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()  # by topic, until it is told
        self._whole_at: dict[_Quota, float] = {}  # when each is whole again

    def admit(self, topic: str, payload: bytes | bytearray, now: float) -> bool:
        """Whether a command is to be read; if not, it is counted."""
        quota = self._quota(topic, payload, now)
        burst, rate = (PIECE_BURST, PIECE_RATE) if quota[1] is PIECE else (BURST, RATE)
        whole = max(now, self._whole_at.get(quota, now))
        if whole - now > (burst - 0.5) / rate:  # a half: sums of fractions are never exact
            self.refused[quota[0]] += 1
            return False
        self._whole_at[quota] = whole + 1 / rate
        return True

    def told(self) -> Counter[str]:
        """How many were refused since this was asked last, by topic."""
        refused, self.refused = self.refused, Counter()
        return refused

    def _quota(self, topic: str, payload: bytes | bytearray, now: float) -> _Quota:
        quota = (topic, _mark(payload))
        if quota in self._whole_at:
            return quota
        if len(self._whole_at) >= TOPICS:
            self._whole_at = {one: whole for one, whole in self._whole_at.items() if whole > now}
        return quota if len(self._whole_at) < TOPICS else (OTHERS, quota[1])


def _mark(payload: bytes | bytearray) -> bytes | None:
    """What gives a command a quota apart."""
    if PIECE in payload:
        return PIECE
    return PRIORITY[0] if any(mark in payload for mark in PRIORITY) else None
