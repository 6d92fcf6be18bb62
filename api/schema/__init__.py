"""The tables, one module a subject, all on one `metadata`. Changes to them are a new step of the one chain in `api/migrations`; a test holds both equal.

Statements on them run on SQLite and on PostgreSQL alike: SQLAlchemy Core, and no SQL of one database outside `api.database` and `api.search`.
"""

from __future__ import annotations

from api.schema.about import about
from api.schema.base import metadata
from api.schema.cases import acts, cases, decisions, skips
from api.schema.chains import chain_gaps, chains, given_up
from api.schema.evidence import packet_files, packets
from api.schema.keeping import erased_files, erasures, holds, retention_periods
from api.schema.log import clock_doubts, heads, log, restores
from api.schema.people import enrolments, former_keys, people, sessions, throttles, tokens, worker_heads, workers
from api.schema.quiet import quiet_rejections, quiet_samples, quiet_things, suppressed
from api.schema.registry import camera_versions, cameras, hosts, orders, permits, view_pictures, views, webhooks

__all__ = [
    "about",
    "acts",
    "camera_versions",
    "cameras",
    "cases",
    "chain_gaps",
    "chains",
    "clock_doubts",
    "decisions",
    "enrolments",
    "erased_files",
    "erasures",
    "former_keys",
    "given_up",
    "heads",
    "holds",
    "hosts",
    "log",
    "metadata",
    "orders",
    "packet_files",
    "packets",
    "people",
    "permits",
    "quiet_rejections",
    "quiet_samples",
    "quiet_things",
    "restores",
    "retention_periods",
    "sessions",
    "skips",
    "suppressed",
    "throttles",
    "tokens",
    "view_pictures",
    "views",
    "webhooks",
    "worker_heads",
    "workers",
]
