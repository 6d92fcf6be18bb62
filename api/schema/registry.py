"""The registry of record: cameras, hosts, what is drawn on their pictures, permits, what workers are to do, and who is told."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint, false, true

from api.moments import Moment
from api.schema.base import PLACE, metadata

cameras = Table(
    "cameras",
    metadata,
    Column("camera_id", String(64), primary_key=True),
    Column("name", JSON(none_as_null=True)),
    Column("public_url", Text),
    Column("worker", String(64), index=True),
    Column("announced_at", Moment, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("district", String(64), nullable=False, server_default="", index=True),
    Column("gb28181_id", String(20)),
    Column("host", String(255), index=True),
    Column("url", Text),
    Column("sub_url", Text),
    Column("resolver", Text),
    Column("secret", Text),
    Column("transport", String(10)),
    Column("tls_verify", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("look_interval_seconds", Float),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("crs", String(10)),
    Column("address", Text),
    Column("enabled", Boolean(create_constraint=False), nullable=False, server_default=true()),
    Index(None, "gb28181_id", unique=True),
)
"""`version` 0: a worker announced it, nobody has registered it. `worker` holds the camera; `secret` is its login, sealed (`api.vault`)."""

camera_versions = Table(
    "camera_versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
    Column("saved_by", String(100), nullable=False),
    UniqueConstraint("camera_id", "version"),
)
"""Every version of a camera ever registered, without its login."""

hosts = Table(
    "hosts",
    metadata,
    Column("host", String(255), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("most_streams", Integer),
    Column("most_connects", Integer),
    Column("saved_at", Moment, nullable=False),
    Column("saved_by", String(100), nullable=False),
)
"""How many streams a recorder or gateway bears, and how many connects at once; None: no bound."""

views = Table(
    "views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
    Column("saved_by", String(100), nullable=False),
    Column("view_id", String(64), nullable=False, server_default="main"),
    Column("withdrawn", Boolean(create_constraint=False), nullable=False, server_default=false()),
    UniqueConstraint("camera_id", "version"),
)
"""Every version ever saved; of each view of a camera the newest is in force, unless it was withdrawn by it. A camera's views number their versions together."""

view_pictures = Table(
    "view_pictures",
    metadata,
    Column("camera_id", String(64), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("jpeg", LargeBinary, nullable=False),
    Column("saved_at", Moment, nullable=False),
    Column("saved_by", String(100), nullable=False),
)
"""The pictures that the views in force were drawn on; one that no view names any more is deleted with the saving of the next."""

permits = Table(
    "permits",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("permit_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("camera_id", String(64), nullable=False, index=True),
    Column("document", Text, nullable=False),
    Column("withdrawn", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("saved_at", Moment, nullable=False),
    Column("saved_by", String(100), nullable=False),
    Column("view_id", String(64), nullable=False, server_default="main"),
    UniqueConstraint("permit_id", "version"),
)
"""Every version ever saved; the newest of a permit is in force, unless it was withdrawn by it."""

orders = Table(
    "orders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("what", String(20), nullable=False),
    Column("camera_id", String(64), nullable=False),
    Column("case_id", String(32)),
    Column("act_id", String(32)),
    Column("view_id", String(64)),
    Column("kind", String(64)),
    Column("xyxy", JSON(none_as_null=True)),
    Column("signature", JSON(none_as_null=True)),
    Column("made_at", Moment, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("until", Moment, nullable=False, index=True),
    Column("done_at", Moment),
    Index(None, "camera_id", "until"),
)
"""Standing orders to whichever worker holds the camera, until they are done, withdrawn (`done_at`) or over (`until`)."""

webhooks = Table(
    "webhooks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", JSON(none_as_null=True), nullable=False),
    Column("districts", JSON(none_as_null=True), nullable=False),
    Column("at_index", PLACE, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("next_at", Moment, nullable=False),
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("told_at", Moment),
    Column("made_at", Moment, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("disabled_at", Moment),
)
"""`at_index` is the place in the log up to which the address has answered: nothing is lost over a restart, and what fails is sent again."""
