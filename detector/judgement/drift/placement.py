"""From measures to what follows of them: in place, the zones follow, or they are suspended. A step is taken by two measures that agree, never by one; until
the second one nothing is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from detector.judgement.drift.homography import CORNERS, IDENTITY, Homography, Points, difference, largest_shift, roll_degrees, zoom_of
from detector.judgement.drift.matching import Match


class Status(StrEnum):
    """Where a view's zones lie.

    `unmeasured`: there is nothing to measure by (no reference picture yet, or none that can be recognised); judged. `in_place`, `followed`: judged.
    `unsure`: something has changed, and the next measure decides; `moved`, `unrecognised`: suspended.
    """

    UNMEASURED = "unmeasured"
    IN_PLACE = "in_place"
    FOLLOWED = "followed"
    UNSURE = "unsure"
    MOVED = "moved"
    UNRECOGNISED = "unrecognised"


JUDGED = frozenset({Status.UNMEASURED, Status.IN_PLACE, Status.FOLLOWED})


@dataclass(frozen=True, slots=True)
class DriftSettings:
    """What is a small shift; shares are of the picture's width.

    Attributes:
        still: below it the picture is in place: 6 px at 1080p, a pole in the wind.
        step: by which a new measure must differ from the placement in force to change it.
        follow: up to it the zones follow; beyond, what was drawn may not be the ground that is seen, and they are suspended. A 4 mm lens at 1080p shifts by 6 %
            when it is turned by 5 degrees.
        follow_degrees, follow_zoom: of turn and zoom (1.06 is 6 % either way) up to which the zones follow.
        agree: within which two measures are the same.
        lost_measures: measures in a row that do not recognise the view, over at least `lost_seconds`, until it is told: a lorry may stand before the camera.
        every_looks, every_seconds: between two measures where all is well, whichever is later.
        retry_seconds: between two measures while the view is suspended.
    """

    still: float = 0.004
    step: float = 0.004
    follow: float = 0.06
    follow_degrees: float = 3.0
    follow_zoom: float = 1.06
    agree: float = 0.006
    lost_measures: int = 3
    lost_seconds: float = 6.0
    every_looks: int = 15
    every_seconds: float = 60.0
    retry_seconds: float = 4.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a view's zones lie in the picture of now; a value.

    Attributes:
        homography: in force: from the reference picture to the picture of now.
        seen: as last measured, whatever is in force; None where nothing was recognised.
        before: the status in force while it is `unsure`.
        misses: measures in a row that recognised nothing, since `misses_seconds`.
        agreement, shift, roll_degrees, zoom: of the last measure that recognised the view.
    """

    status: Status = Status.UNMEASURED
    homography: Homography = IDENTITY
    seen: Homography | None = None
    before: Status = Status.UNMEASURED
    misses: int = 0
    misses_seconds: float = 0.0
    agreement: float = 0.0
    shift: float = 0.0
    roll_degrees: float = 0.0
    zoom: float = 1.0

    @property
    def is_judged(self) -> bool:
        """Whether what is seen is judged by the zones."""
        return self.status in JUDGED

    def doubted(self) -> Placement:
        """A glance does not know the picture: nothing is judged until a measure says what it is."""
        return replace(self, status=Status.UNSURE, before=self.status) if self.status in JUDGED else self


def settled(
    placement: Placement, found: Match | None, at_seconds: float, aspect: float, settings: DriftSettings | None = None, points: Points = CORNERS
) -> Placement:
    """The placement after a measure.

    Args:
        found: what was measured; None or one that is not sure where the view was not recognised.
        aspect: width over height of the picture.
        points: what is drawn, in shares of the reference picture: how far these go is what counts.
    """
    settings = settings or DriftSettings()
    if found is None or not found.is_sure:
        return _missed(placement, at_seconds, settings)
    now = found.homography
    shift, roll, zoom = largest_shift(now, aspect, points), roll_degrees(now, aspect), zoom_of(now, aspect)
    told = replace(placement, seen=now, misses=0, agreement=found.agreement, shift=shift, roll_degrees=roll, zoom=zoom)
    status = _status(shift, roll, zoom, settings)
    last = placement.before if placement.status is Status.UNSURE else placement.status
    if last in JUDGED and status in JUDGED and _is_in_force(placement, now, shift, aspect, settings, points):
        return replace(told, status=Status.IN_PLACE if placement.homography == IDENTITY else Status.FOLLOWED, before=last)
    first = last is Status.UNMEASURED and status is Status.IN_PLACE
    again = placement.seen is not None and difference(placement.seen, now, aspect, points) <= settings.agree
    if not first and not again:
        return replace(told, status=last if last not in JUDGED else Status.UNSURE, before=last)
    return replace(told, status=status, before=status, homography=now if status is Status.FOLLOWED else IDENTITY)


def _status(shift: float, roll: float, zoom: float, settings: DriftSettings) -> Status:
    if shift <= settings.still:
        return Status.IN_PLACE
    small = shift <= settings.follow and abs(roll) <= settings.follow_degrees and 1 / settings.follow_zoom <= zoom <= settings.follow_zoom
    return Status.FOLLOWED if small else Status.MOVED


def _is_in_force(placement: Placement, now: Homography, shift: float, aspect: float, settings: DriftSettings, points: Points) -> bool:
    """Whether a measure says what is in force already."""
    if placement.homography == IDENTITY:
        return shift <= settings.still
    return shift > settings.still / 2 and difference(placement.homography, now, aspect, points) <= settings.step


def _missed(placement: Placement, at_seconds: float, settings: DriftSettings) -> Placement:
    misses = placement.misses + 1
    since = placement.misses_seconds if placement.misses else at_seconds
    last = placement.before if placement.status is Status.UNSURE else placement.status
    told = replace(placement, seen=None, misses=misses, misses_seconds=since, before=last)
    if last not in JUDGED:
        return replace(told, status=Status.UNRECOGNISED)
    if misses >= settings.lost_measures and at_seconds - since >= settings.lost_seconds:
        return replace(told, status=Status.UNRECOGNISED, before=Status.UNRECOGNISED)
    return replace(told, status=Status.UNSURE)
