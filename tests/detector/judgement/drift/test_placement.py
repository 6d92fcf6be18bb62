"""What follows of measures: the table of a view that shifts, is turned away, comes back, or is hidden for a while."""

from __future__ import annotations

import numpy as np
import pytest

from detector.judgement.drift import IDENTITY, DriftSettings, Homography, Match, Placement, Status, settled
from detector.judgement.drift.homography import of_matrix

ASPECT = 16 / 9


def shift(right: float = 0.0, down: float = 0.0) -> Homography:
    return of_matrix(np.array([[1, 0, right * 1600], [0, 1, down * 1600], [0, 0, 1.0]]), 1600, 900)


def sure(homography: Homography = IDENTITY) -> Match:
    return Match(homography, 30, 24, 0.0, 0.4)


def lost() -> Match:
    return Match(IDENTITY, 30, 3, 0.5, 0.4)


PLACE, LITTLE, LITTLE_MORE, FAR, FAR_TOO = sure(), sure(shift(0.02)), sure(shift(0.022)), sure(shift(0.2)), sure(shift(-0.3))
NOTHING = lost()


def after(*measures: Match | None, every_seconds: float = 3.0, settings: DriftSettings | None = None) -> list[Placement]:
    placement, seen = Placement(), []
    for number, found in enumerate(measures):
        placement = settled(placement, found, every_seconds * number, ASPECT, settings)
        seen.append(placement)
    return seen


U, P, F, D, M, L = Status.UNMEASURED, Status.IN_PLACE, Status.FOLLOWED, Status.UNSURE, Status.MOVED, Status.UNRECOGNISED


@pytest.mark.parametrize(
    ("measures", "statuses"),
    [
        ([PLACE, PLACE], [P, P]),
        ([PLACE, sure(shift(0.003)), PLACE], [P, P, P]),
        ([PLACE, LITTLE, LITTLE], [P, D, F]),
        ([PLACE, LITTLE, LITTLE_MORE, LITTLE], [P, D, F, F]),
        ([PLACE, LITTLE, PLACE], [P, D, P]),
        ([PLACE, LITTLE, LITTLE, PLACE, PLACE], [P, D, F, D, P]),
        ([PLACE, LITTLE, LITTLE, sure(shift(0.04)), sure(shift(0.04))], [P, D, F, D, F]),
        ([PLACE, FAR, FAR, FAR], [P, D, M, M]),
        ([PLACE, FAR, FAR_TOO, FAR_TOO], [P, D, D, M]),
        ([PLACE, FAR, FAR, PLACE, PLACE], [P, D, M, M, P]),
        ([PLACE, FAR, FAR, LITTLE, LITTLE], [P, D, M, M, F]),
        ([PLACE, NOTHING, PLACE], [P, D, P]),
        ([PLACE, NOTHING, NOTHING, PLACE], [P, D, D, P]),
        ([PLACE, NOTHING, NOTHING, NOTHING, NOTHING], [P, D, D, L, L]),
        ([PLACE, NOTHING, NOTHING, NOTHING, PLACE, PLACE], [P, D, D, L, L, P]),
        ([PLACE, FAR, FAR, NOTHING], [P, D, M, L]),
        ([LITTLE, LITTLE], [D, F]),
        ([FAR, FAR], [D, M]),
        ([None, None, None], [D, D, L]),
    ],
    ids=[
        "in place", "a pole sways in the wind", "a small shift is followed once two measures agree", "a little more of it changes nothing",
        "one measure alone moves nothing", "it comes back", "it shifts on", "turned away", "it turns, and stops", "turned away and back",
        "back, but not quite", "a bus drives by", "a bus stops", "a lorry parks before the camera", "and leaves", "turned away, then lost",
        "shifted since its picture was taken", "moved since its picture was taken", "the picture is of another view",
    ],
)  # fmt: skip
def test_the_table(measures: list[Match | None], statuses: list[Status]) -> None:
    assert [placement.status for placement in after(*measures)] == statuses


def test_zones_follow_by_the_second_measure_and_lie_as_drawn_else() -> None:
    first, second, third = after(PLACE, LITTLE, LITTLE)
    assert first.homography == second.homography == IDENTITY
    assert third.homography == LITTLE.homography
    assert third.shift == pytest.approx(0.02)
    assert third.is_judged
    assert not second.is_judged
    assert after(PLACE, LITTLE, LITTLE, FAR, FAR)[-1].homography == IDENTITY


def test_a_lorry_for_a_moment_is_not_told_of() -> None:
    assert [one.status for one in after(PLACE, NOTHING, NOTHING, NOTHING, every_seconds=1.0)] == [P, D, D, D]


def test_what_a_glance_does_not_know_is_not_judged_until_it_is_measured() -> None:
    known = after(PLACE)[0]
    doubted = known.doubted()
    assert (doubted.status, doubted.before) == (D, P)
    assert not doubted.is_judged
    assert settled(doubted, PLACE, 9, ASPECT).status is P
    moved = after(PLACE, FAR, FAR)[-1]
    assert moved.doubted() == moved


@pytest.mark.parametrize(
    ("turn", "zoom", "status"), [(1.0, 1.0, F), (4.0, 1.0, M), (0.0, 1.03, F), (0.0, 1.1, M), (0.0, 0.9, M)],
    ids=["a little turned", "much turned", "a little zoomed", "zoomed in", "zoomed out"],
)  # fmt: skip
def test_turn_and_zoom_bound_what_is_followed(turn: float, zoom: float, status: Status) -> None:
    a, b = zoom * np.cos(np.radians(turn)), zoom * np.sin(np.radians(turn))
    found = sure(of_matrix(np.array([[a, -b, 800 * (1 - a) + 450 * b], [b, a, 450 * (1 - a) - 800 * b], [0, 0, 1]]), 1600, 900))
    assert after(PLACE, found, found)[-1].status is status


def test_a_city_may_forbid_that_zones_follow() -> None:
    assert after(PLACE, LITTLE, LITTLE, settings=DriftSettings(follow=0.0))[-1].status is M


def test_what_counts_is_what_is_drawn() -> None:
    a, b = np.cos(np.radians(2.5)), np.sin(np.radians(2.5))
    turned = sure(of_matrix(np.array([[a, -b, 800 * (1 - a) + 450 * b], [b, a, 450 * (1 - a) - 800 * b], [0, 0, 1]]), 1600, 900))
    middle = ((0.48, 0.48), (0.52, 0.48), (0.5, 0.52))
    placement = settled(settled(Placement(), PLACE, 0, ASPECT, points=middle), turned, 3, ASPECT, points=middle)
    assert placement.status is P, "nothing that is drawn has moved by more than the pole sways"
