"""What was received: packets with their manifests and receipts, and the files that they name."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from api.moments import Moment
from api.schema.base import metadata

packets = Table(
    "packets",
    metadata,
    Column("packet_id", String(32), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("act_id", String(32), nullable=False),
    Column("phase", String(20), nullable=False),
    Column("worker", String(64), nullable=False),
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("manifest", Text, nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
    Column("signature", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("previous_sha256", String(64)),
    Column("first_seen", Moment),
    Column("boot_id", Text),
    Column("grade", String(1)),
    Column("lowered", Text),
    Column("held_by", String(64)),
    Column("camera_id", String(64)),
    Column("view_id", String(64)),
    Column("kind", String(64)),
    Index(None, "worker", "sequence"),
    Index(None, "received_at", "packet_id"),
)
"""`manifest` is the canonical JSON that was signed. `grade` is the one that its evidence bears, `lowered` why that is less than the one it claims
(`evidence.grading`, with commas; null: it is not). They, and the three columns before them, follow from the manifest; packets of before step 0007 have none.
`held_by` is the worker that holds the camera, where that is another than the packet's (`api.holders`). Camera, view and kind are the packet's, which need not
be its case's (`api.neighbours`); packets of before step 0010 have none, and are all of their case's own view.
"""

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
    Column("goes_at", Moment),
    Index(None, "case_id", "sha256"),
    Index(None, "sha256"),
    Index(None, "goes_at"),
)
"""`goes_at` is when a cutting is deleted, whatever becomes of its case (`api.cuttings`); null of evidence."""
