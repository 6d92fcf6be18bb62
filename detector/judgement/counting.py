"""Kinds of which it takes several things: three bicycles in the way, or any on tactile paving. Their things are one act, led by the one that began first.

Each thing has its own stay, with its own dwell, looks and score; as many as the kind asks for must have fulfilled its rule by themselves. One of them leads:
the one whose act it is already, else the first that began of those that have fulfilled it, else the first that began. The others are its members: they are told
in its packet and raise nothing. The act goes on while enough of them stand, whoever of them comes and goes, and ends when there are too few for longer than the
grace: what still stands there then is judged anew. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from detector.judgement.geometry import PRESSED_SHARE
from detector.judgement.places import Standing
from detector.judgement.rulebook import KindRule, Rulebook
from detector.judgement.rules import lacking, objects_of
from detector.judgement.values import Box, Look, Member, Stay
from evidence.kinds import Kind
from evidence.views import ZoneKind


@dataclass(frozen=True, slots=True)
class Group:
    """Things that are enough for a kind, dwell aside.

    Attributes:
        leader: id of the stay that stands for all of them.
        members: the others.
        counted: how many things they are together, of which a row is several; an absent leader is none.
        is_fulfilled: whether as many as the kind asks for have fulfilled its rule by themselves.
    """

    leader: str
    members: tuple[Stay, ...]
    counted: int
    is_fulfilled: bool


Groups = Mapping[tuple[str, str], Group]
"""(kind id, stay id) → the group that the stay counts towards."""
NO_GROUPS: Groups = {}


def label_of(stay: Stay) -> str:
    """The class that most of the looks saw."""
    return max(stay.votes, key=lambda label: stay.votes[label], default="")


def stands_for(kind: Kind, stay: Stay) -> int:
    """How many things a stay counts as."""
    return kind.counts_as.get(label_of(stay), 1)


def groups_of(book: Rulebook, stays: Sequence[Stay], at: datetime) -> Groups:
    """The groups of a view. A thing that counts towards an act of one kind counts towards no other kind's."""
    if not book.counted or not stays:
        return NO_GROUPS
    found: dict[tuple[str, str], Group] = {}
    acts = {stay.confirmed_kind for stay in stays}
    taken: set[str] = set()
    for rule in sorted(book.counted, key=lambda one: one.kind.id not in acts):
        free = [stay for stay in stays if stay.stay_id not in taken]
        group = _group(book, rule, free, at)
        if group is None:
            continue
        ids = [group.leader, *(member.stay_id for member in group.members)]
        found |= {(rule.kind.id, stay_id): group for stay_id in ids}
        if rule.kind.id in acts:
            taken.update(ids)
    return found


def _group(book: Rulebook, rule: KindRule, stays: Sequence[Stay], at: datetime) -> Group | None:
    kind = rule.kind
    standing = [stay for stay in stays if _counts(kind, stay)]
    together = _enough(book, kind, standing, at)
    if not together:
        return None
    acts = [stay for stay in stays if stay.confirmed_kind == kind.id]
    seen = [stay for stay in together if stay.missed_since_seconds is None and stay.hidden_seconds is None] if not acts else []
    fulfilled = [stay for stay in seen if lacking(book, rule, stay, at) is None]
    enough = _enough(book, kind, fulfilled, at) if fulfilled else ()
    leader = min(acts or enough or together, key=lambda stay: (stay.first_seconds, stay.stay_id))
    members = tuple(stay for stay in together if stay.stay_id != leader.stay_id)
    return Group(leader.stay_id, members, sum(stands_for(kind, stay) for stay in together), bool(acts or enough))


def _counts(kind: Kind, stay: Stay) -> bool:
    return kind.id in stay.in_place and label_of(stay) in objects_of(kind, stay) and not stay.absent and stay.confirmed_kind in (None, kind.id)


def _enough(book: Rulebook, kind: Kind, stays: Iterable[Stay], at: datetime) -> tuple[Stay, ...]:
    """Those of the stays that are as many as one of the kind's counts asks for."""
    here = tuple(stays)
    counting = enough_of(book, kind, [(stay.xyxy, stands_for(kind, stay)) for stay in here], at)
    return tuple(stay for index, stay in enumerate(here) if index in counting)


def enough_of(book: Rulebook, kind: Kind, things: Sequence[tuple[Box, int]], at: datetime) -> frozenset[int]:
    """Which of some things are as many as one of the kind's counts asks for, by their indices.

    Args:
        things: the box of each, and how many things it counts as.
    """
    counting: set[int] = set()
    for count in kind.counts:
        areas, pressed = book.areas_of(count.zones), book.areas_of((ZoneKind.TACTILE_PAVING,)) if ZoneKind.TACTILE_PAVING in count.zones else ()
        if count.zones and not areas:
            continue
        there = [index for index, (xyxy, _) in enumerate(things) if _is_in(book, kind, areas, pressed, xyxy, at)]
        if sum(things[index][1] for index in there) >= count.at_least:
            counting.update(there)
    return frozenset(counting)


def _is_in(book: Rulebook, kind: Kind, areas: tuple[int, ...], pressed: tuple[int, ...], xyxy: Box, at: datetime) -> bool:
    """Whether a thing is in the areas that a count names; where it names none, anywhere. Tactile paving is narrower than what stands across: it is on that by
    as much as presses on it.
    """
    if not areas:
        return True
    standing = Standing(book, xyxy, at)
    if pressed and standing.share(pressed, kind.anchor) >= PRESSED_SHARE:
        return True
    return standing.share(areas, kind.anchor) >= kind.minimum_footprint_share


def leads(kind: Kind, stay: Stay, groups: Groups) -> bool:
    """Whether a stay may become a violation of a kind as far as numbers go: it is one of which one is enough, or it leads enough of them."""
    if not kind.counts:
        return True
    group = groups.get((kind.id, stay.stay_id))
    return group is not None and group.leader == stay.stay_id


def are_enough(kind: Kind, stay: Stay, groups: Groups) -> bool:
    """Whether as many as the kind asks for have fulfilled its rule by themselves, and this one leads them."""
    return not kind.counts or (leads(kind, stay, groups) and groups[kind.id, stay.stay_id].is_fulfilled)


def with_members(kind: Kind, stay: Stay, groups: Groups) -> Stay:
    """A stay with the others that it leads, as they stand now."""
    group = groups.get((kind.id, stay.stay_id))
    if group is None or group.leader != stay.stay_id:
        return stay
    members = tuple(
        Member(one.stay_id, label_of(one), one.xyxy, one.first_wall, one.last_wall, stands_for(kind, one), one.dwell_seconds.get(kind.id, 0.0))
        for one in group.members
    )
    return replace(stay, members=members, short_since_seconds=None)


def upheld(book: Rulebook, leader: Stay, stays: Iterable[Stay], at: datetime) -> bool:
    """Whether the act that a stay leads goes on though its own thing may be gone: enough of the others were seen at the last look."""
    rule = book.rules.get(leader.confirmed_kind) if leader.confirmed_kind is not None else None
    if rule is None or not rule.kind.counts:
        return False
    others = [stay for stay in stays if stay.stay_id != leader.stay_id and stay.missed_since_seconds is None and _counts(rule.kind, stay)]
    return bool(_enough(book, rule.kind, others, at))


def stood_for(stay: Stay, look: Look) -> Stay:
    """The leader of an act that goes on without it, after a look that saw the others."""
    return replace(
        stay, missed=stay.missed + 1, last_seconds=look.at_seconds, last_wall=look.wall, known_seconds=look.at_seconds, missed_since_seconds=None, newcomer=None
    )


def short(kind: Kind, stay: Stay, groups: Groups, look: Look) -> Stay:
    """The leader of an act with the time since when there are too few."""
    if (kind.id, stay.stay_id) in groups or stay.short_since_seconds is not None:
        return stay
    return replace(stay, short_since_seconds=look.at_seconds, members=())


def is_dissolved(kind: Kind, stay: Stay, look: Look) -> bool:
    """Whether there have been too few for longer than the grace, so that the act is over."""
    return bool(kind.counts) and stay.short_since_seconds is not None and look.at_seconds - stay.short_since_seconds > kind.grace_seconds
