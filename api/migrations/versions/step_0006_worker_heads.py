"""The last signed head of each worker's chain, and what is in doubt about it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "worker_heads",
        sa.Column("worker", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=True),
        sa.Column("chain_index", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("came_at", sa.BigInteger(), nullable=True),
        sa.Column("told_sha256", sa.String(length=64), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("fault_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["worker"], ["workers.name"], name=op.f("fk_worker_heads_worker_workers")),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_worker_heads")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
