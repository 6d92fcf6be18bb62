"""How long evidence is kept, by state and grade: one table. Pure, but for the question which cases are due.

Periods follow the shortest-necessary-time rule (PIPL art. 19) and the field's practice (docs/cases.md): what was rejected goes first, a lead and a
case are kept for half a year and a year, a penalty's file as long as archives ask. A legal hold stops every rule, and for a day after its release too.
No period begins before the last packet came or somebody last decided, by this server's clock: what a worker's clock says moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from api.errors import StartError
from api.schema import cases, holds
from api.states import State
from evidence.packet import Grade

LONGEST_DAYS = 36_500
RELEASED = timedelta(days=1)
"""So long after the release of a legal hold nothing is deleted, so that a slip of the hand can be taken back."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Evidence of cases in these states and grades is deleted so many days after the decision, or after the last packet or decision; never before that."""

    id: str
    states: frozenset[State]
    grades: frozenset[Grade]
    days: int
    counts_from: Literal["decided_at", "kept_from"]
    zh: str
    en: str

    def due_at(self, since: datetime) -> datetime:
        """When it is over for a case."""
        return since + timedelta(days=self.days)

    def to_json(self) -> dict[str, object]:
        """As it stands in records."""
        return {"id": self.id, "days": self.days, "counts_from": self.counts_from, "text": {"zh": self.zh, "en": self.en}}


ANY = frozenset(Grade)
RULES = (
    Rule("rejected", frozenset({State.REJECTED}), ANY, 30, "decided_at", "驳回的告警：三十日后删除", "rejected: 30 days after the decision"),
    Rule("lead", frozenset({State.CONFIRMED}), frozenset({Grade.C}), 183, "decided_at", "线索级：六个月后删除", "a lead: six months after the decision"),
    Rule("case", frozenset({State.CONFIRMED}), frozenset({Grade.B}), 365, "decided_at", "立案级：十二个月后删除", "a case: twelve months after the decision"),
    Rule("penalty", frozenset({State.CONFIRMED}), frozenset({Grade.A}), 3653, "decided_at", "处罚案卷：十年", "a penalty's file: ten years"),
    Rule(
        "undecided",
        frozenset({State.OPEN, State.DISPUTED}),
        ANY,
        365,
        "kept_from",
        "未决：最后证据送达或最后一次处理十二个月后删除",
        "undecided: twelve months after the last evidence came or somebody last decided",
    ),
)


@dataclass(frozen=True, slots=True)
class Due:
    """A case whose evidence is to be deleted, by which rule and since when. `since` is what the cases of a rule are ordered by."""

    case_id: str
    rule: Rule
    due_at: datetime
    since: datetime


def with_days(rules: Iterable[Rule], days: Mapping[str, int]) -> tuple[Rule, ...]:
    """The rules with other periods.

    Raises:
        StartError: names a rule that there is not, or a period that is none.

    Example:
        with_days(RULES, {"rejected": 15})
    """
    found = tuple(rules)
    unknown = sorted(set(days) - {rule.id for rule in found})
    if unknown:
        raise StartError(f"--keep: there is no rule {unknown[0]!r}; there are {', '.join(rule.id for rule in found)}")
    wrong = next((name for name, number in days.items() if not 1 <= number <= LONGEST_DAYS), None)
    if wrong is not None:
        raise StartError(f"--keep: {wrong} has 1 to {LONGEST_DAYS} days, not {days[wrong]}")
    return tuple(_of(rule, days[rule.id]) if rule.id in days and days[rule.id] != rule.days else rule for rule in found)


def _of(rule: Rule, days: int) -> Rule:
    since = {
        "decided_at": ("决定后", "after the decision"),
        "kept_from": ("最后证据送达或最后一次处理后", "after the last evidence came or somebody last decided"),
    }[rule.counts_from]
    return replace(rule, days=days, zh=f"{rule.id}：{since[0]} {days} 日删除", en=f"{rule.id}: {days} days {since[1]}")


def due(connection: Connection, rules: Iterable[Rule], now: datetime, limit: int, *, after: Due | None = None) -> list[Due]:
    """Cases whose time is over, rule by rule, the longest overdue of each first; none under legal hold.

    Args:
        after: only what comes after this one in that order.
    """
    found: list[Due] = []
    for rule in _from(tuple(rules), after):
        since = _counted(rule)
        query = select(cases.c.id, cases.c.decided_at, KEPT_FROM.label("kept_from"), since.label("since")).where(is_due(rule, now))
        if after is not None and after.rule.id == rule.id:
            query = query.where(or_(since > after.since, and_(since == after.since, cases.c.id > after.case_id)))
        in_order = query.order_by(since, cases.c.id).limit(limit - len(found))
        found += [Due(row.id, rule, rule.due_at(_since(rule, row)), row.since) for row in connection.execute(in_order)]
        if len(found) >= limit:
            break
    return found


def _from(rules: tuple[Rule, ...], after: Due | None) -> tuple[Rule, ...]:
    """The rules that are not done with once a case was looked at."""
    places = [place for place, rule in enumerate(rules) if after is not None and rule.id == after.rule.id]
    return rules[places[0] :] if places else rules


KEPT_FROM = func.coalesce(cases.c.kept_from, cases.c.updated_at, type_=cases.c.kept_from.type)


def _counted(rule: Rule) -> ColumnElement[datetime]:
    return cases.c.decided_at if rule.counts_from == "decided_at" else KEPT_FROM


def _since(rule: Rule, row: Any) -> datetime:
    """From when a rule's days count for a case."""
    kept_from: datetime = row.kept_from
    return max(row.decided_at, kept_from) if rule.counts_from == "decided_at" else kept_from


def is_due(rule: Rule, now: datetime) -> ColumnElement[bool]:
    """The condition that a rule is over for a case that is under no legal hold, was under none within the last day, and still has its evidence."""
    over = now - timedelta(days=rule.days)
    states = or_(*(cases.c.state == state.value for state in sorted(rule.states)))
    return and_(
        states,
        cases.c.grade.in_(sorted(grade.value for grade in rule.grades)),
        _counted(rule) <= over,
        over >= KEPT_FROM,
        cases.c.erased_at.is_(None),
        cases.c.held.is_(False),
        ~exists().where(holds.c.case_id == cases.c.id, holds.c.released_at > now - RELEASED, holds.c.released_at <= now),
    )
