"""From a file to a Config, or to one ConfigError that tells everything that is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import ValidationError

from oyez.config import environment
from oyez.config.document import Document, Issue, KeyPath, Place, parse
from oyez.config.explain import explain
from oyez.config.keys import is_secret
from oyez.config.secrets import Secret, broker_password, http_token
from oyez.config.section import Section
from oyez.config.tree import Config
from oyez.errors import ConfigError

MAX_BYTES = 256 * 1024
_MAX_TOLD = 50


def load(path: Path | str, environ: Mapping[str, str] | None = None) -> Config:
    """Read a config file and the overrides in the environment (os.environ unless given).

    Relative paths in it start from the file's folder. Raises ConfigError, and nothing else: file, line, column, path of
    the key, what is wrong and the nearest valid name, for every error at once; never the value of a secret.
    """
    path = Path(path)
    environ = os.environ if environ is None else environ
    document = parse(_read(path))
    if document.issues and not document.data:
        raise _error(path, document.issues)
    environment.override(document, environ)
    try:
        config = Config.model_validate(document.data, context={"base": path.parent.absolute(), "environ": environ})
    except ValidationError as err:
        raise _error(path, document.issues + explain(err, document)) from None
    if document.issues:
        raise _error(path, document.issues)
    return _with_secrets(config, path, document, environ)


def changed(old: Config, new: Config) -> list[str]:
    """Dotted paths of the keys whose values differ; a room that came or went is one path (`rooms.attic`)."""
    return [".".join(path) for path in _changed(old, new, ())]


def _branches(value: object) -> Mapping[str, object] | None:
    if isinstance(value, Section):
        return {name: getattr(value, name) for name in type(value).model_fields}
    return value if isinstance(value, dict) else None


def _changed(old: object, new: object, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    if old == new:
        return []
    before, after = _branches(old), _branches(new)
    if before is None or after is None:
        return [path]
    names = sorted(before.keys() | after.keys())
    return [inner for name in names for inner in _changed(before.get(name), after.get(name), (*path, name))]


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file", hint=f"cp config/oyez.yaml {path}") from None
    except (OSError, ValueError) as err:
        why = getattr(err, "strerror", None) or "not a path"
        raise ConfigError(f"{path}: can't be read: {why}") from None
    if len(content) > MAX_BYTES:
        raise ConfigError(f"{path}: larger than {MAX_BYTES // 1024} KiB; this isn't a config of ours")
    if content.startswith(b"\xef\xbb\xbf"):
        raise _error(path, [Issue(Place(), (), "starts with a byte order mark; save it as UTF-8 without BOM")])
    try:
        return content.decode()
    except UnicodeDecodeError as err:
        before = content[: err.start]
        place = Place(before.count(b"\n") + 1, err.start - before.rfind(b"\n"))
        raise _error(path, [Issue(place, (), "isn't UTF-8 text")]) from None


def _with_secrets(config: Config, path: Path, document: Document, environ: Mapping[str, str]) -> Config:
    def read(where: KeyPath, source: Callable[[], Secret | None]) -> Secret | None:
        try:
            return source()
        except ValueError as err:
            raise _error(path, [Issue(document.place(where), where, str(err))]) from None

    http = config.http
    password = read(("broker", "password_file"), lambda: broker_password(config.broker, environ))
    token = read(("http", "token_file"), lambda: http_token(http, environ))
    if http.enabled and not (http.local or token):
        why = "others than this machine can reach it, so it needs a token: give http.token_file"
        raise _error(path, [Issue(document.place(("http", "host")), ("http", "host"), why)])
    broker = config.broker.model_copy(update={"password": password})
    return config.model_copy(update={"broker": broker, "http": http.model_copy(update={"token": token})})


def _error(path: Path, issues: list[Issue]) -> ConfigError:
    ordered = sorted(issues, key=lambda issue: (issue.place.variable or "", issue.place.line, issue.place.column))
    lines = [_line(path, issue) for issue in ordered[:_MAX_TOLD]]
    if len(ordered) > _MAX_TOLD:
        lines.append(f"... and {len(ordered) - _MAX_TOLD} more")
    return ConfigError("\n".join(lines), hint=f"mend it, then: oyez check {path}")


def _line(path: Path, issue: Issue) -> str:
    place = issue.place
    where = f"environment: {place.variable}" if place.variable else f"{path}:{place.line}:{place.column}"
    dotted = ".".join(str(part) for part in _shown(issue.path))
    return f"{where}: {dotted}: {issue.what}" if dotted else f"{where}: {issue.what}"


def _shown(path: KeyPath) -> KeyPath:
    """The path without what lies inside a secret: a password with a colon in it may have been read as keys."""
    secret = next((end for end in range(len(path)) if is_secret(path[:end])), len(path))
    return tuple(part for part in path[:secret] if part != "")
