"""The tables. Changes to them are a new step of the one chain in `api/migrations`; a test holds both equal.

`log` is append-only (triggers refuse changes); whatever is acknowledged to a worker or a person stands in it.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text, UniqueConstraint

from api.moments import Moment

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)

about = Table("about", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False))
"""Facts about this database: `database_id`, so that an ETag of another database never fits."""

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("role", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("from_file", Boolean(create_constraint=False), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("revoked_at", Moment),
)

sessions = Table(
    "sessions",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("token_id", ForeignKey("tokens.id"), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False, index=True),
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("public_key", String(44), nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("bound_at", Moment, nullable=False),
)

cameras = Table(
    "cameras",
    metadata,
    Column("camera_id", String(64), primary_key=True),
    Column("name", JSON(none_as_null=True)),
    Column("public_url", Text),
    Column("worker", String(64)),
    Column("announced_at", Moment, nullable=False),
)

views = Table(
    "views",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("camera_id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
    Column("saved_by", String(100), nullable=False),
    UniqueConstraint("camera_id", "version"),
)
"""Every version ever saved; the newest of a camera is in force."""

log = Table(
    "log",
    metadata,
    Column("log_index", Integer, primary_key=True, autoincrement=False),
    Column("event", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(120), nullable=False),
    Column("case_id", String(32)),
    Column("document", Text, nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Index(None, "case_id", "log_index"),
)
"""`document` is canonical JSON that holds the index and the hash of the entry before; `sha256` is its hash."""

cases = Table(
    "cases",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("act_id", String(32), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("claimed_kind", String(64), nullable=False),
    Column("kind_name", JSON(none_as_null=True), nullable=False),
    Column("grade", String(1), nullable=False),
    Column("camera_id", String(64), nullable=False),
    Column("camera_name", JSON(none_as_null=True)),
    Column("view_id", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("version", Integer, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("confirmed_at", Moment),
    Column("shown_at", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("dwell_seconds", Float, nullable=False),
    Column("score", Float, nullable=False),
    Column("value", Float, nullable=False),
    Column("x1", Float, nullable=False),
    Column("y1", Float, nullable=False),
    Column("x2", Float, nullable=False),
    Column("y2", Float, nullable=False),
    Column("thumbnail_sha256", String(64)),
    Column("recurrence_of", ForeignKey("cases.id")),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Column("created_index", Integer, nullable=False),
    Column("changed_index", Integer, nullable=False, index=True),
    Index(None, "state", "value", "shown_at", "id"),
    Index(None, "shown_at", "id"),
    Index(None, "camera_id", "last_seen"),
)
"""`shown_at` is when it was confirmed, else first seen. The indices are places in `log`: what events resume by."""

acts = Table(
    "acts",
    metadata,
    Column("act_id", String(32), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
)
"""Which case an act, as workers claim it, belongs to."""

packets = Table(
    "packets",
    metadata,
    Column("packet_id", String(32), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("act_id", String(32), nullable=False),
    Column("phase", String(20), nullable=False),
    Column("worker", String(64), nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("manifest", Text, nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
    Column("signature", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Index(None, "worker", "sequence"),
)
"""`manifest` is the canonical JSON that was signed."""

packet_files = Table(
    "packet_files",
    metadata,
    Column("packet_id", ForeignKey("packets.packet_id"), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("role", String(40), nullable=False),
    Column("bytes", Integer, nullable=False),
    Index(None, "case_id", "sha256"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("log_index", ForeignKey("log.log_index"), primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(100), nullable=False),
    Column("action", String(20), nullable=False),
    Column("reason", String(64)),
    Column("kind", String(64)),
    Column("note", Text),
    UniqueConstraint("case_id", "version"),
)
"""`version` is the case's version that the person had before them."""
