"""Several views of one camera, and the pictures that views were drawn on. Views of before are all `main`: a large database is through in an instant."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("views", sa.Column("view_id", sa.String(length=64), nullable=False, server_default="main"))
    op.add_column("views", sa.Column("withdrawn", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()))
    op.create_table(
        "view_pictures",
        sa.Column("camera_id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("jpeg", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.BigInteger(), nullable=False),
        sa.Column("saved_by", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("camera_id", "sha256", name=op.f("pk_view_pictures")),
    )


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
