"""What a list of cameras says, checked field by field: pure, for every format alike.

A list is taken whole or not at all: every fault is collected with its line and field, so that a person with 8,000 rows mends all of them in one go.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

from detector.fleet.spec import WatchedCamera
from streams.camera import CameraSpec
from streams.errors import CameraSpecError

FIELDS = (
    "id", "url", "username", "password", "transport", "name_zh", "name_en", "look_interval_seconds",
    "gb28181_id", "latitude", "longitude", "crs", "address",
)  # fmt: skip
REQUIRED = ("id", "url")
ALIASES = {
    other: name
    for name, others in {
        "id": "camera_id camera 编号 摄像机编号 设备编号",
        "url": "rtsp rtsp_url 取流地址 rtsp地址 视频地址",
        "username": "user 用户名",
        "password": "密码",
        "transport": "传输方式",
        "name_zh": "name 名称 摄像机名称 设备名称",
        "name_en": "英文名称",
        "gb28181_id": "国标编码 国标编号",
        "latitude": "lat 纬度",
        "longitude": "lon lng 经度",
        "crs": "坐标系",
        "address": "地址 安装地址",
    }.items()
    for other in others.split()
}
"""Other names of the fields, as other systems export them; compared in lower case."""
CRS = {"CGCS2000": "CGCS2000", "WGS84": "WGS-84", "WGS-84": "WGS-84", "GCJ02": "GCJ-02", "GCJ-02": "GCJ-02"}
"""Coordinate systems; a GCJ-02 value taken for WGS-84 lies 300 to 600 m off, so coordinates without their system are refused."""
MAX_TEXT = 500
INTERVAL_SECONDS = (0.2, 3600.0)


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong: the line of the file, the field (empty for the whole row), and a sentence."""

    line: int
    field: str
    what: str

    def __str__(self) -> str:
        return f"line {self.line}{', ' + self.field if self.field else ''}: {self.what}"


@dataclass(frozen=True, slots=True)
class RegisteredCamera:
    """A camera of a list. `url` holds the credentials and stays out of repr."""

    camera_id: str
    url: str = field(repr=False)
    transport: str = "tcp"
    name_zh: str | None = None
    name_en: str | None = None
    look_interval_seconds: float | None = None
    gb28181_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    crs: str | None = None
    address: str | None = None

    @property
    def public_url(self) -> str:
        """The address without user name, password and query values."""
        return CameraSpec(self.camera_id, self.url).public_url

    @property
    def watched(self) -> WatchedCamera:
        """The part that a worker is told."""
        return WatchedCamera(self.camera_id, self.url, self.transport, self.name_zh, self.name_en, self.look_interval_seconds)


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list as its format gave it: known field names, texts, and the line that each is on."""

    line: int
    values: Mapping[str, str] = field(repr=False)
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)

    def line_of(self, name: str) -> int:
        """The line of a field."""
        return self.lines.get(name, self.line)


def field_named(name: str) -> str | None:
    """The field that a column or key stands for, or None."""
    low = name.strip().lower().replace(" ", "_").replace("-", "_")
    return low if low in FIELDS else ALIASES.get(low)


def check_rows(rows: Iterable[Row]) -> tuple[list[RegisteredCamera], list[RowFault]]:
    """The cameras of all rows that are sound, and every fault of the others, in the order of the file."""
    cameras: list[RegisteredCamera] = []
    faults: list[RowFault] = []
    ids: dict[str, int] = {}
    places: dict[str, tuple[int, str]] = {}
    for row in rows:
        camera, wrong = check_row(row)
        if camera is not None:
            line = row.line_of("id")
            if camera.camera_id in ids:
                wrong.append(RowFault(line, "id", f"{camera.camera_id!r} is the id of line {ids[camera.camera_id]} too; ids must be unique"))
            else:
                ids[camera.camera_id] = line
            place = _place(camera.url)
            if place in places:
                other, other_id = places[place]
                wrong.append(RowFault(row.line_of("url"), "url", f"camera {camera.camera_id} has the address of line {other} (camera {other_id})"))
            else:
                places[place] = (row.line_of("url"), camera.camera_id)
        if wrong:
            faults += wrong
        elif camera is not None:
            cameras.append(camera)
    return cameras, sorted(faults, key=lambda fault: fault.line)


def check_row(row: Row) -> tuple[RegisteredCamera | None, list[RowFault]]:
    """The camera of one row, and its faults; a camera is given for duplicates' sake where only lesser fields are wrong."""
    wrong: list[RowFault] = []

    def complain(name: str, what: str) -> None:
        wrong.append(RowFault(row.line_of(name), name, what))

    values = {name: value.strip() for name, value in row.values.items() if value.strip()}
    for name, value in values.items():
        if len(value) > MAX_TEXT or any(ord(char) < 32 for char in value):
            complain(name, f"is longer than {MAX_TEXT} characters or holds control characters")
    for name in REQUIRED:
        if name not in values:
            complain(name, "is missing")
    if wrong:
        return None, wrong
    transport = values.get("transport", "tcp").lower()
    if transport not in ("tcp", "udp"):
        complain("transport", f"{_told(transport)} is not known; use tcp or udp")
        transport = "tcp"
    url = values["url"]
    try:
        url = with_credentials(url, values.get("username"), values.get("password"))
        CameraSpec.parse(values["id"], url, transport)
    except CameraSpecError as error:
        about_id = str(error).startswith("camera id ")
        complain("id" if about_id else "url", str(error).removeprefix(f"camera {values['id']}: "))
        return None, wrong
    interval = _number(values, "look_interval_seconds", *INTERVAL_SECONDS, complain)
    latitude, longitude = _number(values, "latitude", -90.0, 90.0, complain), _number(values, "longitude", -180.0, 180.0, complain)
    crs = values.get("crs")
    if crs is not None and crs.upper() not in CRS:
        complain("crs", f"{_told(crs)} is not known; use {', '.join(sorted(set(CRS.values())))}")
    if ("latitude" in values) != ("longitude" in values):
        complain("latitude" if "longitude" in values else "longitude", "is missing; a place needs both")
    elif "latitude" in values and crs is None:
        complain("crs", f"is missing; coordinates need their system: {', '.join(sorted(set(CRS.values())))}")
    code = values.get("gb28181_id")
    if code is not None and not re.fullmatch(r"[0-9]{20}", code):
        complain("gb28181_id", f"{_told(code)} is no GB/T 28181 code; it has 20 digits")
    camera = RegisteredCamera(
        values["id"], url, transport, values.get("name_zh"), values.get("name_en"), interval, code, latitude, longitude,
        CRS.get(crs.upper()) if crs else None, values.get("address"),
    )  # fmt: skip
    return camera, wrong


def with_credentials(url: str, username: str | None, password: str | None) -> str:
    """The address with the user name and password of their own columns.

    Raises:
        CameraSpecError: the address has some already, or cannot be read.
    """
    if username is None:
        if password is not None:
            raise CameraSpecError("has a password but no username")
        return url
    try:
        parts = urlsplit(url)
        given = parts.username
    except ValueError:
        raise CameraSpecError("cannot be read; write rtsp://host:554/path") from None
    if parts.scheme not in ("rtsp", "rtsps"):
        raise CameraSpecError("is no rtsp:// address, so it takes no username")
    if given is not None:
        raise CameraSpecError("holds a user name already; leave the column username empty")
    who = quote(username, safe="") + (":" + quote(password, safe="") if password is not None else "")
    return urlunsplit(parts._replace(netloc=f"{who}@{parts.netloc}"))


def _told(value: str) -> str:
    """A wrong value as a message may quote it: columns slip, and then an address with its password stands in a field of another kind."""
    return "an address" if "@" in value or "://" in value else repr(value[:80])


def _place(url: str) -> str:
    """What makes an address the same camera: all but the credentials."""
    return CameraSpec("x", url).request_url if "://" in url and not url.startswith("file:") else url


def _number(values: Mapping[str, str], name: str, least: float, most: float, complain: Callable[[str, str], None]) -> float | None:
    text = values.get(name)
    if text is None:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        complain(name, f"{_told(text)} is no number from {least:g} to {most:g}")
        return None
    return value
