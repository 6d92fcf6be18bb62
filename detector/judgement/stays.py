"""Stays: the continuing presence of one thing in one place, from look to look. `judge` takes a view's memory and a look and gives the new
memory and what came of it.

Dwell is kept by place, in seconds of the arrival clock, never by track id and never in frames. A look that misses the thing is bridged by the
grace; a stretch beyond the grace in which nobody looked is a declared gap and no dwell, however long the thing may have stood there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from detector.judgement.appearance import SAME_LOOK, followed, similarity
from detector.judgement.bystanders import attendants
from detector.judgement.bystanders import followed as followed_people
from detector.judgement.geometry import covered_share, iou, near
from detector.judgement.rules import enabled, leading_kind, missing_for, objects_anywhere, place_facts, standing
from detector.judgement.values import Box, Event, Look, Newcomer, Stay, StayGap, StaySample, Thing, ViewState
from evidence.kinds import Catalogue
from evidence.views import ViewDocument

SAME_PLACE_IOU = 0.3
SAME_PLACE_COVERED = 0.7
"""Boxes of one stall come with and without its parasol: where one holds the other they are one place."""
PLACE_FOLLOWS = 0.2
"""Weight of the newest box in the running mean of the place."""
NEWCOMER_LOOKS = 2
"""Looks in a row that must see another thing before the old stay is over: once may be somebody in front of it."""
SUSPECTED_AFTER_LOOKS = 2
ZOOM_RETRY_SECONDS = 15.0
LONGEST_ZOOM_RETRY_SECONDS = 240.0
"""The pause after a refused zoom look doubles up to this: many tries are many chances of a lucky one, and the packet tells how often it was refused."""
MAX_SAMPLES = 240


def judge(view: ViewDocument, catalogue: Catalogue, state: ViewState, look: Look) -> tuple[ViewState, tuple[Event, ...]]:
    """One keyframe more of a view.

    Args:
        view: with the zones, lines and permits in force.
        catalogue: with the scene's and the view's overrides.
    """
    state = _with_pause(state, look, min((kind.grace_seconds for kind in enabled(catalogue)), default=0.0))
    if look.status == "unchanged":
        bridged = tuple(_bridged(stay, view, catalogue, look) for stay in state.stays)
        return replace(state, stays=bridged, last_look_seconds=look.at_seconds), ()
    people = followed_people(state.bystanders, look)
    staying = attendants(people, look.at_seconds)
    things = [thing for thing in look.things if _matters(thing.label, catalogue)]
    matches = _match(state.stays, things, catalogue)
    events: list[Event] = []
    stays: list[Stay] = []
    for index, stay in enumerate(state.stays):
        thing = matches.get(index)
        if thing is None:
            after: Stay | None = _missed(stay, catalogue, look, events)
            successor = None
        else:
            after, successor = _met(stay, thing, view, catalogue, look, staying)
            if successor is not None:
                _over(stay, catalogue, events)
                after = None
        stays += [one for one in (after, successor) if one is not None]
    stays += _begun(stays, [thing for thing in things if thing not in matches.values()], view, catalogue, look, staying)
    stays = [_advanced(stay, catalogue, look, events) for stay in stays]
    return ViewState(tuple(stays), people, look.at_seconds), tuple(events)


def _with_pause(state: ViewState, look: Look, grace: float) -> ViewState:
    """Declares the gap where nobody looked for longer than the grace."""
    if state.last_look_seconds is None or look.at_seconds - state.last_look_seconds <= grace:
        return state
    stays = []
    for stay in state.stays:
        begins = max((sample.wall for sample in stay.samples), default=stay.last_wall)
        gap = StayGap(begins, look.wall, "nobody looked")
        # Misses on both sides of the stretch are no row of misses: whether it left meanwhile is judged from here on.
        stays.append(replace(stay, gaps=(*stay.gaps, gap), missed_since_seconds=None, newcomer=None))
    return replace(state, stays=tuple(stays), bystanders=())


def _matters(label: str, catalogue: Catalogue) -> bool:
    return any(label in objects_anywhere(kind) or label in kind.supporting for kind in enabled(catalogue))


def _related(stay: Stay, label: str, catalogue: Catalogue) -> bool:
    """Whether a thing of this class may be what the stay is of, or stand in for it."""
    return any(
        (label in objects_anywhere(kind) or label in kind.supporting) and any(seen in objects_anywhere(kind) for seen in stay.votes)
        for kind in enabled(catalogue)
    )


def same_place(a: Box, b: Box) -> bool:
    """Whether two boxes are one place."""
    return iou(a, b) >= SAME_PLACE_IOU or max(covered_share(a, b), covered_share(b, a)) >= SAME_PLACE_COVERED


def _match(stays: tuple[Stay, ...], things: list[Thing], catalogue: Catalogue) -> dict[int, Thing]:
    """Stay index → the thing of this look that it is, objects before what only supports, best overlap first."""
    pairs = []
    for index, stay in enumerate(stays):
        for number, thing in enumerate(things):
            if same_place(stay.xyxy, thing.xyxy) and _related(stay, thing.label, catalogue):
                supports = not any(thing.label in objects_anywhere(kind) for kind in enabled(catalogue))
                agrees = similarity(stay.signature, thing.signature) >= SAME_LOOK
                pairs.append((supports, not agrees, -iou(stay.xyxy, thing.xyxy), -thing.score, index, number))
    matches: dict[int, Thing] = {}
    taken: set[int] = set()
    for *_, index, number in sorted(pairs):
        if index not in matches and number not in taken:
            matches[index] = things[number]
            taken.add(number)
    return matches


def _met(stay: Stay, thing: Thing, view: ViewDocument, catalogue: Catalogue, look: Look, staying: tuple[Box, ...]) -> tuple[Stay, Stay | None]:
    """The stay after a look that saw something in its place; and its successor, once that is sure to be another thing."""
    sample = _sample(thing, look, staying)
    is_object = any(thing.label in objects_anywhere(kind) for kind in enabled(catalogue))
    if is_object and thing.label in stay.votes and similarity(stay.signature, thing.signature) < SAME_LOOK:
        newcomer = stay.newcomer
        if newcomer is not None and similarity(newcomer.signature, thing.signature) >= SAME_LOOK:
            newcomer = Newcomer(followed(newcomer.signature, thing.signature), (*newcomer.samples, sample))
        else:
            newcomer = Newcomer(thing.signature, (sample,))
        if len(newcomer.samples) >= NEWCOMER_LOOKS:
            return replace(stay, newcomer=None), _stay_of(newcomer.samples, newcomer.signature, view, catalogue)
        return replace(stay, newcomer=newcomer, missed=stay.missed + 1), None
    weight = PLACE_FOLLOWS if is_object else 0.0
    place = tuple((1 - weight) * old + weight * new for old, new in zip(stay.xyxy, thing.xyxy, strict=True))
    votes = {**stay.votes, thing.label: stay.votes.get(thing.label, 0.0) + thing.score}
    signature = followed(stay.signature, thing.signature) if thing.label in stay.votes else stay.signature
    seen = replace(
        stay, xyxy=(place[0], place[1], place[2], place[3]), votes=votes, signature=signature, looks=stay.looks + 1,
        attended_looks=stay.attended_looks + sample.attended, last_seconds=look.at_seconds, last_wall=look.wall, missed_since_seconds=None,
        newcomer=None, samples=_thinned((*stay.samples, sample)),
    )  # fmt: skip
    return _dwelt(seen, view, catalogue, look), None


def _sample(thing: Thing, look: Look, staying: Iterable[Box]) -> StaySample:
    attended = any(near(person, thing.xyxy) for person in staying)
    return StaySample(look.at_seconds, look.wall, "looked", thing.label, thing.xyxy, thing.score, attended)


def _dwelt(stay: Stay, view: ViewDocument, catalogue: Catalogue, look: Look) -> Stay:
    """Counts the time since the thing was last known to stand, for each kind whose conditions held at both ends."""
    passed = look.at_seconds - stay.known_seconds
    graces = [kind.grace_seconds for kind in enabled(catalogue)]
    gaps = stay.gaps
    if passed > min(graces, default=0.0) and not (gaps and gaps[-1].ends == look.wall):
        gaps = (*gaps, StayGap(stay.samples[-2].wall if len(stay.samples) > 1 else stay.last_wall, look.wall, "not seen"))
    dwell = dict(stay.dwell_seconds)
    holding, at_line = standing(view, catalogue, stay.xyxy, look.wall)
    for kind in enabled(catalogue):
        if kind.id in holding and kind.id in stay.in_place:
            dwell[kind.id] = dwell.get(kind.id, 0.0) + (max(0.0, passed) if passed <= kind.grace_seconds else 0.0)
    return replace(stay, dwell_seconds=dwell, in_place=holding, at_line=at_line, gaps=gaps, known_seconds=look.at_seconds)


def _bridged(stay: Stay, view: ViewDocument, catalogue: Catalogue, look: Look) -> Stay:
    """An unchanged picture: what stood there stands there still; nothing was detected."""
    if stay.missed_since_seconds is not None or stay.newcomer is not None:
        return stay
    sample = StaySample(look.at_seconds, look.wall, "unchanged")
    return _dwelt(replace(stay, unchanged=stay.unchanged + 1, samples=_thinned((*stay.samples, sample))), view, catalogue, look)


def _missed(stay: Stay, catalogue: Catalogue, look: Look, events: list[Event]) -> Stay | None:
    """The stay after a look that did not see it; None once the grace is over, counted from when it was last known to stand (and not by one look alone)."""
    since = look.at_seconds if stay.missed_since_seconds is None else stay.missed_since_seconds
    kind = leading_kind(stay, catalogue)
    grace = kind.grace_seconds if kind else 0.0
    if stay.missed_since_seconds is not None and look.at_seconds - stay.known_seconds > grace:
        _over(stay, catalogue, events)
        return None
    return replace(stay, missed=stay.missed + 1, missed_since_seconds=since, newcomer=None)


def _over(stay: Stay, catalogue: Catalogue, events: list[Event]) -> None:
    if stay.confirmed_kind is not None:
        events.append(Event("ended", stay, stay.confirmed_kind))
    elif stay.suspected:
        kind = leading_kind(stay, catalogue)
        events.append(Event("dropped", stay, kind.id if kind else ""))


def _begun(stays: list[Stay], things: list[Thing], view: ViewDocument, catalogue: Catalogue, look: Look, staying: tuple[Box, ...]) -> list[Stay]:
    """New stays: objects of a kind, where that kind could be a violation, in a place where nothing else stays."""
    begun: list[Stay] = []
    for thing in sorted(things, key=lambda one: -one.score):
        makes = [kind for kind in enabled(catalogue) if thing.label in objects_anywhere(kind)]
        if not any(place_facts(kind, view, thing.xyxy, look.wall).inside for kind in makes):
            continue
        if any(same_place(stay.xyxy, thing.xyxy) for stay in (*stays, *begun) if _related(stay, thing.label, catalogue)):
            continue
        begun.append(_stay_of((_sample(thing, look, staying),), thing.signature, view, catalogue))
    return begun


def _stay_of(samples: tuple[StaySample, ...], signature: tuple[float, ...], view: ViewDocument, catalogue: Catalogue) -> Stay:
    first, last = samples[0], samples[-1]
    assert last.xyxy is not None
    votes: dict[str, float] = {}
    for sample in samples:
        votes[str(sample.label)] = votes.get(str(sample.label), 0.0) + float(sample.score or 0.0)
    name = f"{view.camera_id}/{view.view_id}/{first.wall.isoformat()}/{first.xyxy}"
    holding, at_line = standing(view, catalogue, last.xyxy, last.wall)
    dwell = dict.fromkeys(holding, last.at_seconds - first.at_seconds)
    return Stay(
        stay_id=hashlib.sha256(name.encode()).hexdigest()[:20], first_seconds=first.at_seconds, first_wall=first.wall, last_seconds=last.at_seconds,
        last_wall=last.wall, known_seconds=last.at_seconds, xyxy=last.xyxy, signature=signature, votes=votes, dwell_seconds=dwell, in_place=holding,
        at_line=at_line,
        looks=len(samples), attended_looks=sum(sample.attended for sample in samples), samples=samples,
    )  # fmt: skip


def _advanced(stay: Stay, catalogue: Catalogue, look: Look, events: list[Event]) -> Stay:
    """How far a stay that was just seen has got: suspected, halfway, ready for the zoom look."""
    kind = leading_kind(stay, catalogue)
    if kind is None or stay.last_seconds != look.at_seconds or stay.confirmed_kind is not None or kind.id not in stay.in_place:
        return stay
    if not stay.suspected and stay.looks >= SUSPECTED_AFTER_LOOKS:
        stay = replace(stay, suspected=True)
        events.append(Event("suspected", stay, kind.id))
    if stay.suspected and not stay.halfway and stay.dwell_seconds.get(kind.id, 0.0) >= kind.dwell_seconds / 2:
        stay = replace(stay, halfway=True)
        events.append(Event("halfway", stay, kind.id))
    if stay.suspected and not missing_for(kind, stay) and look.at_seconds >= stay.zoom_due_seconds:
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
