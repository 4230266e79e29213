"""The example file and the reference page, made from the tree: `python -m oyez.config.reference` writes both."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from oyez.config.keys import ROOM, Key, all_keys
from oyez.config.tree import RoomConfig

EXAMPLE = Path("config/oyez.yaml")
PAGE = Path("docs/config.md")

EXAMPLE_ROOM = "kitchen"
_WIDTH = 110
_LIMITS = {"ge": "from {}", "gt": "above {}", "le": "to {}", "lt": "below {}"}

_EXAMPLE_HEAD = """\
# yaml-language-server: $schema=oyez.schema.json
# Config of Oyez: every key with its default. Keep what you change, delete the rest; only rooms is needed.
# Made from the code by: python -m oyez.config.reference
# Check a file with: oyez check FILE
"""

_PAGE_HEAD = """\
# Config

Made from the code by `python -m oyez.config.reference`.
A file to start from: [config/oyez.yaml](../config/oyez.yaml).

- A file needs `rooms` and nothing else. Unknown and repeated keys stop the start with file, line, column and the
  nearest valid name, exit status 78. `oyez check FILE` says the same without starting.
- It is YAML 1.2: `no`, `on` and `yes` are text; only `true` and `false` are truth values. Aliases, tags and several
  documents in one file are refused.
- Relative paths start from the folder of the config file; `~` is your home.
- Editors that know JSON Schema complete and check it: keep the first line of the example beside `oyez.schema.json`.

## Overrides and secrets

Any value can be set by the environment: `OYEZ_` and the path in capitals, joined by `__`: `OYEZ_BROKER__PORT=8883`,
`OYEZ_ROOMS__KITCHEN__VOLUME=0.5` (the room must be in the file). It wins over the file.

The broker's password comes from the first of these; it is never logged, published or shown:

1. `OYEZ_BROKER__PASSWORD`;
2. `broker.password` in the file, or `broker.password_file`: a file of mode 0600 (wider is refused);
3. with a `broker.username`, the systemd credential `mqtt_password`
   (`LoadCredential=mqtt_password:/etc/oyez/mqtt_password`).

The token of HTTP likewise: `OYEZ_HTTP__TOKEN`, `http.token` or `http.token_file`, the credential `http_token`.
"""


def example() -> str:
    """The annotated example: one room, every key at its default."""
    return _EXAMPLE_HEAD + "".join(_example_entry(key) for key in all_keys())


def page() -> str:
    """The reference page, Markdown."""
    lines = [_PAGE_HEAD]
    lines += [_section(key) for key in _sections()]
    lines.append("\n## Folders\n\n" + _table([key for key in all_keys() if len(key.path) == 1 and not _has_keys(key)]))
    return "".join(lines)


def _example_entry(key: Key) -> str:
    indent = "  " * (len(key.path) - 1)
    name = EXAMPLE_ROOM if key.path[-1] == ROOM else key.path[-1]
    gap = "\n" if len(key.path) == 1 else ""
    if key.path[-1] == ROOM:
        return f"{indent}{name}:\n"
    told = textwrap.wrap(_sentence(key), _WIDTH - len(indent))
    comment = "".join(f"{indent}# {line}\n" for line in told)
    value = "" if _has_keys(key) else f" {_yaml(key.field.default)}"
    return f"{gap}{comment}{indent}{name}:{value}\n"


def _sentence(key: Key) -> str:
    """What the key does, with unit, choices and limits."""
    facts = [f"Unit: {key.unit}." if key.unit else "", _range(key)]
    return " ".join(part for part in (key.field.description or "", *facts) if part)


def _range(key: Key) -> str:
    if key.choices:
        return f"One of {', '.join(key.choices)}."
    limits = [
        text.format(_yaml(value))
        for limit in key.field.metadata
        for name, text in _LIMITS.items()
        if (value := getattr(limit, name, None)) is not None
    ]
    return f"{' '.join(limits).capitalize()}." if limits else ""


def _sections() -> list[Key]:
    return [key for key in all_keys() if key.section]


def _has_keys(key: Key) -> bool:
    return any(other.path[:-1] == key.path for other in all_keys())


def _section(key: Key) -> str:
    about = RoomConfig.__doc__ if key.path[-1] == ROOM else key.field.description
    inside = [other for other in all_keys() if other.path[:-1] == key.path and not _has_keys(other)]
    return f"\n## {key.dotted}\n\n{about}\n\n{_table(inside)}"


def _table(keys: list[Key]) -> str:
    rows = [f"| `{key.path[-1]}` | `{_yaml(key.field.default)}` | {key.unit or ''} | {_cell(key)} |\n" for key in keys]
    return "| key | default | unit | |\n|---|---|---|---|\n" + "".join(rows)


def _cell(key: Key) -> str:
    return " ".join(part for part in (key.field.description or "", _range(key)) if part).replace("|", "\\|")


def _yaml(value: Any) -> str:
    """A default as YAML writes it; our texts need no quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def main() -> None:
    """Write both files."""
    EXAMPLE.write_text(example())
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
