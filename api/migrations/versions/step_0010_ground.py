"""Places of cases on the map, and which view brought a packet. Cases and packets of before have none: a large database is through in an instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("cases", sa.Column("ground", sa.JSON(), nullable=True))
    op.add_column("cases", sa.Column("ground_cell", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
    op.create_index(op.f("ix_cases_ground_cell_last_seen"), "cases", ["ground_cell", "last_seen"], unique=False)
    for name in ("camera_id", "view_id", "kind"):
        op.add_column("packets", sa.Column(name, sa.String(length=64), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
