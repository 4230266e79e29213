"""The version that the next start brings: a newer one may have been installed where the running one came from."""

from __future__ import annotations

import re
from pathlib import Path

import oyez

VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)


def next_version(package: Path | None = None) -> str:
    """The version that lies on the disk now (in `package`, else where Oyez runs from); ours, if it can't be read."""
    source = (package or Path(oyez.__file__).parent) / "__init__.py"
    try:
        found = VERSION.search(source.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        found = None
    return found[1] if found else oyez.__version__
