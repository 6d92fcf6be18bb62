from __future__ import annotations

import pytest

from detector.judgement.geometry import Box, footprint
from detector.judgement.lines import LineFacts, line_facts, nearest_line, row_of
from evidence.views import Shop, StorefrontLine, ViewDocument, Zone, ZoneKind

FRUIT, SILK, KEYS = (Shop(id=name, name=sign) for name, sign in (("fruit", "老王水果店"), ("silk", "瑞蚨祥"), ("keys", "配钥匙")))
LINES = (
    StorefrontLine(id="l1", shop="fruit", points=((0.1, 0.5), (0.3, 0.5)), outside="right"),
    StorefrontLine(id="l2", shop="silk", points=((0.3, 0.5), (0.7, 0.5)), outside="right"),
    StorefrontLine(id="l3", shop="keys", points=((0.7, 0.5), (0.8, 0.5)), outside="right"),
)
"""Three shops in a row: fruit 0.1 to 0.3, silk to 0.7, keys to 0.8; the pavement lies below."""


def strip(left: float, right: float, shop: str | None = None, name: str = "apron") -> Zone:
    return Zone(id=name, kind=ZoneKind.SHOP_APRON, shop=shop, polygon=((left, 0.5), (right, 0.5), (right, 0.6), (left, 0.6)))


def street(*zones: Zone, lines: tuple[StorefrontLine, ...] = LINES) -> ViewDocument:
    return ViewDocument(camera_id="c1", zones=zones, lines=lines, shops=(FRUIT, SILK, KEYS))


def crate(left: float, right: float, bottom: float = 0.56) -> Box:
    """Goods as tall as 0.1 of the picture, their contact with the ground the lowest 0.02."""
    return left, bottom - 0.1, right, bottom


def facts(box: Box, *others: Box, view: ViewDocument | None = None) -> LineFacts:
    return line_facts(view or street(), box, footprint(box), [footprint(other) for other in others])


@pytest.mark.parametrize(
    ("box", "others", "shop", "before", "told_by"),
    [
        pytest.param(crate(0.12, 0.2), (), "fruit", "fruit", "front", id="before its own shop"),
        pytest.param(crate(0.4, 0.5), (), "silk", "silk", "front", id="before the silk shop, alone: the silk shop's"),
        pytest.param(crate(0.31, 0.38), (crate(0.12, 0.2), crate(0.21, 0.3)), "fruit", "silk", "row", id="the fruit shop's row runs on before the silk shop"),
        pytest.param(crate(0.12, 0.2), (crate(0.21, 0.3), crate(0.31, 0.38)), "fruit", "fruit", "front", id="the same row where it begins"),
        pytest.param(crate(0.5, 0.58), (crate(0.12, 0.2), crate(0.21, 0.3)), "silk", "silk", "front", id="a gap, through which people go in: no row"),
        pytest.param(crate(0.12, 0.37), (), "fruit", "fruit", "front", id="one long table, most of it before the fruit shop"),
        pytest.param(crate(0.21, 0.52), (), "silk", "silk", "front", id="one that covers as much of both fronts: before which it stands"),
        pytest.param(crate(0.66, 0.8), (), "keys", "keys", "front", id="over the key cutter's whole front and a little of the next"),
        pytest.param(crate(0.58, 0.79), (), "keys", "silk", "row", id="most of it before the silk shop, and the key cutter's whole front"),
        pytest.param(crate(0.85, 0.92), (), "keys", "keys", "front", id="past the last shop: the nearest"),
    ],
)
def test_whose_goods_stand_before_whose_shop(box: Box, others: tuple[Box, ...], shop: str, before: str, told_by: str) -> None:
    found = facts(box, *others)
    assert (found.shop, found.in_front_of, found.told_by) == (shop, before, told_by)
    assert found.before_another is (shop != before)


@pytest.mark.parametrize(
    ("bottom", "share"),
    [
        pytest.param(0.56, 1.0, id="all of it beyond"),
        pytest.param(0.51, 0.5, id="a table half over the line"),
        pytest.param(0.505, 0.25, id="a quarter over it"),
        pytest.param(0.49, 0.0, id="inside, though its middle is near the line"),
    ],
)
def test_what_counts_is_the_share_of_the_footprint(bottom: float, share: float) -> None:
    found = facts(crate(0.4, 0.5, bottom))
    assert found.line_id == "l2"
    assert found.share_beyond == pytest.approx(share, abs=1e-9)
    assert found.distance == pytest.approx(abs(bottom - 0.01 - 0.5), abs=1e-9)


@pytest.mark.parametrize(
    ("box", "others", "zones", "own", "of"),
    [
        pytest.param(crate(0.12, 0.2), (), (), False, None, id="no strip is drawn"),
        pytest.param(crate(0.12, 0.2), (), (strip(0.1, 0.3, "fruit"),), True, "fruit", id="on the shop's own strip"),
        pytest.param(crate(0.12, 0.2), (), (strip(0.1, 0.3),), True, None, id="on a strip of whichever shop"),
        pytest.param(crate(0.12, 0.2, 0.61), (), (strip(0.1, 0.3, "fruit"),), True, "fruit", id="half over the strip's edge"),
        pytest.param(crate(0.12, 0.2, 0.615), (), (strip(0.1, 0.3, "fruit"),), False, "fruit", id="more than half over it"),
        pytest.param(crate(0.4, 0.5), (), (strip(0.3, 0.7, "fruit"),), False, "fruit", id="the silk shop's goods on the fruit shop's land"),
        pytest.param(
            crate(0.31, 0.38),
            (crate(0.12, 0.2), crate(0.21, 0.3)),
            (strip(0.3, 0.7, "silk"),),
            False,
            "silk",
            id="the fruit shop's row on the silk shop's land",
        ),
        pytest.param(
            crate(0.12, 0.2), (), (strip(0.0, 0.14, "keys", "a"), strip(0.14, 0.3, "fruit", "b")), True, "fruit", id="on two strips: the greater share"
        ),
    ],
)
def test_the_strip_of_own_land(box: Box, others: tuple[Box, ...], zones: tuple[Zone, ...], own: bool, of: str | None) -> None:
    found = facts(box, *others, view=street(*zones))
    assert (found.on_apron, found.apron_of) == (own, of)


def test_a_view_without_lines_knows_strips_alone() -> None:
    found = facts(crate(0.12, 0.2), view=street(strip(0.1, 0.3), lines=()))
    assert (found.line_id, found.shop, found.told_by, found.share_beyond) == (None, None, None, 0.0)
    assert found.on_apron
    assert not facts(crate(0.12, 0.2), view=street(strip(0.1, 0.3, "fruit"), lines=())).on_apron, "whose goods these are nothing tells"
    assert nearest_line((), footprint(crate(0.1, 0.2))) is None


def test_a_line_without_a_shop_is_nobody_s() -> None:
    view = street(lines=(StorefrontLine(id="wall", points=((0.1, 0.5), (0.9, 0.5)), outside="right"),))
    found = facts(crate(0.4, 0.5), view=view)
    assert (found.line_id, found.shop, found.in_front_of, found.told_by, found.before_another) == ("wall", None, None, None, False)


def test_a_shop_at_a_corner_has_two_lines_and_one_front() -> None:
    lines = (
        StorefrontLine(id="a", shop="fruit", points=((0.1, 0.5), (0.3, 0.5)), outside="right"),
        StorefrontLine(id="b", shop="silk", points=((0.3, 0.5), (0.4, 0.5)), outside="right"),
        StorefrontLine(id="c", shop="silk", points=((0.4, 0.5), (0.8, 0.5)), outside="right"),
    )
    found = facts(crate(0.22, 0.4), view=street(lines=lines))
    assert (found.shop, found.in_front_of, found.told_by) == ("fruit", "silk", "row")
    assert facts(crate(0.12, 0.4), view=street(lines=lines)).shop == "fruit", "all of one front against a fifth of the other"


@pytest.mark.parametrize(
    ("others", "count"),
    [
        pytest.param((), 1, id="alone"),
        pytest.param((crate(0.21, 0.3), crate(0.31, 0.4)), 3, id="three side by side, each touching the next alone"),
        pytest.param((crate(0.31, 0.4), crate(0.21, 0.3)), 3, id="in whatever order"),
        pytest.param((crate(0.5, 0.6),), 1, id="far apart"),
        pytest.param((crate(0.12, 0.2, 0.8),), 1, id="one behind the other, with the pavement between"),
        pytest.param((crate(0.12, 0.2),), 1, id="itself once more"),
    ],
)
def test_a_row_is_what_nobody_can_walk_through(others: tuple[Box, ...], count: int) -> None:
    assert len(row_of(footprint(crate(0.12, 0.2)), [footprint(other) for other in others])) == count


def test_the_nearest_line_is_nearest_in_a_picture_that_is_wider_than_high() -> None:
    """0.1 of the width are farther than 0.15 of the height."""
    up = StorefrontLine(id="up", points=((0.3, 0.9), (0.3, 0.1)), outside="right")
    level = StorefrontLine(id="level", points=((0.0, 0.65), (1.0, 0.65)), outside="left")
    foot = (0.35, 0.49, 0.45, 0.51)
    for aspect, line_id, distance in ((16 / 9, "level", 0.15), (1.0, "up", 0.1)):
        found = nearest_line((up, level), foot, aspect)
        assert found is not None
        assert (found.line.id, found.distance) == (line_id, pytest.approx(distance))
