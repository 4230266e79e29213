"""Keep a stage alive: wait between tries, count them, tell once."""

from __future__ import annotations

import random
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Waits that double from `first` to `longest` seconds, with jitter, until `reset` after a success.

    Jitter (plus or minus a fifth) keeps the daemons of a house from knocking on the broker's door in step.
    """

    first: float = 0.5
    longest: float = 30.0
    tries: int = 0
    rng: random.Random = field(default_factory=random.Random)

    def next(self) -> float:
        """Seconds to wait before the next try."""
        wait = min(self.longest, self.first * 2.0 ** min(self.tries, 16))
        self.tries += 1
        return wait * self.rng.uniform(0.8, 1.2)

    def reset(self) -> None:
        """The try succeeded."""
        self.tries = 0
