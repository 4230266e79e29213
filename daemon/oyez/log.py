"""Logging: one way, four faces. What people say is not logged unless asked for (`log.transcripts`)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Literal

import structlog

Format = Literal["auto", "console", "json", "journal"]
Level = Literal["debug", "info", "warning", "error"]
Tell = Callable[[str, str, str, dict[str, Any]], None]  # level, name of the logger, message, what it is about

# sd-daemon(3): a line on standard error that starts with "<N>" is stored with that syslog priority.
PRIORITY = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}


def configure(level: str = "info", form: Format = "auto") -> None:
    """Set logging up for this process, on standard error.

    `auto` is `journal` where systemd listens (JOURNAL_STREAM), else `console`. What libraries log takes the
    same way. May be called again: the level of a running daemon can change.
    """
    if form == "auto":
        form = "journal" if "JOURNAL_STREAM" in os.environ else "console"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(form)],
        )
    )
    root = logging.getLogger()
    listeners = [one for one in root.handlers if isinstance(one, _Listener)]
    root.handlers[:] = [(form == "journal" and _journal_handler()) or handler, *listeners]
    root.setLevel(level.upper())
    logging.getLogger("asyncio").setLevel(max(logging.WARNING, root.level))


def get(name: str) -> Any:
    """A logger: `log.info("heard", room="kitchen", confidence=0.9)`."""
    return structlog.stdlib.get_logger(name)


@contextmanager
def heard_by(tell: Tell, level: Level) -> Iterator[None]:
    """Have what is logged from a level on told to a function of this event loop, for the length of the block."""
    listener = _Listener(tell, level, asyncio.get_running_loop())
    root = logging.getLogger()
    root.addHandler(listener)
    try:
        yield
    finally:
        root.removeHandler(listener)


class _Listener(logging.Handler):
    """Takes records, of any thread, to the loop."""

    def __init__(self, tell: Tell, level: Level, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(level.upper())
        self._tell = tell
        self._loop = loop

    def emit(self, record: logging.LogRecord) -> None:
        """Hand one over; structlog's come as a dict."""
        fields = dict(record.msg) if isinstance(record.msg, dict) else {"event": record.getMessage()}
        about = {name: value for name, value in fields.items() if name not in ("event", "level", "exc_info")}
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(
                self._tell, record.levelname.lower(), record.name, str(fields.get("event", "")), about
            )


def _renderers(form: Format) -> list[Any]:
    if form == "json":
        stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
        return [stamp, structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    if form == "journal":
        return [structlog.processors.format_exc_info, _journal_line]
    stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
    return [stamp, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)]


def _journal_line(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
    """`event key=value ...` with the priority in front; the journal adds the time itself."""
    priority = PRIORITY.get(event.pop("level", "info"), 6)
    exception = event.pop("exception", None)
    text = str(event.pop("event", ""))
    pairs = " ".join(f"{key}={value!r}" for key, value in sorted(event.items()))
    line = " ".join(filter(None, [text, pairs]))
    return "\n".join(f"<{priority}>{part}" for part in "\n".join(filter(None, [line, exception])).splitlines())


def _journal_handler() -> logging.Handler | None:
    """systemd-python's handler where it is installed (the `systemd` extra): fields instead of one line."""
    try:
        from systemd.journal import JournalHandler  # noqa: PLC0415 - optional
    except ImportError:
        return None
    handler: logging.Handler = JournalHandler(SYSLOG_IDENTIFIER="oyez")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                lambda _, __, event: _journal_line(_, __, event).split(">", 1)[1],
            ]
        )
    )
    return handler
