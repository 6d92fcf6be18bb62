"""The chains of workers' manifests as far as they came: where each ends, what is missing in between, and what a worker gave up."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table, Text

from api.moments import Moment
from api.schema.base import PLACE, metadata

chains = Table(
    "chains",
    metadata,
    Column("worker", String(64), primary_key=True),
    Column("key_id", String(16), primary_key=True),
    Column("last", PLACE, nullable=False),
)
"""The highest place that came of each key's chain."""

chain_gaps = Table(
    "chain_gaps",
    metadata,
    Column("worker", String(64), primary_key=True),
    Column("key_id", String(16), primary_key=True),
    Column("first", PLACE, primary_key=True, autoincrement=False),
    Column("last", PLACE, nullable=False),
    Column("since", Moment, nullable=False),
    Column("logged_index", ForeignKey("log.log_index")),
)
"""Places that did not come though later ones did, since when, and where the log says so, once it is no mere matter of order."""

given_up = Table(
    "given_up",
    metadata,
    Column("worker", String(64), primary_key=True),
    Column("key_id", String(16), primary_key=True),
    Column("sequence", PLACE, primary_key=True, autoincrement=False),
    Column("packet_id", String(32), nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
    Column("previous_sha256", String(64)),
    Column("document", Text, nullable=False),
    Column("log_index", ForeignKey("log.log_index"), nullable=False),
    Column("came_at", Moment, nullable=False),
)
"""Packets whose files their worker could not keep (`document`: the signed manifest, and the signed record that says why). Their places are filled."""
