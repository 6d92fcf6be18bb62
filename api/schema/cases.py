"""What people work on: cases, the acts that they hold, who has them on the desk, and what was decided."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint, false, literal_column

from api.moments import Moment
from api.schema.base import PLACE, metadata

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
    Column("created_index", PLACE, nullable=False),
    Column("changed_index", PLACE, nullable=False, index=True),
    Column("district", String(64), nullable=False, server_default=""),
    Column("claimed_by", String(100)),
    Column("claimed_until", Moment),
    Column("sealed_by", String(100)),
    Column("sealed_state", String(20)),
    Column("sealed_index", PLACE),
    Column("hidden", JSON(none_as_null=True)),
    Column("decided_at", Moment),
    Column("held", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("erased_at", Moment),
    Column("kept_from", Moment),
    Column("ground", JSON(none_as_null=True)),
    Column("ground_cell", BigInteger().with_variant(Integer, "sqlite")),
    Index(None, "state", "value", "shown_at", "id"),
    Index(None, "state", "shown_at", "id"),
    Index(None, "shown_at", "id"),
    Index(None, "state", "kind", "shown_at", "id"),
    Index(None, "state", "kind", "value", "shown_at", "id"),
    Index(None, "state", "grade", "shown_at", "id"),
    Index(None, "state", "grade", "value", "shown_at", "id"),
    Index(None, "district", "shown_at", "id"),
    Index(None, "district", "state", "shown_at", "id"),
    Index(None, "district", "state", "kind", "shown_at", "id"),
    Index(None, "district", "state", "kind", "value", "shown_at", "id"),
    Index(None, "district", "state", "grade", "shown_at", "id"),
    Index(None, "district", "state", "grade", "value", "shown_at", "id"),
    Index(None, "district", "state", "value", "shown_at", "id"),
    Index(None, "camera_id", "shown_at", "id"),
    Index(None, "camera_id", "last_seen"),
    Index(None, "state", "erased_at", "decided_at"),
    Index(None, "ground_cell", "last_seen"),
)
"""`shown_at` is when it was confirmed, else first seen. The indices are places in `log`: what events resume by.

`district` is the camera's when the case came. The three `sealed_` columns hold a first decision (whose, leading to which state, its place in the log)
that waits for a second person who does not know it: to everybody else the case is open meanwhile. `hidden` is what others must not notice of such
decisions, also once they were undone: how many each author has made, when the last one was, and when the case had last changed without them
(`api.hidden`). `decided_at` is when it came to a state that stands. `kept_from` is when its last packet came or somebody last decided, by this server's
clock, or when that clock was found right again: no period of retention begins before it. Cases of before step 0007 have none until they change;
`updated_at` stands in for it. Camera, view, place and `ground` are those of the view that brought the first packet, whoever else saw it; `ground_cell` is
the cell of the map by which it is found there (`api.neighbours`).
"""
IS_OPEN = cases.c.state == literal_column("'open'")
"""The condition of the index of open cases, word by word: else SQLite cannot tell that it fits."""
for name, columns, where in (
    ("ix_cases_open_camera_id_view_id", (cases.c.camera_id, cases.c.view_id), IS_OPEN),
    ("ix_cases_held_shown_at_id", (cases.c.shown_at, cases.c.id), cases.c.held.is_(True)),
    ("ix_cases_claimed_by", (cases.c.claimed_by,), cases.c.claimed_by.is_not(None)),
    ("ix_cases_sealed_by", (cases.c.sealed_by,), cases.c.sealed_by.is_not(None)),
):
    Index(name, *columns, sqlite_where=where, postgresql_where=where)  # of the few that have it; else the many that do not mislead whoever plans a statement

acts = Table(
    "acts",
    metadata,
    Column("act_id", String(32), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
)
"""Which case an act, as workers claim it, belongs to."""

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
    Column("unit", String(100)),
    Column("state_before", String(20), nullable=False, server_default="open"),
    Column("kind_before", String(64)),
    Column("seal_before", PLACE),
    Column("sealed", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("undone", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("hidden", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("seen_version", Integer),
    UniqueConstraint("case_id", "version"),
)
"""`version` is the case's version that was decided; `seen_version` what the person was told that it is, where decisions were hidden from that person. What
undoing needs: state and kind before, and the first decision that was under seal then (`seal_before`, a place in the log). `sealed`: this decision is a first
one that waited, or waits, for a blind second. `hidden`: of those who may decide its author alone knows of it, as long as no second person has answered.
"""

skips = Table(
    "skips",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("person", String(100), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
)
"""Who put a case aside, and when: it comes to that person again after all others."""
