"""Standing orders of the case API: look again at an act, be quiet about a thing. They stand until the API takes them back, also over a worker's restart."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from detector.judgement.quiet import QuietThing
from detector.judgement.values import Box
from detector.worker.watched import Watched

log = logging.getLogger(__name__)

LOOK_AGAIN, BE_QUIET = "look_again", "be_quiet"


@dataclass(frozen=True, slots=True)
class StandingOrder:
    """An order for one camera; which fields it has depends on `what`.

    Attributes:
        order_id: the API's number.
        act_id: of the act that is asked about, or whose thing shall be quiet.
        signature: what that thing looks like; where the API does not say, the worker that saw it remembers.
    """

    order_id: int
    what: str
    camera_id: str
    until: datetime
    case_id: str | None = None
    act_id: str | None = None
    view_id: str | None = None
    kind: str | None = None
    xyxy: Box | None = None
    signature: tuple[float, ...] = ()

    @classmethod
    def from_json(cls, body: Any) -> Self:
        """Reads an item of `GET /orders`.

        Raises:
            ValueError: it is none.
        """
        try:
            until = datetime.fromisoformat(body["until"])
            xyxy = body.get("xyxy")
            box = None if xyxy is None else (float(xyxy[0]), float(xyxy[1]), float(xyxy[2]), float(xyxy[3]))
            signature = tuple(float(one) for one in body.get("signature") or ())
            names = ("case_id", "act_id", "view_id", "kind")
            texts = {name: None if body.get(name) is None else str(body[name]) for name in names}
            made = cls(int(body["id"]), str(body["what"]), str(body["camera_id"]), until, xyxy=box, signature=signature, **texts)
        except (TypeError, KeyError, IndexError, AttributeError, ValueError) as error:
            raise ValueError(f"no standing order ({type(error).__name__}: {error})") from None
        if until.tzinfo is None:
            raise ValueError("no standing order (until: has no zone)")
        return made

    def quiet(self, appearance_of: Callable[[str], tuple[float, ...]]) -> QuietThing | None:
        """The thing that shall be quiet; None where the order does not say which it is, and nobody here remembers what it looked like."""
        if self.what != BE_QUIET or self.view_id is None or self.kind is None or self.xyxy is None:
            return None
        signature = self.signature or (() if self.act_id is None else appearance_of(self.act_id))
        return QuietThing(self.view_id, self.kind, self.xyxy, signature, self.until, self.order_id, self.case_id) if signature else None


def read_orders(items: Iterable[Any]) -> tuple[StandingOrder, ...]:
    """The orders that can be read; what cannot is passed over with a line in the log."""
    found = []
    for item in items:
        try:
            found.append(StandingOrder.from_json(item))
        except ValueError as error:
            log.warning("a standing order is passed over: %s", error)
    return tuple(found)


def obey(
    orders: Iterable[StandingOrder], watched: Mapping[str, Watched], taken: set[int], now: datetime, appearance_of: Callable[[str], tuple[float, ...]]
) -> list[str]:
    """Puts orders in force for the cameras that are watched here; the cameras that must be looked at soon.

    Args:
        appearance_of: what the thing of an act looked like; empty where that is not known.
        taken: numbers of the orders to look again that were taken before; those that are taken now are added, those that stand no more go.
    """
    standing = [order for order in orders if order.until > now and order.camera_id in watched]
    for camera_id, one in watched.items():
        one.hush.order(tuple(thing for order in standing if order.camera_id == camera_id and (thing := order.quiet(appearance_of)) is not None))
    taken &= {order.order_id for order in standing}
    hurried = []
    for order in standing:
        if order.what != LOOK_AGAIN or order.order_id in taken or order.case_id is None or order.act_id is None:
            continue
        taken.add(order.order_id)
        if watched[order.camera_id].look_again(order.case_id, order.act_id):
            hurried.append(order.camera_id)
        else:
            log.info("camera %s: case %s asks for another look at an act that is over here", order.camera_id, order.case_id)
    return hurried
