"""Permits of the registry: versions, districts, and their way to the workers among the permits of a view."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from api import orders
from api.roles import Role
from evidence.views import read_view

from .conftest import Site
from .test_cameras import somebody
from .test_enrolments import enrolled

PERMIT: dict[str, Any] = {
    "camera_id": "gate-1",
    "polygon": [[0.1, 0.5], [0.3, 0.5], [0.3, 0.9], [0.1, 0.9]],
    "from": "2026-01-01",
    "until": "2026-12-31",
    "hours": ["06:00-09:30"],
    "goods": ["早点"],
    "holder": "No. 12",
}
VIEW = {"zones": [{"id": "z1", "kind": "sidewalk", "polygon": [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]}]}


async def _cameras(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin:
        for camera_id, district, worker in (("gate-1", "east", "worker-1"), ("gate-2", "west", "worker-2")):
            body = {"url": f"rtsp://{camera_id}.example/1", "district": district, "worker": worker}
            assert (await admin.put(f"/cameras/{camera_id}", json=body)).status_code == 200


async def test_a_permit_reaches_the_workers_and_is_withdrawn(site: Site) -> None:
    await _cameras(site)
    own = {**PERMIT, "id": "drawn"}
    own.pop("camera_id")
    officer = somebody(site, Role.OFFICER, "east")
    async with site.client(Role.WORKER) as worker:
        assert (await officer.put("/views/gate-1", json={**VIEW, "permits": [own]})).status_code == 200
        before = await worker.get("/views")
        saved = await officer.put("/permits/p-1", json=PERMIT, headers={"If-None-Match": "*"})
        assert (saved.status_code, saved.json()["version"], saved.json()["weekdays"][0]) == (200, 1, "mon"), saved.text
        polled = await worker.get("/views", headers={"If-None-Match": before.headers["ETag"]})
        (view,) = polled.json()["items"]
        assert [(one.id, one.version, one.goods) for one in read_view(view, "view").permits] == [("drawn", 1, ("早点",)), ("p-1", 1, ("早点",))]
        changed = await officer.put("/permits/p-1", json={**PERMIT, "until": "2027-12-31"}, headers={"If-Match": saved.headers["ETag"]})
        assert changed.json()["version"] == 2
        assert (await officer.put("/permits/p-1", json=PERMIT, headers={"If-Match": saved.headers["ETag"]})).status_code == 412
        assert (await officer.get("/permits/p-1", params={"version": 1})).json()["until"] == "2026-12-31"
        assert (await officer.get("/permits", params={"camera": "gate-1"})).json()["items"] == [changed.json()]
        assert (await officer.delete("/permits/p-1")).status_code == 204
        assert (await officer.delete("/permits/p-1")).status_code == 204
        after = await worker.get("/views", headers={"If-None-Match": polled.headers["ETag"]})
        assert [one["id"] for one in after.json()["items"][0]["permits"]] == ["drawn"]
        assert (await officer.get("/permits")).json()["items"] == []
        assert [one["version"] for one in (await officer.get("/permits", params={"withdrawn": True})).json()["items"]] == [3]
        assert (await officer.get("/views/gate-1")).json()["permits"][0]["id"] == "drawn", "what is drawn by hand stays as it was drawn"


FULL: dict[str, Any] = {
    **{name: value for name, value in PERMIT.items() if name != "hours"},
    "until": "2190-12-31",
    "season": {"from": "05-01", "until": "08-31"},
    "schedule": [
        {"weekdays": ["workday"], "hours": ["18:00-22:00"]},
        {"season": {"from": "06-01", "until": "06-30"}, "weekdays": ["day_off"], "except_days": ["mon"], "hours": ["09:00-01:00"]},
    ],
    "goods": ["西瓜", "苹果"],
    "goods_shown": [{"goods": "苹果", "classes": ["apple"], "recall": 0.4, "measured_on": "ten stalls"}],
    "source": "济南市 2026 年瓜点公告",
    "not_on": ["bike_lane", "sidewalk"],
    "breach": {"hours": "09006"},
}
"""A permit that says all that one can say."""


async def test_all_that_a_permit_says_reaches_the_workers(site: Site) -> None:
    await _cameras(site)
    officer = somebody(site, Role.OFFICER, "east")
    async with site.client(Role.WORKER) as worker:
        assert (await officer.put("/views/gate-1", json=VIEW)).status_code == 200
        saved = await officer.put("/permits/p-1", json=FULL)
        assert saved.status_code == 200, saved.text
        told = saved.json()
        assert (told["season"], told["source"], told["not_on"]) == (FULL["season"], FULL["source"], FULL["not_on"])
        assert told["breach"] == {"area": "09002", "hours": "09006", "dates": "09002", "goods": "09002"}
        assert told["schedule"][1] == {**FULL["schedule"][1]}
        assert told["schedule"][0]["season"] is None
        assert told["goods_shown"] == FULL["goods_shown"]
        assert told["not_known_from"].endswith("-12-25"), "the calendar's last known year, as far as the next notice leaves it alone"
        (view,) = (await worker.get("/views")).json()["items"]
        (permit,) = read_view(view, "view").permits
        assert (permit.schedule[0].weekdays, permit.schedule[1].hours, permit.breach and permit.breach.hours) == (("workday",), ("09:00-01:00",), "09006")
        plain = (await officer.put("/permits/p-2", json={**PERMIT, "until": "2190-12-31", "breach": "09002"})).json()
        assert (plain["not_known_from"], plain["breach"]["dates"]) == (None, "09002"), "one number for all; no calendar is asked"


async def test_a_permit_is_drawn_on_one_view_of_a_camera_that_turns(site: Site) -> None:
    await _cameras(site)
    async with site.client(Role.ADMIN) as admin, site.client(Role.WORKER) as worker:
        assert (await admin.put("/views/gate-1", json={**VIEW, "view_id": "east"})).status_code == 200
        assert (await admin.put("/permits/p-1", json=PERMIT)).json()["view_id"] == "east", "the only one"
        assert (await admin.put("/views/gate-1", json={**VIEW, "view_id": "west"})).status_code == 200
        unsaid = await admin.put("/permits/p-2", json=PERMIT)
        assert (unsaid.status_code, unsaid.json()["detail"]) == (422, "view_id: the camera has no view 'main'; it has east, west")
        assert (await admin.put("/permits/p-2", json={**PERMIT, "view_id": "west"})).json()["view_id"] == "west"
        documents = (await worker.get("/views")).json()["items"]
        assert {one["view_id"]: [permit["id"] for permit in one["permits"]] for one in documents} == {"east": ["p-1"], "west": ["p-2"]}
        assert (await admin.delete("/permits/p-2")).status_code == 204
        assert (await admin.get("/permits/p-2")).json()["view_id"] == "west"


async def test_a_permit_that_would_reach_nobody_is_refused(site: Site) -> None:
    await _cameras(site)
    async with site.client(Role.ADMIN) as admin:
        refused = await admin.put("/permits/p-1", json=PERMIT)
        assert refused.status_code == 422
        assert refused.json()["detail"].startswith("camera_id: no view of 'gate-1' was saved yet")
        assert "请先保存视图" in refused.json()["detail_zh"]
        assert (await admin.get("/permits", params={"withdrawn": True})).json()["items"] == []
        assert (await admin.put("/views/gate-1", json=VIEW)).status_code == 200
        assert (await admin.put("/permits/p-1", json=PERMIT)).status_code == 200
        moved = await admin.put("/permits/p-1", json={**PERMIT, "camera_id": "gate-2"})
        assert moved.status_code == 422, "nor is one moved to a camera without a view"


async def test_permits_of_another_district_are_not_there(site: Site) -> None:
    await _cameras(site)
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.put("/views/gate-2", json=VIEW)).status_code == 200
        assert (await admin.put("/permits/p-2", json={**PERMIT, "camera_id": "gate-2"})).status_code == 200
    east = somebody(site, Role.OFFICER, "east")
    assert (await east.get("/permits")).json()["items"] == []
    assert (await east.get("/permits/p-2")).status_code == 404
    assert (await east.put("/permits/p-2", json=PERMIT)).status_code == 404
    assert (await east.put("/permits/p-3", json={**PERMIT, "camera_id": "gate-2"})).status_code == 404
    assert (await east.delete("/permits/p-2")).status_code == 404


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a bow tie": ({"polygon": [[0, 0], [1, 1], [1, 0], [0, 1]]}, "crosses itself"),
    "outside the picture": ({"polygon": [[0, 0], [2, 0], [1, 1]]}, "outside the picture"),
    "it ends first": ({"until": "2020-01-01"}, "before it begins"),
    "no such day": ({"from": "2026-02-30"}, ""),
    "no such hour": ({"hours": ["25:00-26:00"]}, "hours"),
    "no such day of the week": ({"weekdays": ["someday"]}, "weekdays"),
    "hours beside a schedule": ({"schedule": [{"hours": ["18:00-22:00"]}]}, "beside its schedule"),
    "a season that is no day": ({"season": {"from": "02-30", "until": "03-01"}}, "season"),
    "goods that it does not name": ({"goods_shown": [{"goods": "西瓜", "classes": ["apple"]}]}, "none of its goods"),
    "a recall of nothing": ({"goods_shown": [{"goods": "早点", "classes": ["bowl"], "recall": 0.5}]}, "measured_on"),
    "a number of no breach": ({"breach": "09003"}, "breach"),
    "a zone of no kind": ({"not_on": ["moon"]}, "not_on"),
    "a version of its own": ({"version": 7}, "version"),
    "no camera's name": ({"camera_id": "../x"}, "camera_id"),
}
"""What a permit cannot be, and what the answer names."""


async def test_a_permit_that_cannot_be(site: Site) -> None:
    await _cameras(site)
    async with site.client(Role.ADMIN) as admin:
        for label, (change, names) in WRONG.items():
            answer = await admin.put("/permits/p-1", json={**PERMIT, **change})
            assert (answer.status_code, names in answer.json()["detail"]) == (422, True), (label, answer.text)
        assert (await admin.get("/permits/p-1")).status_code == 404


async def test_orders_stand_for_the_worker_that_holds_the_camera(site: Site) -> None:
    await _cameras(site)
    now = site.clock()
    told = {"by": "Li Na", "now": now, "until": now + timedelta(hours=1)}
    with site.api.database.write() as connection:
        orders.give(connection, "look_again", "gate-1", case_id="c1", act_id="a1", **told)
        again = orders.give(connection, "look_again", "gate-1", case_id="c1", act_id="a1", **told)
        orders.give(connection, "be_quiet", "gate-2", view_id="main", kind="V2", xyxy=(0.1, 0.1, 0.2, 0.2), signature={"class": "stall"}, **told)
    own = await enrolled(site)
    heard = await own.get("/orders", params={"worker": "worker-1"})
    assert [(one["id"], one["what"], one["camera_id"], one["act_id"]) for one in heard.json()["items"]] == [(again, "look_again", "gate-1", "a1")]
    assert (await own.get("/orders", params={"worker": "worker-1"}, headers={"If-None-Match": heard.headers["ETag"]})).status_code == 304
    assert (await own.get("/orders", params={"worker": "worker-2"})).status_code == 403
    assert (await own.get("/orders")).status_code == 422
    west = somebody(site, Role.REVIEWER, "west")
    assert [one["what"] for one in (await west.get("/orders")).json()["items"]] == ["be_quiet"]
    with site.api.database.write() as connection:
        assert orders.done(connection, site.clock(), act_id="a1") == 1
    assert (await own.get("/orders", params={"worker": "worker-1"})).json()["items"] == []
    site.clock.forward(hours=2)
    assert (await west.get("/orders")).json()["items"] == []
