"""Stays: the continuing presence of one thing in one place, from look to look. `judge` takes a view's memory and a look and gives the new
memory and what came of it.

Dwell is kept by place, in seconds of the arrival clock, never by track id and never in frames. A look that misses the thing is bridged by the
grace; a stretch beyond the grace in which nobody looked is a declared gap and no dwell, however long the thing may have stood there. A look at which
something stood before the place misses nothing: nobody can say that the thing is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from detector.judgement.appearance import SAME_LOOK, followed, similarity
from detector.judgement.bystanders import attendants
from detector.judgement.bystanders import followed as followed_people
from detector.judgement.counting import NO_GROUPS, Groups, are_enough, groups_of, is_dissolved, leads, short, stood_for, upheld, with_members
from detector.judgement.exclusions import SETTLED_SECONDS
from detector.judgement.geometry import covered_share, iou, near
from detector.judgement.goods import goods_seen
from detector.judgement.places import Standing, begins, is_allowed, standing_of
from detector.judgement.rulebook import Rulebook, rulebook_of
from detector.judgement.rules import fulfilled_kind, lacking, leading_kind
from detector.judgement.shifts import joined, moved_metres
from detector.judgement.spots import hidden_share, is_hidden, is_in_place
from detector.judgement.unseen import HIDDEN, NOT_SEEN, is_resumed, longest_unseen, resumed, with_gap
from detector.judgement.values import Box, Event, Look, Newcomer, Stay, StayGap, StaySample, Thing, ViewState
from evidence.kinds import Catalogue
from evidence.views import ViewDocument

PLACE_FOLLOWS = 0.2
"""Weight of the newest box in the running mean of the place."""
NEWCOMER_LOOKS = 2
"""Looks in a row that must see another thing before the old stay is over: once may be somebody in front of it."""
SUSPECTED_AFTER_LOOKS = 2
ZOOM_RETRY_SECONDS = 15.0
LONGEST_ZOOM_RETRY_SECONDS = 240.0
"""The pause after a refused zoom look doubles up to this: many tries are many chances of a lucky one, and the packet tells how often it was refused."""
INSIDE_SHARE = 0.5
"""Of the box of goods that must lie in the box of what sells them, for them to be its: those that hang over its edge are. Our choice."""
MAX_SAMPLES = 240


def judge(view: ViewDocument, catalogue: Catalogue, state: ViewState, look: Look) -> tuple[ViewState, tuple[Event, ...]]:
    """One keyframe more of a view.

    Args:
        view: with the zones, lines and permits in force.
        catalogue: with the scene's and the view's overrides.
    """
    if look.status == "away":
        return replace(state, away=True), ()
    book = rulebook_of(view, catalogue)
    events: list[Event] = []
    if is_resumed(state, look, catalogue):
        if look.status == "unchanged":
            return state, ()  # nobody knows the picture that it has not changed since
        state, lost = resumed(state, look, catalogue)
        for stay in lost:
            _over(stay, catalogue, events, unseen=True)
        state = replace(state, since_seconds=look.at_seconds)
    state = replace(state, away=False)
    around = {stay.stay_id: stay.xyxy for stay in state.stays if not stay.absent and book.is_set_out(stay.votes)} if book.asks_of_others else {}
    if look.status == "unchanged":
        bridged = tuple(_bridged(stay, book, look, around) for stay in state.stays)
        return replace(state, stays=bridged, last_look_seconds=look.at_seconds), ()
    people = followed_people(state.bystanders, look)
    staying = attendants(people, look.at_seconds)
    things = [thing for thing in look.things if thing.label in book.on.matters]
    matches = _match(state.stays, things, book)
    stays: list[Stay] = []
    for index, thing in sorted(matches.items()):
        stay = state.stays[index]
        after, successor = _met(stay, thing, book, look, staying, around)
        if successor is not None and upheld(book, stay, (*state.stays, successor), look.wall):
            stays.append(stood_for(stay, look))
        elif successor is not None:
            _over(stay, catalogue, events)
        elif thing.label in book.on.makes and _has_become_allowed(after, book, look):
            breach_over = bool(after.in_place)  # another kind's conditions hold there; where it is allowed none do
            _over(after, catalogue, events, allowed=not breach_over, breach_over=breach_over)
            successor = _stay_of(after.samples[-1:], after.signature, book, look.aspect)
        stays.append(after if successor is None else successor)
    for stay in (stay for index, stay in enumerate(state.stays) if index not in matches):
        hidden = is_hidden(stay.xyxy, (thing.xyxy for thing in look.things), stay.hidden_share)
        if hidden or not _goes_on_elsewhere(stay, stays, catalogue, look, events):
            missed = _missed(stay, catalogue, look, events, hidden=hidden, held=upheld(book, stay, state.stays, look.wall))
            stays += [] if missed is None else [missed]
    since = look.at_seconds if state.since_seconds is None else state.since_seconds
    found_standing = look.at_seconds - since < SETTLED_SECONDS
    stays += _begun(stays, [thing for thing in things if thing not in matches.values()], book, look, staying, found_standing=found_standing)
    groups = groups_of(book, stays, look.wall)
    stays = [one for one in (_counted(stay, book, look, events, groups) for stay in stays) if one is not None]
    stays = [_advanced(stay, book, look, events, groups) for stay in stays]
    return ViewState(tuple(stays), people, look.at_seconds, since_seconds=since), tuple(events)


def _match(stays: tuple[Stay, ...], things: list[Thing], book: Rulebook) -> dict[int, Thing]:
    """Stay index → the thing of this look that it is, objects before what only supports, best overlap first."""
    pairs = []
    for index, stay in enumerate(stays):
        for number, thing in enumerate(things):
            if is_in_place(thing.xyxy, stay.xyxy) and book.on.related(stay.votes, thing.label):
                supports = thing.label not in book.on.makes
                agrees = similarity(stay.signature, thing.signature) >= SAME_LOOK
                pairs.append((supports, not agrees, -iou(stay.xyxy, thing.xyxy), -thing.score, index, number))
    matches: dict[int, Thing] = {}
    taken: set[int] = set()
    for *_, index, number in sorted(pairs):
        if index not in matches and number not in taken:
            matches[index] = things[number]
            taken.add(number)
    return matches


def _met(
    stay: Stay, thing: Thing, book: Rulebook, look: Look, staying: tuple[Box, ...], around: Mapping[str, Box]
) -> tuple[Stay, Stay | None]:  # fmt: skip
    """The stay after a look that saw something in its place; and its successor, once that is sure to be another thing."""
    sample = _sample(thing, look, staying)
    is_object = thing.label in book.on.makes
    if is_object and thing.label in stay.votes and similarity(stay.signature, thing.signature) < SAME_LOOK:
        newcomer = stay.newcomer
        if newcomer is not None and similarity(newcomer.signature, thing.signature) >= SAME_LOOK:
            newcomer = Newcomer(followed(newcomer.signature, thing.signature), (*newcomer.samples, sample))
        else:
            newcomer = Newcomer(thing.signature, (sample,))
        if len(newcomer.samples) >= NEWCOMER_LOOKS:
            return replace(stay, newcomer=None), _stay_of(newcomer.samples, newcomer.signature, book, look.aspect)
        return replace(stay, newcomer=newcomer, missed=stay.missed + 1), None
    weight = PLACE_FOLLOWS if is_object else 0.0
    x0, y0, x1, y1 = [(1 - weight) * old + weight * new for old, new in zip(stay.xyxy, thing.xyxy, strict=True)]
    place = (x0, y0, x1, y1)
    votes = {**stay.votes, thing.label: stay.votes.get(thing.label, 0.0) + thing.score}
    signature = followed(stay.signature, thing.signature) if thing.label in stay.votes else stay.signature
    beside = _beside(stay, thing, book, look)
    seen = replace(
        stay, xyxy=place, votes=votes, signature=signature, looks=stay.looks + 1, attended_looks=stay.attended_looks + sample.attended,
        last_seconds=look.at_seconds, last_wall=look.wall, missed_since_seconds=None, newcomer=None, samples=_thinned((*stay.samples, sample)),
        hidden_share=hidden_share(place, [other.xyxy for other in look.things if other is not thing]),
        beside=beside, **_dwelt(stay, place, votes, book, look, around, goods_seen(beside, stay.looks + 1, book.goods, book.named_goods)),
    )  # fmt: skip
    return seen, None


def _beside(stay: Stay, thing: Thing, book: Rulebook, look: Look) -> Mapping[str, int]:
    """The looks that saw something beside it whose presence is an exclusion, or goods in its box, by class."""
    if not book.beside and not book.goods:
        return stay.beside
    there = {other.label for other in look.things if other.label in book.beside and near(other.xyxy, thing.xyxy)}
    there |= {other.label for other in look.things if other.label in book.goods and covered_share(other.xyxy, thing.xyxy) >= INSIDE_SHARE}
    return {label: stay.beside.get(label, 0) + (label in there) for label in {*stay.beside, *there}}


def _sample(thing: Thing, look: Look, staying: Iterable[Box]) -> StaySample:
    attended = any(near(person, thing.xyxy) for person in staying)
    return StaySample(look.at_seconds, look.wall, "looked", thing.label, thing.xyxy, thing.score, attended)


def _dwelt(
    stay: Stay, place: Box, votes: Mapping[str, float], book: Rulebook, look: Look, around: Mapping[str, Box], goods: tuple[str, ...]
) -> dict[str, Any]:  # fmt: skip
    """What changes of a stay that is known to stand at a look: the time since it was last known to counts for each kind whose conditions held at both ends. Of
    a kind whose conditions have not held for longer than its grace (its hours are over, a permit began), what was counted before is none of what may come.

    Args:
        stay: as it was before the look; `place` and `votes` as they are after it.
        around: stay id → box of what may be for sale.
        goods: classes of goods that were seen in its box.
    """
    passed = look.at_seconds - stay.known_seconds
    gaps = stay.gaps
    if passed > book.on.shortest_grace:
        was_hidden = stay.hidden_seconds is not None and stay.hidden_seconds > stay.known_seconds
        begins = stay.samples[-1].wall if stay.samples else stay.last_wall
        gaps = with_gap(gaps, StayGap(begins, look.wall, HIDDEN if was_hidden else NOT_SEEN))
    dwell = dict(stay.dwell_seconds)
    others = [box for stay_id, box in around.items() if stay_id != stay.stay_id]
    holding, at_line = standing_of(book, votes, place, look.wall, others, look.aspect, goods)
    for kind_id in holding:
        if kind_id in stay.in_place:
            dwell[kind_id] = dwell.get(kind_id, 0.0) + (max(0.0, passed) if passed <= book.rules[kind_id].kind.grace_seconds else 0.0)
    outside = {name: stay.outside_seconds.get(name, look.at_seconds) for name in dwell if name not in holding}
    for name, since in outside.items():
        if name != stay.confirmed_kind and name in book.rules and look.at_seconds - since > book.rules[name].kind.grace_seconds:
            dwell[name] = 0.0
    return {
        "allowed_since_seconds": _allowed_since(stay, holding, (*votes, *goods), place, book, look, others),
        "dwell_seconds": dwell, "outside_seconds": outside, "in_place": holding, "at_line": at_line, "gaps": gaps,
        "known_seconds": look.at_seconds, "hidden_seconds": None,
    }  # fmt: skip


def _allowed_since(
    stay: Stay, holding: tuple[str, ...], labels: tuple[str, ...], place: Box, book: Rulebook, look: Look, others: Sequence[Box]
) -> float | None:  # fmt: skip
    """Of an act, since when a permit or a policy has allowed what stands there, or it is the breach of no permit any more but what another kind is about."""
    rule = book.rules.get(stay.confirmed_kind) if stay.confirmed_kind is not None else None
    if rule is None or rule.kind.id in holding:
        return None
    breach_over = rule.kind.permit_breach and bool(holding)
    if not breach_over and not is_allowed(rule, Standing(book, place, look.wall, labels, others, look.aspect)):
        return None
    return look.at_seconds if stay.allowed_since_seconds is None else stay.allowed_since_seconds


def _has_become_allowed(stay: Stay, book: Rulebook, look: Look) -> bool:
    """Whether an act is over since what stands there has been allowed for longer than the grace: what is still there afterwards has a dwell of its own."""
    rule = book.rules.get(stay.confirmed_kind) if stay.confirmed_kind is not None else None
    return rule is not None and stay.allowed_since_seconds is not None and look.at_seconds - stay.allowed_since_seconds > rule.kind.grace_seconds


def _bridged(stay: Stay, book: Rulebook, look: Look, around: Mapping[str, Box]) -> Stay:
    """An unchanged picture: what stood there stands there still, also what hides it; where the last look saw nothing, nothing is there still."""
    if stay.missed_since_seconds is not None or stay.newcomer is not None or stay.absent:
        return stay
    if stay.hidden_seconds is not None:
        return replace(stay, hidden_seconds=look.at_seconds)
    sample = StaySample(look.at_seconds, look.wall, "unchanged")
    dwelt = _dwelt(stay, stay.xyxy, stay.votes, book, look, around, goods_seen(stay.beside, stay.looks, book.goods, book.named_goods))
    return replace(stay, unchanged=stay.unchanged + 1, samples=_thinned((*stay.samples, sample)), **dwelt)


def _goes_on_elsewhere(stay: Stay, stays: list[Stay], catalogue: Catalogue, look: Look, events: list[Event]) -> bool:
    """Whether the thing was only moved: then the stay that has begun there is this one from now on."""
    near_by = [(metres, index) for index, young in enumerate(stays) if (metres := moved_metres(stay, young, look.aspect, catalogue)) is not None]
    if not near_by:
        return False
    metres, index = min(near_by)
    young = stays[index]
    if young.suspected:
        _over(young, catalogue, events)
    whole = joined(stay, young, metres, catalogue)
    stays[index] = replace(whole, samples=_thinned(whole.samples))
    return True


def _missed(stay: Stay, catalogue: Catalogue, look: Look, events: list[Event], *, hidden: bool, held: bool) -> Stay | None:
    """The stay after a look that did not see it; None once the grace is over, counted from when it was last known to stand, or to be hidden by what stands
    before it (and not by one look alone), and once it was hidden for too long. One whose act is upheld by others goes on for them.
    """
    if hidden:
        if look.at_seconds - stay.known_seconds > longest_unseen(stay, catalogue):
            _over(stay, catalogue, events, unseen=True)
            return None
        return replace(stay, missed=stay.missed + 1, missed_since_seconds=None, hidden_seconds=look.at_seconds, newcomer=None)
    since = look.at_seconds if stay.missed_since_seconds is None else stay.missed_since_seconds
    known = stay.known_seconds if stay.hidden_seconds is None else max(stay.known_seconds, stay.hidden_seconds)
    kind = leading_kind(stay, catalogue)
    grace = kind.grace_seconds if kind else 0.0
    if stay.missed_since_seconds is not None and look.at_seconds - known > grace:
        if held:
            return stood_for(stay, look)
        _over(stay, catalogue, events)
        return None
    return replace(stay, missed=stay.missed + 1, missed_since_seconds=since, newcomer=None)


def _over(stay: Stay, catalogue: Catalogue, events: list[Event], *, unseen: bool = False, allowed: bool = False, breach_over: bool = False) -> None:
    if stay.confirmed_kind is not None:
        events.append(Event("ended", stay, stay.confirmed_kind, unseen=unseen, allowed=allowed, breach_over=breach_over))
    elif stay.suspected:
        kind = leading_kind(stay, catalogue)
        events.append(Event("dropped", stay, kind.id if kind else ""))


def _begun(
    stays: list[Stay], things: list[Thing], book: Rulebook, look: Look, staying: tuple[Box, ...], *, found_standing: bool
) -> list[Stay]:  # fmt: skip
    """New stays: objects of a kind, where that kind could be a violation, in a place where nothing else stays."""
    begun: list[Stay] = []
    for thing in sorted(things, key=lambda one: -one.score):
        if thing.label not in book.on.makes or not begins(book, thing.label, thing.xyxy, look.wall, look.aspect):
            continue
        if any(is_in_place(thing.xyxy, stay.xyxy) and not stay.absent and book.on.related(stay.votes, thing.label) for stay in (*stays, *begun)):
            continue
        begun.append(replace(_stay_of((_sample(thing, look, staying),), thing.signature, book, look.aspect), found_standing=found_standing))
    return begun


def _stay_of(samples: tuple[StaySample, ...], signature: tuple[float, ...], book: Rulebook, aspect: float) -> Stay:
    first, last = samples[0], samples[-1]
    assert last.xyxy is not None
    votes: dict[str, float] = {}
    for sample in samples:
        votes[str(sample.label)] = votes.get(str(sample.label), 0.0) + float(sample.score or 0.0)
    name = f"{book.view.camera_id}/{book.view.view_id}/{first.wall.isoformat()}/{first.xyxy}"
    holding, at_line = standing_of(book, votes, last.xyxy, last.wall, aspect=aspect)
    dwell = dict.fromkeys(holding, last.at_seconds - first.at_seconds)
    return Stay(
        stay_id=hashlib.sha256(name.encode()).hexdigest()[:20], first_seconds=first.at_seconds, first_wall=first.wall, last_seconds=last.at_seconds,
        last_wall=last.wall, known_seconds=last.at_seconds, xyxy=last.xyxy, signature=signature, votes=votes, dwell_seconds=dwell, in_place=holding,
        at_line=at_line,
        looks=len(samples), attended_looks=sum(sample.attended for sample in samples), samples=samples,
    )  # fmt: skip


def _counted(stay: Stay, book: Rulebook, look: Look, events: list[Event], groups: Groups) -> Stay | None:
    """The leader of an act of several with the others as they stand now; None once there have been too few for too long, so that the act is over."""
    rule = book.rules.get(stay.confirmed_kind) if stay.confirmed_kind is not None else None
    if rule is None or not rule.kind.counts:
        return stay
    stay = short(rule.kind, with_members(rule.kind, stay, groups), groups, look)
    if not is_dissolved(rule.kind, stay, look):
        return stay
    _over(stay, book.catalogue, events)
    return None


def _advanced(stay: Stay, book: Rulebook, look: Look, events: list[Event], groups: Groups = NO_GROUPS) -> Stay:
    """How far a stay that was just seen has got: suspected, halfway, ready for the zoom look. Of a kind of which it takes several, the one that leads them."""
    if stay.last_seconds != look.at_seconds or stay.confirmed_kind is not None or not stay.in_place:
        return stay
    kind = leading_kind(stay, book.catalogue, groups)
    if kind is None or kind.id not in stay.in_place:
        return stay
    kind = fulfilled_kind(stay, book, look.wall, kind) if stay.suspected else kind
    if not leads(kind, stay, groups):
        if not stay.suspected:
            return stay
        events.append(Event("dropped", stay, kind.id))
        return replace(stay, suspected=False, halfway=False, members=())
    stay = with_members(kind, stay, groups)
    if not stay.suspected and stay.looks >= SUSPECTED_AFTER_LOOKS:
        stay = replace(stay, suspected=True)
        events.append(Event("suspected", stay, kind.id))
    if stay.suspected and not stay.halfway and stay.dwell_seconds.get(kind.id, 0.0) >= kind.dwell_seconds / 2:
        stay = replace(stay, halfway=True)
        events.append(Event("halfway", stay, kind.id))
    if (
        stay.suspected
        and look.at_seconds >= stay.zoom_due_seconds
        and lacking(book, book.rules[kind.id], stay, look.wall) is None
        and are_enough(kind, stay, groups)
    ):
        pause = min(LONGEST_ZOOM_RETRY_SECONDS, ZOOM_RETRY_SECONDS * 2**stay.zoom_refusals)
        stay = replace(stay, zoom_due_seconds=look.at_seconds + pause)
        events.append(Event("zoom_wanted", stay, kind.id))
    return stay


def _thinned(samples: tuple[StaySample, ...]) -> tuple[StaySample, ...]:
    """At most MAX_SAMPLES: every second one of the older half goes, the first stays."""
    if len(samples) <= MAX_SAMPLES:
        return samples
    half = len(samples) // 2
    return (samples[0], *samples[2:half:2], *samples[half:])
