"""Places in the log beyond 2^31, which PostgreSQL needs wider columns for (SQLite's hold them); restores with an id of their own; periods of retention.

PostgreSQL writes each of the tables anew, once, however many columns are widened: docs/stores.md says how long that takes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

WIDER = {
    "log": ("log_index",),
    "heads": ("log_index",),
    "restores": ("log_index", "former_index"),
    "clock_doubts": ("log_index", "since_index", "settled_index"),
    "cases": ("created_index", "changed_index", "sealed_index"),
    "decisions": ("log_index", "seal_before"),
    "holds": ("log_index",),
    "erasures": ("log_index", "done_index"),
    "erased_files": ("log_index",),
    "chain_gaps": ("logged_index",),
    "given_up": ("log_index",),
    "quiet_things": ("log_index",),
    "quiet_rejections": ("log_index",),
    "suppressed": ("log_index",),
    "webhooks": ("at_index",),
}


def upgrade() -> None:
    place = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET LOCAL maintenance_work_mem = '512MB'")  # their indices are made anew
        for table, columns in WIDER.items():
            op.execute(f"ALTER TABLE {table} " + ", ".join(f"ALTER COLUMN {column} TYPE BIGINT" for column in columns))
    op.add_column("restores", sa.Column("restore_id", sa.String(length=32), nullable=True))
    op.create_table(
        "retention_periods",
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("next_days", sa.Integer(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(length=100), nullable=False),
        sa.Column("log_index", place, nullable=False),
        sa.ForeignKeyConstraint(["log_index"], ["log.log_index"], name=op.f("fk_retention_periods_log_index_log")),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_retention_periods")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
