"""HTTP: the actions as REST, speech and transcripts as OpenAI's clients ask for them, metrics for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oyez.errors import ConfigError

if TYPE_CHECKING:
    from oyez.config import HttpConfig
    from oyez.health import Health
    from oyez.http.server import HttpServer
    from oyez.metrics import Metrics


def make(config: HttpConfig, metrics: Metrics, health: Health) -> HttpServer | None:
    """The server, where it is wanted. Raises ConfigError when the extra `http` isn't installed."""
    if not config.enabled:
        return None
    try:
        from oyez.http.server import HttpServer  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ConfigError(f"http.enabled: {error.name} isn't installed", hint="pip install 'oyez[http]'") from None
    return HttpServer(config, metrics, health.part("http"))
