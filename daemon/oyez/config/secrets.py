"""Secrets: a type that prints as stars, and the places a password may come from."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr as Secret

from oyez.config.kinds import is_text
from oyez.config.tree import BrokerConfig

__all__ = ["CREDENTIAL", "Secret", "broker_password"]

CREDENTIAL = "mqtt_password"  # name of the systemd credential: LoadCredential=mqtt_password:/etc/oyez/mqtt_password
_MAX_BYTES = 4096


def broker_password(broker: BrokerConfig, environ: Mapping[str, str]) -> Secret | None:
    """The password: as given, else from `password_file`, else (with a username) from systemd's credential.

    Raises ValueError, which never holds the password.
    """
    credentials = Path(environ["CREDENTIALS_DIRECTORY"]) if environ.get("CREDENTIALS_DIRECTORY") else None
    if broker.password is not None:
        return broker.password
    if broker.password_file is not None:
        return read_secret(broker.password_file, private=not _inside(broker.password_file, credentials))
    if broker.username is not None and credentials is not None and (credentials / CREDENTIAL).exists():
        return read_secret(credentials / CREDENTIAL, private=False)
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
        raise ValueError(f"{path} should hold one line of text: the password and nothing else")
    return Secret(text)


def _inside(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.resolve().is_relative_to(folder.resolve())
