"""From an event of judging to the order for its packet: the rule as applied, the place, the permits, the model, both clocks. Pure."""

from __future__ import annotations

from detector.judgement.rules import mean_score, place_facts, rule_applied
from detector.judgement.values import Event
from detector.worker.order import PacketOrder
from evidence.kinds import Catalogue, Kind
from evidence.packet import CameraNamed, Clocks, Exclusions, Grade, KindNamed, ModelNamed, Phase, Place, act_id_of
from evidence.views import ViewDocument

NOT_JUDGED = ("unloading", "moving_vendor", "camera_moved")
"""Exclusions that DOMAIN.md names and this version leaves to the reviewer; the packet says so."""


def order_for(
    event: Event, kind: Kind, view: ViewDocument, catalogue: Catalogue, camera: CameraNamed, model: ModelNamed, clocks: Clocks, ring_ready_seconds: float
) -> PacketOrder:
    """What the evidence desk needs for the packet of a `confirmed` or `ended` event."""
    stay = event.stay
    at = stay.confirmed_wall or stay.last_wall
    facts = place_facts(kind, view, stay.xyxy, at)
    place = Place(
        xyxy=(stay.xyxy[0], stay.xyxy[1], stay.xyxy[2], stay.xyxy[3]), zone_ids=facts.zone_ids, line_id=facts.line_id, shop=facts.shop,
        footprint_share=round(facts.footprint_share, 4),
    )  # fmt: skip
    codes = tuple({"table": code.table, "code": code.code} for code in kind.codes)
    return PacketOrder(
        phase=Phase.CONFIRMED if event.name == "confirmed" else Phase.ENDED,
        act_id=act_id_of(view.camera_id, view.view_id, kind.id, stay.first_wall, stay.stay_id),
        grade=Grade.C if view.is_whole else Grade.B,
        kind=KindNamed(id=kind.id, name=kind.name, codes=codes, catalogue_version=catalogue.version),
        stay=stay,
        place=place,
        view=view,
        camera=camera,
        rule=rule_applied(kind, catalogue.version),
        permits=facts.permits,
        exclusions=Exclusions(judged=kind.exclusions, not_judged=NOT_JUDGED),
        model=model,
        clocks=clocks,
        ring_ready_seconds=ring_ready_seconds,
        mean_score=round(mean_score(kind, stay), 4),
    )
