"""A signature on each entry of the log, by the API's key. Entries of before have none: the first start signs where signatures begin (`api.log_signing`).

Both databases add the columns at once, whatever the number of rows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("log", sa.Column("signed_by", sa.String(length=16), nullable=True))
    op.add_column("log", sa.Column("signature", sa.String(length=88), nullable=True))


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
