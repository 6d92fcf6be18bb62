"""Full-text search, and numbers of PostgreSQL as large as SQLite's. The words themselves are made by `api.search` when the database is opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE case_words USING fts5(words, detail=none, columnsize=0, tokenize=\"ascii tokenchars ':'\")")
        return
    op.execute("CREATE TABLE case_words (rowid BIGINT CONSTRAINT pk_case_words PRIMARY KEY, words TSVECTOR NOT NULL)")
    op.execute("CREATE INDEX ix_case_words_words ON case_words USING gin (words)")
    op.alter_column("packets", "sequence", type_=sa.BigInteger())


def downgrade() -> None:
    raise NotImplementedError("restore a backup of before instead")
