"""A real HTTP server on loopback with the bad manners of real ones: cuts, stalls, wrong bytes, errors, no ranges."""

from __future__ import annotations

import contextlib
import re
import threading
from collections import defaultdict
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class FileServer:
    """Serves `files`. `manners[path]` are taken one a request: an int status, ("cut", n), ("stall", n), "whole"."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.heads: dict[str, dict[str, str]] = defaultdict(dict)
        self.manners: dict[str, list] = defaultdict(list)
        self.asked: list[tuple[str, str, int]] = []  # method, path, first byte
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Request, self))
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def fetched(self) -> list[tuple[str, int]]:
        """Path and first byte of each GET."""
        return [(path, start) for method, path, start in self.asked if method == "GET"]

    def close(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Request(BaseHTTPRequestHandler):
    def __init__(self, owner, *args):
        self.owner = owner
        super().__init__(*args)

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.owner.asked.append(("HEAD", self.path, 0))
        self.send_response(302)
        self.send_header("Location", "/elsewhere")
        for name, value in self.owner.heads[self.path].items():
            self.send_header(name, value)
        self.end_headers()

    def do_GET(self):
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(match[1]) if match else 0
        self.owner.asked.append(("GET", self.path, start))
        manners = self.owner.manners[self.path]
        manner = manners.pop(0) if manners else None
        content = self.owner.files.get(self.path)
        if content is None or isinstance(manner, int):
            self.send_error(manner or 404)
        elif start >= len(content) and start:
            self.send_error(416)
        else:
            self._send(content, 0 if manner == "whole" else start, manner)

    def _send(self, content, start, manner):
        body = content[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        kind, length = manner if isinstance(manner, tuple) else ("all", len(body))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the client may leave
            self.wfile.write(body[:length])
            self.wfile.flush()
            if kind == "stall":
                self.owner.released.wait()


@pytest.fixture
def file_server():
    server = FileServer()
    yield server
    server.close()
