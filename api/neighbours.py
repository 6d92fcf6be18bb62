"""One act that two cameras see, or one camera in two of its views: which case of another view a packet belongs to. Pure: values in, values out.

Two acts are one where their places share ground on the map (`evidence.ground`), their kinds are one or often taken for each other, and their times
overlap or all but do. Cameras of two districts keep a case each, since who sees a case sees all of its evidence. What people rejected takes in nothing of
another camera, nor what waits for a second person: two places on a map may still be two things, and then one would vanish unseen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta

from api.acts import LONGEST_PAUSE, Claim, KnownCase
from evidence.ground import WIDEST_ZONE_METRES, Ground, across_metres, is_same_ground, shared_ground
from evidence.kinds import Catalogue

NOT_HEARD_OF = LONGEST_PAUSE + timedelta(minutes=5)
"""An act that goes on is told of each half hour, and brought a little later: for so long its case may not know that it does."""
CELLS_PER_DEGREE = 2000
"""Cells of some 50 m, by which cases are found on the map; what is wider than half a cell is found by nothing, and joins nothing."""
ROUND_THE_EARTH = 360 * CELLS_PER_DEGREE


def kinds_alike(catalogue: Catalogue, kind_id: str) -> frozenset[str]:
    """A kind and those that it is often taken for, whichever of the two says so."""
    kind = catalogue.kind(kind_id)
    named = () if kind is None else kind.confusion
    return frozenset({kind_id, *named, *(other.id for other in catalogue.kinds if kind_id in other.confusion)})


def cell_of(ground: Ground | None) -> int | None:
    """The cell of the map that a place lies in; None of a place that nothing can be told by."""
    if ground is None or across_metres(ground) > WIDEST_ZONE_METRES:
        return None
    longitude, latitude = ground.middle
    return math.floor((latitude + 90) * CELLS_PER_DEGREE) * ROUND_THE_EARTH + math.floor((longitude + 180) * CELLS_PER_DEGREE)


def cells_about(ground: Ground) -> tuple[int, ...]:
    """The cells in which what shares ground with a place may lie; none of a place that nothing can be told by."""
    cell = cell_of(ground)
    return () if cell is None else tuple(cell + row * ROUND_THE_EARTH + column for row in (-1, 0, 1) for column in (-1, 0, 1))


def cases_seen_elsewhere(claim: Claim, known: Iterable[KnownCase], alike: frozenset[str], district: str) -> list[KnownCase]:
    """The cases of other views that a packet of an unknown act may join, the one that shares most ground first, of equals the one seen last.

    Args:
        alike: the claim's kind and those that it is often taken for.
        district: of the claim's camera.
    """
    fitting = [case for case in known if _same_ground(claim, case, alike, district) and (_goes_on(claim, case) or _was_seen_too(claim, case))]
    return sorted(fitting, key=lambda case: (_share(claim, case), case.last_seen), reverse=True)


def case_before_elsewhere(claim: Claim, known: Iterable[KnownCase], alike: frozenset[str], district: str) -> KnownCase | None:
    """The last case at this place of the map, whoever saw it, that ended or was decided."""
    over = [case for case in known if (case.ended or case.decided) and case.first_seen <= claim.first_seen]
    return max((case for case in over if _same_ground(claim, case, alike, district, own=True)), key=lambda case: case.last_seen, default=None)


def _same_ground(claim: Claim, case: KnownCase, alike: frozenset[str], district: str, *, own: bool = False) -> bool:
    if (case.view == claim.view and not own) or case.district != district or not alike & case.kinds:
        return False
    return claim.ground is not None and case.ground is not None and is_same_ground(claim.ground, case.ground)


def _goes_on(claim: Claim, case: KnownCase) -> bool:
    """Whether an act that nobody has decided was still going on, or had just begun."""
    if case.ended or case.decided:
        return False
    return claim.first_seen - case.last_seen <= NOT_HEARD_OF and case.first_seen - claim.last_seen <= NOT_HEARD_OF


def _was_seen_too(claim: Claim, case: KnownCase) -> bool:
    """Whether both were seen at once: then it is the same act, also where it has ended or was confirmed meanwhile."""
    return (case.confirmed or not case.decided) and claim.first_seen <= case.last_seen and case.first_seen <= claim.last_seen


def _share(claim: Claim, case: KnownCase) -> float:
    return 0.0 if claim.ground is None or case.ground is None else shared_ground(claim.ground, case.ground)
