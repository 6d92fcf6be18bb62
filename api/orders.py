"""Standing orders to workers: look again at an act, be quiet about a stay. They stand until done, withdrawn or over, and go to whoever holds the camera."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select, update

from api.districts import visible
from api.roles import Caller
from api.schema import cameras, orders
from api.shapes_registry import OrderShown

What = Literal["look_again", "be_quiet"]
FORGOTTEN = timedelta(days=30)


def give(
    connection: Connection,
    what: What,
    camera_id: str,
    *,
    until: datetime,
    by: str,
    now: datetime,
    case_id: str | None = None,
    act_id: str | None = None,
    view_id: str | None = None,
    kind: str | None = None,
    xyxy: Sequence[float] | None = None,
    signature: Any = None,
    replaces: bool = True,
) -> int:
    """Gives an order, within a write transaction; its number. The same order for the same case stands once: a new one `replaces` it."""
    if case_id is not None and replaces:
        done(connection, now, what=what, case_id=case_id)
    connection.execute(delete(orders).where(orders.c.until < now - FORGOTTEN))
    values = {"case_id": case_id, "act_id": act_id, "view_id": view_id, "kind": kind, "xyxy": None if xyxy is None else list(xyxy), "signature": signature}
    made = connection.execute(insert(orders).values(what=what, camera_id=camera_id, made_at=now, made_by=by, until=until, **values))
    number: int = made.inserted_primary_key[0]  # type: ignore[index]
    return number


def done(
    connection: Connection, now: datetime, *, what: What | None = None, case_id: str | None = None, act_id: str | None = None, camera_id: str | None = None
) -> int:
    """Takes back the orders of a case or an act, within a write transaction: done by a packet, or withdrawn; how many stood."""
    assert case_id is not None or act_id is not None, "an order is taken back by its case or its act"
    which: list[ColumnElement[bool]] = [orders.c.done_at.is_(None)]
    asked = ((orders.c.what, what), (orders.c.case_id, case_id), (orders.c.act_id, act_id), (orders.c.camera_id, camera_id))
    which += [column == value for column, value in asked if value is not None]
    return connection.execute(update(orders).where(and_(*which)).values(done_at=now)).rowcount


def stand(connection: Connection, order_id: int, *, until: datetime, **told: Any) -> None:
    """Lets an order stand until another moment and say what is told now, within a write transaction; also one that was taken back."""
    given = {name: list(value) if name == "xyxy" else value for name, value in told.items()}
    connection.execute(update(orders).where(orders.c.id == order_id).values(until=until, done_at=None, **given))


def done_by_id(connection: Connection, order_id: int, now: datetime) -> None:
    """Takes one order back, within a write transaction."""
    connection.execute(update(orders).where(orders.c.id == order_id, orders.c.done_at.is_(None)).values(done_at=now))


def of_worker(connection: Connection, worker: str, now: datetime) -> list[OrderShown]:
    """The orders that stand for the cameras that a worker holds."""
    return _standing(connection, cameras.c.worker == worker, now)


def of_caller(connection: Connection, caller: Caller, now: datetime, worker: str | None = None) -> list[OrderShown]:
    """The orders that stand in a person's districts, or of them those for one worker."""
    which = visible(cameras.c.district, caller)
    return _standing(connection, which if worker is None else and_(which, cameras.c.worker == worker), now)


def _standing(connection: Connection, which: ColumnElement[bool], now: datetime) -> list[OrderShown]:
    query = select(orders).join(cameras, cameras.c.camera_id == orders.c.camera_id).where(which, orders.c.until > now, orders.c.done_at.is_(None))
    return [_shown(row) for row in connection.execute(query.order_by(orders.c.id).limit(10_000))]


def _shown(row: Row[Any]) -> OrderShown:
    return OrderShown.model_validate({name: getattr(row, name) for name in OrderShown.model_fields})
