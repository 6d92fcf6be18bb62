"""On which of a camera's views a permit is drawn. Permits of before lie on the main one: a large database is through in an instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("permits", sa.Column("view_id", sa.String(length=64), nullable=False, server_default="main"))


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
