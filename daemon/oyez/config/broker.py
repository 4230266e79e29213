"""Keys of the broker: where it is, who we are to it, and how the way there is kept private."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import SecretStr, ValidationInfo, field_validator, model_validator

from oyez.config import kinds
from oyez.config.section import Section, key

EMBEDDED = "embedded"


class TlsConfig(Section):
    """Encryption on the way to the broker."""

    enabled: bool = key(False, does="Whether to speak TLS (1.2 or newer). Never falls back to plain.")
    ca_file: kinds.FilePath | None = key(None, does="Authorities to trust, PEM; `null`: the system's.")
    cert_file: kinds.FilePath | None = key(None, does="Client certificate, PEM; `null`: none.")
    key_file: kinds.FilePath | None = key(None, does="Key of the client certificate, PEM.")
    insecure: bool = key(
        False,
        does="Whether to talk to whoever answers, without looking at the certificate: anyone on the way can listen.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> TlsConfig:
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file go together: give both or none")
        if self.insecure and self.ca_file is not None:
            raise ValueError("ca_file tells whom to trust, and insecure to trust everybody: keep one of them")
        if not self.enabled and (self.insecure or self.ca_file is not None or self.cert_file is not None):
            raise ValueError("enabled is false, so nothing would be encrypted: set enabled: true, or drop the rest")
        return self


class BrokerConfig(Section):
    """The MQTT 5 broker."""

    host: kinds.Host = key(
        "localhost",
        does="Name or address of the broker. `embedded` starts a private mosquitto that only this machine can reach.",
    )
    port: int = key(
        1883, ge=0, le=65535, does="Port of the broker; 8883 is usual with TLS. `0`: any free one, for `embedded` only."
    )
    username: kinds.Text | None = key(None, does="User name at the broker; `null`: anonymous.", min_length=1)
    password: SecretStr | None = key(
        None,
        does="Password at the broker. Better kept in `password_file`.",
        min_length=1,
    )
    password_file: kinds.FilePath | None = key(None, does="File of mode 0600 that holds the password and nothing else.")
    tls: TlsConfig = key(TlsConfig(), does="Encryption on the way to the broker.")
    transport: Literal["tcp", "websockets"] = key(
        "tcp", does="`websockets` for a broker behind a web server or firewall, with `tls` where its address is wss:."
    )
    websocket_path: kinds.UrlPath = key("/mqtt", does="Path of the broker's address, for `websockets`.")
    keepalive_s: int = key(10, unit="s", ge=1, le=3600, does="A broker silent for twice as long is lost.")
    base_topic: kinds.BaseTopic = key("oyez", does="First part of every topic; no `+`, `#`, and not `homeassistant`.")
    client_id: kinds.ClientId | None = key(None, does="Client id at the broker; `null`: made from this machine's name.")
    session_expiry_s: int = key(
        60, unit="s", ge=0, le=86_400, does="How long the broker keeps announcements for us while we are away."
    )

    @field_validator("port")
    @classmethod
    def _any_port_if_embedded(cls, port: int, info: ValidationInfo) -> int:
        if port == 0 and info.data.get("host", EMBEDDED) != EMBEDDED:
            raise ValueError("0 (any free port) is for host: embedded only")
        return port

    @field_validator("password", "password_file")
    @classmethod
    def _password_has_user(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and info.data.get("username", "") is None:
            raise ValueError("a password needs a username")
        return value

    @field_validator("password_file")
    @classmethod
    def _one_password(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is not None and info.data.get("password") is not None:
            raise ValueError("a password is given already; keep one of password and password_file")
        return path

    @field_validator("tls")
    @classmethod
    def _no_tls_if_embedded(cls, tls: TlsConfig, info: ValidationInfo) -> TlsConfig:
        if tls.enabled and info.data.get("host") == EMBEDDED:
            raise ValueError("the embedded broker is reached from this machine only and speaks no TLS")
        return tls

    @field_validator("transport")
    @classmethod
    def _tcp_if_embedded(cls, transport: str, info: ValidationInfo) -> str:
        if transport != "tcp" and info.data.get("host") == EMBEDDED:
            raise ValueError("the embedded broker speaks tcp only")
        return transport
