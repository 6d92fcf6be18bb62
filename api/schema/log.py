"""The append-only log, chained by hash: whatever is acknowledged to a worker or a person stands in it."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from api.moments import Moment
from api.schema.base import PLACE, metadata

log = Table(
    "log",
    metadata,
    Column("log_index", PLACE, primary_key=True, autoincrement=False),
    Column("event", String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", String(120), nullable=False),
    Column("case_id", String(32)),
    Column("document", Text, nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("signed_by", String(16)),
    Column("signature", String(88)),
    Index(None, "case_id", "log_index"),
)
"""`document` is canonical JSON that holds the index and the hash of the entry before; `sha256` is its hash, and `signature` (base64) is over that, by the API's
key `signed_by`; entries of before step 0016 have none (`api.log_signing`)."""

heads = Table(
    "heads",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("log_index", PLACE, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("document", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
)
"""The log's last entry of each day, signed (`document`, as it is given away). Whoever keeps one can tell that nothing before it was changed."""

restores = Table(
    "restores",
    metadata,
    Column("log_index", ForeignKey("log.log_index"), primary_key=True, autoincrement=False),
    Column("former_index", PLACE, nullable=False),
    Column("at", Moment, nullable=False),
    Column("restore_id", String(32)),
)
"""When a backup was restored: the log goes on at `log_index`, beyond every place that may have been given out after its last entry of before.
`restore_id` tells it from another restore of the same backup; those of before step 0012 have none."""

clock_doubts = Table(
    "clock_doubts",
    metadata,
    Column("log_index", ForeignKey("log.log_index"), primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("since_index", PLACE, nullable=False),
    Column("why", Text, nullable=False),
    Column("settled_index", ForeignKey("log.log_index")),
    Column("settled_at", Moment),
    Column("settled_by", String(100)),
)
"""When this server's clock was found to be in doubt. Until somebody has said that it is right, nothing is deleted; what changed after `since_index` is kept
from then on."""
