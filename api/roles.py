"""Who may what: one table."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a token is for."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    ADMIN = "admin"
    WORKER = "worker"


class Right(StrEnum):
    """What a route asks for."""

    READ = "read cases, evidence, cameras and views"
    DECIDE = "decide cases"
    DRAW = "save views"
    DELIVER = "deliver evidence"
    REPORT = "report cameras"
    POLL = "read the views and kinds in force"
    AUDIT = "read the log"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.VIEWER: frozenset({Right.READ, Right.POLL}),
    Role.REVIEWER: frozenset({Right.READ, Right.POLL, Right.DECIDE, Right.DRAW}),
    Role.ADMIN: frozenset({Right.READ, Right.POLL, Right.DECIDE, Right.DRAW, Right.REPORT, Right.AUDIT}),
    Role.WORKER: frozenset({Right.POLL, Right.DELIVER, Right.REPORT}),
}
