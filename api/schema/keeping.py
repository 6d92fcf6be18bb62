"""How long evidence is kept: periods, legal holds, and what was deleted of it with the signed record that says so."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from api.moments import Moment
from api.schema.base import metadata

retention_periods = Table(
    "retention_periods",
    metadata,
    Column("rule", String(40), primary_key=True),
    Column("days", Integer, nullable=False),
    Column("next_days", Integer),
    Column("next_at", Moment),
    Column("changed_at", Moment, nullable=False),
    Column("changed_by", String(100), nullable=False),
    Column("log_index", ForeignKey("log.log_index"), nullable=False),
)
"""Rules whose period this city has changed (`api.periods`); `next_days` holds from `next_at` on."""

holds = Table(
    "holds",
    metadata,
    Column("log_index", ForeignKey("log.log_index"), primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(100), nullable=False),
    Column("released_at", Moment),
    Column("released_by", String(100)),
    Column("release_reason", Text),
)
"""While a case has one that was not released, nothing of it is deleted."""

erasures = Table(
    "erasures",
    metadata,
    Column("log_index", ForeignKey("log.log_index"), primary_key=True, autoincrement=False),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("rule", String(40), nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("by", String(100), nullable=False),
    Column("plan", Text, nullable=False),
    Column("done_at", Moment, index=True),
    Column("done_index", ForeignKey("log.log_index")),
    Column("record", Text),
)
"""`log_index` is the entry that began it, `done_index` the one that proves it; `plan` is what it names, `record` the signed record, once it is done."""

erased_files = Table(
    "erased_files",
    metadata,
    Column("log_index", ForeignKey("erasures.log_index"), primary_key=True),
    Column("packet_id", ForeignKey("packets.packet_id"), primary_key=True),
    Column("name", String(100), primary_key=True),
    Column("sha256", String(64), nullable=False),
    Index(None, "sha256"),
)
"""Hashes of files that were deleted, or are about to be."""
