"""What stands between worker and case API in `bench kills`: a line that is well, slow, or lying (the API has stored it; the worker hears 500, or nothing)."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Mode = Literal["well", "slow", "lying"]
HOST = "127.0.0.1"
SLOW_SECONDS = 3.0
SLOW_BYTES_PER_SECOND = 200_000
PIECE_BYTES = 64 * 1024
TIMEOUT_SECONDS = 60.0
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "host", "date", "server"})


class Proxy(ThreadingHTTPServer):
    """Passes requests on to the API; `mode` may change at any time. A context manager."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, api_port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.api_port = api_port
        self.mode: Mode = "well"
        self.acted: Counter[str] = Counter()
        """How often it was slow, lied, or found no API."""
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A worker that was killed has broken its connections off; that is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def _pass_on(self) -> None:
        mode = self.server.mode
        body = self._body(mode)
        if mode == "slow":
            self.server.acted["slow"] += 1
            time.sleep(SLOW_SECONDS)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        line = http.client.HTTPConnection(HOST, self.server.api_port, timeout=TIMEOUT_SECONDS)
        try:
            line.request(self.command, self.path, body=body, headers=headers)
            answer = line.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):  # no API: neither is there an answer
            self.server.acted["no API"] += 1
            self.close_connection = True
            return
        finally:
            line.close()
        if mode == "lying" and self.command in ("PUT", "POST") and answer.status < 300 and self.path.startswith(("/packets", "/blobs")):
            self.server.acted["lied"] += 1
            if self.server.acted["lied"] % 3 == 0:
                self.close_connection = True  # stored, and not a word about it
                return
            self._answer(500, [("Content-Type", "application/json")], b'{"detail": "stored, and denied"}')
            return
        self._answer(answer.status, [(name, value) for name, value in answer.getheaders() if name.lower() not in (*HOP_BY_HOP, "content-length")], data)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = _pass_on

    def _body(self, mode: Mode) -> bytes | None:
        length = self.headers.get("Content-Length")
        if length is None:
            return None
        left, pieces = int(length), []
        while left:
            piece = self.rfile.read(min(left, PIECE_BYTES))
            if not piece:
                raise ConnectionError("the worker broke off")
            pieces.append(piece)
            left -= len(piece)
            if mode == "slow":
                time.sleep(len(piece) / SLOW_BYTES_PER_SECOND)
        return b"".join(pieces)

    def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        pass
