"""Who may call: tokens, the sessions of people, and workers with the keys they are bound to."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table

from api.moments import Moment
from api.schema.base import metadata

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
