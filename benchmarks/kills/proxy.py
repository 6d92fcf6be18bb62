"""What stands between worker and case API in `bench kills`: a line that is well, slow, lying (the API stored it; the worker hears 500, or nothing), or cutting.

Bodies go through piece by piece, so that a killed worker or a cut line leaves half an upload with the API, as it would in the world. While it cuts, every
second packet that comes in one request is cut in the middle, and the others are refused as proxies refuse large bodies, so that their files come one by one
and are cut too. What it did is counted.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from detector.worker.sender import RESUMABLE_BYTES

Mode = Literal["well", "slow", "lying", "cutting"]
HOST = "127.0.0.1"
SLOW_SECONDS = 3.0
SLOW_BYTES_PER_SECOND = 200_000
PIECE_BYTES = 64 * 1024
TIMEOUT_SECONDS = 60.0
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "host", "date", "server"})
DELIVERY = ("/packets", "/blobs")
BUNDLE = "/packets/bundle"
NO_SPACE = 507


class Proxy(ThreadingHTTPServer):
    """Passes requests on to the API; `mode` may change at any time. A context manager."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, api_port: int) -> None:
        super().__init__((HOST, port), _Handler)
        self.api_port = api_port
        self.mode: Mode = "well"
        self.acted: Counter[str] = Counter()
        """How often, of deliveries: `slow`, `lied`, `cut` (files), `cut whole` and `refused whole` (packets in one request);
        `resumed` (an upload that begins within its file), `no API`, `no space` (the API's 507)."""
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
        mode, acted = self.server.mode, self.server.acted
        delivers = self.path.startswith(DELIVERY)
        if mode == "slow":
            acted["slow"] += delivers
            time.sleep(SLOW_SECONDS)
        if not self.headers.get("Content-Range", "bytes 0-").startswith("bytes 0-"):
            acted["resumed"] += 1
        line = http.client.HTTPConnection(HOST, self.server.api_port, timeout=TIMEOUT_SECONDS)
        try:
            if mode == "cutting" and self.path == BUNDLE and acted["cut whole"] > acted["refused whole"]:
                acted["refused whole"] += 1
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._answer(413, [("Content-Type", "text/html")], b"<h1>413 Request Entity Too Large</h1>")
                return
            if not self._send_on(line, mode):
                self.close_connection = True
                return
            answer = line.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):  # no API: neither is there an answer
            acted["no API"] += 1
            self.close_connection = True
            return
        finally:
            line.close()
        acted["no space"] += answer.status == NO_SPACE
        if mode == "lying" and self.command in ("PUT", "POST") and answer.status < 300 and delivers:
            acted["lied"] += 1
            if acted["lied"] % 3 == 0:
                self.close_connection = True  # stored, and not a word about it
                return
            self._answer(500, [("Content-Type", "application/json")], b'{"detail": "stored, and denied"}')
            return
        self._answer(answer.status, [(name, value) for name, value in answer.getheaders() if name.lower() not in (*HOP_BY_HOP, "content-length")], data)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = _pass_on

    def _send_on(self, line: http.client.HTTPConnection, mode: Mode) -> bool:
        """Passes a request on as it comes in; False where it broke off in the middle, or was cut here."""
        line.putrequest(self.command, self.path, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                line.putheader(name, value)
        line.endheaders()
        size = int(self.headers.get("Content-Length", 0))
        whole = self.path == BUNDLE
        cuts = mode == "cutting" and (whole or (self.command == "PUT" and size >= RESUMABLE_BYTES))
        left, until = size, size // 2 if cuts else 0
        refused = False
        while left > until:
            piece = self.rfile.read(min(left - until, PIECE_BYTES))
            if not piece:
                return False  # the worker broke off, and so does the line to the API
            left -= len(piece)
            if not refused:
                try:
                    line.send(piece)
                except OSError:  # the API does not want the rest, and has said so
                    refused = True
            if mode == "slow":
                time.sleep(len(piece) / SLOW_BYTES_PER_SECOND)
        if cuts:
            self.server.acted["cut whole" if whole else "cut"] += 1
            with suppress(OSError):
                self.connection.close()
        return not cuts

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
