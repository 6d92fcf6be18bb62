"""Things that people have silenced, the rejections that this rests on, and the alarms that workers kept back because of it."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, String, Table, Text

from api.moments import Moment
from api.schema.base import metadata

quiet_things = Table(
    "quiet_things",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("log_index", ForeignKey("log.log_index"), nullable=False),
    Column("camera_id", String(64), nullable=False),
    Column("view_id", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("x1", Float, nullable=False),
    Column("y1", Float, nullable=False),
    Column("x2", Float, nullable=False),
    Column("y2", Float, nullable=False),
    Column("look", JSON(none_as_null=True)),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
    Column("order_id", Integer, nullable=False, index=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("ended_by", String(100)),
    Column("ended_why", String(20)),
    Column("ended_case", ForeignKey("cases.id")),
    Column("ended_reason", Text),
    Index(None, "camera_id", "until"),
)
"""`log_index` is the entry by which it went quiet, or did so for longer. `kind` is the one that workers take it for. `case_id` is the last case that was
rejected for it, `order_id` the order `be_quiet` that stands for it (`orders.id`; orders that are over are deleted after a while, this is not). `ended_why`:
`confirmed`, `withdrawn`, `by_hand` or `over`.
"""

quiet_rejections = Table(
    "quiet_rejections",
    metadata,
    Column("quiet_id", ForeignKey("quiet_things.id"), primary_key=True),
    Column("log_index", ForeignKey("decisions.log_index"), primary_key=True, index=True),
)
"""The decisions that a silence rests on: of two people at least."""

quiet_samples = Table(
    "quiet_samples",
    metadata,
    Column("packet_id", ForeignKey("packets.packet_id"), primary_key=True),
    Column("quiet_id", ForeignKey("quiet_things.id"), nullable=False, index=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False, index=True),
)
"""Packets that were shown though their thing was quiet, as one in twenty is."""

suppressed = Table(
    "suppressed",
    metadata,
    Column("act_id", String(32), primary_key=True),
    Column("quiet_id", ForeignKey("quiet_things.id"), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Column("worker", String(64), nullable=False),
    Column("told_at", Moment, nullable=False),
    Column("log_index", ForeignKey("log.log_index"), nullable=False),
    Index(None, "quiet_id", "at"),
)
"""An alarm that a worker kept back. `act_id` is of the act that it would have been; `at` when its rule was fulfilled, by the worker's clock."""
