"""What others must not notice of decisions that wait for a blind second person: each sees version and time of the last change as they would be without.

Hidden are a first decision under seal and what its author does with it (undoing, reopening), until a second person has answered, or nobody has for a week. They
stay hidden once they were undone: the same case would go under seal again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, update

from api.moments import EPOCH, microseconds
from api.schema import decisions

Hidden = Mapping[str, Any]
"""`cases.hidden`: `by`, for each author how many and when the last one was; `since`, when the case had last changed without them. Microseconds since 1970."""


def count_for(hidden: Hidden | None, name: str) -> int:
    """How many decisions are hidden from somebody: other people's."""
    return 0 if hidden is None else sum(count for author, (count, _) in hidden["by"].items() if author != name)


def updated_for(hidden: Hidden | None, name: str, updated_at: datetime) -> datetime:
    """When the case last changed, as somebody knows."""
    if hidden is None or not count_for(hidden, name) or microseconds(updated_at) > _last(hidden):
        return updated_at
    own = hidden["by"].get(name)
    return EPOCH + timedelta(microseconds=max(hidden["since"], 0 if own is None else own[1]))


def with_one_more(hidden: Hidden | None, by: str, now: datetime, updated_at: datetime) -> Hidden:
    """Of a case that changed at `updated_at`, after a decision that is hidden."""
    changed, by_author = microseconds(updated_at), {} if hidden is None else hidden["by"]
    since = changed if hidden is None or changed > _last(hidden) else hidden["since"]
    count = by_author.get(by, (0, 0))[0]
    return {"since": since, "by": {**by_author, by: [count + 1, microseconds(now)]}}


def reveal(connection: Connection, case_id: str) -> None:
    """From now on everybody may know, within a write transaction that sets `cases.hidden` to nothing."""
    connection.execute(update(decisions).where(decisions.c.case_id == case_id, decisions.c.hidden).values(hidden=False))


def _last(hidden: Hidden) -> int:
    return max(int(at) for _, at in hidden["by"].values())
