"""Things that people have silenced: begun by two people's rejections, renewed by another, ended by a confirmation, by hand, or by themselves after thirty days.

What goes quiet is the thing (kind, outline and look: `evidence.quiet`), never the place. The worker that holds the camera is told by an order; each beginning
and end stands in the log. All within the write transaction of whatever brought it about.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, update

from api import log, orders
from api.holders import is_foreign
from api.moments import iso
from api.schema import cases, decisions, packets, quiet_rejections, quiet_samples, quiet_things
from api.states import Action, State
from evidence.canonical import canonical_json, sha256_hex
from evidence.packet import Manifest, Phase
from evidence.quiet import Likeness, Outline, is_same_thing

QUIET = timedelta(days=30)
"""So long a thing is quiet, and so far back rejections of it count."""
MOST_EARLIER = 50
"""Rejected cases at one place, newest first, that are asked whether they are of the same thing."""
NEWEST = 8
"""Packets of a case, newest first, that are asked what its thing looks like."""
Why = Literal["confirmed", "withdrawn", "by_hand", "over"]


@dataclass(frozen=True, slots=True)
class Sight:
    """A case's thing as one view sees it: an act that two cameras saw is one case, and goes quiet before both."""

    camera_id: str
    act_id: str
    thing: Likeness

    def is_of_one_thing(self, other: Sight) -> bool:
        """Whether another sight is of the same thing, by the same camera."""
        return self.camera_id == other.camera_id and is_same_thing(self.thing, other.thing)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A decision that rejected a thing for what it is: its place in the log, and by whom."""

    log_index: int
    by: str


def silence(connection: Connection, case: Row[Any], reasons: Collection[str], by: str, now: datetime) -> None:
    """After a case was rejected: where two people have rejected its thing for one of the `reasons`, it goes quiet, or stays so for another thirty days.

    It counts who rejected this case and earlier ones of the same thing within thirty days. A case whose packets do not say what the thing looks like counts
    alone.
    """
    own = _rejections(connection, [case.id], reasons)
    if not own:
        return
    sights = sights_of(connection, case)
    every = [*own, *_rejections(connection, _earlier_of(connection, case, sights, now), reasons)]
    if len({one.by for one in every}) >= 2:
        for sight in sights:
            _silence(connection, case, sight, every, by, now)


def _silence(connection: Connection, case: Row[Any], sight: Sight, every: list[Rejection], by: str, now: datetime) -> None:
    """One camera is quiet about the thing from now on, or for longer."""
    thing, standing = sight.thing, None
    for row in _standing(connection, sight.camera_id, now):
        if is_same_thing(_likeness(row), thing) or (row.case_id, row.view_id, row.kind) == (case.id, thing.view_id, thing.kind):
            standing = row
            break
    look = list(thing.look) or None
    box = dict(zip(("x1", "y1", "x2", "y2"), thing.outline, strict=True))
    told: dict[str, Any] = {"act_id": sight.act_id, "view_id": thing.view_id, "kind": thing.kind, "xyxy": thing.outline, "signature": look}
    until = now + QUIET
    if standing is None:
        order_id = orders.give(connection, "be_quiet", sight.camera_id, until=until, by=by, now=now, case_id=case.id, replaces=False, **told)
        quiet_id = connection.execute(select(func.coalesce(func.max(quiet_things.c.id), 0))).scalar_one() + 1
    else:
        order_id, quiet_id = standing.order_id, standing.id
        orders.stand(connection, order_id, until=until, case_id=case.id, **told)
    change = "begun" if standing is None else "renewed"
    index = _log_quiet(connection, change, (quiet_id, order_id), sight.camera_id, thing, until, every, by, now, case.id)
    values = {"log_index": index, "case_id": case.id, "order_id": order_id, "until": until, "look": look, **box}
    if standing is None:
        named = {"id": quiet_id, "camera_id": sight.camera_id, "view_id": thing.view_id, "kind": thing.kind, "since": now}
        connection.execute(insert(quiet_things).values(**values, **named))
    else:
        connection.execute(update(quiet_things).where(quiet_things.c.id == quiet_id).values(**values))
    known = set(connection.execute(select(quiet_rejections.c.log_index).where(quiet_rejections.c.quiet_id == quiet_id)).scalars())
    fresh = [{"quiet_id": quiet_id, "log_index": one.log_index} for one in every if one.log_index not in known]
    if fresh:
        connection.execute(insert(quiet_rejections), fresh)


def withdraw(connection: Connection, case_id: str, by: str, now: datetime) -> None:
    """After a decision: ends what rests on rejections of fewer than two people, because one was taken back or its case was opened again."""
    resting = select(quiet_rejections.c.quiet_id).join(decisions, decisions.c.log_index == quiet_rejections.c.log_index).where(decisions.c.case_id == case_id)
    for row in connection.execute(select(quiet_things).where(quiet_things.c.id.in_(resting), stands(now))).all():
        valid = select(decisions.c.by).distinct().join(quiet_rejections, quiet_rejections.c.log_index == decisions.c.log_index)
        valid = valid.join(cases, cases.c.id == decisions.c.case_id).where(quiet_rejections.c.quiet_id == row.id, ~decisions.c.undone)
        if len(connection.execute(valid.where(cases.c.state == State.REJECTED.value)).all()) < 2:
            end(connection, row, "withdrawn", by, now, case_id)


def hear(connection: Connection, case: Row[Any], by: str, now: datetime) -> None:
    """After a case was confirmed: ends the silence of its thing, whether the case was shown in spite of it or came before; also where another camera is quiet
    about that thing.
    """
    shown = set(connection.execute(select(quiet_samples.c.quiet_id).where(quiet_samples.c.case_id == case.id)).scalars())
    heard = {
        row.case_id
        for sight in sights_of(connection, case)
        for row in _standing(connection, sight.camera_id, now)
        if row.case_id == case.id or row.id in shown or is_same_thing(_likeness(row), sight.thing)
    }
    of_these = select(quiet_things).where(quiet_things.c.case_id.in_(sorted(heard)), stands(now))
    for row in connection.execute(of_these.order_by(quiet_things.c.id)).all():
        end(connection, row, "confirmed", by, now, case.id)


def hush_again(connection: Connection, case: Row[Any], by: str, now: datetime) -> None:
    """After a decision was undone: what a confirmation of the case had ended, and that stands confirmed no more, is quiet again as long as it was to be."""
    ended = and_(quiet_things.c.ended_case == case.id, quiet_things.c.ended_why == "confirmed", quiet_things.c.until > now)
    for row in connection.execute(select(quiet_things).where(ended)).all():
        thing, rests = _likeness(row), _rests_on(connection, row.id)
        index = _log_quiet(connection, "again", (row.id, row.order_id), row.camera_id, thing, row.until, rests, by, now, row.case_id)
        gone = {"ended_at": None, "ended_by": None, "ended_why": None, "ended_case": None, "ended_reason": None}
        connection.execute(update(quiet_things).where(quiet_things.c.id == row.id).values(log_index=index, **gone))
        told = {"view_id": row.view_id, "kind": row.kind, "xyxy": thing.outline, "signature": row.look}
        orders.stand(connection, row.order_id, until=row.until, case_id=row.case_id, **told)


def end(connection: Connection, row: Row[Any], why: Why, by: str, now: datetime, case_id: str | None = None, reason: str | None = None) -> int:
    """Ends a silence and takes its order back; its place in the log."""
    body = {"quiet": row.id, "order": row.order_id, "camera_id": row.camera_id, "view_id": row.view_id, "kind": row.kind, "why": why, "reason": reason}
    index = log.append(connection, log.LogEvent.QUIET_ENDED, now, by, body, case_id or row.case_id)
    values = {"ended_at": now, "ended_by": by, "ended_why": why, "ended_case": case_id, "ended_reason": reason}
    connection.execute(update(quiet_things).where(quiet_things.c.id == row.id).values(**values))
    orders.done_by_id(connection, row.order_id, now)
    return index


def lapse(connection: Connection, by: str, now: datetime) -> int:
    """Writes down which silences are over by themselves; how many."""
    over = connection.execute(select(quiet_things).where(quiet_things.c.ended_at.is_(None), quiet_things.c.until <= now)).all()
    for row in over:
        end(connection, row, "over", by, now)
    return len(over)


def sampled(connection: Connection, manifest: Manifest, packet_id: str, case_id: str) -> None:
    """After a packet came in that is shown though its thing is quiet: notes which silence it is to try."""
    if manifest.quiet is None:
        return
    of_order = and_(quiet_things.c.order_id == manifest.quiet.order, quiet_things.c.camera_id == manifest.camera.id)
    quiet_id = connection.execute(select(quiet_things.c.id).where(of_order)).scalar()
    if quiet_id is not None:
        connection.execute(insert(quiet_samples).values(packet_id=packet_id, quiet_id=quiet_id, case_id=case_id))


def stands(now: datetime) -> ColumnElement[bool]:
    """The condition that a silence stands."""
    return and_(quiet_things.c.ended_at.is_(None), quiet_things.c.until > now)


def sights_of(connection: Connection, case: Row[Any]) -> list[Sight]:
    """A case's thing as each view sees it: by the newest packet that shows the thing there, and as the kind that its worker takes it for. Without a look where
    none is told, or the evidence was deleted.
    """
    shows = select(packets.c.manifest).where(packets.c.case_id == case.id, packets.c.manifest != "", packets.c.phase != Phase.ENDED.value)
    found: dict[tuple[str, str], Sight] = {}
    for text in connection.execute(shows.order_by(packets.c.last_seen.desc(), packets.c.received_at.desc()).limit(NEWEST)).scalars():
        manifest = json.loads(text)
        camera_id, view_id = manifest["camera"]["id"], manifest["view"]["id"]
        look = tuple(float(one) for one in manifest["stay"].get("look") or ())
        if look and (camera_id, view_id) not in found:
            thing = Likeness(view_id, manifest["kind"]["id"], _box(manifest["place"]["xyxy"]), look)
            found[camera_id, view_id] = Sight(camera_id, manifest["act_id"], thing)
    if (case.camera_id, case.view_id) not in found:
        unknown = Likeness(case.view_id, case.claimed_kind, (case.x1, case.y1, case.x2, case.y2), ())
        found[case.camera_id, case.view_id] = Sight(case.camera_id, case.act_id, unknown)
    return list(found.values())


def _earlier_of(connection: Connection, case: Row[Any], sights: list[Sight], now: datetime) -> list[str]:
    """Other cases of the last thirty days that stand rejected and are of the same thing."""
    known = [sight for sight in sights if sight.thing.look]
    if not known:
        return []
    near = or_(*(_may_be(sight) for sight in known))
    rejected = select(cases).where(near, cases.c.id != case.id, cases.c.state == State.REJECTED.value, cases.c.last_seen >= now - QUIET)
    rows = connection.execute(rejected.where(~is_foreign(cases.c.id)).order_by(cases.c.last_seen.desc()).limit(MOST_EARLIER)).all()
    return [row.id for row in rows if any(sight.is_of_one_thing(other) for other in sights_of(connection, row) for sight in known)]


def _may_be(sight: Sight) -> ColumnElement[bool]:
    """The condition that a case's row speaks of the same place; of which thing it is, its packets tell."""
    x1, y1, x2, y2 = sight.thing.outline
    same = and_(cases.c.camera_id == sight.camera_id, cases.c.view_id == sight.thing.view_id)
    return and_(same, cases.c.x1 < x2, cases.c.x2 > x1, cases.c.y1 < y2, cases.c.y2 > y1)


def _rejections(connection: Connection, case_ids: Iterable[str], reasons: Collection[str]) -> list[Rejection]:
    """Decisions of these cases that stand and rejected for one of these reasons."""
    of_cases = select(decisions.c.log_index, decisions.c.by).where(decisions.c.case_id.in_(list(case_ids)), decisions.c.action == Action.REJECT.value)
    rows = connection.execute(of_cases.where(~decisions.c.undone, decisions.c.reason.in_(sorted(reasons))).order_by(decisions.c.log_index))
    return [Rejection(row.log_index, row.by) for row in rows]


def _rests_on(connection: Connection, quiet_id: int) -> list[Rejection]:
    rows = select(decisions.c.log_index, decisions.c.by).join(quiet_rejections, quiet_rejections.c.log_index == decisions.c.log_index)
    return [Rejection(row.log_index, row.by) for row in connection.execute(rows.where(quiet_rejections.c.quiet_id == quiet_id).order_by(decisions.c.log_index))]


def look_sha256(look: Iterable[float]) -> str:
    """What the log holds of how a thing looks: the hash of its canonical JSON."""
    return sha256_hex(canonical_json([float(one) for one in look]))


def _standing(connection: Connection, camera_id: str, now: datetime) -> list[Row[Any]]:
    return list(connection.execute(select(quiet_things).where(quiet_things.c.camera_id == camera_id, stands(now)).order_by(quiet_things.c.id)).all())


def _likeness(row: Row[Any]) -> Likeness:
    return Likeness(row.view_id, row.kind, (row.x1, row.y1, row.x2, row.y2), tuple(row.look or ()))


def _box(values: list[float]) -> Outline:
    x1, y1, x2, y2 = (float(value) for value in values)
    return x1, y1, x2, y2


def _log_quiet(
    connection: Connection, change: str, numbers: tuple[int, int], camera_id: str, thing: Likeness, until: datetime, rests_on: Iterable[Rejection], by: str,
    now: datetime, case_id: str,
) -> int:  # fmt: skip
    """`numbers`: of the silence and of its order."""
    rests, (quiet_id, order_id) = list(rests_on), numbers
    body = {
        "change": change, "quiet": quiet_id, "order": order_id, "camera_id": camera_id, "view_id": thing.view_id, "kind": thing.kind,
        "xyxy": list(thing.outline), "look_sha256": look_sha256(thing.look),
        "until": iso(until), "rejected_by": sorted({one.by for one in rests}), "rests_on": sorted(one.log_index for one in rests),
    }  # fmt: skip
    return log.append(connection, log.LogEvent.QUIETED, now, by, body, case_id)
