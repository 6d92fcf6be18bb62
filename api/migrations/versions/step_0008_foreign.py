"""Packets of workers that do not hold the camera, and which worker does. Packets of before have none: a large database is through in an instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("packets", sa.Column("held_by", sa.String(length=64), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
