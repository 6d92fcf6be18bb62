"""Claims, blind second reviews, undoing, districts of cases, legal holds, deletions with their records, and daily heads of the log."""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

CASE_INDICES = (
    ("state", "shown_at", "id"),
    ("value", "shown_at", "id"),
    ("kind", "shown_at", "id"),
    ("district", "shown_at", "id"),
    ("camera_id", "shown_at", "id"),
    ("state", "erased_at", "decided_at"),
    ("claimed_by",),
    ("sealed_by",),
)


def upgrade() -> None:
    for column in _of_cases():
        op.add_column("cases", column)
    for columns in CASE_INDICES:
        op.create_index(op.f(f"ix_cases_{'_'.join(columns)}"), "cases", list(columns), unique=False)
    for column in _of_decisions():
        op.add_column("decisions", column)
    _keep_what_was_decided()
    op.create_table(
        "skips",
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("person", sa.String(length=100), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_skips_case_id_cases")),
        sa.PrimaryKeyConstraint("case_id", "person", name=op.f("pk_skips")),
    )
    op.create_index(op.f("ix_skips_at"), "skips", ["at"], unique=False)
    op.create_table(
        "heads",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_heads")),
    )
    op.create_index(op.f("ix_packets_received_at_packet_id"), "packets", ["received_at", "packet_id"], unique=False)
    op.create_index(op.f("ix_packet_files_sha256"), "packet_files", ["sha256"], unique=False)
    _tables_of_keeping()
    op.execute(sa.text("INSERT INTO about (name, value) VALUES ('double_review_key', :key)").bindparams(key=secrets.token_hex(32)))


def _of_cases() -> list[sa.Column[Any]]:
    return [
        sa.Column("district", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("claimed_by", sa.String(length=100), nullable=True),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("sealed_by", sa.String(length=100), nullable=True),
        sa.Column("sealed_state", sa.String(length=20), nullable=True),
        sa.Column("sealed_index", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("held", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
    ]


def _of_decisions() -> list[sa.Column[Any]]:
    return [
        sa.Column("unit", sa.String(length=100), nullable=True),
        sa.Column("state_before", sa.String(length=20), nullable=False, server_default="open"),
        sa.Column("kind_before", sa.String(length=64), nullable=True),
        sa.Column("seal_before", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
        sa.Column("undone", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
    ]


def _keep_what_was_decided() -> None:
    """Cases that were decided before this step count as decided when they last changed; retention counts from there."""
    op.execute("UPDATE cases SET decided_at = updated_at WHERE state <> 'open'")
    op.execute(
        "UPDATE cases SET district = (SELECT district FROM cameras WHERE cameras.camera_id = cases.camera_id) "
        "WHERE camera_id IN (SELECT camera_id FROM cameras)"
    )


def _tables_of_keeping() -> None:
    op.create_table(
        "holds",
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("released_by", sa.String(length=100), nullable=True),
        sa.Column("release_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_holds_case_id_cases")),
        sa.ForeignKeyConstraint(["log_index"], ["log.log_index"], name=op.f("fk_holds_log_index_log")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_holds")),
    )
    op.create_index(op.f("ix_holds_case_id"), "holds", ["case_id"], unique=False)
    op.create_table(
        "erasures",
        sa.Column("log_index", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(length=100), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("done_index", sa.Integer(), nullable=True),
        sa.Column("record", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_erasures_case_id_cases")),
        sa.ForeignKeyConstraint(["log_index"], ["log.log_index"], name=op.f("fk_erasures_log_index_log")),
        sa.ForeignKeyConstraint(["done_index"], ["log.log_index"], name=op.f("fk_erasures_done_index_log")),
        sa.PrimaryKeyConstraint("log_index", name=op.f("pk_erasures")),
    )
    op.create_index(op.f("ix_erasures_case_id"), "erasures", ["case_id"], unique=False)
    op.create_index(op.f("ix_erasures_done_at"), "erasures", ["done_at"], unique=False)
    op.create_table(
        "erased_files",
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("packet_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["log_index"], ["erasures.log_index"], name=op.f("fk_erased_files_log_index_erasures")),
        sa.ForeignKeyConstraint(["packet_id"], ["packets.packet_id"], name=op.f("fk_erased_files_packet_id_packets")),
        sa.PrimaryKeyConstraint("log_index", "packet_id", "name", name=op.f("pk_erased_files")),
    )
    op.create_index(op.f("ix_erased_files_sha256"), "erased_files", ["sha256"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("a database is not taken back to an older version; restore a backup that was made before")
