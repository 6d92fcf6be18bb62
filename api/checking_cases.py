"""Cases against what makes them: their packets, decisions, holds and deletions lead to every column of their rows that matters, by a second reckoning."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, select

from api.acts import View, end_of
from api.case_rows import TIMES, Came, first_row, next_row, view_of
from api.checking_packets import came_of
from api.checking_rows import Fault, document_of, entries_of, place_of
from api.gradings import Graded, graded_from
from api.log import LogEvent
from api.replaying import Made, Replay, replayed
from api.schema import cases, decisions, erasures, holds, log, packets
from api.states import TRANSITIONS, Action, State
from evidence.packet import Manifest, Receipt

AT_ONCE = 200
NOT_COMPARED = frozenset({"kind", "kind_name", "thumbnail_sha256", "erased_at", "kept_from"})
"""Those that more than the packets make; each is judged by itself."""
HOLDS = (LogEvent.HOLD.value, LogEvent.HOLD_RELEASED.value)


def case_faults(connection: Connection) -> Iterator[Fault]:
    """Everything about cases."""
    ids = list(connection.execute(select(cases.c.id).order_by(cases.c.created_index, cases.c.number)).scalars())
    districts, graded, rights = _districts(connection), graded_from(connection), _rights(connection)
    number = 0
    for begin in range(0, len(ids), AT_ONCE):
        some = ids[begin : begin + AT_ONCE]
        found = _gathered(connection, some)
        for case_id in some:
            number += 1
            one = found[case_id]
            if one.row.number != number:
                yield Fault(f"cases {case_id}", f"has the number {one.row.number}, but is the {number}. that came: a case was put in or removed")
                number = max(number, int(one.row.number))
            yield from one.faults(districts, graded)
            yield from one.kept_faults(rights)
    known = set(ids)
    for case_id in connection.execute(select(log.c.case_id).where(log.c.event == LogEvent.MANIFEST.value).distinct()).scalars():
        if case_id not in known:
            yield Fault(f"cases {case_id}", "was removed, though packets came to it")


@dataclass(frozen=True, slots=True)
class Right:
    """That the clock was found right at a place of the log, and from which place on it had been in doubt."""

    log_index: int
    since_index: int
    at: datetime

    def touches(self, places: Iterable[int]) -> bool:
        """Whether one of these places in the log is under that doubt."""
        return any(self.since_index < place < self.log_index for place in places)


class _Case:
    """One case with all that makes it."""

    def __init__(self, row: Row[Any]) -> None:
        self.row = row
        self.packets: list[tuple[int, Row[Any]]] = []
        self.made: list[Made] = []
        self.undone_rows: set[int] = set()
        self.hidden_rows: dict[int, str] = {}
        self.held = False
        self.kind_named = False
        self.plans: list[tuple[int, datetime, dict[str, Any]]] = []
        self.decided: list[tuple[int, datetime]] = []
        self.otherwise_changed: list[int] = []

    def faults(self, districts: Mapping[str, Sequence[tuple[int, str]]], graded: Graded) -> Iterator[Fault]:
        where, row = f"cases {self.row.id}", self.row
        if not self.packets:
            yield Fault(where, "no packet ever came to it")
            return
        replay = replayed(sorted(self.made, key=lambda one: one.log_index), row.claimed_kind)
        yield from self._decision_faults(replay, where)
        try:
            told = self._reckoned(graded)
        except (ValueError, KeyError, TypeError, ValidationError):
            yield Fault(where, "its packets cannot be read")
            return
        for name, value in told.items():
            if name not in NOT_COMPARED and getattr(row, name) != value:
                yield Fault(where, f"{name} is not as its packets make it")
        erased_at = told["erased_at"]
        if row.erased_at != erased_at:
            yield Fault(where, "erased_at is not as its deletions have it")
        if row.thumbnail_sha256 != (None if erased_at is not None else told["thumbnail_sha256"]):
            yield Fault(where, "thumbnail_sha256 is not as its packets make it")
        if row.held != self.held:
            yield Fault(where, "is under legal hold by its row alone" if row.held else "is under legal hold, but its row does not say so")
        version = len(self.packets) + len(self.made) + len(self.plans)
        if row.kind == row.claimed_kind and not self.kind_named and "kind_name" in told and row.kind_name != told["kind_name"]:
            yield Fault(where, "kind_name is not as its packets make it")
        if row.version != version:
            yield Fault(where, f"version is {row.version}, not {version}")
        if row.district != (expected := district_of(districts.get(row.camera_id, ()), min(index for index, _ in self.packets))):
            yield Fault(where, f"district is {row.district!r}, but its camera lay in {expected!r} when it came, or first after that")

    def kept_faults(self, rights: Sequence[Right]) -> Iterator[Fault]:
        """From when its evidence is kept: since its last packet or decision, or since the clock was found right after it had changed under a doubt."""
        came = sorted((index, row.received_at, row.grade is None) for index, row in self.packets)
        if not came:
            return
        if self.row.kept_from is None:
            if self.decided or not all(is_older for *_, is_older in came):
                yield Fault(f"cases {self.row.id}", "kept_from was taken away")
            return
        may_be = self._kept_from(came, rights)
        if self.row.kept_from not in may_be:
            what = "before its last packet came or it was last decided" if self.row.kept_from < min(may_be) else "later than its packets and the log make it"
            yield Fault(f"cases {self.row.id}", f"kept_from is {what}")

    def _kept_from(self, came: list[tuple[int, datetime, bool]], rights: Sequence[Right]) -> set[datetime]:
        """All that it may be: packets of before schema step 0007 left none, decisions whose entry names none changed none, and one under a doubt was once
        not asked for.
        """
        may_be: set[datetime] = set()
        last, was_older = 0, False
        decided = sorted(one.log_index for one in self.made if not one.lapsed)
        happened: list[tuple[int, datetime, Right | bool | None]] = [*came, *((index, at, None) for index, at in self.decided)]
        happened += [(one.log_index, one.at, one) for one in rights]
        for index, at, what in sorted(happened, key=lambda one: one[0]):
            if not isinstance(what, Right):
                may_be = {max(kept, at) for kept in may_be} | ({at} if was_older or not may_be else set())
                last, was_older = (last, False) if what is None else (index, was_older or what)
            elif last and not any(last < plan < index for plan, *_ in self.plans):
                if last > what.since_index:
                    may_be = {at}
                elif was_older or what.touches(decided):
                    may_be |= {at}
                elif what.touches(self.otherwise_changed):
                    may_be |= {max(kept, at) for kept in may_be}
        return may_be

    def _decision_faults(self, replay: Replay, where: str) -> Iterator[Fault]:
        row, at, first = self.row, replay.at, replay.first_under_seal()
        if at is None:
            yield Fault(where, "its decisions do not follow one another")
            return
        if row.state != at.state.value:
            yield Fault(where, f"is {row.state}, but its decisions lead to {at.state.value}")
        if row.kind != at.kind:
            yield Fault(where, f"kind is {row.kind}, but its packets and decisions make it {at.kind}")
        if row.decided_at != at.decided_at:
            yield Fault(where, "decided_at is not when it was decided")
        sealed_state = None if first is None else TRANSITIONS[State.OPEN, first.action].value
        if (row.sealed_by, row.sealed_state, row.sealed_index) != (None if first is None else first.by, sealed_state, at.seal):
            yield Fault(where, "its first decision under seal is not as the decisions have it")
        for index in sorted(replay.undone ^ self.undone_rows):
            yield Fault(f"decisions {index}", "undone is not as the decisions after it have it")
        if set(self.hidden_rows) - replay.hidden or (at.seal is not None and at.seal not in self.hidden_rows):
            yield Fault(where, "what of its decisions is hidden from others is not what waits for a second person")
        if {author: count for author, (count, _) in (row.hidden or {"by": {}})["by"].items()} != Counter(self.hidden_rows.values()):
            yield Fault(where, "what of it is hidden from others is not as its decisions have it")

    def _reckoned(self, graded: Graded) -> dict[str, Any]:
        """The row by its packets in the order in which they came; where their manifests are gone, from what the deletion's plan says of the case."""
        told: dict[str, Any] | None = None
        plans = sorted(self.plans, key=lambda plan: plan[0])
        ends: list[tuple[View, datetime, datetime | None]] = []
        came = sorted(self.packets, key=lambda packet: packet[0])
        for number, (index, row) in enumerate(came):
            if row.manifest:
                read = came_of(row, Manifest.model_validate_json(row.manifest), Receipt.model_validate_json(row.receipt), graded)
                told = self._with(told, read, [*ends, (view_of(row, self.row), row.last_seen, row.ended_at)])
            ends.append((view_of(row, self.row), row.last_seen, row.ended_at))
            following = came[number + 1][0] if number + 1 < len(came) else None
            for begun, at, plan in plans:
                if index < begun and (following is None or begun < following):
                    told = _of_plan(plan) | {"erased_at": at}
        if told is None:
            raise ValueError("no packet and no plan says anything")
        return told

    @staticmethod
    def _with(told: dict[str, Any] | None, came: Came, ends: list[tuple[View, datetime, datetime | None]]) -> dict[str, Any]:
        return first_row(came) if told is None else told | next_row(told, came, end_of(ends))


def _of_plan(plan: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(plan["case"])
    for name in (*TIMES, "kept_from"):
        told[name] = None if told[name] is None else datetime.fromisoformat(told[name])
    return told | {"thumbnail_sha256": None, "kept_from": told["kept_from"] or told["created_at"]}


def _gathered(connection: Connection, ids: list[str]) -> dict[str, _Case]:
    found = {row.id: _Case(row) for row in connection.execute(select(cases).where(cases.c.id.in_(ids)))}
    for row in connection.execute(select(packets).where(packets.c.case_id.in_(ids))):
        found[row.case_id].packets.append((place_of(row.receipt), row))
    for row in connection.execute(select(decisions).where(decisions.c.case_id.in_(ids))):
        found[row.case_id].made.append(_made(row))
        found[row.case_id].kind_named |= row.kind is not None
        if row.undone:
            found[row.case_id].undone_rows.add(row.log_index)
        if row.hidden:
            found[row.case_id].hidden_rows[row.log_index] = row.by
    entries = select(decisions.c.case_id, log.c.log_index, log.c.document).join(log, log.c.log_index == decisions.c.log_index)
    for row in connection.execute(entries.where(decisions.c.case_id.in_(ids))):
        kept_from = document_of(row.document).get("kept_from")
        if kept_from is not None:
            found[row.case_id].decided.append((row.log_index, datetime.fromisoformat(kept_from)))
    lapsed = select(log.c.case_id, log.c.log_index).where(log.c.case_id.in_(ids), log.c.event == LogEvent.SECOND_REVIEW_LAPSED.value)
    for row in connection.execute(lapsed):
        found[row.case_id].made.append(Made(row.log_index, "", Action.UNDO, 0, State.OPEN, None, sealed=False, lapsed=True))
        found[row.case_id].otherwise_changed.append(row.log_index)
    for row in connection.execute(select(log.c.case_id, log.c.log_index).where(log.c.case_id.in_(ids), log.c.event.in_(HOLDS))):
        found[row.case_id].otherwise_changed.append(row.log_index)
    for row in connection.execute(select(holds.c.case_id).where(holds.c.case_id.in_(ids), holds.c.released_at.is_(None))):
        found[row.case_id].held = True
    for row in connection.execute(select(erasures).where(erasures.c.case_id.in_(ids))):
        found[row.case_id].plans.append((row.log_index, row.begun_at, document_of(row.plan)))
    return found


def _made(row: Row[Any]) -> Made:
    told = (row.log_index, row.by, Action(row.action), row.version, State(row.state_before), row.seal_before)
    return Made(*told, sealed=row.sealed, at=row.at, kind=row.kind, kind_before=row.kind_before)


def _rights(connection: Connection) -> list[Right]:
    found = entries_of(connection, LogEvent.CLOCK_RIGHT)
    return [Right(entry.log_index, int(entry.document.get("since_index", 0)), entry.at) for entry in found]


def _districts(connection: Connection) -> dict[str, list[tuple[int, str]]]:
    """The districts that each camera was put into, by the places in the log that say so."""
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for entry in entries_of(connection, LogEvent.CAMERA):
        if "camera_id" in entry.document:
            found[entry.document["camera_id"]].append((entry.log_index, str(entry.document.get("district") or "")))
    return found


def district_of(changes: Sequence[tuple[int, str]], came: int) -> str:
    """The district of a case that came at a place in the log: its camera's then; of a camera that had none, the first that it was put into afterwards."""
    then = next((district for index, district in reversed(changes) if index < came), "")
    return then or next((district for index, district in changes if index > came and district), "")
