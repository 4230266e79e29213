"""Small models to install, and what an install tells."""

from __future__ import annotations

import hashlib
import os

from oyez.models.catalogue import Model
from oyez.models.install import install

ONE = os.urandom(300_000)
TWO = os.urandom(1_000)
FILES = {"one.bin": ONE, "sub/two.bin": TWO}


class Told:
    """A Progress that remembers."""

    def __init__(self):
        self.lines: list[str] = []
        self.fetched: list[tuple[str, int, int | None]] = []
        self.prepared: list[tuple[str, float]] = []

    def say(self, text):
        self.lines.append(text)

    def fetching(self, file, done, total):
        self.fetched.append((file, done, total))

    def preparing(self, step, fraction):
        self.prepared.append((step, fraction))

    def __contains__(self, text):
        return any(text in line for line in self.lines)


def model(*servers, files=FILES, name="toy", **options):
    """A model whose files lie on these servers, in order."""
    sources = [{"kind": "url", "url": f"{server}/{{path}}"} for server in servers]
    return Model(name, "tests", "CC0", groups=tuple(group(path, files[path], sources) for path in files), **options)


def group(path, content, sources, **options):
    digest = hashlib.sha256(content).hexdigest()
    return {"sha256": {path: digest}, "size": len(content), "sources": sources, **options}


def serve(server, files=FILES):
    server.files |= {f"/{path}": content for path, content in files.items()}


def install_toy(toy, models_dir, **options):
    """Install; what was told, and whether anything was done."""
    told = Told()
    options = {"preparers": {}} | options
    return told, install(toy, models_dir, progress=told, **options)
