"""What a list of cameras says, checked field by field: pure, for every format alike.

A list is taken whole or not at all: every fault is collected with its line and field, so that a person with 8,000 rows mends all of them in one go.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

from detector.fleet.spec import WatchedCamera
from streams.address import OWN_SCHEMES, PORTS
from streams.camera import TRANSPORTS, CameraSpec
from streams.errors import CameraSpecError
from streams.resolver import runs_a_command

FIELDS = (
    "id", "url", "username", "password", "transport", "name_zh", "name_en", "look_interval_seconds",
    "gb28181_id", "latitude", "longitude", "crs", "address", "sub_url", "resolver", "tls_verify",
)  # fmt: skip
REQUIRED = ("id",)
ADDRESSES = ("url", "resolver")
"""One of these must be there."""
ALIASES = {
    other: name
    for name, others in {
        "id": "camera_id camera 编号 摄像机编号 设备编号",
        "url": "rtsp rtsp_url 取流地址 rtsp地址 视频地址 主码流 主码流地址",
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
        "sub_url": "sub substream sub_stream 子码流 子码流地址 辅码流 辅码流地址",
        "resolver": "取址方式 取址接口 地址接口",
        "tls_verify": "校验证书 证书校验",
    }.items()
    for other in others.split()
}
"""Other names of the fields, as other systems export them; compared in lower case."""
CRS = {"CGCS2000": "CGCS2000", "WGS84": "WGS-84", "WGS-84": "WGS-84", "GCJ02": "GCJ-02", "GCJ-02": "GCJ-02"}
"""Coordinate systems; a GCJ-02 value taken for WGS-84 lies 300 to 600 m off, so coordinates without their system are refused."""
YES, NO = ("yes", "true", "1", "是", "y"), ("no", "false", "0", "否", "n")
MAX_TEXT = 500
MAX_ADDRESS = 4096
INTERVAL_SECONDS = (0.2, 3600.0)


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong: the line of the file (0: the file as a whole), the field (empty for the whole row), and a sentence."""

    line: int
    field: str
    what: str

    def __str__(self) -> str:
        places = [f"line {self.line}" if self.line else "", self.field]
        return f"{where}: {self.what}" if (where := ", ".join(filter(None, places))) else self.what


@dataclass(frozen=True, slots=True)
class RegisteredCamera:
    """A camera of a list. Its addresses hold credentials and stay out of repr; `url` is empty where a resolver is asked for it."""

    camera_id: str
    url: str = field(default="", repr=False)
    transport: str = "tcp"
    name_zh: str | None = None
    name_en: str | None = None
    look_interval_seconds: float | None = None
    gb28181_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    crs: str | None = None
    address: str | None = None
    sub_url: str | None = field(default=None, repr=False)
    resolver: str | None = field(default=None, repr=False)
    tls_verify: bool = False

    @property
    def public_url(self) -> str:
        """The address without user name, password and query values; of a resolver the program or host that is asked."""
        return CameraSpec(self.camera_id, self.url, resolver=self.resolver).public_url

    @property
    def public_sub_url(self) -> str | None:
        """The small stream's address, likewise."""
        return None if self.sub_url is None else CameraSpec(self.camera_id, self.sub_url).public_url

    @property
    def read_as(self) -> str:
        """How it will be read, in a few words; what a resolver answers is not known before."""
        scheme = CameraSpec(self.camera_id, self.url).scheme if self.url else "rtsp"
        if scheme == "file":
            return "file"
        how = "libav (dearer)" if self.transport == "libav" or scheme not in OWN_SCHEMES else self.transport.upper()
        if scheme in ("rtsps", "rtmps", "https"):
            how += ", TLS" if self.tls_verify else ", TLS unverified"
        return how + (", resolver" if self.resolver is not None else "") + (", sub-stream" if self.sub_url is not None else "")

    @property
    def watched(self) -> WatchedCamera:
        """The part that a worker is told."""
        return WatchedCamera(
            self.camera_id,
            self.url,
            self.transport,
            self.name_zh,
            self.name_en,
            self.look_interval_seconds,
            self.sub_url,
            self.resolver,
            self.tls_verify,
            self.gb28181_id,
            self.latitude,
            self.longitude,
            self.crs,
            self.address,
        )


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
    """The field that a column or key stands for, or None; an asterisk marks what must be filled in, as templates have it."""
    low = unicodedata.normalize("NFKC", name).strip(" *\t").lower().replace(" ", "_").replace("-", "_")
    return low if low in FIELDS else ALIASES.get(low)


def check_rows(rows: Iterable[Row], *, commands: bool = False, progress: Callable[[int], None] | None = None) -> tuple[list[RegisteredCamera], list[RowFault]]:
    """The cameras of all rows that are sound, and every fault of the others, in the order of the file.

    A resolver that runs a command is refused unless `commands` says that the rows are from a file of this machine: whoever writes one runs programs here.
    `progress` hears how many rows are done.
    """
    cameras: list[RegisteredCamera] = []
    faults: list[RowFault] = []
    ids: dict[str, int] = {}
    places: dict[str, tuple[int, str]] = {}
    for number, row in enumerate(rows, 1):
        camera, wrong = check_row(row, commands=commands)
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
            elif place:
                places[place] = (row.line_of("url"), camera.camera_id)
        if wrong:
            faults += wrong
        elif camera is not None:
            cameras.append(camera)
        if progress is not None:
            progress(number)
    return cameras, sorted(faults, key=lambda fault: fault.line)


def check_row(row: Row, *, commands: bool = False) -> tuple[RegisteredCamera | None, list[RowFault]]:
    """The camera of one row, and its faults; a camera is given for duplicates' sake where only lesser fields are wrong."""
    wrong: list[RowFault] = []

    def complain(name: str, what: str) -> None:
        wrong.append(RowFault(row.line_of(name), name, what))

    values = {name: value.strip() for name, value in row.values.items() if value.strip()}
    for name, value in values.items():
        most = MAX_ADDRESS if name in (*ADDRESSES, "sub_url") else MAX_TEXT
        if len(value) > most or any(ord(char) < 32 for char in value):
            complain(name, f"is longer than {most} characters or holds control characters")
    if "id" not in values:
        complain("id", "is missing")
    if not any(name in values for name in ADDRESSES):
        complain("url", "is missing")
    if wrong:
        return None, wrong
    transport = values.get("transport", "tcp").lower()
    if transport not in TRANSPORTS:
        complain("transport", f"{_told(transport)} is not known; use tcp, udp or libav")
        transport = "tcp"
    verify = values.get("tls_verify", "no").lower()
    if verify not in YES + NO:
        complain("tls_verify", f"{_told(verify)} is not known; use yes or no")
    resolver = values.get("resolver")
    if not commands and runs_a_command(resolver):
        complain("resolver", "runs a command, which is taken only from a file that its operator vouches for (import: --allow-commands)")
    if "username" in values and "url" not in values and "sub_url" not in values:
        complain("username", "goes with no address here; a resolver's answer has its own")
        return None, wrong
    try:
        url, sub_url = _addresses(values)
        CameraSpec.parse(values["id"], url, transport, sub_url=sub_url, resolver=resolver)
    except CameraSpecError as error:
        what = str(error).removeprefix(f"camera {values['id']}: ")
        named = next((name for name in ("sub_url", "resolver") if what.startswith(f"its {name}")), "id" if what.startswith("camera id ") else "url")
        complain(named, what.removeprefix(f"its {named}: "))
        return None, wrong
    if sub_url is not None and sub_url == url:
        complain("sub_url", "is the same as url; leave it empty where a camera has one stream")
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
        CRS.get(crs.upper()) if crs else None, values.get("address"), sub_url, resolver, verify in YES,
    )  # fmt: skip
    return camera, wrong


def _addresses(values: Mapping[str, str]) -> tuple[str, str | None]:
    """The addresses of both streams, with the user name and password of their own columns; the small one's may have its own.

    Raises:
        CameraSpecError: they do not go together.
    """
    username, password = values.get("username"), values.get("password")
    url, sub_url = values.get("url", ""), values.get("sub_url")
    if url or sub_url is None:
        url = with_credentials(url, username, password)
    if sub_url is not None and username is not None:
        try:
            sub_url = sub_url if "@" in sub_url else with_credentials(sub_url, username, password)
        except CameraSpecError as error:
            raise CameraSpecError(f"its sub_url: {error}") from None
    return url, sub_url


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
    if parts.scheme not in PORTS:
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
