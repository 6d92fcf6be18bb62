"""Indices of cases: the open ones of a view, among whose few a packet of an unknown act looks, and no more among all that the camera ever had; and those by
which a reviewer of one district filters by grade, or by kind and value.

Of two million cases SQLite makes the first in seconds, each of the others in about ten.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

INDICES = (
    ("district", "state", "kind", "value", "shown_at", "id"),
    ("district", "state", "grade", "shown_at", "id"),
    ("district", "state", "grade", "value", "shown_at", "id"),
)


def upgrade() -> None:
    where = sa.text("state = 'open'")
    op.create_index(op.f("ix_cases_open_camera_id_view_id"), "cases", ["camera_id", "view_id"], unique=False, sqlite_where=where, postgresql_where=where)
    for columns in INDICES:
        op.create_index(op.f(f"ix_cases_{'_'.join(columns)}"), "cases", list(columns), unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
