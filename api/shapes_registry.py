"""The shapes of the registry: cameras, hosts, standing orders, webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from api.shapes import Announcement, Answer, CameraShown, Request
from api.shapes_people import Districts
from evidence.model import Text

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Address = Annotated[str, Field(min_length=3, max_length=1000)]
DISTRICT = r"^[\w.-]{1,64}$"
"""A camera lies in one district; `*` is none."""
Crs = Literal["CGCS2000", "WGS-84", "GCJ-02"]


class Login(Request):
    """How to sign in at a camera; kept sealed, and told only to the worker that holds the camera."""

    username: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=200)]


class CameraRequest(Announcement):
    """A camera: a worker announces the first three, an administrator registers it with the others too.

    `login` left out keeps the one there is, null takes it away.
    """

    district: Annotated[str, Field(pattern=DISTRICT)] | None = None
    gb28181_id: Annotated[str, Field(pattern=r"^[0-9]{20}$", examples=["34020000001320000001"])] | None = None
    url: Address | None = Field(default=None, description="Where its stream is read; without user name and password.")
    sub_url: Address | None = None
    resolver: Annotated[str, Field(pattern=r"^https?://", max_length=1000)] | None = Field(default=None, description="Asked for the address at each connect.")
    login: Login | None = None
    transport: Literal["tcp", "udp", "libav"] | None = None
    tls_verify: bool = False
    look_interval_seconds: Annotated[float, Field(ge=0.2, le=3600)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    crs: Crs | None = Field(default=None, description="A GCJ-02 value taken for WGS-84 lies 300 to 600 m off.")
    address: Annotated[str, Field(max_length=500)] | None = None
    enabled: bool = True

    @model_validator(mode="after")
    def _placed(self) -> Self:
        placed = [self.latitude is not None, self.longitude is not None, self.crs is not None]
        if any(placed) and not all(placed):
            raise ValueError("latitude, longitude and crs belong together")
        return self


class CameraRegistered(CameraShown):
    """A camera with what is registered of it; `version` 0 was only announced by its worker."""

    version: int
    district: str
    gb28181_id: str | None
    host: str | None
    url: str | None
    sub_url: str | None
    resolver: str | None
    has_login: bool
    transport: str | None
    tls_verify: bool
    look_interval_seconds: float | None
    latitude: float | None
    longitude: float | None
    crs: str | None
    address: str | None
    enabled: bool


class CamerasRegistered(Answer):
    """The caller's cameras, by id."""

    items: list[CameraRegistered]


class CameraHeld(Answer):
    """A camera as the worker that holds it reads it: its addresses hold the login."""

    camera_id: str
    version: int
    name: Text | str | None
    url: str | None
    sub_url: str | None
    resolver: str | None
    transport: str | None
    tls_verify: bool
    look_interval_seconds: float | None
    gb28181_id: str | None
    latitude: float | None
    longitude: float | None
    crs: str | None
    address: str | None


class HostRequest(Request):
    """What a recorder or gateway bears."""

    most_streams: Annotated[int, Field(ge=1, le=10_000)] | None = None
    most_connects: Annotated[int, Field(ge=1, le=1000)] | None = None


class HostShown(Answer):
    """A host of cameras; `streams` are registered there and enabled."""

    host: str
    version: int
    most_streams: int | None
    most_connects: int | None
    streams: int


class Hosts(Answer):
    """All hosts, by name."""

    items: list[HostShown]


class CamerasHeld(Answer):
    """The cameras that a worker holds, and what their hosts bear."""

    items: list[CameraHeld]
    hosts: list[HostShown]


class OrderShown(Answer):
    """A standing order to the worker that holds the camera."""

    id: int
    what: Literal["look_again", "be_quiet"]
    camera_id: str
    case_id: str | None
    act_id: str | None
    view_id: str | None
    kind: str | None
    xyxy: list[float] | None
    signature: Any
    made_at: datetime
    until: datetime


class StandingOrders(Answer):
    """The orders that stand, oldest first."""

    items: list[OrderShown]


class WebhookRequest(Request):
    """An address that is told of cases."""

    url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]", max_length=1000)]
    events: list[Literal["case.created", "case.updated"]] = Field(default=["case.created", "case.updated"], min_length=1, max_length=2)
    districts: Districts = Field(default=["*"])
    enabled: bool = True


class WebhookShown(Answer):
    """A webhook, and how it does."""

    name: str
    url: str
    events: list[str]
    districts: list[str]
    at_index: int
    failures: int
    next_at: datetime
    last_status: int | None
    last_error: str | None
    told_at: datetime | None
    made_at: datetime
    made_by: str
    disabled_at: datetime | None


class Webhooks(Answer):
    """All webhooks, by name."""

    items: list[WebhookShown]
