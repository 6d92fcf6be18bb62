"""Addresses of streams: what of one goes to the camera, what may be shown, what is wrong with it. Pure.

An address may hold a password as user information or in its query; nothing that is shown or raised here has it.
"""

from __future__ import annotations

import re
import string
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from streams.errors import CameraSpecError

FORM = "write rtsp://user:password@host:554/path"
ESCAPES = "write %40 for @, and in a password also %2F for /, %3F for ? and %23 for #"
MAX_URL_CHARS = 2048
UNSAFE = re.compile(r"[\x00-\x20\x7f\ud800-\udfff]")
"""Also halves of characters, which JSON and command lines may bring in and no request can hold."""
PORTS = {"rtsp": 554, "rtsps": 322, "rtmp": 1935, "rtmps": 443, "http": 80, "https": 443}
"""The schemes that can be read, with the port where an address names none (rtsps: RFC 7826 19.2)."""
OWN_SCHEMES = ("rtsp", "rtsps")
"""Read by the reader of this package; the others through libav."""


def is_file(url: str) -> bool:
    """Whether this is a video file's."""
    return "://" not in url or url.startswith("file://")


def file_path(url: str) -> Path:
    """The file of a file's address."""
    return Path(unquote(url.removeprefix("file://")))


def scheme_of(url: str) -> str:
    """The scheme in small letters; `file` for a path."""
    return "file" if is_file(url) else url.partition("://")[0].lower()


def check(url: str) -> None:
    """Looks for what would make the address useless or dangerous.

    Raises:
        CameraSpecError: what is wrong, without the camera's name and the credentials.
    """
    if len(url) > MAX_URL_CHARS:
        raise CameraSpecError(f"its address has more than {MAX_URL_CHARS} characters")
    if is_file(url):
        try:
            found = file_path(url).is_file()
        except (OSError, ValueError):
            found = False
        if not found:
            raise CameraSpecError(f"{public(url)} is neither an rtsp:// address nor a video file that exists")
        return
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
        (host or "").encode("idna")
    except ValueError:
        raise CameraSpecError(f"its address cannot be read; {FORM}, with a port up to 65535; {ESCAPES}") from None
    if parts.scheme not in PORTS:
        raise CameraSpecError(f"{parts.scheme}:// is not read here; use an rtsp://, rtsps://, rtmp:// or http(s):// address, or a video file")
    if not host or port == 0:
        raise CameraSpecError(f"its address names no host; {FORM}")
    if "@" in parts.path + parts.query + parts.fragment or (parts.username is None and "@" in url):  # else a password's rest is taken for the host
        raise CameraSpecError(f"its address has an @ behind the host; {ESCAPES}")
    if UNSAFE.search(url) or UNSAFE.search("".join(credentials(url) or ())[:MAX_URL_CHARS].replace(" ", "")):
        raise CameraSpecError("its address holds spaces or control characters; write %20 for a space")


def public(url: str) -> str:
    """The address without user name and password, and without values (`?token=…`, `/user=…&password=…`): some cameras take passwords there."""
    if is_file(url):
        return file_path(url).name.rpartition("@")[2]  # an address that lost its scheme is taken for a file, password and all
    try:
        parts = urlsplit(url)
        netloc = _netloc(parts)
    except ValueError:
        return "rtsp://(unreadable)"
    if "@" in parts.path or (parts.username is None and "@" in url):  # a / or ? or # in the password cut it in two
        return f"{parts.scheme}://(unreadable)"
    path = re.sub(r"=[^/]*", "=…", parts.path)
    return urlunsplit((parts.scheme, netloc, path, "…" if parts.query else "", ""))


def credentials(url: str) -> tuple[str, str] | None:
    """User name and password, or None."""
    if is_file(url):
        return None
    parts = urlsplit(url)
    return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))


def host_and_port(url: str) -> tuple[str, int]:
    """Where to connect; the scheme's port when none is named."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or PORTS.get(parts.scheme, 554)


def request_url(url: str) -> str:
    """The address as it goes into requests: whole, but without credentials; what is not ASCII is percent-encoded UTF-8."""
    parts = urlsplit(url)
    return quote(urlunsplit((parts.scheme, _netloc(parts), parts.path, parts.query, "")), safe=string.punctuation)


def _netloc(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port is None else f"{host}:{parts.port}"
