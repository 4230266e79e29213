"""Every error a person can meet: what happened, why, and what to do now."""

from __future__ import annotations


class OyezError(Exception):
    """Base of all errors that are told to a person.

    `message` says what and why; `hint` says what to do now (often a command). `exit_code` is the status a command
    ends with (sysexits.h where one fits).
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  -> {self.hint}" if self.hint else self.message


class ConfigError(OyezError, ValueError):
    """The configuration can't be used. systemd doesn't restart on this status (EX_CONFIG)."""

    exit_code = 78


class ModelMissing(OyezError, FileNotFoundError):
    """A model isn't installed; the hint is the one command that installs it."""

    exit_code = 78

    __str__ = OyezError.__str__


class ModelDamaged(OyezError, ValueError):
    """A model file isn't what its hash or layout promises."""

    exit_code = 78


class DownloadFailed(OyezError, OSError):
    """No source could deliver a model file."""

    exit_code = 69

    __str__ = OyezError.__str__


class InvalidInput(OyezError, ValueError):
    """What someone asked for can't be done: a text that can't be said, an unknown voice, a file that isn't audio."""

    exit_code = 65


class DeviceLost(OyezError, OSError):
    """A microphone or speaker isn't there, fell silent as a stream, or was moved elsewhere."""

    exit_code = 69

    __str__ = OyezError.__str__


class EngineFailed(OyezError, RuntimeError):
    """An engine's child process died, hung past its deadline, or answered with an error."""

    exit_code = 70


class Busy(OyezError):
    """Too many ask for the same at once; later it will be possible."""

    exit_code = 75


class BrokerUnavailable(OyezError, ConnectionError):
    """The MQTT broker can't be reached, or refused us."""

    exit_code = 69

    __str__ = OyezError.__str__
