"""What two people reject for what it is goes quiet: that thing and never the place. Who silenced what is listed, and a confirmation ends it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import pytest

from api import checking, housekeeping
from api.app import create_app
from api.roles import Role
from api.service import opened
from api.settings import Settings
from evidence.packet import Phase
from evidence.quiet import is_shown

from .conftest import Clock, Packet, Site
from .desks import Person, person
from .test_neighbours import HERE, THERE, sees

FIXTURE = {"action": "reject", "reason": "static_fixture"}
RED, BLUE = (0.9, 0.1, 0.0), (0.0, 0.1, 0.9)
FIRST = Packet(look=RED)
AGAIN = Packet(stay="b", first_minute=60, look=RED)
"""The same thing an hour later."""


BOTH = pytest.mark.parametrize("store", ["files", "server"], indirect=True)


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """Either store where its SQL is of interest, else the quicker one."""
    return str(getattr(request, "param", "files"))


@pytest.fixture
async def known(site: Site) -> Site:
    """The site with a camera that a worker has announced."""
    async with site.client(Role.WORKER) as worker:
        assert (await worker.put("/cameras/gate-1", json={"name": "Gate", "worker": "worker-1"})).is_success
    return site


class Street:
    """Anna, Otto and Ella, who decide what stands before a camera."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.anna, self.otto, self.ella = (person(site, name, unit="Team 3") for name in ("anna", "otto", "ella"))

    async def bring(self, packet: Packet) -> str:
        case_id: str = (await self.site.deliver(packet))["case_id"]
        return case_id

    async def silenced(self) -> str:
        """A thing that Anna and Otto rejected, in two cases; the second one."""
        await self.anna.decide(await self.bring(FIRST), **FIXTURE)
        again = await self.bring(AGAIN)
        await self.otto.decide(again, **FIXTURE)
        return again

    async def orders(self) -> list[dict[str, Any]]:
        """What the worker is told to be quiet about."""
        async with self.site.client(Role.ADMIN) as admin:
            answer = (await admin.get("/orders")).json()
        return [one for one in answer["items"] if one["what"] == "be_quiet"]

    async def listed(self, who: Person | None = None, **query: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = (await (who or self.anna).json("GET", "/quiet", params=query))["items"]
        return items

    def logged(self) -> list[dict[str, Any]]:
        """What the log says of silences."""
        with self.site.api.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT document FROM log WHERE event IN ('quieted', 'quiet_ended', 'suppressed') ORDER BY log_index")
            return [json.loads(text) for (text,) in rows]

    async def tell(self, *alarms: dict[str, Any], worker: str = "worker-1") -> None:
        """The worker's report says what it kept back."""
        async with self.site.client(Role.WORKER) as client:
            answer = await client.post(f"/workers/{worker}/health", json={"cameras": {}, "suppressed": list(alarms)})
        assert answer.status_code == 200, answer.text

    def alarm(self, order: int, number: int, **changes: Any) -> dict[str, Any]:
        return {"order": order, "camera_id": "gate-1", "act_id": f"{number:032x}", "kind": "V2", "at": "2026-11-25T08:59:00+00:00", **changes}


@pytest.fixture
async def street(known: Site) -> Street:
    return Street(known)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """One API for all rows of the table; each has a camera of its own."""
    clock = Clock()
    settings = replace(Settings.of(tmp_path_factory.mktemp("house") / "data"), double_review_share=0.0)
    with opened(settings, clock, clock.steady) as api:
        yield Street(Site(api, clock, httpx.ASGITransport(app=create_app(api))))


@pytest.mark.parametrize(
    ("who", "packet", "second", "quiet"),
    [
        pytest.param("otto", AGAIN, FIXTURE, True, id="by two people"),
        pytest.param("anna", AGAIN, FIXTURE, False, id="twice by one"),
        pytest.param("otto", AGAIN, {"action": "reject", "reason": "image_bad"}, False, id="a reason that speaks of the picture"),
        pytest.param("otto", AGAIN, {"action": "reject", "reason": "permit"}, False, id="a permit, which has its days and hours"),
        pytest.param("otto", AGAIN, {"action": "reject", "reason": "unloading"}, False, id="a reason that speaks of the moment"),
        pytest.param("otto", AGAIN, {"action": "confirm"}, False, id="confirmed at last"),
        pytest.param("otto", AGAIN.but(look=(0.7, 0.2, 0.1)), FIXTURE, True, id="in another light"),
        pytest.param("otto", AGAIN.but(look=BLUE), FIXTURE, False, id="another thing in its place"),
        pytest.param("otto", AGAIN.but(xyxy=(0.2, 0.4, 0.5, 0.6)), FIXTURE, False, id="something of another size in its place"),
        pytest.param("otto", AGAIN.but(xyxy=(0.6, 0.4, 0.9, 0.8)), FIXTURE, False, id="one that looks so elsewhere"),
        pytest.param("otto", AGAIN.but(kind="V3"), FIXTURE, False, id="as another kind"),
        pytest.param("otto", AGAIN.but(look=()), FIXTURE, False, id="whose look is not told"),
        pytest.param("otto", AGAIN.but(camera="gate-2"), FIXTURE, False, id="before another camera"),
    ],
)
async def test_what_goes_quiet_is_a_thing_that_two_people_rejected(
    house: Street, request: pytest.FixtureRequest, who: str, packet: Packet, second: dict[str, Any], quiet: bool
) -> None:
    camera = f"gate-{sum(map(ord, request.node.name))}"
    await house.anna.decide(await house.bring(FIRST.but(camera=camera)), **FIXTURE)
    again = await house.bring(packet.but(camera=camera + packet.camera.removeprefix("gate-1")))
    await getattr(house, who).decide(again, **second)
    assert [one["case_id"] for one in await house.listed() if one["camera_id"].startswith(camera)] == ([again] if quiet else [])


async def test_a_rejection_of_long_ago_counts_no_more(street: Street) -> None:
    await street.anna.decide(await street.bring(FIRST), **FIXTURE)
    street.site.clock.forward(days=31)
    again = AGAIN.but(first_minute=31 * 24 * 60.0)
    await street.otto.decide(await street.bring(again), **FIXTURE)
    assert await street.orders() == []


async def test_a_rejection_under_seal_counts_once_it_stands(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    await street.anna.decide(await street.bring(FIRST), **FIXTURE)
    again = await street.bring(AGAIN)
    monkeypatch.setattr("api.double_review.sampler", lambda *_: lambda _: True)
    await street.otto.decide(again, **FIXTURE)
    assert await street.orders() == []
    assert await street.listed() == []
    street.site.clock.forward(days=8)
    assert housekeeping.lapse(street.site.api) == 1
    assert [one["case_id"] for one in await street.orders()] == [again], "nobody answered it for a week"
    assert faults(street) == []


async def test_one_case_that_two_people_rejected_counts_whatever_its_look(street: Street) -> None:
    case_id = await street.bring(FIRST.but(look=()))
    await street.anna.decide(case_id, **FIXTURE)
    await street.otto.decide(case_id, action="reopen")
    await street.otto.decide(case_id, **FIXTURE)
    (order,) = await street.orders()
    assert (order["signature"], order["act_id"]) == (None, FIRST.act_id), "the worker that saw it remembers what it looked like"
    assert [one["looks_known"] for one in await street.listed()] == [False]


async def test_the_worker_is_told_what_the_thing_is_known_by(street: Street) -> None:
    again = await street.silenced()
    (order,) = await street.orders()
    assert (order["kind"], order["view_id"], order["xyxy"], order["signature"], order["case_id"]) == ("V2", "main", [0.2, 0.4, 0.5, 0.8], list(RED), again)


async def test_a_thing_that_two_cameras_see_goes_quiet_before_both_and_is_heard_by_both(street: Street) -> None:
    async with street.site.client(Role.WORKER) as worker:
        await worker.put("/cameras/gate-2", json={"worker": "worker-1"})
    here, there = sees(HERE.but(look=RED)), sees(THERE.but(look=BLUE), 0.6, -0.5)
    case_id = await street.bring(here)
    assert await street.bring(there) == case_id
    await street.anna.decide(case_id, **FIXTURE)
    await street.otto.decide(case_id, action="reopen")
    await street.otto.decide(case_id, **FIXTURE)
    told = {one["camera_id"]: (one["signature"], one["xyxy"], one["act_id"]) for one in await street.orders()}
    assert told == {"gate-1": (list(RED), list(here.xyxy), here.act_id), "gate-2": (list(BLUE), list(there.xyxy), there.act_id)}
    assert faults(street) == []
    again = await street.bring(sees(there.but(stay="later", first_minute=60), 0.6, -0.5))
    await street.ella.decide(again, action="confirm")
    assert await street.orders() == [], "it is one thing, whichever camera showed that it is none to be quiet about"
    await street.ella.decide(again, action="undo")
    assert len(await street.orders()) == 2
    assert faults(street) == []


async def test_as_the_kind_that_the_worker_takes_it_for(street: Street) -> None:
    first = await street.bring(FIRST)
    await street.anna.decide(first, action="change_kind", kind="V3")
    await street.anna.decide(first, **FIXTURE)
    await street.otto.decide(await street.bring(AGAIN), **FIXTURE)
    assert [one["kind"] for one in await street.orders()] == ["V2"]


async def test_who_silenced_what_is_listed_and_logged(street: Street) -> None:
    again = await street.silenced()
    (thing,) = await street.listed()
    by_both = [(one["by"], one["unit"], one["reason"]) for one in thing["silenced_by"]]
    assert by_both == [("anna", "Team 3", "static_fixture"), ("otto", "Team 3", "static_fixture")]
    assert (thing["case_id"], thing["stands"], thing["looks_known"], thing["suppressed"], thing["shown"]) == (again, True, True, 0, 0)
    assert (thing["kind_name"]["en"], thing["camera_id"], thing["ended_why"]) == ("stall on the public way", "gate-1", None)
    assert thing["thumbnail_url"].startswith(f"/cases/{again}/files/")
    (told,) = street.logged()
    assert (told["event"], told["change"], told["rejected_by"], told["case_id"]) == ("quieted", "begun", ["anna", "otto"], again)
    assert told["rests_on"] == [one["log_index"] for one in thing["silenced_by"]]


async def test_it_ends_with_a_rejection_that_it_rests_on(street: Street) -> None:
    again = await street.silenced()
    await street.otto.decide(again, action="undo")
    assert await street.orders() == []
    (thing,) = await street.listed()
    assert (thing["ended_why"], thing["ended_by"], thing["stands"]) == ("withdrawn", "otto", False)
    await street.otto.decide(again, **FIXTURE)
    assert len(await street.orders()) == 1
    first = (await street.listed(stands=True))[0]["silenced_by"][0]["case_id"]
    await street.ella.decide(first, action="reopen")
    assert await street.orders() == [], "also with the first one, whose case was opened again"
    assert [told["change"] if told["event"] == "quieted" else told["why"] for told in street.logged()] == ["begun", "withdrawn", "begun", "withdrawn"]


async def test_a_third_rejection_lets_it_stand_longer_and_bears_the_loss_of_one(street: Street) -> None:
    again = await street.silenced()
    before = (await street.listed())[0]
    street.site.clock.forward(days=3)
    third = await street.bring(AGAIN.but(stay="c", first_minute=3 * 24 * 60.0))
    await street.ella.decide(third, **FIXTURE)
    (after,) = await street.listed()
    assert (after["id"], after["case_id"], len(after["silenced_by"])) == (before["id"], third, 3)
    assert after["until"] > before["until"]
    assert [one["case_id"] for one in await street.orders()] == [third]
    await street.ella.decide(again, action="reopen")
    assert len(await street.orders()) == 1


@pytest.mark.parametrize(
    ("packet", "heard"),
    [
        pytest.param(AGAIN.but(stay="c", first_minute=120), True, id="the thing"),
        pytest.param(AGAIN.but(stay="c", first_minute=120, look=BLUE), False, id="another thing in its place"),
        pytest.param(AGAIN.but(stay="c", first_minute=120, xyxy=(0.7, 0.4, 0.9, 0.8)), False, id="another thing beside it"),
    ],
)
async def test_a_confirmation_of_the_thing_ends_it(street: Street, packet: Packet, heard: bool) -> None:
    await street.silenced()
    case_id = await street.bring(packet)
    await street.ella.decide(case_id, action="confirm")
    assert len(await street.orders()) == (0 if heard else 1)
    if heard:
        (thing,) = await street.listed()
        assert (thing["ended_why"], thing["ended_by"]) == ("confirmed", "ella")
        assert street.logged()[-1]["event"] == "quiet_ended"
        assert street.logged()[-1]["case_id"] == case_id
        await street.ella.decide(case_id, action="undo")
        assert [one["signature"] for one in await street.orders()] == [list(RED)], "what was confirmed by mistake is quiet again"
        assert [one["stands"] for one in await street.listed()] == [True]
        assert street.logged()[-1]["change"] == "again"


async def test_one_that_is_shown_all_the_same_is_counted_and_ends_it_whatever_it_looks_like(street: Street) -> None:
    await street.silenced()
    (order,) = await street.orders()
    mark = {"order": order["id"], "case_id": order["case_id"], "until": order["until"], "one_in": 20}
    sample = await street.bring(AGAIN.but(stay="c", first_minute=120, look=(), changes={"quiet": mark}))
    assert [one["shown"] for one in await street.listed()] == [1]
    assert (await street.site.case(sample))["packets"][0]["manifest"]["quiet"]["order"] == order["id"]
    await street.ella.decide(sample, action="confirm")
    assert await street.orders() == []


async def test_a_sample_that_is_rejected_changes_nothing_but_the_time(street: Street) -> None:
    await street.silenced()
    (order,) = await street.orders()
    mark = {"order": order["id"], "case_id": None, "until": order["until"], "one_in": 20}
    sample = await street.bring(AGAIN.but(stay="c", first_minute=120, changes={"quiet": mark}))
    await street.anna.decide(sample, **FIXTURE)
    (after,) = await street.orders()
    assert (after["id"], after["case_id"]) == (order["id"], sample)


async def test_a_mark_goes_with_a_confirmation_alone(street: Street) -> None:
    mark = {"order": 1, "case_id": None, "until": "2026-12-25T08:00:00+00:00", "one_in": 20}
    await street.bring(FIRST)
    await street.site.put_files(FIRST)
    answer = await street.site.post(FIRST.but(phase=Phase.ENDED, minutes=20, changes={"quiet": mark}))
    assert (answer.status_code, "quiet" in answer.json()["detail"]) == (422, True)


async def test_somebody_ends_it_by_hand_and_says_why(street: Street) -> None:
    await street.silenced()
    (thing,) = await street.listed()
    await street.ella.ask("DELETE", f"/quiet/{thing['id']}", 422)
    ended = await street.ella.json("DELETE", f"/quiet/{thing['id']}", params={"reason": "a vendor stands there now"})
    assert (ended["ended_why"], ended["ended_by"], ended["ended_reason"]) == ("by_hand", "ella", "a vendor stands there now")
    assert await street.orders() == []
    assert street.logged()[-1] | {"why": "by_hand", "reason": "a vendor stands there now", "by": "ella"} == street.logged()[-1]
    await street.ella.ask("DELETE", f"/quiet/{thing['id']}", 409, params={"reason": "again"})
    await street.ella.ask("DELETE", "/quiet/99", 404, params={"reason": "none"})


async def test_after_thirty_days_it_is_over(street: Street) -> None:
    await street.silenced()
    street.site.clock.forward(days=29)
    assert (housekeeping.end_silences(street.site.api), len(await street.orders())) == (0, 1)
    street.site.clock.forward(days=1, minutes=1)
    assert await street.orders() == []
    assert [housekeeping.end_silences(street.site.api) for _ in range(2)] == [1, 0]
    (thing,) = await street.listed(stands=False)
    assert (thing["ended_why"], thing["ended_by"]) == ("over", "silences")
    assert await street.listed(stands=True) == []


async def test_people_see_the_silences_of_their_districts(street: Street) -> None:
    async with street.site.client(Role.ADMIN) as admin:
        assert (await admin.put("/cameras/gate-1", json={"url": "rtsp://gate-1.example/1", "district": "east", "worker": "worker-1"})).is_success
    await street.silenced()
    (thing,) = await street.listed(person(street.site, "lin", districts=frozenset({"east"})))
    stranger = person(street.site, "wu", districts=frozenset({"west"}))
    assert await street.listed(stranger) == []
    await stranger.ask("DELETE", f"/quiet/{thing['id']}", 404, params={"reason": "x"})


@BOTH
async def test_the_list_is_turned_page_by_page(street: Street) -> None:
    for number in range(3):
        box = (0.3 * number, 0.1, 0.3 * number + 0.2, 0.4)
        for name, minute in (("anna", 0.0), ("otto", 60.0)):
            packet = Packet(look=RED, xyxy=box, stay=f"{name}{number}", first_minute=minute)
            await getattr(street, name).decide(await street.bring(packet), **FIXTURE)
    first = await street.anna.json("GET", "/quiet", params={"limit": 2})
    last = await street.anna.json("GET", "/quiet", params={"limit": 2, "before": first["next_before"]})
    assert [one["id"] for one in (*first["items"], *last["items"])] == [3, 2, 1]
    assert last["next_before"] is None


async def test_what_was_kept_back_is_counted_once_and_stands_in_the_log(street: Street) -> None:
    again = await street.silenced()
    (order,) = await street.orders()
    await street.tell(street.alarm(order["id"], 1), street.alarm(order["id"], 2, at="2026-11-25T09:30:00+00:00"))
    await street.tell(street.alarm(order["id"], 2, at="2026-11-25T09:30:00+00:00"))
    (thing,) = await street.listed()
    assert (thing["suppressed"], thing["last_suppressed_at"]) == (2, "2026-11-25T09:30:00Z")
    told = [one for one in street.logged() if one["event"] == "suppressed"]
    assert [(one["act_id"], one["quiet"], one["by"], one["case_id"]) for one in told] == [
        (f"{number:032x}", thing["id"], "worker worker-1", again) for number in (1, 2)
    ]


async def test_one_that_was_to_be_shown_is_told_apart(street: Street) -> None:
    await street.silenced()
    (order,) = await street.orders()
    wrong = next(number for number in range(1000) if is_shown(f"{number:032x}"))
    await street.tell(street.alarm(order["id"], wrong))
    assert street.logged()[-1]["was_to_be_shown"] is True


async def test_what_no_worker_can_have_kept_back_is_passed_over(street: Street) -> None:
    await street.silenced()
    (order,) = await street.orders()
    right = street.alarm(order["id"], 1)
    wrong = {
        "by no order": {"order": 99},
        "of another camera": {"camera_id": "gate-2"},
        "at no time": {"at": "2026-11-25T08:59:00"},
        "of no act": {"act_id": "x"},
        "by a word": {"order": "1"},
        "by a number that none has": {"order": -1},
        "of no kind": {"kind": None},
    }
    await street.tell(*(right | changes for changes in wrong.values()), street.alarm(order["id"], 2))
    assert [one["act_id"] for one in street.logged() if one["event"] == "suppressed"] == [f"{2:032x}"]
    assert [one["suppressed"] for one in await street.listed()] == [1]


async def test_a_worker_says_nothing_of_another_ones_camera(street: Street) -> None:
    async with street.site.client(Role.ADMIN) as admin:
        assert (await admin.put("/cameras/gate-1", json={"url": "rtsp://gate-1.example/1", "worker": "worker-1"})).is_success
    await street.silenced()
    (order,) = await street.orders()
    await street.tell(street.alarm(order["id"], 1), worker="worker-2")
    assert [one["suppressed"] for one in await street.listed()] == [0]


def faults(street: Street) -> list[str]:
    with street.site.api.database.read() as connection:
        return [str(one) for one in checking.faults(connection, street.site.api.key.public_key, street.site.api.blobs)]


@BOTH
async def test_a_whole_history_of_silences_is_as_the_log_has_it(street: Street) -> None:
    again = await street.silenced()
    (order,) = await street.orders()
    await street.tell(street.alarm(order["id"], 1))
    third = await street.bring(AGAIN.but(stay="c", first_minute=120))
    await street.ella.decide(third, action="confirm")
    await street.ella.decide(third, action="undo")
    await street.ella.decide(third, **FIXTURE)
    await street.otto.decide(again, action="undo")
    await street.anna.json("DELETE", "/quiet/1", params={"reason": "enough"})
    assert faults(street) == []


HARM = {
    "for longer": ("UPDATE quiet_things SET until = until + 1000000", "quiet_things 1: until is not as the log has it"),
    "of another size": ("UPDATE quiet_things SET x1 = 0", "quiet_things 1: its outline is not as the log has it"),
    "of another kind": ("UPDATE quiet_things SET kind = 'V3'", "quiet_things 1: kind is not as the log has it"),
    "ended": ("UPDATE quiet_things SET ended_why = 'over', ended_at = 1, ended_by = 'x'", "quiet_things 1: its end is not as the log has it"),
    "of one person": (
        "DELETE FROM quiet_rejections WHERE log_index = (SELECT max(log_index) FROM quiet_rejections)",
        "quiet_things 1: does not rest on the rejections that the log has",
    ),
    "an order by hand": (
        "INSERT INTO orders (what, camera_id, made_at, made_by, until) VALUES ('be_quiet', 'gate-2', 1, 'x', 9000000000000000)",
        "orders 2: tells a worker to be quiet, and the log has no silence behind it",
    ),
    "what was kept back": ("DELETE FROM suppressed", "the row of this suppressed alarm was removed"),
    "when it was kept back": ("UPDATE suppressed SET at = 1", "suppressed 00000000000000000000000000000001: is not as the log has it"),
}


class _TakenBack(Exception):
    """Undoes what a test has done to the database."""


async def test_who_silences_past_the_api_is_found(street: Street) -> None:
    await street.silenced()
    (order,) = await street.orders()
    await street.tell(street.alarm(order["id"], 1))
    key, blobs = street.site.api.key.public_key, street.site.api.blobs
    for what, (harm, told) in HARM.items():
        found: list[str] = []
        with suppress(_TakenBack), street.site.api.database.write() as connection:
            connection.exec_driver_sql(harm)
            found = [str(one) for one in checking.faults(connection, key, blobs)]
            raise _TakenBack
        assert any(told in one for one in found), (what, found)
    assert faults(street) == []
