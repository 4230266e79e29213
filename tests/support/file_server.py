"""A real HTTP server on loopback with the bad manners of real ones: cuts, stalls, wrong bytes, errors, no ranges."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
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
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
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

    def _handler(server):  # noqa: N805 - `self` is the request
        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *args):
                pass

            def do_HEAD(self):
                server.asked.append(("HEAD", self.path, 0))
                self.send_response(302)
                self.send_header("Location", "/elsewhere")
                for name, value in server.heads[self.path].items():
                    self.send_header(name, value)
                self.end_headers()

            def do_GET(self):
                match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
                start = int(match[1]) if match else 0
                server.asked.append(("GET", self.path, start))
                manner = server.manners[self.path].pop(0) if server.manners[self.path] else None
                content = server.files.get(self.path)
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
                if isinstance(manner, tuple):
                    body = body[: manner[1]]
                try:
                    self.wfile.write(body)
                    self.wfile.flush()
                    if isinstance(manner, tuple) and manner[0] == "stall":
                        server.released.wait()
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client has left

        return Handler


@pytest.fixture
def file_server():
    server = FileServer()
    yield server
    server.close()
