"""Things that people have silenced, with what that rests on and what was kept back because of it; and cuttings, which go at a time of their own.

New tables, and a column that may be empty: a large database is through in an instant.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "quiet_things",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("view_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("x1", sa.Float(), nullable=False),
        sa.Column("y1", sa.Float(), nullable=False),
        sa.Column("x2", sa.Float(), nullable=False),
        sa.Column("y2", sa.Float(), nullable=False),
        sa.Column("look", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(length=100), nullable=True),
        sa.Column("ended_why", sa.String(length=20), nullable=True),
        sa.Column("ended_case", sa.String(length=32), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["log_index"], ["log.log_index"], name=op.f("fk_quiet_things_log_index_log")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_quiet_things_case_id_cases")),
        sa.ForeignKeyConstraint(["ended_case"], ["cases.id"], name=op.f("fk_quiet_things_ended_case_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quiet_things")),
    )
    for columns in (["case_id"], ["order_id"], ["camera_id", "until"]):
        op.create_index(op.f(f"ix_quiet_things_{'_'.join(columns)}"), "quiet_things", columns)
    op.create_table(
        "quiet_rejections",
        sa.Column("quiet_id", sa.Integer(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["quiet_id"], ["quiet_things.id"], name=op.f("fk_quiet_rejections_quiet_id_quiet_things")),
        sa.ForeignKeyConstraint(["log_index"], ["decisions.log_index"], name=op.f("fk_quiet_rejections_log_index_decisions")),
        sa.PrimaryKeyConstraint("quiet_id", "log_index", name=op.f("pk_quiet_rejections")),
    )
    op.create_index(op.f("ix_quiet_rejections_log_index"), "quiet_rejections", ["log_index"])
    op.create_table(
        "quiet_samples",
        sa.Column("packet_id", sa.String(length=32), nullable=False),
        sa.Column("quiet_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["packet_id"], ["packets.packet_id"], name=op.f("fk_quiet_samples_packet_id_packets")),
        sa.ForeignKeyConstraint(["quiet_id"], ["quiet_things.id"], name=op.f("fk_quiet_samples_quiet_id_quiet_things")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_quiet_samples_case_id_cases")),
        sa.PrimaryKeyConstraint("packet_id", name=op.f("pk_quiet_samples")),
    )
    for column in ("quiet_id", "case_id"):
        op.create_index(op.f(f"ix_quiet_samples_{column}"), "quiet_samples", [column])
    op.create_table(
        "suppressed",
        sa.Column("act_id", sa.String(length=32), nullable=False),
        sa.Column("quiet_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["quiet_id"], ["quiet_things.id"], name=op.f("fk_suppressed_quiet_id_quiet_things")),
        sa.ForeignKeyConstraint(["log_index"], ["log.log_index"], name=op.f("fk_suppressed_log_index_log")),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_suppressed")),
    )
    op.create_index(op.f("ix_suppressed_quiet_id_at"), "suppressed", ["quiet_id", "at"])
    op.add_column("packet_files", sa.Column("goes_at", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_packet_files_goes_at"), "packet_files", ["goes_at"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
