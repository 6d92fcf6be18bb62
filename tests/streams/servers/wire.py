"""What went over the wire: a relay between reader and server that keeps the requests and the answers, whoever wrote the server."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

REQUEST = re.compile(rb"([A-Z_]{3,20}) ((?:rtsps?://|\*)[^ \r\n]*) RTSP/1\.0\r\n((?:[^\r\n]+\r\n)*)\r\n")
ANSWER = re.compile(rb"RTSP/1\.0 (\d{3})([^\r\n]*)\r\n((?:[^\r\n]+\r\n)*)\r\n")


@dataclass(frozen=True, slots=True)
class Said:
    """One request (`what` is its method) or answer (`what` is its status); `at_seconds` from the relay's beginning."""

    what: str
    head: str
    at_seconds: float


@dataclass(slots=True)
class Wire:
    """The relay; `port` is where the reader connects."""

    port: int
    asked: list[Said] = field(default_factory=list)
    answered: list[Said] = field(default_factory=list)

    @property
    def methods(self) -> list[str]:
        """The methods of the requests, in order."""
        return [one.what for one in self.asked]

    def left(self, most_seconds: float = 2.0) -> bool:
        """Whether leave is taken within the time, as the last that is said."""
        deadline = time.monotonic() + most_seconds
        while self.methods[-1:] != ["TEARDOWN"] and time.monotonic() < deadline:
            time.sleep(0.05)
        return self.methods[-1:] == ["TEARDOWN"]

    def asked_for(self, method: str) -> list[Said]:
        """The requests of one method."""
        return [one for one in self.asked if one.what == method]


@contextmanager
def relayed(port: int) -> Iterator[Wire]:
    """Relays connections to 127.0.0.1:`port`, and keeps what is said over them."""
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(listener.getsockname()[1])
        ended: list[socket.socket] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    server = socket.create_connection(("127.0.0.1", port))
                    ended.extend((client, server))
                    for source, target, pattern, kept in ((client, server, REQUEST, wire.asked), (server, client, ANSWER, wire.answered)):
                        threading.Thread(target=pump, args=(source, target, pattern, kept), daemon=True).start()

        def pump(source: socket.socket, target: socket.socket, pattern: re.Pattern[bytes], kept: list[Said]) -> None:
            tail = b""
            with suppress(OSError):
                while data := source.recv(65536):
                    tail += data
                    end = 0
                    for match in pattern.finditer(tail):
                        kept.append(Said(match[1].decode(), match[0].decode("utf-8", "replace"), time.monotonic() - began))
                        end = match.end()
                    tail = tail[max(end, len(tail) - 4096) :]
                    target.sendall(data)
            for one in (source, target):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield wire
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
            for one in ended:
                one.close()


def converse(port: int, *requests: str, wait_seconds: float = 1.0) -> list[str]:
    """Sends the requests one after the other (`{session}` becomes the session that the server named) and returns the heads of the answers."""
    heads: list[str] = []
    session = ""
    with socket.create_connection(("127.0.0.1", port), timeout=wait_seconds) as connection:
        for number, request in enumerate(requests, 1):
            line, _, fields = request.partition("\n")
            more = "".join(f"{one}\r\n" for one in fields.split("\n") if one)
            connection.sendall(f"{line} RTSP/1.0\r\nCSeq: {number}\r\n{more}\r\n".replace("{session}", session).encode())
            got = b""
            with suppress(TimeoutError):
                while ANSWER.search(got) is None and (data := connection.recv(65536)):
                    got += data
            match = ANSWER.search(got)
            heads.append(match[0].decode() if match else "")
            named = re.search(r"(?m)^Session: *([^;\r\n]+)", heads[-1])
            session = named[1] if named else session
    return heads
