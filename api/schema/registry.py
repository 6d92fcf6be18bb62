"""The registry of record: cameras, and what is drawn on their pictures."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Integer, String, Table, Text, UniqueConstraint

from api.moments import Moment
from api.schema.base import metadata

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
