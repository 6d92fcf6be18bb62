"""Real servers that do one thing: listen and be no camera, redirect, stand in front of a camera and interfere."""

from __future__ import annotations

import asyncio
import datetime
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Something that listens; gives its port."""
    writers = []
    tasks = set()
    """Held, or a task whose client has gone is collected while it works."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        tasks.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=tls, ssl_shutdown_timeout=0.2 if tls else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.transport.abort()
        await asyncio.sleep(0.05)
        for task in tasks:
            if task is not None:
                task.cancel()
        await asyncio.sleep(0)


@asynccontextmanager
async def peer(talk: Talk) -> AsyncIterator[str]:
    """Something that listens and is no camera; gives its address."""
    async with listening(talk) as port:
        yield f"rtsp://127.0.0.1:{port}/1"


class Redirector:
    """Answers OPTIONS, and every other request with a redirect; remembers what it was sent."""

    def __init__(self, location: str, *, method: str = "DESCRIBE") -> None:
        self.location, self._method = location, method
        self.heard: list[str] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heard.append(head)
            sequence = head.partition("CSeq: ")[2].partition("\r")[0]
            if head.startswith("OPTIONS") and self._method != "OPTIONS":
                writer.write(f"RTSP/1.0 200 OK\r\nCSeq: {sequence}\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n".encode())
            else:
                writer.write(f"RTSP/1.0 302 Found\r\nCSeq: {sequence}\r\nLocation: {self.location}\r\n\r\n".encode())


class Front:
    """Stands between a reader and a camera: passes whole frames and messages on, and can put its own between them or close one side."""

    def __init__(self, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        self._behind, self.tls = port, tls
        self.clients: list[asyncio.StreamWriter] = []
        self.connects = 0
        self.asked: list[str] = []
        self.ssrc = 0
        self.holds_back = False
        """Whether frames are kept from the reader."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connects += 1
        self.clients.append(writer)
        from_camera, to_camera = await asyncio.open_connection("127.0.0.1", self._behind)
        up = asyncio.ensure_future(self._up(reader, to_camera))
        try:
            while True:
                part = await _next(from_camera)
                if granted := re.search(rb"ssrc=([0-9A-Fa-f]{8})", part[:2000]):
                    self.ssrc = int(granted[1], 16)
                if not writer.is_closing() and not (self.holds_back and part[:1] == b"$"):
                    writer.write(part)
        finally:
            up.cancel()
            to_camera.close()

    async def _up(self, reader: asyncio.StreamReader, to_camera: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                self.asked += re.findall(r"^([A-Z_]+) rtsp", data.decode("latin-1"), re.MULTILINE)
                to_camera.write(data)

    def inject(self, data: bytes) -> None:
        """Sends the reader something of its own; on this loop only, so it falls between whole parts."""
        self.clients[-1].write(data)

    def goodbye(self) -> bytes:
        """The camera's BYE as an interleaved frame."""
        return b"$\x01\x00\x08\x81\xcb\x00\x01" + self.ssrc.to_bytes(4, "big")


async def _next(reader: asyncio.StreamReader) -> bytes:
    """A whole interleaved frame or RTSP message."""
    first = await reader.readexactly(1)
    if first == b"$":
        head = await reader.readexactly(3)
        return first + head + await reader.readexactly(head[1] << 8 | head[2])
    head = first + await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"Content-Length: (\d+)", head)
    return head + (await reader.readexactly(int(length[1])) if length else b"")


def self_signed(folder: Path, name: str = "camera.example") -> Path:
    """A certificate and its key in one file, for a name and for 127.0.0.1."""
    import ipaddress

    path = folder / f"{name}.pem"
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    built = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=1))
    made = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


def server_tls(certificate: Path) -> ssl.SSLContext:
    """The server's side of it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
