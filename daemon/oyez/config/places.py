"""Folders that follow from where Oyez runs: under systemd, for a person, or as $OYEZ_MODELS says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs


def default_state_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Where state is kept: systemd's $STATE_DIRECTORY (its first entry), else the user's state folder."""
    environ = os.environ if environ is None else environ
    given = environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(given) if given else platformdirs.user_state_path("oyez")


def default_models_dir(environ: Mapping[str, str] | None = None) -> Path:
    """Where models are kept: $OYEZ_MODELS, else `models` in $STATE_DIRECTORY, else in the user's data folder."""
    environ = os.environ if environ is None else environ
    if environ.get("OYEZ_MODELS"):
        return Path(environ["OYEZ_MODELS"]).expanduser()
    if environ.get("STATE_DIRECTORY"):
        return default_state_dir(environ) / "models"
    return platformdirs.user_data_path("oyez") / "models"


def default_cache_dir(environ: Mapping[str, str] | None = None) -> Path | None:
    """Where made speech is kept: memory, `cache` in $RUNTIME_DIRECTORY or $XDG_RUNTIME_DIR/oyez; None without them."""
    environ = os.environ if environ is None else environ
    if given := environ.get("RUNTIME_DIRECTORY", "").split(":")[0]:
        return Path(given) / "cache"
    login = environ.get("XDG_RUNTIME_DIR")
    return Path(login) / "oyez" / "cache" if login else None
