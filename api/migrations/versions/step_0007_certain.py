"""Retention that trusts no clock, chains of manifests as far as they came, restores of backups, and what a packet's evidence bears.

Only columns that may be empty and small tables: a large database is through in an instant.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    place = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "restores",
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("former_index", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["log_index"], ["log.log_index"], name=op.f("fk_restores_log_index_log")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_restores")),
    )
    op.create_table(
        "clock_doubts",
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("since_index", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("settled_index", sa.Integer(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_by", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(["log_index"], ["log.log_index"], name=op.f("fk_clock_doubts_log_index_log")),
        sa.ForeignKeyConstraint(["settled_index"], ["log.log_index"], name=op.f("fk_clock_doubts_settled_index_log")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_clock_doubts")),
    )
    op.create_table(
        "chains",
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("last", place, nullable=False),
        sa.PrimaryKeyConstraint("worker", "key_id", name=op.f("pk_chains")),
    )
    op.create_table(
        "chain_gaps",
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("first", place, autoincrement=False, nullable=False),
        sa.Column("last", place, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("logged_index", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["logged_index"], ["log.log_index"], name=op.f("fk_chain_gaps_logged_index_log")),
        sa.PrimaryKeyConstraint("worker", "key_id", "first", name=op.f("pk_chain_gaps")),
    )
    op.create_table(
        "given_up",
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("sequence", place, autoincrement=False, nullable=False),
        sa.Column("packet_id", sa.String(length=32), nullable=False),
        sa.Column("manifest_sha256", sa.String(length=64), nullable=False),
        sa.Column("previous_sha256", sa.String(length=64), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("came_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["log_index"], ["log.log_index"], name=op.f("fk_given_up_log_index_log")),
        sa.PrimaryKeyConstraint("worker", "key_id", "sequence", name=op.f("pk_given_up")),
    )
    op.add_column("cases", sa.Column("kept_from", sa.BigInteger(), nullable=True))
    op.add_column("packets", sa.Column("previous_sha256", sa.String(length=64), nullable=True))
    op.add_column("packets", sa.Column("first_seen", sa.BigInteger(), nullable=True))
    op.add_column("packets", sa.Column("boot_id", sa.Text(), nullable=True))
    op.add_column("packets", sa.Column("grade", sa.String(length=1), nullable=True))
    op.add_column("packets", sa.Column("lowered", sa.Text(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
