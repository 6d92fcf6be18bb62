"""A camera to read, and how it fares."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from streams.errors import CameraSpecError
from streams.media import Codec

CAMERA_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
FORM = "write rtsp://user:password@host:554/path"
MAX_URL_CHARS = 2048
UNSAFE = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class CameraSpec:
    """One camera: an `rtsp://` address, or a video file that is played as if it were a camera.

    The address may hold credentials; they stay out of repr and of every message.
    """

    camera_id: str
    url: str = field(repr=False)
    transport: Literal["tcp", "udp"] = "tcp"

    @classmethod
    def parse(cls, camera_id: str, url: str, transport: str = "tcp") -> CameraSpec:
        """Checks an id and an address.

        Raises:
            CameraSpecError: what is wrong with which camera, without its credentials.
        """
        if not CAMERA_ID.fullmatch(camera_id):
            # A column that slipped may hold an address, and an address a password.
            told = "an address" if "/" in camera_id or "@" in camera_id else repr(camera_id[:80])
            raise CameraSpecError(f"camera id {told}: use 1 to 64 letters, digits, dots, dashes or underscores")
        if transport not in ("tcp", "udp"):
            raise CameraSpecError(f"camera {camera_id}: its transport is not known; use tcp or udp")
        spec = cls(camera_id, url, "tcp" if transport == "tcp" else "udp")
        if len(url) > MAX_URL_CHARS:
            raise CameraSpecError(f"camera {camera_id}: its address has more than {MAX_URL_CHARS} characters")
        if spec.is_file:
            if not spec.path.is_file():
                raise CameraSpecError(f"camera {camera_id}: {spec.public_url} is neither an rtsp:// address nor a video file that exists")
            return spec
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
            (host or "").encode("idna")
        except ValueError:
            raise CameraSpecError(f"camera {camera_id}: its address cannot be read; {FORM}") from None
        if parts.scheme != "rtsp":
            raise CameraSpecError(f"camera {camera_id}: {parts.scheme}:// is not read here; use an rtsp:// address or a video file")
        if not host or port == 0:
            raise CameraSpecError(f"camera {camera_id}: its address names no host; {FORM}")
        if parts.username is None and "@" in url:
            raise CameraSpecError(
                f"camera {camera_id}: its address has an @ behind the host; write %40 for it, or in a password %2F for /, %3F for ? and %23 for #"
            )
        if UNSAFE.search(url) or UNSAFE.search("".join(spec.credentials or ())[:MAX_URL_CHARS].replace(" ", "")):
            raise CameraSpecError(f"camera {camera_id}: its address holds spaces or control characters; write %20 for a space")
        return spec

    @property
    def is_file(self) -> bool:
        """Whether this is a video file."""
        return "://" not in self.url or self.url.startswith("file://")

    @property
    def path(self) -> Path:
        """The file of a file camera."""
        return Path(unquote(self.url.removeprefix("file://")))

    @property
    def public_url(self) -> str:
        """The address without user name and password, and without values (`?token=…`, `/user=…&password=…`): some cameras take passwords there."""
        if self.is_file:
            return self.path.name.rpartition("@")[2]  # an address that lost its scheme is taken for a file, password and all
        try:
            parts = urlsplit(self.url)
            netloc = _netloc(parts)
        except ValueError:
            return "rtsp://(unreadable)"
        if "@" in parts.path or (parts.username is None and "@" in self.url):  # a / or ? or # in the password cut it in two
            return f"{parts.scheme}://(unreadable)"
        path = re.sub(r"=[^/]*", "=…", parts.path)
        return urlunsplit((parts.scheme, netloc, path, "…" if parts.query else "", ""))

    @property
    def credentials(self) -> tuple[str, str] | None:
        """User name and password, or None."""
        if self.is_file:
            return None
        parts = urlsplit(self.url)
        return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of an RTSP camera (554 when none is named)."""
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 554

    @property
    def request_url(self) -> str:
        """The address as it goes into requests: whole, but without credentials; what is not ASCII is percent-encoded UTF-8."""
        parts = urlsplit(self.url)
        return quote(urlunsplit((parts.scheme, _netloc(parts), parts.path, parts.query, "")), safe=string.punctuation)


def _netloc(parts: SplitResult) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if parts.port is None else f"{host}:{parts.port}"


class CameraState(StrEnum):
    """How a camera fares, judged by pictures really received."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALE = "stale"
    BACKING_OFF = "backing_off"
    REFUSED = "refused"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class CameraStatus:
    """A camera's state and counts at a moment; times are of the monotonic clock.

    Attributes:
        reason: why it is not live, in a sentence without credentials.
        drops: pictures lost, by cause.
        clock_offset_seconds: the camera's clock less the worker's, where its sender reports tell.
    """

    camera_id: str
    state: CameraState
    reason: str | None
    since_seconds: float
    last_picture_seconds: float | None
    pictures: int
    keyframes: int
    damaged: int
    drops: Mapping[str, int]
    reconnects: int
    bytes: int
    codec: Codec | None
    keyframe_interval_seconds: float | None
    clock_offset_seconds: float | None
