"""One name, one caller: tokens may be a person's own, and no two tokens of programs that were not revoked have one name.

Tokens of before that share a name with a person or with an older token get their number behind it, so that no two are taken for one; the first token
of a file keeps its name.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
OF_PROGRAMS = "revoked_at IS NULL AND person_id IS NULL"


def upgrade() -> None:
    op.execute("ALTER TABLE tokens ADD COLUMN person_id INTEGER CONSTRAINT fk_tokens_person_id_people REFERENCES people (id)")
    op.create_index("ix_tokens_person_id", "tokens", ["person_id"], unique=False)
    _tell_apart()
    op.create_index("uq_tokens_name_in_force", "tokens", ["name"], unique=True, sqlite_where=sa.text(OF_PROGRAMS), postgresql_where=sa.text(OF_PROGRAMS))


def _tell_apart() -> None:
    connection = op.get_bind()
    taken = set(connection.execute(sa.text("SELECT name FROM people")).scalars())
    rows = connection.execute(sa.text("SELECT id, name, from_file FROM tokens WHERE revoked_at IS NULL ORDER BY from_file DESC, id")).all()
    for row in rows:
        name = row.name if row.name not in taken else f"{row.name[:85]} #{row.id}"
        taken.add(name)
        if name != row.name:
            connection.execute(sa.text("UPDATE tokens SET name = :name WHERE id = :id"), {"name": name, "id": row.id})


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
