"""From an event of judging to the order for its packet: the rule as applied, the place, the permits, the model, both clocks. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from detector.judgement.rules import mean_score, place_facts, rule_applied
from detector.judgement.values import Event, Stay
from detector.worker.order import PacketOrder
from evidence.clocks import Clocks, stepped_seconds
from evidence.kinds import Catalogue, Kind
from evidence.packet import CameraNamed, Ending, Exclusions, Grade, KindNamed, ModelNamed, Occasion, Phase, Place, act_id_of
from evidence.views import ViewDocument

JUDGED = ("permit",)
"""Exclusions of the catalogue that this version judges."""
NOT_JUDGED = ("unloading", "moving_vendor", "camera_moved")
"""Exclusions that DOMAIN.md names and this version leaves to the reviewer; the packet says so."""


def order_for(
    event: Event, kind: Kind, view: ViewDocument, catalogue: Catalogue, camera: CameraNamed, model: ModelNamed, clocks: Clocks, ring_ready_seconds: float,
    *, look_seconds: float, look_wall: datetime,
) -> PacketOrder:  # fmt: skip
    """What the evidence desk needs for the packet of a `confirmed`, `continued` or `ended` event.

    Args:
        look_seconds, look_wall: the look that brought the event about, on both clocks.
    """
    stay = event.stay
    at = stay.confirmed_wall or stay.last_wall
    facts = place_facts(kind, view, stay.xyxy, at)
    place = Place(
        xyxy=(stay.xyxy[0], stay.xyxy[1], stay.xyxy[2], stay.xyxy[3]), zone_ids=facts.zone_ids, line_id=facts.line_id, shop=facts.shop,
        footprint_share=round(facts.footprint_share, 4),
    )  # fmt: skip
    standing = {zone.kind for zone in view.zones if zone.id in facts.zone_ids}
    codes = tuple({"table": code.table, "code": code.code} for code in kind.codes_in(standing))
    return PacketOrder(
        phase=Phase(event.name),
        act_id=act_id_of(view.camera_id, view.view_id, kind.id, stay.first_wall, stay.stay_id),
        grade=Grade.C if view.is_whole or kind.leads_only else Grade.B,
        kind=KindNamed(id=kind.id, name=kind.name, codes=codes, catalogue_version=catalogue.version),
        stay=stay,
        place=place,
        view=view,
        camera=camera,
        rule=rule_applied(kind, catalogue.version),
        permits=facts.permits,
        exclusions=Exclusions(judged=tuple(one for one in kind.exclusions if one in JUDGED), not_judged=NOT_JUDGED),
        model=model,
        clocks=_with_steps(clocks, stay),
        ring_ready_seconds=ring_ready_seconds,
        mean_score=round(mean_score(kind, stay), 4),
        ordinal=stay.continued if event.name == "continued" else 0,
        occasion=Occasion.ORDER if event.case is not None else Occasion.INTERVAL if event.name == "continued" else Occasion.RULE,
        ordered_case=event.case,
        ending=_ending(stay, look_seconds, look_wall) if event.name == "ended" else None,
    )


def _with_steps(clocks: Clocks, stay: Stay) -> Clocks:
    """The clocks with how far the wall clock was set while the thing stood there."""
    if clocks.arrival is None:
        return clocks
    stepped = stepped_seconds([(sample.at_seconds, sample.wall) for sample in stay.samples])
    return clocks.model_copy(update={"arrival": clocks.arrival.model_copy(update={"stepped_seconds": stepped})})


def _ending(stay: Stay, look_seconds: float, look_wall: datetime) -> Ending:
    """The first look that missed it is told by the arrival clock, so that a wall clock that was set since does not move it."""
    newcomer = stay.newcomer
    if newcomer is not None:
        return Ending(reason="replaced", last_seen=stay.last_wall, first_gone=newcomer.samples[0].wall, sure_at=look_wall)
    missed = look_seconds if stay.missed_since_seconds is None else stay.missed_since_seconds
    return Ending(reason="gone", last_seen=stay.last_wall, first_gone=look_wall - timedelta(seconds=round(look_seconds - missed, 6)), sure_at=look_wall)
