from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest

from detector.judgement.geometry import Box
from detector.judgement.policies import policy_allows, policy_verdict
from evidence.kinds import load_catalogue
from evidence.policies import Policies
from evidence.views import ViewDocument, Zone, ZoneKind

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
EVENING = datetime(2026, 7, 1, 18, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
GOODS_ON: dict[str, Any] = {"shandong_2020": True}
VENDORS_ON: dict[str, Any] = {"shandong_2020": {"goods_outside": False, "vendor_hours": ["09:30-11:30", "11:30-15:00"]}}


def band(kind: ZoneKind, top: float, bottom: float, **more: Any) -> Zone:
    return Zone(id=f"{kind.value}-{top}", kind=kind, polygon=((0.0, top), (1.0, top), (1.0, bottom), (0.0, bottom)), **more)


def lane(road_class: str | None) -> ViewDocument:
    """From the shops outwards: an apron to 0.5, tactile paving to 0.55, pavement to 0.7, carriageway to 0.9, a green belt to 1."""
    zones = (
        band(ZoneKind.SHOP_APRON, 0.4, 0.5),
        band(ZoneKind.TACTILE_PAVING, 0.5, 0.55),
        band(ZoneKind.SIDEWALK, 0.5, 0.7),
        band(ZoneKind.CARRIAGEWAY, 0.7, 0.9, road_class=road_class),
        band(ZoneKind.GREEN_BELT, 0.9, 1.0),
    )
    return ViewDocument(camera_id="c1", zones=zones)


def at(top: float, bottom: float) -> Box:
    return 0.4, top, 0.5, bottom


@pytest.mark.parametrize(
    ("policies", "road", "foot", "what", "when", "allowed"),
    [
        pytest.param(None, "branch", at(0.45, 0.49), "goods", NOON, False, id="nothing is switched on"),
        pytest.param(GOODS_ON, "branch", at(0.45, 0.49), "goods", NOON, True, id="goods off pavement and tactile paving"),
        pytest.param(GOODS_ON, "branch", at(0.46, 0.502), "goods", NOON, True, id="a hair over the edge"),
        pytest.param(GOODS_ON, "branch", at(0.47, 0.52), "goods", NOON, False, id="over the tactile paving"),
        pytest.param(GOODS_ON, "branch", at(0.60, 0.65), "goods", NOON, False, id="on the pavement"),
        pytest.param(GOODS_ON, "branch", at(0.75, 0.80), "goods", NOON, True, id="at the edge of a lane"),
        pytest.param(GOODS_ON, "main", at(0.75, 0.80), "goods", NOON, False, id="on the carriageway of a main road"),
        pytest.param(GOODS_ON, None, at(0.75, 0.80), "goods", NOON, False, id="of a road of which nobody said what it is"),
        pytest.param(GOODS_ON, "branch", at(0.92, 0.96), "goods", NOON, False, id="on the green belt"),
        pytest.param(GOODS_ON, "branch", at(0.75, 0.80), "vendor", NOON, False, id="the policy's hours for vendors were not named"),
        pytest.param(VENDORS_ON, "branch", at(0.75, 0.80), "vendor", NOON, True, id="a vendor in a lane, off-peak"),
        pytest.param(VENDORS_ON, "branch", at(0.75, 0.80), "vendor", EVENING, False, id="at the peak"),
        pytest.param(VENDORS_ON, "main", at(0.75, 0.80), "vendor", NOON, False, id="on a main road"),
        pytest.param(VENDORS_ON, "branch", at(0.51, 0.54), "vendor", NOON, False, id="on tactile paving"),
        pytest.param(VENDORS_ON, "branch", at(0.60, 0.65), "vendor", NOON, False, id="on a pavement of which nobody said whose"),
        pytest.param(VENDORS_ON, "branch", at(0.45, 0.49), "goods", NOON, False, id="goods, where only vendors were allowed"),
    ],
)
def test_what_the_policy_allows(policies: Any, road: str | None, foot: Box, what: Literal["goods", "vendor"], when: datetime, allowed: bool) -> None:
    view = lane(road).model_copy(update={"policies": None if policies is None else Policies.model_validate(policies)})
    assert policy_verdict(view, foot, when, what).allows is allowed


def test_what_was_asked_is_told_and_what_is_off_is_not() -> None:
    on = lane("branch").model_copy(update={"policies": Policies.model_validate(GOODS_ON)})
    refused, allowed = policy_verdict(on, at(0.60, 0.65), NOON, "goods").reason, policy_verdict(on, at(0.45, 0.49), NOON, "goods").reason
    assert refused is not None
    assert refused.zh == "占用人行道，政策不适用"
    assert allowed is not None
    assert allowed.zh.startswith("店外物品未占用盲道和人行道（山东 2020 年意见")
    assert policy_verdict(on, at(0.45, 0.49), NOON, "vendor").reason is None
    assert policy_verdict(lane("branch"), at(0.45, 0.49), NOON, "goods").reason is None


def test_a_point_for_vendors_is_a_flexible_zone() -> None:
    view = ViewDocument(camera_id="c1", zones=(band(ZoneKind.FLEXIBLE, 0.5, 0.7),), policies=Policies.model_validate(VENDORS_ON))
    assert policy_verdict(view, at(0.55, 0.6), NOON, "vendor").allows
    assert not policy_verdict(view, at(0.75, 0.8), NOON, "vendor").allows


@pytest.mark.parametrize(
    ("until", "allowed"), [pytest.param(date(2026, 7, 1), True, id="on its last day"), pytest.param(date(2026, 6, 30), False, id="lapsed the day before")]
)
def test_a_policy_lapses(until: date, allowed: bool) -> None:
    view = lane("branch").model_copy(update={"policies": Policies.model_validate({"shandong_2020": {"until": until}})})
    found = policy_verdict(view, at(0.45, 0.49), NOON, "goods")
    assert found.allows is allowed
    assert found.reason is not None
    assert (str(until) in found.reason.zh) is not allowed


class Thing:
    """A thing on the ground, as judging has it."""

    foot, at = at(0.45, 0.49), NOON


@pytest.mark.parametrize(
    ("kind_id", "allowed"),
    [pytest.param("V3", True, id="out-of-store trading asks as goods"), pytest.param("V2", False, id="a stall asks as a vendor")],
)
def test_a_kind_asks_by_what_it_is_about(kind_id: str, allowed: bool) -> None:
    kind = load_catalogue().kind(kind_id)
    assert kind is not None
    view = lane("branch").model_copy(update={"policies": Policies.model_validate(GOODS_ON)})
    assert policy_allows(view, kind, Thing()) is allowed
