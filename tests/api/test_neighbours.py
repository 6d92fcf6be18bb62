"""One act that two cameras see: by places on the map, kinds and times; and what becomes of its case."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from api.acts import Claim, KnownCase
from api.checking import faults
from api.neighbours import case_before_elsewhere, cases_seen_elsewhere, cell_of, cells_about, kinds_alike
from api.roles import Role
from evidence.ground import Ground, Plane
from evidence.kinds import load_catalogue
from evidence.packet import Phase

from .conftest import START, Packet, Site
from .desks import person

MAP = Plane(117.02, 36.66)
ON_FILES = pytest.mark.parametrize("store", ["files"], indirect=True)
"""Joining is the same statements on both pairs of stores; the first test below runs on each."""
KINDS = kinds_alike(load_catalogue(), "V2")


def footprint(east: float, north: float, half: float = 1.4) -> tuple[tuple[float, float], ...]:
    """The ground about a stall that stands so many metres from the map's origin."""
    corners = ((-half, -half), (half, -half), (half, half), (-half, half))
    return tuple(MAP.to_degrees((east + x, north + y)) for x, y in corners)


def ground(east: float = 0.0, north: float = 0.0) -> Ground:
    return Ground(zone_id="z1", how="corners", polygon=footprint(east, north))


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


CLAIM = Claim("act-2", "gate-2", "main", "V2", (0.1, 0.1, 0.3, 0.3), minute(2), minute(8), "worker-1", "boot-1", ground())
CASE = KnownCase(
    "case-1", "act-1", "gate-1", "main", frozenset({"V2"}), (0.6, 0.5, 0.8, 0.7), minute(0), minute(6), ended=False, decided=False, ground=ground(0.4, 0.5)
)  # fmt: skip


@pytest.mark.parametrize(
    ("case", "joins"),
    [
        pytest.param({}, True, id="one stall, seen at once"),
        pytest.param({"ground": ground(2.2, 0.0)}, False, id="the stall beside it"),
        pytest.param({"ground": None}, False, id="a place that is on no map"),
        pytest.param({"kinds": frozenset({"V3"})}, True, id="a kind that it is often taken for"),
        pytest.param({"kinds": frozenset({"V4"})}, False, id="another kind"),
        pytest.param({"district": "west"}, False, id="another district"),
        pytest.param({"camera_id": "gate-2"}, False, id="the same view: its own rule"),
        pytest.param({"camera_id": "gate-2", "view_id": "preset-2"}, True, id="another view of the same camera"),
        pytest.param({"first_seen": minute(-40), "last_seen": minute(-30)}, True, id="it goes on, and was told half an hour before"),
        pytest.param({"first_seen": minute(-60), "last_seen": minute(-34)}, False, id="nobody has heard of it for longer"),
        pytest.param({"ended": True}, True, id="it ended after both had seen it"),
        pytest.param({"ended": True, "first_seen": minute(-9), "last_seen": minute(1)}, False, id="it ended before the other saw it"),
        pytest.param({"decided": True, "confirmed": True}, True, id="confirmed, and seen at once"),
        pytest.param({"decided": True, "confirmed": True, "first_seen": minute(-9), "last_seen": minute(1)}, False, id="confirmed, and seen before"),
        pytest.param({"decided": True}, False, id="rejected, or under seal"),
    ],
)
def test_which_case_of_another_view_an_act_joins(case: dict[str, Any], joins: bool) -> None:
    assert cases_seen_elsewhere(CLAIM, [replace(CASE, **case)], KINDS, "") == ([replace(CASE, **case)] if joins else [])


def test_of_two_stalls_the_nearer_is_joined_first() -> None:
    one, other = replace(CASE, id="one", ground=ground(1.0, 0.0)), replace(CASE, id="other", ground=ground(0.2, 0.0))
    assert [case.id for case in cases_seen_elsewhere(CLAIM, [one, other], KINDS, "")] == ["other", "one"]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        pytest.param({"ended": True}, "case-1", id="ended"),
        pytest.param({"decided": True}, "case-1", id="decided"),
        pytest.param({}, None, id="still open"),
        pytest.param({"ended": True, "ground": ground(3.0, 0.0)}, None, id="elsewhere"),
        pytest.param({"ended": True, "first_seen": minute(3)}, None, id="it began later"),
        pytest.param({"ended": True, "camera_id": "gate-2"}, "case-1", id="the same view, a box that moved aside"),
    ],
)
def test_what_is_a_recurrence_on_the_map(case: dict[str, Any], expected: str | None) -> None:
    found = case_before_elsewhere(CLAIM, [replace(CASE, **case)], KINDS, "")
    assert (None if found is None else found.id) == expected


def test_kinds_are_alike_whichever_of_the_two_says_so() -> None:
    catalogue = load_catalogue()
    assert {"V2", "V3"} <= kinds_alike(catalogue, "V3")
    for kind in catalogue.kinds:
        assert all(kind.id in kinds_alike(catalogue, other) for other in kinds_alike(catalogue, kind.id))
    assert kinds_alike(catalogue, "a kind of before") == {"a kind of before"}


def test_what_shares_ground_lies_in_a_cell_about_the_place() -> None:
    for step in range(40):
        here = ground(7.0 * step, 5.0 * step)
        for away in ((2.0, 0.0), (-2.0, 1.0), (0.0, -2.0)):
            assert cell_of(ground(7.0 * step + away[0], 5.0 * step + away[1])) in cells_about(here)
    street = Ground(zone_id="z1", how="zone", polygon=footprint(0.0, 0.0, 40.0))
    assert (cell_of(street), cells_about(street), cell_of(None)) == (None, (), None)


def sees(packet: Packet, east: float = 0.0, north: float = 0.0, *, how: str = "corners") -> Packet:
    """A packet whose thing stands on the map, in a zone of 8 m."""
    zone = footprint(0.0, 0.0, 4.0)
    told = {"zone_id": "z1", "how": how, "polygon": zone if how == "zone" else footprint(east, north)}
    view = {
        "id": packet.view, "version": 1, "sha256": "0" * 64, "time_zone": "Asia/Shanghai", "lines": [],
        "zones": [{"id": "z1", "kind": "sidewalk", "polygon": [[0, 0], [0, 1], [1, 1], [1, 0]], "map_polygon": zone}],
    }  # fmt: skip
    return packet.but(changes={**packet.changes, "view": view, "place": {"xyxy": list(packet.xyxy), "zone_ids": ["z1"], "ground": told}})


HERE = Packet(xyxy=(0.2, 0.4, 0.5, 0.8))
THERE = Packet(camera="gate-2", stay="other", xyxy=(0.6, 0.3, 0.8, 0.5), first_minute=1.0, score=0.9)


@pytest.mark.parametrize("worker", ["worker-1", "worker-2"], ids=["one worker reads both", "two workers"])
async def test_two_cameras_on_one_stall_are_one_case_from_its_beginning_to_its_end(site: Site, worker: str) -> None:
    here, there = sees(HERE), sees(THERE.but(worker=worker), 0.6, -0.5)
    case_id = (await site.deliver(here))["case_id"]
    assert (await site.deliver(there))["case_id"] == case_id
    assert (await site.deliver(there.but(phase=Phase.CONTINUED, minutes=20)))["case_id"] == case_id
    assert (await site.deliver(here.but(phase=Phase.ENDED, minutes=22)))["case_id"] == case_id
    case = await site.case(case_id)
    assert case["ended_at"] is None, "the other camera still sees it"
    assert (case["camera_id"], case["version"], {packet["manifest"]["camera"]["id"] for packet in case["packets"]}) == ("gate-1", 4, {"gate-1", "gate-2"})
    assert (await site.deliver(there.but(phase=Phase.ENDED, minutes=24)))["case_id"] == case_id
    case = await site.case(case_id)
    assert case["ended_at"].startswith("2026-11-25T08:25")
    assert len(await person(site, "anna").listed()) == 1
    with site.api.database.read() as connection:
        row = connection.exec_driver_sql("SELECT x1, y1, x2, y2 FROM cases").one()
        assert tuple(row) == HERE.xyxy, "the place is one of the case's own view"
        told = [str(fault) for fault in faults(connection, site.api.key.public_key, site.api.blobs, site.api.settings.data_dir / "heads")]
        assert [fault for fault in told if "chain of" not in fault] == []  # here all workers sign with one key, which has one chain


@ON_FILES
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 3, 2, 1), (2, 0, 3, 1)], ids=["by turns", "crosswise", "the other camera first"])
async def test_two_stalls_side_by_side_seen_by_two_cameras_are_two_cases(site: Site, order: tuple[int, ...]) -> None:
    packets = [
        sees(HERE, 0.0), sees(THERE, 0.5), sees(HERE.but(stay="b", xyxy=(0.55, 0.4, 0.85, 0.8)), 2.4), sees(THERE.but(stay="c", xyxy=(0.3, 0.3, 0.5, 0.5)), 2.6)
    ]  # fmt: skip
    found = {number: (await site.deliver(packets[number]))["case_id"] for number in order}
    assert found[0] == found[1] != found[2] == found[3]


@ON_FILES
async def test_a_case_has_the_grade_of_its_own_kinds_packets(site: Site) -> None:
    """A lead of a kind that is not proven becomes no case by the packet of another kind that joins it."""
    lead = (await site.deliver(sees(HERE.but(kind="V1"))))["case_id"]
    assert (await site.deliver(sees(THERE, 0.5)))["case_id"] == lead
    case = await site.case(lead)
    assert (case["kind"], case["grade"], len(case["packets"])) == ("V1", "C", 2)
    with site.api.database.read() as connection:
        assert list(faults(connection, site.api.key.public_key, site.api.blobs, site.api.settings.data_dir / "heads")) == []


@ON_FILES
async def test_a_zone_without_corners_joins_one_act_of_a_view_and_not_a_second(site: Site) -> None:
    case_id = (await site.deliver(sees(HERE, 0.0)))["case_id"]
    whole = sees(THERE, how="zone")
    assert (await site.deliver(whole))["case_id"] == case_id
    second = sees(THERE.but(stay="c", xyxy=(0.3, 0.3, 0.5, 0.5)), how="zone")
    assert (await site.deliver(second))["case_id"] != case_id


@ON_FILES
async def test_what_people_rejected_takes_in_nothing_of_another_camera_and_what_they_confirmed_does(site: Site) -> None:
    first = (await site.deliver(sees(HERE)))["case_id"]
    await site.decide(first, action="reject", reason="permit", version=1)
    second = await site.case((await site.deliver(sees(THERE, 0.5)))["case_id"])
    assert (second["id"] != first, second["recurrence_of"]) == (True, first)
    await site.decide(second["id"], action="confirm", version=1)
    third = sees(Packet(camera="gate-3", stay="third", first_minute=2.0), -0.4)
    assert (await site.deliver(third))["case_id"] == second["id"]
    assert (await site.case(second["id"]))["state"] == "confirmed"


@ON_FILES
async def test_a_vendor_who_returns_after_closure_is_a_recurrence_whichever_camera_sees_it(site: Site) -> None:
    first = (await site.deliver(sees(HERE)))["case_id"]
    await site.deliver(sees(HERE.but(phase=Phase.ENDED, minutes=8)))
    again = await site.case((await site.deliver(sees(THERE.but(first_minute=30.0), 0.4)))["case_id"])
    assert (again["id"] != first, again["recurrence_of"], [one["id"] for one in again["earlier"]]) == (True, first, [first])


@ON_FILES
async def test_a_claim_of_a_place_where_the_camera_does_not_look_is_refused(site: Site) -> None:
    await site.bind_key()
    await site.put_files(HERE)
    answer = await site.post(sees(HERE, 900.0))
    assert (answer.status_code, "place.ground.polygon" in answer.text) == (422, True)


@ON_FILES
async def test_cameras_of_two_districts_keep_a_case_each(site: Site) -> None:
    admin = person(site, "root", Role.ADMIN)
    for camera, district in (("gate-1", "east"), ("gate-2", "west")):
        await admin.json("PUT", f"/cameras/{camera}", 200, json={"url": f"rtsp://10.0.0.1/{camera}", "district": district})
    first = (await site.deliver(sees(HERE)))["case_id"]
    assert (await site.deliver(sees(THERE, 0.5)))["case_id"] != first
