"""Who may call: people with passwords, tokens, sessions, and workers with the keys they are bound to. No secret stands here in the clear.

Tokens, session cookies and one-time tokens are 256 random bits and kept as SHA-256; passwords are kept as argon2id.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, text

from api.moments import Moment
from api.schema.base import metadata

people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("unit", String(100)),
    Column("role", String(20), nullable=False),
    Column("districts", JSON(none_as_null=True), nullable=False),
    Column("password", Text),
    Column("must_change", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("made_at", Moment, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("disabled_at", Moment),
)
"""`password` is argon2id with its parameters; `must_change` while it is the one that an administrator gave; `changed_at` is the password's."""

OF_PROGRAMS = "revoked_at IS NULL AND person_id IS NULL"
tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("role", String(20), nullable=False),
    Column("name", String(100), nullable=False),
    Column("unit", String(100)),
    Column("districts", JSON(none_as_null=True), nullable=False, server_default='["*"]'),
    Column("worker", String(64)),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("from_file", Boolean(create_constraint=False), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("made_by", String(100)),
    Column("ends_at", Moment),
    Column("revoked_at", Moment),
    Column("person_id", ForeignKey("people.id"), index=True),
    Index("uq_tokens_name_in_force", "name", unique=True, sqlite_where=text(OF_PROGRAMS), postgresql_where=text(OF_PROGRAMS)),
)
"""`worker` is set on the token that an enrolled worker got: it speaks for that name alone. `person_id` is set on a person's own: it has the person's name,
role, unit and districts of the moment. All others are programs', and no two that were not revoked have one name."""

sessions = Table(
    "sessions",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("token_id", ForeignKey("tokens.id"), index=True),
    Column("person_id", ForeignKey("people.id"), index=True),
    Column("made_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False, server_default="0"),
    Column("ends_at", Moment, nullable=False, index=True),
)
"""A session stands for a token or for a person, never for both, and ends with it."""

throttles = Table(
    "throttles",
    metadata,
    Column("subject", String(80), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment, nullable=False, index=True),
    Column("until", Moment, nullable=False),
)
"""Who failed to sign in, how often, and until when no further try is looked at. `subject` is a kind and a hash, so that it is no list of names."""

workers = Table(
    "workers",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("public_key", String(44), nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("bound_at", Moment, nullable=False),
    Column("enrolled_at", Moment),
    Column("revoked_at", Moment),
    Column("revoked_by", String(100)),
)
"""The key that a worker's name is bound to now. One that was enrolled is spoken for by its own token alone."""

worker_heads = Table(
    "worker_heads",
    metadata,
    Column("worker", ForeignKey("workers.name"), primary_key=True),
    Column("key_id", String(16)),
    Column("chain_index", BigInteger().with_variant(Integer, "sqlite")),
    Column("sha256", String(64)),
    Column("at", Moment),
    Column("document", Text),
    Column("came_at", Moment),
    Column("told_sha256", String(64), nullable=False),
    Column("checked_at", Moment, nullable=False),
    Column("missing", BigInteger().with_variant(Integer, "sqlite"), nullable=False),
    Column("fault", Text),
    Column("fault_at", Moment),
)
"""The last head of each worker's chain that fits what was known (`document`, as it was signed, and what it says), when it was told something last and held
against the packets, how many packets it counts that are not here, and what the last check found wrong."""

former_keys = Table(
    "former_keys",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("key_id", String(16), primary_key=True),
    Column("public_key", String(44), nullable=False),
    Column("bound_at", Moment, nullable=False),
    Column("revoked_at", Moment, nullable=False),
)
"""Keys of names that were revoked and enrolled anew: what they signed before stays verifiable."""

enrolments = Table(
    "enrolments",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("worker", String(64), nullable=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("made_at", Moment, nullable=False),
    Column("made_by", String(100), nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("used_at", Moment),
)
"""One-time tokens for workers to come."""
