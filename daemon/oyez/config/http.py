"""The section of the HTTP server."""

from __future__ import annotations

import ipaddress
from pathlib import Path

from pydantic import SecretStr, ValidationInfo, field_validator

from oyez.config import kinds
from oyez.config.section import Section, key

LEAST_TOKEN = 16  # characters


class HttpConfig(Section):
    """HTTP, for programs that don't speak MQTT: docs/http.md."""

    enabled: bool = key(False, does="Whether to serve HTTP: docs/http.md. Needs the extra `http`.")
    host: kinds.Host = key(
        "127.0.0.1", does="Address to listen on. Others than this machine's own (`0.0.0.0`: all) need a token."
    )
    port: int = key(6939, ge=0, le=65535, does="Port to listen on; `0`: any free one.")
    token: SecretStr | None = key(
        None, does="What clients must show, at least 16 characters. Better kept in `token_file`."
    )
    token_file: kinds.FilePath | None = key(None, does="File of mode 0600 that holds the token and nothing else.")

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host.partition("%")[0]).is_loopback
        except ValueError:
            return self.host == "localhost"

    @field_validator("token_file")
    @classmethod
    def _one_token(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is not None and info.data.get("token") is not None:
            raise ValueError("a token is given already; keep one of token and token_file")
        return path
