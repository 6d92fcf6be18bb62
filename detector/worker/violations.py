"""From an event of judging to the order for its packet: the rule as applied, the place, the permits, the model, both clocks. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from detector.ground.telling import is_unrecognised
from detector.judgement.exclusions import checked
from detector.judgement.geometry import USUAL_ASPECT
from detector.judgement.goods import goods_seen
from detector.judgement.places import Standing, place_facts
from detector.judgement.rulebook import rulebook_of
from detector.judgement.rules import mean_score
from detector.judgement.values import Event, Stay
from detector.judgement.wording import rule_applied
from detector.worker.order import PacketOrder
from evidence.clocks import Clocks, stepped_seconds
from evidence.ground import ground_of
from evidence.kinds import Catalogue, Kind
from evidence.model import Text
from evidence.named import MemberNamed, RuleApplied
from evidence.packet import CameraNamed, Ending, Exclusions, Grade, KindNamed, ModelNamed, Occasion, Phase, Place, act_id_of
from evidence.views import ViewDocument


def order_for(
    event: Event, kind: Kind, view: ViewDocument, catalogue: Catalogue, camera: CameraNamed, model: ModelNamed, clocks: Clocks, ring_ready_seconds: float,
    *, look_seconds: float, look_wall: datetime, others: Sequence[Stay] = (), aspect: float = USUAL_ASPECT,
) -> PacketOrder:  # fmt: skip
    """What the evidence desk needs for the packet of a `confirmed`, `continued` or `ended` event.

    Args:
        look_seconds, look_wall: the look that brought the event about, on both clocks.
        others: the view's stays: who has a permit's area, and which row goods stand in.
        aspect: width of the picture over its height, in pixels.
    """
    stay = event.stay
    # What a look finds of an act that goes on is judged as of that look: a permit may have begun or ended since.
    at = look_wall if event.name == "continued" else stay.confirmed_wall or stay.last_wall
    book = rulebook_of(view, catalogue)
    rule = book.rule(kind)
    boxes = [one.xyxy for one in others if one.stay_id != stay.stay_id and not one.absent and book.is_set_out(one.votes)]
    standing = Standing(book, stay.xyxy, at, (*stay.votes, *goods_seen(stay.beside, stay.looks, book.goods, book.named_goods)), boxes, aspect)
    facts = place_facts(rule, standing)
    told, judged, not_judged = checked(rule, standing, stay, has_verifier=model.verifier is not None)
    place = Place(
        xyxy=(stay.xyxy[0], stay.xyxy[1], stay.xyxy[2], stay.xyxy[3]), zone_ids=facts.zone_ids, line_id=facts.line_id,
        shop=view.shop_name(facts.shop), in_front_of=view.shop_name(facts.in_front_of), footprint_share=round(facts.footprint_share, 4), members=_members(stay),
        ground=None if kind.anchor == "box" else ground_of(view.zones, facts.zone_ids, stay.xyxy),
    )  # fmt: skip
    kinds_of_zones = {zone.kind for zone in view.zones if zone.id in facts.zone_ids}
    codes = tuple({"table": code.table, "code": code.code} for code in kind.codes_in(kinds_of_zones))
    return PacketOrder(
        phase=Phase(event.name),
        act_id=act_id_of(view.camera_id, view.view_id, kind.id, stay.first_wall, stay.stay_id),
        grade=Grade.C if view.is_whole or kind.leads_only or facts.doubtful or is_unrecognised(stay) else Grade.B,
        kind=KindNamed(id=kind.id, name=kind.name, codes=codes, catalogue_version=catalogue.version),
        stay=stay,
        place=place,
        view=view,
        camera=camera,
        rule=_by_ground(rule_applied(rule, standing, stay, facts), stay),
        permits=facts.permits,
        exclusions=Exclusions(judged=judged, not_judged=not_judged, checked=told, unseen=kind.unseen),
        model=model,
        clocks=_with_steps(clocks, stay),
        ring_ready_seconds=ring_ready_seconds,
        mean_score=round(mean_score(kind, stay), 4),
        ordinal=stay.continued if event.name == "continued" else 0,
        occasion=Occasion.ORDER if event.case is not None else Occasion.INTERVAL if event.name == "continued" else Occasion.RULE,
        ordered_case=event.case,
        ending=_ending(event, look_seconds, look_wall) if event.name == "ended" else None,
    )


def _by_ground(rule: RuleApplied, stay: Stay) -> RuleApplied:
    """The rule, which says so where it was the ground that saw the thing, and no class of the detector."""
    if not is_unrecognised(stay):
        return rule
    text = Text(
        zh=f"{rule.text.zh}未识别出类别，仅由地面变化测得，故只作线索。",
        en=f"{rule.text.en} No class was recognised: a change of the ground shows it, so it is a lead.",
    )
    return rule.model_copy(update={"text": text})


def _members(stay: Stay) -> tuple[MemberNamed, ...]:
    return tuple(
        MemberNamed.model_validate(
            {
                "first_seen": one.first_wall, "last_seen": one.last_wall, "xyxy": [round(value, 6) for value in one.xyxy], "class": one.label,
                "stands_for": one.stands_for, "dwell_seconds": round(one.dwell_seconds, 3),
            }
        )
        for one in stay.members
    )  # fmt: skip


def _with_steps(clocks: Clocks, stay: Stay) -> Clocks:
    """The clocks with how far the wall clock was set while the thing stood there."""
    if clocks.arrival is None:
        return clocks
    stepped = stepped_seconds([(sample.at_seconds, sample.wall) for sample in stay.samples])
    return clocks.model_copy(update={"arrival": clocks.arrival.model_copy(update={"stepped_seconds": stepped})})


def _ending(event: Event, look_seconds: float, look_wall: datetime) -> Ending:
    """The first look that missed it is told by the arrival clock, so that a wall clock that was set since does not move it."""
    stay, newcomer = event.stay, event.stay.newcomer
    if event.unseen:
        last_looked = stay.samples[-1].wall if stay.samples else stay.last_wall
        return Ending(reason="unseen", last_seen=stay.last_wall, first_gone=last_looked, sure_at=look_wall)
    if (event.allowed or event.breach_over) and stay.allowed_since_seconds is not None:
        since = look_wall - timedelta(seconds=round(look_seconds - stay.allowed_since_seconds, 6))
        return Ending(reason="allowed" if event.allowed else "breach_over", last_seen=stay.last_wall, first_gone=since, sure_at=look_wall)
    if newcomer is not None:
        return Ending(reason="replaced", last_seen=stay.last_wall, first_gone=newcomer.samples[0].wall, sure_at=look_wall)
    if stay.short_since_seconds is not None and stay.missed_since_seconds is None:
        since = look_wall - timedelta(seconds=round(look_seconds - stay.short_since_seconds, 6))
        return Ending(reason="too_few", last_seen=stay.last_wall, first_gone=since, sure_at=look_wall)
    missed = look_seconds if stay.missed_since_seconds is None else stay.missed_since_seconds
    return Ending(reason="gone", last_seen=stay.last_wall, first_gone=look_wall - timedelta(seconds=round(look_seconds - missed, 6)), sure_at=look_wall)
