"""What people bring: a camera's address, and lists of cameras in CSV and YAML. What is taken can be shown without its password.

The first byte of an input says what it is: an address (lines: id, address, transport, user name, password), the same from a command line, where bytes
that are no UTF-8 come as halves of characters, CSV, or YAML.
"""

from __future__ import annotations

from contextlib import suppress
from random import Random
from urllib.parse import unquote, urlsplit

from detector.camera_rows import RegisteredCamera, with_credentials
from detector.registry_file import parse
from streams.camera import CameraSpec
from streams.errors import CameraSpecError
from tests.fuzz.bounds import Target
from tests.fuzz.mutation import textual

TOKENS = (
    b"rtsp://", b"rtsps://", b"file://", b"http://", b"@", b":", b"[::1]", b"[", b"%40", b"%00", b"%", b"#", b"?", b"//", b":0", b":99999", b"cam-1",
    b"user:pass@", b"udp", b"tcp", b"libav", b"id,url,username,password", "编号,取流地址".encode(), "编号".encode("gb18030"), b"name: {zh: x}", b"xn--",
    b"schema: curbwatch.cameras/1", b"cameras:", b"- id: a", b"  url: rtsp://h/1", b"- &a [*a, *a]", b"<<: *a", b"!!python/object:x", b"{", b'"', b"'",
    b",,,", b"\t", b"\x00", b"latitude,longitude,crs", b"91,181,WGS84", b"nan", b"1e999", b"\xc2\xa0", b"\xe2\x80\xae", b"a" * 70, b"a/" * 1024,
)  # fmt: skip


def run(data: bytes) -> None:
    """Checks an address or a list."""
    kind, text = (data[0] % 4 if data else 0), data[1:]
    if kind in (0, 1):
        fields = [*text.decode("utf-8", "surrogateescape" if kind else "replace").split("\n"), "", "", "", "", ""][:5]
        _address(fields if kind == 0 else [*fields[:3], "", ""])
        return
    cameras, faults = parse(text, "csv" if kind == 2 else "yaml")
    for fault in faults:
        assert str(fault)
        assert fault.line >= 1, "a fault before the first line"
    for camera in cameras:
        _shown(camera)


def _address(fields: list[str]) -> None:
    camera_id, url, transport, username, password = fields
    with suppress(CameraSpecError):
        url = with_credentials(url, username or None, password or None)
        spec = CameraSpec.parse(camera_id, url, transport or "tcp")
        if not spec.is_file:
            _told(spec)


def _shown(camera: RegisteredCamera) -> None:
    spec = CameraSpec(camera.camera_id, camera.url)
    assert camera.public_url == spec.public_url
    if not spec.is_file:
        _told(spec)


def _told(spec: CameraSpec) -> None:
    """Whatever was taken, its parts can be had, and what is shown holds no one's name or password."""
    host, port = spec.address
    assert host, "no host"
    assert 0 < port < 65_536, "no port"
    assert urlsplit(spec.public_url).username is None, "a user name shown"
    request = spec.request_url
    assert request.isascii(), "a request that is not ASCII"
    assert request.isprintable(), "a request with control characters"
    assert " " not in request, "a request with spaces"
    assert urlsplit(request).username is None, "a user name in a request"
    spoken = spec.credentials
    if spoken is not None and len(spoken[1]) > 8 and spoken[1] not in unquote(request):  # an address that is its own password, say
        assert spoken[1] not in spec.public_url, "a password shown"
        assert spoken[1] not in repr(spec), "a password in a repr"


def mutate(data: bytes, rng: Random) -> bytes:
    """Another list or address; of the kind that it was, mostly."""
    first = bytes((rng.randrange(4),)) if rng.random() < 0.05 or not data else data[:1]
    return first + textual(data[1:], rng, TOKENS, b"\n" if rng.random() < 0.6 else b",")


CODE = ("streams/camera.py", "streams/address.py", "detector/camera_rows.py", "detector/registry_file.py")
CAMERAS = Target("cameras", run, mutate, 4096, 8 * 1024 * 1024, CODE)
