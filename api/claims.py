"""Claims: a case lies on one person's desk at a time, for minutes; a heartbeat prolongs it, deciding or skipping gives it back, and so does time.

They are kept in the database, so that a restart of the API takes nothing from anybody's desk. Handing out is one statement: on PostgreSQL it passes
over rows that another one has locked, on SQLite writers take turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Row, Select, and_, delete, exists, func, insert, or_, select, union_all, update

from api import queue
from api.errors import Conflict, NotAllowed, NotFound
from api.moments import iso
from api.queue import Filter
from api.roles import Caller, Right
from api.schema import cases, skips
from api.shapes import CaseSummary
from api.sight import in_state, may_be_second, state_for
from api.states import DECIDED, State
from api.summaries import row_of, seen_of, summaries

MOST_CLAIMED = 40
"""On one person's desk at a time: nobody keeps the queue from the others."""
SKIPPED = timedelta(hours=8)
"""A working day: as long a skipped case comes to the same person only after all others."""


def claim_next(
    connection: Connection, caller: Caller, which: Filter, count: int, until: datetime, now: datetime, *, having: Sequence[str] = (), again: bool = False
) -> list[CaseSummary]:
    """Claims the most valuable cases that lie on nobody's desk, within a write transaction; what the person skipped comes last.

    Args:
        which: its state is open, or disputed.
        having: cases that the person has on the desk and does not want again.
        again: give what lies on the person's own desk too, as to a page that was loaded anew.
    """
    own = cases.c.claimed_by == caller.name
    room = MOST_CLAIMED - _claimed(connection, caller, now)
    if not again:
        free, count = is_free(now), min(count, room)
    else:
        free = or_(is_free(now), own) if room >= count else own
    state = which.state or State.OPEN
    wanted = [*in_state(state, caller)[:1], cases.c.erased_at.is_(None), *which.conditions(), free]
    if caller.may(Right.AUDIT):
        wanted.append(or_(cases.c.sealed_by.is_(None), cases.c.sealed_by == caller.name))
    if count <= 0:
        return []
    if having:
        wanted.append(cases.c.id.not_in(list(having)))
    skipped = exists().where(skips.c.case_id == cases.c.id, skips.c.person == caller.name, skips.c.at > now - SKIPPED)
    apart = queue.districts_apart(caller, which)
    taken = _take(connection, caller, [[*wanted, ~skipped, *where] for where in apart], count, until)
    if len(taken) < count:
        taken += _take(connection, caller, [[*wanted, skipped, *where] for where in apart], count - len(taken), until)
    rows = {row.id: row for row in connection.execute(summaries().where(cases.c.id.in_(taken)))} if taken else {}
    shown = [seen_of(rows[case_id]).by(caller) for case_id in taken]
    return [one for one in shown if one is not None]


def _claimed(connection: Connection, caller: Caller, now: datetime) -> int:
    """How many cases lie on the caller's desk."""
    mine = select(func.count()).select_from(cases).where(cases.c.claimed_by == caller.name, cases.c.claimed_until > now)
    return connection.execute(mine).scalar_one()


def _take(connection: Connection, caller: Caller, parts: list[list[ColumnElement[bool]]], count: int, until: datetime) -> list[str]:
    """Puts the best on the caller's desk, of cases that meet one of `parts`; each of these is read by an index of its own."""
    best = [_best(cases, wanted, count).with_for_update(skip_locked=True).cte(f"part_{number}") for number, wanted in enumerate(parts)]
    found = union_all(*(select(one) for one in best)).subquery() if len(best) > 1 else best[0]
    chosen = _best(found, [], count).cte("chosen")
    claim = update(cases).where(cases.c.id.in_(select(chosen.c.id))).values(claimed_by=caller.name, claimed_until=until)
    rows = connection.execute(claim.returning(cases.c.id, cases.c.value, cases.c.shown_at)).all()
    return [row.id for row in sorted(rows, key=lambda row: (row.value, row.shown_at, row.id), reverse=True)]


def _best(among: FromClause, wanted: list[ColumnElement[bool]], count: int) -> Select[Any]:
    ordered = (among.c.value, among.c.shown_at, among.c.id)
    return select(*ordered).where(*wanted).order_by(*(column.desc() for column in ordered)).limit(count)


def claim_one(connection: Connection, caller: Caller, case_id: str, until: datetime, now: datetime) -> CaseSummary:
    """Claims a case, or prolongs the claim, within a write transaction.

    Raises:
        NotFound: there is no such case.
        NotAllowed: it is disputed, and not the caller's to settle.
        Conflict: it lies on somebody else's desk (who, until when), is decided, is under seal for one who may read the log, or the caller's desk is full.
    """
    row = row_of(connection, case_id, caller)
    if state_for(row, caller) is State.DISPUTED and not caller.may(Right.SETTLE):
        raise NotAllowed(f"the role {caller.role.value} may not {Right.SETTLE.value}", "有争议的案件由执法人员或管理员裁定")
    if not may_be_second(caller, row.sealed_by):
        told = "the case waits for a second person who does not know the first decision; whoever may read the log may know it"
        raise Conflict(told, "本案正等待另一人独立复核；可查阅日志者不能担任第二人", current=_shown(row, caller))
    if state_for(row, caller) in DECIDED:
        raise Conflict("the case is decided: there is nothing to claim", "案件已决定，无需领取", current=_shown(row, caller))
    refuse_if_claimed(row, caller, now)
    has_it = row.claimed_by == caller.name and row.claimed_until > now
    if not has_it and _claimed(connection, caller, now) >= MOST_CLAIMED:
        told = f"{MOST_CLAIMED} cases lie on your desk: decide or skip some first"
        raise Conflict(told, f"您已领取 {MOST_CLAIMED} 件案件，请先处理或跳过一些", current=_shown(row, caller))
    mine = update(cases).where(cases.c.id == case_id, or_(is_free(now), cases.c.claimed_by == caller.name))
    if connection.execute(mine.values(claimed_by=caller.name, claimed_until=until)).rowcount == 0:
        refuse_if_claimed(row_of(connection, case_id, caller), caller, now)
    connection.execute(delete(skips).where(skips.c.case_id == case_id, skips.c.person == caller.name))
    shown = seen_of(row_of(connection, case_id, caller)).by(caller)
    if shown is None:
        raise NotFound("there is no such case")
    return shown


def skip(connection: Connection, caller: Caller, case_id: str, now: datetime) -> bool:
    """Gives a case back and remembers that this person put it aside, within a write transaction; whether it was on the person's desk.

    Raises:
        NotFound: there is no such case.
    """
    row_of(connection, case_id, caller)
    had = release(connection, case_id, caller.name)
    connection.execute(delete(skips).where(or_(and_(skips.c.case_id == case_id, skips.c.person == caller.name), skips.c.at <= now - SKIPPED)))
    connection.execute(insert(skips).values(case_id=case_id, person=caller.name, at=now))
    return had


def release(connection: Connection, case_id: str, person: str) -> bool:
    """Gives one case back; whether it was the person's."""
    mine = update(cases).where(cases.c.id == case_id, cases.c.claimed_by == person)
    return connection.execute(mine.values(claimed_by=None, claimed_until=None)).rowcount > 0


def release_all(connection: Connection, person: str, only: Sequence[str] | None = None) -> list[str]:
    """Clears a person's desk, or takes `only` some cases from it; which cases lay on it."""
    mine = update(cases).where(cases.c.claimed_by == person).values(claimed_by=None, claimed_until=None)
    if only is not None:
        mine = mine.where(cases.c.id.in_(only))
    return list(connection.execute(mine.returning(cases.c.id)).scalars())


def is_free(now: datetime) -> ColumnElement[bool]:
    """The condition that a case lies on nobody's desk."""
    return or_(cases.c.claimed_until.is_(None), cases.c.claimed_until <= now)


def refuse_if_claimed(row: Row[Any], caller: Caller, now: datetime) -> None:
    """Refuses where the case lies on somebody else's desk.

    Raises:
        Conflict: naming who, and until when.
    """
    if row.claimed_by not in (None, caller.name) and row.claimed_until > now:
        told = {"claimed_by": row.claimed_by, "claimed_until": iso(row.claimed_until), "current": _shown(row, caller)}
        until = row.claimed_until.isoformat(timespec="seconds")
        zh = f"{row.claimed_by} 正在处理此案件（至 {until}），请处理其他案件"
        raise Conflict(f"{row.claimed_by} has this case on the desk until {until}; take another one", zh, **told)


def _shown(row: Row[Any], caller: Caller) -> dict[str, Any] | None:
    shown = seen_of(row).by(caller)
    return None if shown is None else shown.model_dump(mode="json")
