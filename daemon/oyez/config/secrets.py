"""Secrets: a type that prints as stars, and the places that passwords and tokens may come from."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr as Secret

from oyez.config.broker import BrokerConfig
from oyez.config.http import LEAST_TOKEN, HttpConfig
from oyez.config.kinds import is_text

__all__ = ["Secret", "broker_password", "http_token"]

# Names of systemd's credentials: LoadCredential=mqtt_password:/etc/oyez/mqtt_password
PASSWORD, TOKEN = "mqtt_password", "http_token"
_MAX_BYTES = 4096


def broker_password(broker: BrokerConfig, environ: Mapping[str, str]) -> Secret | None:
    """The password: as given, else from `password_file`, else (with a username) from systemd's credential.

    Raises ValueError, which never holds the password.
    """
    return _secret(broker.password, broker.password_file, PASSWORD if broker.username is not None else None, environ)


def http_token(http: HttpConfig, environ: Mapping[str, str]) -> Secret | None:
    """The token: as given, else from `token_file`, else (where HTTP is served) from systemd's credential.

    Raises ValueError, which never holds the token.
    """
    token = _secret(http.token, http.token_file, TOKEN if http.enabled else None, environ)
    if token is not None and len(token.get_secret_value()) < LEAST_TOKEN:
        raise ValueError(f"a token has at least {LEAST_TOKEN} characters; make one: openssl rand -hex 16")
    return token


def _secret(
    given: Secret | None, file: Path | None, credential: str | None, environ: Mapping[str, str]
) -> Secret | None:
    folder = Path(environ["CREDENTIALS_DIRECTORY"]) if environ.get("CREDENTIALS_DIRECTORY") else None
    if given is not None:
        return given
    if file is not None:
        return read_secret(file, private=not _inside(file, folder))
    if credential and folder is not None and (folder / credential).exists():
        return read_secret(folder / credential, private=False)
    return None


def read_secret(path: Path, *, private: bool) -> Secret:
    """The text of a small file without its line end. `private` refuses a file that group or others can touch.

    Raises ValueError with what is wrong and the command that mends it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as err:
        raise ValueError(f"{path} can't be read: {getattr(err, 'strerror', None) or 'not a path'}") from None
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise ValueError(f"{path} isn't a regular file")
        if private and mode & 0o077:
            raise ValueError(f"{path} can be read by others (mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}")
        content = os.read(handle, _MAX_BYTES + 1)
    finally:
        os.close(handle)
    return _as_secret(content, path)


def _as_secret(content: bytes, path: Path) -> Secret:
    try:
        text = content.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"{path} isn't UTF-8 text") from None
    if not text or len(content) > _MAX_BYTES or not is_text(text):
        raise ValueError(f"{path} should hold one line of text: the secret and nothing else")
    return Secret(text)


def _inside(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.resolve().is_relative_to(folder.resolve())
