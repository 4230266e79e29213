"""What all sections of the config are made of."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue


def key(default: Any = ..., *, does: str, unit: str | None = None, **limits: Any) -> Any:
    """A key of the config: its default, what it does (Markdown), its unit and its limits (as pydantic names them)."""
    extra: dict[str, JsonValue] | None = {"unit": unit} if unit else None
    return Field(default, description=does, json_schema_extra=extra, **limits)


class Section(BaseModel):
    """Base of all sections: frozen, strict, unknown keys refused, values never echoed by pydantic's own errors."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        validate_default=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )
