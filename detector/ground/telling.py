"""What the ground says to judging: new things that no class covers, and how much of a stay's place is new since before it was first seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from detector.ground.observing import SAME_CHROMA, SAME_LUMA
from detector.ground.picture import GroundPicture, covered, spans
from detector.ground.regions import is_named
from detector.ground.settings import DEFAULT, GroundSettings
from detector.ground.standing import stood_seconds
from detector.ground.values import COVER, UNKNOWN, GroundState, Region
from detector.judgement.confirmation import zoom_verdict
from detector.judgement.geometry import Box
from detector.judgement.values import Stay, Thing, ViewState, Zoom
from evidence.kinds.classes import MEASURED_CLASSES, UNRECOGNISED
from evidence.kinds.kind import Kind

KNOWN_SHARE = 0.5
"""Of a stay's place must have been known before the stay began, else nothing is said of it."""
STILL_SHARE = 0.6
"""Of a thing's cells must look as they did."""
SHARE_FOLLOWS = 0.2
"""Weight of the newest look in a stay's share."""


def told(state: GroundState, settings: GroundSettings = DEFAULT) -> tuple[Region, ...]:
    """The regions that are there now, are surely things, and are not what something recognised has covered for a good part of the last minutes."""
    surely = [one for one in state.regions if one.verdict in ("added", "kept") and one.present and one.score >= settings.least_score]
    return tuple(one for one in surely if float(state.cover[state.owner == one.number].mean()) <= settings.named_share * COVER)


def still(state: GroundState, then: GroundPicture, now: GroundPicture, things: Sequence[Thing], settings: GroundSettings = DEFAULT) -> tuple[Region, ...]:
    """Of what the ground's last picture told, that which a later picture shows unchanged: a look at these places alone.

    Args:
        then: the picture that the ground was last compared with.
        now: the later one; `things`: what is recognised in it.
    """
    if now.shape != state.shape or now.rectangle != then.rectangle:
        return ()
    hidden = covered((thing.xyxy for thing in things), state.rectangle, state.shape)
    gain = np.float32(max(1, int(now.cells[0].sum(dtype=np.int64))) / max(1, int(then.cells[0].sum(dtype=np.int64))))
    found = []
    for region in told(state, settings):
        place = spans(region.xyxy, state.rectangle, state.shape)
        mine = state.owner[place] == region.number
        away = np.abs(now.cells[:, *place].astype(np.float32) - then.cells[:, *place] * np.array([gain, 1, 1], np.float32)[:, None, None])
        same = (away[0] < SAME_LUMA) & (away[1] + away[2] < SAME_CHROMA) & ~hidden[place]
        if float(same[mine].mean()) >= STILL_SHARE:
            found.append(region)
    return tuple(found)


def thing_of(region: Region) -> Thing:
    """A region as judging takes things."""
    return Thing(UNRECOGNISED, region.xyxy, region.score, region.signature)


def new_share(state: GroundState, xyxy: Box, since_seconds: float) -> float | None:
    """Share of a box that differs from the ground as it was known before a moment, people apart (0..1). None where it was not known, or is hidden.

    Near 0 where what is seen has stood there all along.
    """
    place = spans(xyxy, state.rectangle, state.shape)
    usable = state.visible[place] & (state.since[place] > UNKNOWN / 2) & (state.since[place] < since_seconds)
    count = int(np.count_nonzero(usable))
    if not count or count < KNOWN_SHARE * usable.size:
        return None
    return float(np.count_nonzero(state.differs[place] & usable)) / count


def known_seconds(state: GroundState, xyxy: Box) -> float | None:
    """For how long the ground in a box has looked as it looks now: the least of the middle half of its cells. None where most of it differs or is hidden.

    What has stood in one place for weeks is ground.
    """
    place = spans(xyxy, state.rectangle, state.shape)
    usable = state.visible[place] & (state.since[place] > UNKNOWN / 2) & ~state.differs[place]
    if not usable.size or int(np.count_nonzero(usable)) < (1 - KNOWN_SHARE / 2) * usable.size:
        return None
    return max(0.0, state.at_seconds - float(np.quantile(state.since[place][usable], 0.75)))


def supported(memory: ViewState, state: GroundState) -> ViewState:
    """The memory of a view whose stays know how much of their place is new, and for how long it has looked so: those that the ground's last picture showed."""
    return replace(memory, stays=tuple(_supported(stay, state) if stay.last_seconds == state.at_seconds else stay for stay in memory.stays))


def _supported(stay: Stay, state: GroundState) -> Stay:
    came = stay.first_seconds
    if stay.shifts:
        came = max(came, stay.last_seconds - (stay.last_wall - stay.shifts[-1].wall).total_seconds())
    stood = stood_seconds(state, stay.xyxy, came)
    if stood is not None:
        stay = replace(stay, stood_seconds=round(stood, 1))
    share = new_share(state, stay.xyxy, stay.first_seconds)
    if share is None:
        return stay
    before = stay.new_share
    return replace(stay, new_share=round(share if before is None else (1 - SHARE_FOLLOWS) * before + SHARE_FOLLOWS * share, 4))


def is_unrecognised(stay: Stay) -> bool:
    """Whether it is the ground rather than the detector that saw the thing: such a violation is a lead."""
    measured = sum(stay.votes.get(label, 0.0) for label in MEASURED_CLASSES)
    return measured > 0.5 * sum(stay.votes.values())


def closer_look(kind: Kind, stay: Stay, things: tuple[Thing, ...], needed: Mapping[str, float] | None = None) -> Zoom:
    """What a zoom look says: as `zoom_verdict`; but what the ground saw is agreed where nothing is recognised in its place from near, either."""
    zoom = zoom_verdict(kind, stay, things, needed)
    if zoom.agreed or not is_unrecognised(stay) or is_named(stay.xyxy, things):
        return zoom
    return Zoom(True, None)
