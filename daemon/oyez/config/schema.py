"""The JSON schema of the config, for editors: `python -m oyez.config.schema` writes it into the repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from oyez.config.tree import Config

FILE = Path("config/oyez.schema.json")


def tree() -> dict[str, Any]:
    """The schema. Only what a file may hold is in it; overrides and secrets from elsewhere are not."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}


def schema() -> str:
    """The same as text."""
    return json.dumps(tree(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema())
