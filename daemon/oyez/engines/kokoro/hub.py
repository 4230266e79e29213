"""Kokoro's folder as the model hub has it: which files it must hold, and what config.json must say. Without torch."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from oyez.engines.kokoro.phonemes import vocabulary
from oyez.errors import ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = "config.json"
NEEDED = ("istftnet", "plbert", "vocab", "n_token", "hidden_dim", "style_dim", "n_layer", "max_dur", "n_mels")
HINT = "fetch config.json, kokoro-v1_0.pth and voices/ of hexgrad/Kokoro-82M"


def is_hub(folder: Path) -> bool:
    """Whether a folder is laid out so, rather than installed."""
    return (folder / CONFIG).is_file()


def read_settings(folder: Path) -> dict[str, Any]:
    """What config.json says. Raises ModelMissing; ModelDamaged when it isn't Kokoro's, or has another alphabet."""
    path = folder / CONFIG
    if not path.is_file():
        raise ModelMissing(f"{path} is missing", hint=HINT)
    try:
        settings: dict[str, Any] = json.loads(path.read_bytes())
        lacking = [name for name in NEEDED if name not in settings]
    except (ValueError, TypeError) as error:
        raise ModelDamaged(f"{path} can't be read: {error}", hint=HINT) from error
    if lacking:
        raise ModelDamaged(f"{path} is no Kokoro's: it has no {', '.join(lacking)}", hint=HINT)
    if settings["vocab"] != vocabulary():
        raise ModelDamaged(
            f"{path} has another alphabet of phonemes than Kokoro 1.0, which is what Oyez writes in",
            hint="Kokoro 1.1 (zh) isn't spoken; take 1.0, or a fine-tune of it",
        )
    return settings


def weights_of(folder: Path) -> Path:
    """The file of weights. Raises ModelMissing when there is none, or more than one."""
    found = sorted(folder.glob("*.pth"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found)
        what = f"has several files of weights ({names})" if found else "has no file of weights (*.pth)"
        raise ModelMissing(f"{folder} {what}", hint="leave the one that is to speak" if found else HINT)
    return found[0]
