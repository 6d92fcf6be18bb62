"""From a fulfilled rule to a violation: the zoom look has the last word; and moving a memory to another run of the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from detector.judgement.rules import objects_of
from detector.judgement.spots import same_place
from detector.judgement.values import Event, Newcomer, Stay, StaySample, Thing, ViewState, Zoom
from evidence.kinds import Kind


def zoom_verdict(kind: Kind, stay: Stay, things: tuple[Thing, ...], needed: Mapping[str, float] | None = None) -> Zoom:
    """What is said of the native-resolution crop: agreed where an object of the kind is seen in the stay's place, with the score that the kind asks for.

    Args:
        needed: class → score that is asked of it at least, whatever the kind asks.
    """
    there = [thing for thing in things if thing.label in objects_of(kind, stay) and same_place(stay.xyxy, thing.xyxy)]
    if not there:
        return Zoom(False, None)
    best = max(there, key=lambda thing: thing.score)
    agreed = best.score >= max(kind.minimum_score, (needed or {}).get(best.label, 0.0))
    return Zoom(agreed, best.score, best.xyxy, best.looks_like, best.covered)


def with_zoom(state: ViewState, stay_id: str, kind_id: str, zoom: Zoom, wall: datetime) -> tuple[ViewState, tuple[Event, ...]]:
    """The memory after a zoom look; a violation where it agreed. A stay that is gone by now changes nothing."""
    events: list[Event] = []
    stays = []
    for stay in state.stays:
        if stay.stay_id == stay_id and stay.confirmed_kind is None:
            stay = replace(stay, zoom=zoom)
            if not zoom.agreed:
                stay = replace(stay, zoom_refusals=stay.zoom_refusals + 1)
            else:
                stay = replace(stay, confirmed_kind=kind_id, confirmed_wall=wall)
                events.append(Event("confirmed", stay, kind_id))
        stays.append(stay)
    return replace(state, stays=tuple(stays)), tuple(events)


def put_off(state: ViewState, stay_id: str, until_seconds: float) -> ViewState:
    """The memory with a stay's next zoom look not before this moment of the arrival clock."""
    later = (replace(stay, zoom_due_seconds=max(stay.zoom_due_seconds, until_seconds)) if stay.stay_id == stay_id else stay for stay in state.stays)
    return replace(state, stays=tuple(later))


def rebased(state: ViewState, shift_seconds: float) -> ViewState:
    """The memory with all arrival times moved: after a reboot the monotonic clock begins anew."""

    def moved_sample(sample: StaySample) -> StaySample:
        return replace(sample, at_seconds=sample.at_seconds + shift_seconds)

    def moved(stay: Stay) -> Stay:
        missed = None if stay.missed_since_seconds is None else stay.missed_since_seconds + shift_seconds
        told = None if stay.told_seconds is None else stay.told_seconds + shift_seconds
        hidden = None if stay.hidden_seconds is None else stay.hidden_seconds + shift_seconds
        short = None if stay.short_since_seconds is None else stay.short_since_seconds + shift_seconds
        allowed = None if stay.allowed_since_seconds is None else stay.allowed_since_seconds + shift_seconds
        outside = {name: at + shift_seconds for name, at in stay.outside_seconds.items()}
        newcomer = stay.newcomer and Newcomer(stay.newcomer.signature, tuple(map(moved_sample, stay.newcomer.samples)))
        return replace(
            stay, first_seconds=stay.first_seconds + shift_seconds, last_seconds=stay.last_seconds + shift_seconds,
            known_seconds=stay.known_seconds + shift_seconds, missed_since_seconds=missed, newcomer=newcomer,
            samples=tuple(map(moved_sample, stay.samples)), zoom_due_seconds=stay.zoom_due_seconds + shift_seconds, told_seconds=told,
            hidden_seconds=hidden, short_since_seconds=short, allowed_since_seconds=allowed, outside_seconds=outside,
        )  # fmt: skip

    people = tuple(replace(one, first_seconds=one.first_seconds + shift_seconds, last_seconds=one.last_seconds + shift_seconds) for one in state.bystanders)
    last = None if state.last_look_seconds is None else state.last_look_seconds + shift_seconds
    since = None if state.since_seconds is None else state.since_seconds + shift_seconds
    return ViewState(tuple(map(moved, state.stays)), people, last, state.away, since)
