"""The tables that the package carries: `voices.toml`, `loudness.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def read(file: str) -> dict[str, Any]:
    """A table by its file's name."""
    return tomllib.loads(resources.files("oyez").joinpath("data", file).read_text(encoding="utf-8"))
