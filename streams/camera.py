"""A camera to read, and how it fares."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from streams import address
from streams.errors import CameraSpecError
from streams.media import Codec

CAMERA_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
TRANSPORTS = ("tcp", "udp", "libav")
MAX_RESOLVER_CHARS = 4096
RESOLVER_FORM = "write exec:PROGRAM ARGUMENTS or an http(s):// address"

Transport = Literal["tcp", "udp", "libav"]
ReaderKind = Literal["own", "libav", "file"]


@dataclass(frozen=True, slots=True)
class CameraSpec:
    """One camera: an `rtsp://` or `rtsps://` address, an `rtmp://` or `http(s)://` one (through libav), or a video file that is played as if it were a camera.

    Addresses may hold credentials; they stay out of repr and of every message.

    Attributes:
        url: of the camera's (main) stream; may be empty where there is a resolver.
        transport: `udp` and `tcp` are tried in this order where the camera refuses (461); `libav` reads it through libav from the beginning.
        sub_url: of its small stream; looks are then taken from it, and the main stream is opened when it is asked for.
        resolver: `exec:PROGRAM ARGUMENTS` or `http(s)://…`, asked for the main stream's address at each connect.
        tls_verify: whether an `rtsps://` camera's certificate must be one that this machine trusts for its name; cameras sign their own, so by default
            the stream is encrypted and nobody is known to be at the other end.
    """

    camera_id: str
    url: str = field(default="", repr=False)
    transport: Transport = "tcp"
    sub_url: str | None = field(default=None, repr=False)
    resolver: str | None = field(default=None, repr=False)
    tls_verify: bool = False

    @classmethod
    def parse(
        cls, camera_id: str, url: str, transport: str = "tcp", *, sub_url: str | None = None, resolver: str | None = None, tls_verify: bool = False
    ) -> CameraSpec:
        """Checks an id and what is said of its streams.

        Raises:
            CameraSpecError: what is wrong with which camera, without its credentials.
        """
        if not CAMERA_ID.fullmatch(camera_id):
            # A column that slipped may hold an address, and an address a password.
            told = "an address" if "/" in camera_id or "@" in camera_id else repr(camera_id[:80])
            raise CameraSpecError(f"camera id {told}: use 1 to 64 letters, digits, dots, dashes or underscores")
        if camera_id.lower().endswith(".yaml"):
            raise CameraSpecError(f"camera id {camera_id!r}: must not end in .yaml, by which the case API gives out a view as a file; take another id")
        known: dict[str, Transport] = {"tcp": "tcp", "udp": "udp", "libav": "libav"}
        if transport not in known:
            raise CameraSpecError(f"camera {camera_id}: its transport is not known; use tcp, udp or libav")
        spec = cls(camera_id, url, known[transport], sub_url or None, resolver or None, tls_verify)
        if spec.resolver is not None:
            _check_resolver(camera_id, spec.resolver)
        for name, one in (("", url), ("its sub_url: ", sub_url)):
            if one or (one is not None and not name and spec.resolver is None):
                try:
                    address.check(one)
                except CameraSpecError as error:
                    raise CameraSpecError(f"camera {camera_id}: {name}{error}") from None
        return spec

    @property
    def is_file(self) -> bool:
        """Whether this is a video file."""
        return self.resolver is None and address.is_file(self.url)

    @property
    def path(self) -> Path:
        """The file of a file camera."""
        return address.file_path(self.url)

    @property
    def public_url(self) -> str:
        """The address without user name and password, and without values (`?token=…`); of a resolver the program or host that is asked."""
        if self.url or self.resolver is None:
            return address.public(self.url)
        if self.resolver.startswith("exec:"):
            return f"exec:{Path((self.resolver.removeprefix('exec:').split() or [''])[0]).name}"
        return address.public(self.resolver.partition("#")[0])

    @property
    def credentials(self) -> tuple[str, str] | None:
        """User name and password, or None."""
        return address.credentials(self.url)

    @property
    def address(self) -> tuple[str, int]:
        """Host and port (554 when none is named, 322 of rtsps)."""
        return address.host_and_port(self.url)

    @property
    def request_url(self) -> str:
        """The address as it goes into requests: whole, but without credentials; what is not ASCII is percent-encoded UTF-8."""
        return address.request_url(self.url)

    @property
    def scheme(self) -> str:
        """The address's scheme, `file` for a video file."""
        return address.scheme_of(self.url)


def _check_resolver(camera_id: str, resolver: str) -> None:
    scheme, colon, rest = resolver.partition(":")
    wrong = len(resolver) > MAX_RESOLVER_CHARS or scheme not in ("exec", "http", "https") or not colon or not rest.strip() or "\x00" in resolver
    if not wrong and scheme != "exec":
        try:
            wrong = not urlsplit(resolver).hostname or address.UNSAFE.search(resolver) is not None
        except ValueError:
            wrong = True
    if wrong:
        raise CameraSpecError(f"camera {camera_id}: its resolver cannot be used; {RESOLVER_FORM}")


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
        reason: why it is not live, or live and yet not sound, in a sentence without credentials.
        pictures, keyframes, damaged, drops, reconnects, bytes: since the camera was joined, of both its streams; they never fall.
        drops: what was lost, by cause.
        clock_offset_seconds: the camera's clock less the worker's, where its sender reports tell.
        reader: who reads it: this package (`own`), libav (dearer), or the player of files.
        reader_reason: why libav does, where it was not asked for: what this package did not understand.
        transport: how its pictures come; None until they do, and where libav or a file gives them.
        encrypted: whether they come over TLS.
        verified: whether the certificate was checked; without that, nobody is known to be at the other end.
        clock_drift_ppm: how much faster than the worker's its clock runs, in millionths, once enough reports have come.
        decoded_whole: keyframes are so rare that looks are pictures in between, each handed out with what must be decoded before it.
        main_open: whether the main stream of a camera with two is asked for and live: then keyframes and ring are its.
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
    reader: ReaderKind = "own"
    reader_reason: str | None = None
    transport: Literal["tcp", "udp"] | None = None
    encrypted: bool = False
    verified: bool = False
    clock_drift_ppm: float | None = None
    decoded_whole: bool = False
    main_open: bool = False

    @property
    def sound(self) -> bool:
        """Whether it is live and its pictures can be looked at: damaged ones alone make a camera live, but nothing is seen of it."""
        return self.state is CameraState.LIVE and self.reason is None

    @classmethod
    def refused(cls, camera_id: str, reason: str, since_seconds: float) -> CameraStatus:
        """Of a camera that is not read at all."""
        return cls(camera_id, CameraState.REFUSED, reason, since_seconds, None, 0, 0, 0, {}, 0, 0, None, None, None)
