"""The chapter on requests in docs/mqtt.md, from the table of actions: `python -m oyez.actions.reference` writes it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from oyez.actions.action import Action, Answer, Request
from oyez.actions.table import ACTIONS

PAGE = Path("docs/mqtt.md")
_CHAPTER = re.compile(
    r"(?<=<!-- requests: python -m oyez.actions.reference -->\n).*?(?=<!-- end of requests -->)", re.DOTALL
)


def chapter() -> str:
    """The chapter, Markdown: a table of the verbs and what each takes and gives."""
    rows = [f"| `{one.name}` | {one.does} | {_keys(one)} | {_gives(one)} |\n" for one in ACTIONS.values()]
    return "\n| verb | does | takes | gives |\n|---|---|---|---|\n" + "".join(rows) + "\n"


def page(text: str) -> str:
    """The page with the chapter as it should be."""
    return _CHAPTER.sub(lambda _: chapter(), text)


def _keys(action: Action[Any]) -> str:
    """The keys that an action takes; the one that bare text stands for is bold."""
    told = [_key(action, name) for name in action.request.model_fields]
    return "; ".join(told) or "nothing"


def _key(action: Action[Any], name: str) -> str:
    field = action.request.model_fields[name]
    shown = f"**`{name}`**" if name == action.plain else f"`{name}`"
    needed = " (needed)" if field.is_required() else ""
    return f"{shown}{needed}: {field.description}".replace("|", "\\|")


def _gives(action: Action[Any]) -> str:
    """The keys of an answer, those of the objects in it in brackets."""
    parts = f"in parts {_names(action.part)}; then " if action.part else ""
    return parts + _names(action.answer)


def _names(answer: type[Answer]) -> str:
    return ", ".join(f"`{name}`{_inside(field.annotation)}" for name, field in answer.model_fields.items())


def _inside(annotation: Any) -> str:
    """The keys of the answers that lie in a list or dict."""
    for part in (annotation, *getattr(annotation, "__args__", ())):
        for kind in (part, *getattr(part, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, Answer | Request):
                return f" ({', '.join(f'`{name}`' for name in kind.model_fields)})"
    return ""


def main() -> None:
    """Write the chapter."""
    PAGE.write_text(page(PAGE.read_text()))


if __name__ == "__main__":
    main()
