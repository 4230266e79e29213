"""Who speaks: Kokoro voices, blends of them, espeak-ng variants, and who is held out."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HELD_OUT = {
    "eng": ("af_nova", "af_sky", "af_jessica", "am_eric", "am_puck", "am_onyx", "bf_emma",
            "bm_george"),
    "spa": ("ef_dora", "em_alex", "em_santa"),
}  # fmt: skip
"""Voices never trained on in any form, not even as part of a blend."""

TWINS = ("pf_dora", "pm_alex", "pm_santa", "am_santa")
"""Voices whose style packs are nearly those of a held-out Spanish one (cosine 0.97 and more for
the Portuguese three, the same character for the fourth): they stay out of training as well."""

HEARD = {
    "eng": ("af_heart", "af_bella", "am_michael", "am_fenrir", "bf_isabella", "bm_fable"),
    "spa": ("if_sara", "im_nicola", "ff_siwis", "af_heart", "am_michael", "bf_isabella"),
}
"""Training voices that the evaluation uses."""

_FAMILIES = {"eng": "ab", "spa": "ifab"}
"""First letters of the voices that may speak a language alone; blends are free to use all."""

_ESPEAK = {
    "eng": ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-029", "en-us-nyc"),
    "spa": ("es", "es-419"),
}
_VARIANTS = ("", *(f"+m{i}" for i in range(1, 9)), *(f"+f{i}" for i in range(1, 6)))


@dataclass(frozen=True, slots=True)
class Speaker:
    """A weighted sum of Kokoro style packs."""

    parts: tuple[tuple[str, float], ...]

    @property
    def name(self) -> str:
        """Return "af_heart", or "af_heart*0.30+if_sara*0.70" for a blend."""
        if len(self.parts) == 1:
            return self.parts[0][0]
        return "+".join(f"{voice}*{weight:.2f}" for voice, weight in self.parts)

    @property
    def british(self) -> bool:
        """Tell whether the heaviest part is a British voice."""
        return max(self.parts, key=lambda part: part[1])[0].startswith("b")


def speaker(name: str) -> Speaker:
    """Return one pure voice."""
    return Speaker(((name, 1.0),))


def load_packs(folder: Path) -> dict[str, np.ndarray]:
    """Read every style pack, [510, 256]: one style vector for each length in tokens."""
    return {path.stem: np.fromfile(path, np.float32).reshape(-1, 256) for path in sorted(folder.glob("*.bin"))}


def style(who: Speaker, packs: dict[str, np.ndarray], tokens: int) -> np.ndarray:
    """Return the style vector [1, 256] for a text of that many tokens."""
    total = sum(weight * packs[voice][tokens] for voice, weight in who.parts)
    return np.asarray(total, np.float32)[None]


def draw(language: str, names: list[str], rng: random.Random) -> Speaker:
    """Draw a training speaker: one in five a pure voice, the others blends of two or three."""
    out = {voice for voices in HELD_OUT.values() for voice in voices}
    allowed = sorted(set(names) - out - set(TWINS))
    native = [name for name in allowed if name[0] in _FAMILIES[language]]
    if rng.random() < 0.2:
        return speaker(rng.choice(native))
    others = rng.sample(allowed, 2 if rng.random() < 0.25 else 1)
    first = rng.choice(native)
    chosen = [first, *(name for name in others if name != first)]
    weights = [rng.uniform(0.25, 0.75) if i == 0 else rng.random() for i in range(len(chosen))]
    rest = sum(weights[1:]) or 1.0
    scale = [weights[0], *((1 - weights[0]) * w / rest for w in weights[1:])]
    if len(chosen) == 1:
        scale = [1.0]
    return Speaker(tuple(zip(chosen, scale, strict=True)))


def draw_espeak(language: str, rng: random.Random) -> str:
    """Draw an espeak-ng voice name with a variant."""
    return rng.choice(_ESPEAK[language]) + rng.choice(_VARIANTS)
