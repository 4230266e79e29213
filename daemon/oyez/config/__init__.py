"""The config: read from YAML by `load`, typed, frozen, complete. The only package that knows YAML and pydantic."""

from oyez.config.broker import EMBEDDED, BrokerConfig, TlsConfig
from oyez.config.engines import AsrConfig, TtsConfig
from oyez.config.hermes import HermesConfig
from oyez.config.hooks import HooksConfig
from oyez.config.http import HttpConfig
from oyez.config.load import changed, load
from oyez.config.places import default_models_dir, default_state_dir
from oyez.config.profiles import SETTABLE
from oyez.config.secrets import Secret
from oyez.config.tree import (
    AudioConfig,
    Config,
    HomeAssistantConfig,
    LogConfig,
    LoopbackConfig,
    RoomConfig,
)
from oyez.config.vad import VadConfig
from oyez.config.wyoming import WyomingConfig

__all__ = [
    "EMBEDDED",
    "SETTABLE",
    "AsrConfig",
    "AudioConfig",
    "BrokerConfig",
    "Config",
    "HermesConfig",
    "HomeAssistantConfig",
    "HooksConfig",
    "HttpConfig",
    "LogConfig",
    "LoopbackConfig",
    "RoomConfig",
    "Secret",
    "TlsConfig",
    "TtsConfig",
    "VadConfig",
    "WyomingConfig",
    "changed",
    "default_models_dir",
    "default_state_dir",
    "load",
]
