"""One act, one case: which case a packet belongs to, and where a case stands in the queue. Pure: values in, values out.

An act's id is a worker's claim. A packet of a known act joins its case where camera, view and kind are the case's too. Another one, or one that
claims a known act elsewhere, joins the open case of the same camera, view and kind whose place overlaps and whose stay lies at most half an
hour away, since a worker that lost its memory claims the same act anew. But what one worker saw in one view at the same time, or keeps apart within one
boot, are two things: such acts never join. What another camera saw at the same place of the map joins too (`api.neighbours`). Else it is a new case, a
recurrence where the place had one that ended or was decided: what people decided was decided on what they saw.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evidence.ground import Ground
from evidence.packet import Grade, Manifest, Phase
from evidence.quiet import overlap

Box = tuple[float, float, float, float]

LEAST_IOU = 0.3
"""Share by which two boxes of the same thing overlap at least, between two detections minutes apart."""
LONGEST_PAUSE = timedelta(minutes=30)
"""Between the stays of one act: longer than a worker's restart or a power cut, shorter than a vendor's return after lunch."""
SILENCE = timedelta(minutes=65)
"""A worker says each half hour that an act goes on; of a view that twice was not heard of, nobody knows that it still sees the thing."""
MOST_AHEAD = timedelta(minutes=5)
"""By which a worker's clock may be ahead of the case API's."""
View = tuple[str, str]
"""A camera and one of its views."""
GRADE_POINTS = {Grade.A: 2.0, Grade.B: 1.0, Grade.C: 0.0}
VALUE_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a packet says about where and when."""

    act_id: str
    camera_id: str
    view_id: str
    kind: str
    xyxy: Box
    first_seen: datetime
    last_seen: datetime
    worker: str
    boot_id: str
    ground: Ground | None = None

    @property
    def view(self) -> View:
        """Who saw it."""
        return self.camera_id, self.view_id


@dataclass(frozen=True, slots=True)
class Sight:
    """What a packet of a case says about who saw which act when. `boot_id` and `first_seen` are None of an old packet whose manifest is gone."""

    view: View
    act_id: str
    worker: str
    boot_id: str | None
    first_seen: datetime | None
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case as joining sees it.

    Attributes:
        kinds: the one it has and the one it was first claimed as.
        ended, decided: whether its act is over in every view, and whether somebody has decided it, under seal or not.
        confirmed: whether it stands confirmed, and not under seal.
        taken_in: of the case that an act belongs to, camera, view and kind of those of the act's packets in it that other views than the case's own brought.
    """

    id: str
    act_id: str
    camera_id: str
    view_id: str
    kinds: frozenset[str]
    xyxy: Box
    first_seen: datetime
    last_seen: datetime
    ended: bool
    decided: bool
    confirmed: bool = False
    district: str = ""
    ground: Ground | None = None
    taken_in: frozenset[tuple[str, str, str]] = frozenset()

    @property
    def view(self) -> View:
        """Whose case it is: the view that brought its first packet."""
        return self.camera_id, self.view_id


def claim_of(manifest: Manifest) -> Claim:
    """A manifest's claim."""
    return Claim(
        act_id=manifest.act_id,
        camera_id=manifest.camera.id,
        view_id=manifest.view.id,
        kind=manifest.kind.id,
        xyxy=manifest.place.xyxy,
        first_seen=manifest.stay.first_seen,
        last_seen=manifest.stay.last_seen,
        worker=manifest.worker.name,
        boot_id=manifest.worker.boot_id,
        ground=manifest.place.ground,
    )


def case_of_act(claim: Claim, first: KnownCase | None, known: Iterable[KnownCase]) -> str | None:
    """The case of a known act, whatever became of it: the `first` that the act belongs to, or the one that the same claim made elsewhere."""
    own = [*([first] if first is not None else []), *(case for case in known if case.act_id == claim.act_id)]
    return next((case.id for case in own if _same_sort(claim, case)), None)


def cases_to_join(claim: Claim, known: Iterable[KnownCase]) -> list[KnownCase]:
    """The cases that a packet of an unknown act may join: of those that nobody decided, the one that overlaps most first, of equals the one seen last."""
    undecided = (case for case in known if not case.ended and not case.decided)
    fitting = [case for case in undecided if _same_place(claim, case) and _near_in_time(claim, case)]
    return sorted(fitting, key=lambda case: (overlap(claim.xyxy, case.xyxy), case.last_seen), reverse=True)


def are_two(claim: Claim, sights: Iterable[Sight]) -> bool:
    """Whether a case holds an act that cannot be the claimed one: the same worker saw both at once in one view, or remembers the other there (its memory lasts
    a boot). Of two views it knows no more than anybody else.
    """
    return any(
        one.worker == claim.worker
        and one.view == claim.view
        and one.act_id != claim.act_id
        and (one.boot_id in (None, claim.boot_id) or one.first_seen is None or (one.first_seen <= claim.last_seen and claim.first_seen <= one.last_seen))
        for one in sights
    )


def case_before(claim: Claim, known: Iterable[KnownCase]) -> KnownCase | None:
    """The case of the same view that a new one is the recurrence of: the last one at this place that ended or was decided."""
    over = [case for case in known if (case.ended or case.decided) and _same_place(claim, case) and case.first_seen <= claim.first_seen]
    return max(over, key=lambda case: case.last_seen, default=None)


def _same_sort(claim: Claim, case: KnownCase) -> bool:
    return (claim.view == case.view and claim.kind in case.kinds) or (*claim.view, claim.kind) in case.taken_in


def _same_place(claim: Claim, case: KnownCase) -> bool:
    return claim.view == case.view and claim.kind in case.kinds and overlap(claim.xyxy, case.xyxy) >= LEAST_IOU


def _near_in_time(claim: Claim, case: KnownCase) -> bool:
    """Also for a packet that waited in an outbox while newer ones came: its stay may lie before the case's."""
    return claim.first_seen - case.last_seen <= LONGEST_PAUSE and case.first_seen - claim.last_seen <= LONGEST_PAUSE


def gone_at(manifest: Manifest, received_at: datetime) -> datetime | None:
    """When the thing was first seen gone, as the packet says, else last seen; None unless the packet says that the act ended. No packet tells of what comes
    after its own arrival: what it says of that ends the act when it came.
    """
    if manifest.phase is not Phase.ENDED:
        return None
    seen = manifest.stay.last_seen
    return seen if manifest.ending is None else max(seen, min(manifest.ending.first_gone, received_at + MOST_AHEAD))


def end_of(packets: Iterable[tuple[View, datetime, datetime | None]]) -> datetime | None:
    """When a case ended, by its packets' (view, last seen, ended at): the last end, unless something was seen after it. Where several views saw it, it has
    ended once every view that was heard of lately says so: a bus before one camera hides nothing from the other.
    """
    views: dict[View, list[tuple[datetime, datetime | None]]] = {}
    for view, seen, ended in packets:
        views.setdefault(view, []).append((seen, ended))
    ends = [_end_in_view(rows) for rows in views.values()]
    last = max((end for end in ends if end is not None), default=None)
    if last is None:
        return None
    going_on = (max(seen for seen, _ in rows) for rows, end in zip(views.values(), ends, strict=True) if end is None)
    return None if any(seen > last - SILENCE for seen in going_on) else last


def _end_in_view(rows: list[tuple[datetime, datetime | None]]) -> datetime | None:
    ends = [ended for _, ended in rows if ended is not None]
    return max(ends) if ends and max(ends) >= max(seen for seen, _ in rows) else None


def score_of(manifest: Manifest) -> float:
    """How sure the detector was: the zoom look's score, else the best of the stay."""
    if manifest.zoom_look is not None and manifest.zoom_look.score is not None:
        return manifest.zoom_look.score
    return max((sample.score for sample in manifest.stay.samples if sample.score is not None), default=0.0)


def queue_value(grade: Grade, score: float, created_at: datetime, weight: float = 1.0) -> float:
    """Orders the queue, highest first: a grade counts as much as a day of waiting or the whole range of the score, which at the hours in which a kind weighs
    more counts `weight` times.

    It is fixed when the case comes and needs no clock: of two cases, the same one stays ahead for ever, and a page can be turned.
    """
    return round(GRADE_POINTS[grade] + weight * score - (created_at - VALUE_EPOCH) / timedelta(days=1), 9)
