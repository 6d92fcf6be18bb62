"""A kind's rule applied to a stay: which kind leads it, and what it still lacks of a violation.

Which classes, areas and exclusions a kind asks for is looked up in the rulebook of the view; the place is `judgement.places`, several things that make one
violation are `judgement.counting`.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import datetime

from detector.judgement.attending import is_attended
from detector.judgement.exclusions import excused
from detector.judgement.kinds_on import kinds_on
from detector.judgement.rulebook import KEPT_CLEAR, KindRule, Rulebook
from detector.judgement.values import Stay
from evidence.kinds import Catalogue, Kind

RIVAL_SHARE = 0.5
"""A kind that shares a seen class with the leading one and has this share of its votes is its rival: place and attendance decide between them."""


def objects_of(kind: Kind, stay: Stay) -> tuple[str, ...]:
    """The classes that make the kind where the stay stands."""
    return kind.classes if kind.id in stay.at_line else kind.objects


def votes_for(kind: Kind, stay: Stay) -> float:
    """Summed scores of the looks that saw one of the kind's objects."""
    return sum([stay.votes.get(label, 0.0) for label in objects_of(kind, stay)])


def leading_kind(stay: Stay, catalogue: Catalogue, reached: Container[tuple[str, str]] = ()) -> Kind | None:
    """The kind of a stay's act, else the one whose objects most of the looks saw; None where no object of any was seen.

    Between kinds that the same look can be (a table of goods: a stall, or a shop's; a bicycle: one of three, or what stands in a fire lane) those go first in
    whose place it stands; of these the breach of a permit by somebody who attends, then the ones of which there are as many as they take, then the one that
    asks for attendance and has it, before one that asks for none, and that before one that asks and has not; then those of the class that was seen most (a
    vendor's vehicle that some looks call a stall is a vendor's), of these the one that takes the fewest of the classes that were seen, and the first of the
    catalogue.

    Args:
        reached: (kind id, stay id) of kinds that take several things, where there are enough of them.
    """
    kinds = kinds_on(catalogue).of(stay.votes)
    if stay.confirmed_kind is not None:
        act = next((kind for kind in kinds if kind.id == stay.confirmed_kind), None)
        if act is not None:
            return act
    if len(kinds) == 1:
        return kinds[0] if votes_for(kinds[0], stay) > 0 else None
    votes = {kind.id: votes_for(kind, stay) for kind in kinds}
    top = max(kinds, key=lambda kind: votes[kind.id], default=None)
    if top is None or votes[top.id] <= 0:
        return None
    shared = {label for label in objects_of(top, stay) if stay.votes.get(label, 0.0) > 0}
    least = RIVAL_SHARE * votes[top.id]
    rivals = [kind for kind in kinds if 0 < votes[kind.id] >= least and not shared.isdisjoint(objects_of(kind, stay))]
    if len(rivals) == 1:
        return top
    seen_most = max(objects_of(top, stay), key=lambda label: stay.votes.get(label, 0.0))
    return max(
        rivals,
        key=lambda kind: (
            kind.id in stay.in_place,
            kind.permit_breach and is_attended(kind, stay),
            not kind.counts or (kind.id, stay.stay_id) in reached,
            _attendance_rank(kind, stay),
            seen_most in objects_of(kind, stay),
            -sum(stay.votes.get(label, 0.0) > 0 for label in objects_of(kind, stay)),
        ),
    )


def fulfilled_kind(stay: Stay, book: Rulebook, at: datetime, leading: Kind) -> Kind:
    """The kind by which a stay is judged: the leading one, but where that lacks something and the stay fulfils the rule of a kind of zones that must be kept
    clear, that one. What blocks a fire lane for its five minutes is told then, and not after the half hour that material may lie elsewhere; a kind that counts
    what stands in such a zone by itself (a bicycle on tactile paving) has its own time for it.
    """
    if any(zone in KEPT_CLEAR for count in leading.counts for zone in count.zones):
        return leading
    least = RIVAL_SHARE * votes_for(leading, stay)
    rivals = [rule for rule in book.keeping_clear if rule.kind is not leading and rule.kind.id in stay.in_place and votes_for(rule.kind, stay) >= least]
    if not rivals or lacking(book, book.rules[leading.id], stay, at) is None:
        return leading
    return next((rule.kind for rule in rivals if lacking(book, rule, stay, at) is None), leading)


def _attendance_rank(kind: Kind, stay: Stay) -> int:
    if kind.attendance == "off":
        return 1
    return 2 if is_attended(kind, stay) else 0


def lacking(book: Rulebook, rule: KindRule, stay: Stay, at: datetime) -> str | None:
    """What a stay still lacks of a violation of this kind by itself, the cheapest condition first; None when its rule is fulfilled."""
    kind = rule.kind
    if kind.id not in stay.in_place:
        return "place"
    if stay.dwell_seconds.get(kind.id, 0.0) < kind.dwell_seconds:
        return "dwell"
    if stay.looks < max(kind.minimum_looks, kind.minimum_seen_share * (stay.looks + stay.missed)):
        return "looks"
    if not is_attended(kind, stay):
        return "attendance"
    if mean_score(kind, stay) < kind.minimum_score:
        return "score"
    return "excused" if any(excused(one, book, rule, stay, at) for one in rule.by_stay) else None


def mean_score(kind: Kind, stay: Stay) -> float:
    """Mean score of the samples that saw one of the kind's objects, 0..1."""
    objects = objects_of(kind, stay)
    scores = [sample.score for sample in stay.samples if sample.label in objects and sample.score is not None]
    return sum(scores) / len(scores) if scores else 0.0
