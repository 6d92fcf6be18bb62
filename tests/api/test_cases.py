"""The queue, one case, and its files; their shapes are those that the page knows."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest
from sqlalchemy import update

from api.roles import Role
from api.schema import packet_files

from .conftest import JPEG, Packet, Site
from .desks import person

TYPES = Path(__file__).parents[2] / "api" / "console" / "src" / "lib" / "api" / "types.ts"


def fields(interface: str) -> dict[str, bool]:
    """Field names of an interface of types.ts, with whether they must be there."""
    text = TYPES.read_text(encoding="utf-8")
    match = re.search(rf"export interface {interface}(?: extends (\w+))? \{{(.*?)\n\}}", text, re.DOTALL)
    assert match is not None, interface
    own = {name: not optional for name, optional in re.findall(r"^  (\w+)(\??):", match[2], re.MULTILINE)}
    return {**(fields(match[1]) if match[1] else {}), **own}


async def test_shapes_are_those_of_the_page(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, action="confirm", version=1)
    async with site.client(Role.REVIEWER) as client:
        summary = (await client.get("/cases")).json()["items"][0]
        detail = (await client.get(f"/cases/{case_id}")).json()
        kinds = (await client.get("/kinds")).json()
        me = (await client.get("/me")).json()
    for told, interface in (
        (summary, "CaseSummary"),
        (detail, "CaseDetail"),
        (detail["packets"][0], "Packet"),
        (detail["decisions"][0], "Decision"),
        (kinds, "Catalogue"),
        (kinds["kinds"][0], "Kind"),
        (me, "Person"),
    ):
        assert set(told) == set(fields(interface)), interface
    assert set(detail["packets"][0]["receipt"]) >= set(fields("Receipt"))
    assert [reason["id"] for reason in kinds["reasons"]][:2] == ["permit", "unloading"]


async def test_the_queue_is_turned_page_by_page_while_cases_come(site: Site) -> None:
    for number in range(7):
        await site.deliver(Packet(camera=f"camera-{number}", score=0.1 * number, grade="B" if number % 2 else "C"))
    async with site.client(Role.REVIEWER) as client:
        whole = (await client.get("/cases", params={"order": "value"})).json()["items"]
        assert [item["grade"] for item in whole] == ["B"] * 3 + ["C"] * 4
        values = [item["value"] for item in whole]
        assert values == sorted(values, reverse=True)
        seen, cursor = [], None
        while True:
            page = (await client.get("/cases", params={"order": "value", "limit": 3, **({"cursor": cursor} if cursor else {})})).json()
            seen += [item["id"] for item in page["items"]]
            cursor = page["next_cursor"]
            if len(seen) == 3:
                await site.deliver(Packet(camera="late", score=0.99))
            if cursor is None:
                break
        assert seen == [item["id"] for item in whole]
        newest = (await client.get("/cases", params={"limit": 200})).json()
        assert (len(newest["items"]), newest["next_cursor"]) == (8, None)


async def test_filters(site: Site) -> None:
    confirmed = (await site.deliver(Packet()))["case_id"]
    await site.deliver(Packet(camera="gate-2", kind="V3"))
    await site.decide(confirmed, action="confirm", version=1)
    async with site.client(Role.REVIEWER) as client:
        for query, expected in (
            ({}, 2),
            ({"state": "open"}, 1),
            ({"state": "confirmed", "kind": "V2", "camera": "gate-1"}, 1),
            ({"kind": "V3"}, 1),
            ({"camera": "gate-3"}, 0),
            ({"grade": "B"}, 2),
            ({"grade": "C"}, 0),
            ({"since": "2026-11-25T08:05:00Z", "until": "2026-11-25T08:07:00+00:00"}, 2),
            ({"until": "2026-11-25T08:05:00Z"}, 0),
            ({"held": "true"}, 0),
            ({"state": "rejected"}, 0),
        ):
            assert len((await client.get("/cases", params=query)).json()["items"]) == expected, query


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"state": "closed"}, "state"),
        ({"grade": "D"}, "grade"),
        ({"since": "2026-11-25T08:05:00"}, "since"),
        ({"q": "!"}, "q"),
        ({"order": "random"}, "order"),
        ({"limit": "0"}, "limit"),
        ({"limit": "1000"}, "limit"),
        ({"cursor": "xx"}, "cursor"),
        ({"cursor": "WzFd"}, "cursor"),
        ({"cursor": "WyJuZXdlc3QiLCAxZTk5OSwgMSwgImEiXQ", "order": "value"}, "cursor"),
    ],
)
async def test_a_query_that_cannot_be(site: Site, query: dict[str, str], names: str) -> None:
    async with site.client(Role.REVIEWER) as client:
        answer = await client.get("/cases", params=query)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(names)


FILE = JPEG + b"1"
SHA256 = hashlib.sha256(FILE).hexdigest()
URL = f"files/{SHA256}?purpose=review"


@pytest.mark.parametrize(
    ("headers", "status", "body"),
    [
        pytest.param({}, 200, FILE, id="whole"),
        pytest.param({"Range": "bytes=0-3"}, 206, FILE[:4], id="its beginning"),
        pytest.param({"Range": "bytes=-5"}, 206, FILE[-5:], id="its end"),
        pytest.param({"Range": "bytes=200-"}, 206, FILE[200:], id="from a place on"),
        pytest.param({"Range": "bytes=9999-"}, 416, b"", id="beyond its end"),
        pytest.param({"If-None-Match": f'"{hashlib.sha256(FILE).hexdigest()}"'}, 304, b"", id="not changed"),
        pytest.param({"If-None-Match": '"other"'}, 200, FILE, id="another one is known"),
        pytest.param({"Range": "bytes=0-3", "If-Range": '"other"'}, 200, FILE, id="a range of another one"),
        pytest.param({"Range": "bytes=0-3", "If-Range": f'"{hashlib.sha256(FILE).hexdigest()}"'}, 206, FILE[:4], id="a range of this one"),
    ],
)
async def test_a_file_whole_and_in_ranges(site: Site, headers: dict[str, str], status: int, body: bytes) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    async with site.client(Role.REVIEWER) as client:
        answer = await client.get(f"/cases/{case_id}/{URL}", headers=headers)
    assert (answer.status_code, answer.content) == (status, body)
    if status == 200:
        assert answer.headers["ETag"] == f'"{hashlib.sha256(FILE).hexdigest()}"'
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_only_what_a_manifest_of_the_case_names_is_served(site: Site) -> None:
    one = (await site.deliver(Packet()))["case_id"]
    other = (await site.deliver(Packet(camera="gate-2", files=(("closeup", "closeup.jpg", JPEG + b"other", "image/jpeg"),))))["case_id"]
    unnamed = b"unnamed"
    async with site.client(Role.WORKER) as worker:
        await worker.put(f"/blobs/{hashlib.sha256(unnamed).hexdigest()}", content=unnamed)
    async with site.client(Role.REVIEWER) as client:
        assert (await client.get(f"/cases/{other}/{URL}")).status_code == 404
        assert (await client.get(f"/cases/{one}/files/{hashlib.sha256(unnamed).hexdigest()}?purpose=review")).status_code == 404
        for trick in ("..%2f..%2fcurbwatch.sqlite", "../../keys/api.pem", "%2e%2e", "a" * 64):
            assert (await client.get(f"/cases/{one}/files/{trick}", params={"purpose": "review"})).status_code == 404
        assert (await client.get(f"/cases/{one}/{URL}")).status_code == 200


async def test_a_manifest_cannot_make_a_browser_run_its_files(site: Site) -> None:
    page = b"<script>alert(1)</script>"
    packet = Packet(files=(("closeup", "closeup.html", page, "text/html"),))
    await site.bind_key()
    await site.put_files(packet)
    refused = await site.post(packet)
    assert (refused.status_code, "text/html, which evidence never is" in refused.json()["detail"]) == (422, True)


async def test_what_came_before_with_another_type_is_handed_over_as_bytes(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    with site.api.database.write() as connection:
        connection.execute(update(packet_files).where(packet_files.c.role == "closeup").values(media_type="text/html"))
    async with site.client(Role.REVIEWER) as client:
        answer = await client.get(f"/cases/{case_id}/files/{hashlib.sha256(JPEG + b'2').hexdigest()}?purpose=review")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def readings(site: Site) -> list[tuple[str, str | None, str, str]]:
    """Every look at evidence as the log has it: who, unit, purpose, which file."""
    with site.api.database.read() as connection:
        documents = connection.exec_driver_sql("SELECT document FROM log WHERE event = 'evidence_read' ORDER BY log_index").scalars()
        told = [json.loads(document) for document in documents]
    return [(one["by"], one["unit"], one["purpose"], one["sha256"]) for one in told]


async def test_every_look_at_evidence_is_logged_with_person_unit_and_purpose(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna = person(site, "anna", unit="Lixia brigade")
    eva = person(site, "eva", Role.AUDITOR, unit="city audit")
    await anna.ask("GET", f"/cases/{case_id}/{URL}")
    await eva.ask("GET", f"/cases/{case_id}/files/{SHA256}", headers={"X-Purpose": "complaint"})
    assert readings(site) == [("anna", "Lixia brigade", "review", SHA256), ("eva", "city audit", "complaint", SHA256)]
    wrong: list[dict[str, str]] = [{}, {"purpose": "curiosity"}]
    for params in wrong:
        await anna.ask("GET", f"/cases/{case_id}/files/{SHA256}", 422, params=params)
        await anna.ask("GET", f"/cases/{case_id}/export", 422, params=params)
    assert len(readings(site)) == 2


async def test_what_is_read_ahead_is_logged_as_that_until_it_is_seen(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna = person(site, "anna")

    def logged() -> list[tuple[str, bool]]:
        with site.api.database.read() as connection:
            documents = connection.exec_driver_sql("SELECT document FROM log WHERE event = 'evidence_read' ORDER BY log_index").scalars()
            return [(one.get("sha256") or one["what"], one.get("ahead", False)) for one in map(json.loads, documents)]

    for _ in range(2):
        await anna.ask("GET", f"/cases/{case_id}?purpose=review&ahead=true")
        await anna.ask("GET", f"/cases/{case_id}/{URL}&ahead=true")
    assert logged() == [("case", True), (SHA256, True)]  # handed out, so it is written down
    told = {"purpose": "review", "files": [SHA256], "version": 1}
    await anna.ask("POST", f"/cases/{case_id}/looks", 404, json={**told, "files": [SHA256, "0" * 64]})
    assert len(logged()) == 2
    for _ in range(2):
        await anna.ask("POST", f"/cases/{case_id}/looks", 204, json=told)
        await anna.ask("GET", f"/cases/{case_id}/{URL}")
    assert logged()[2:] == [("case", False), (SHA256, False)]
    await anna.ask("POST", f"/cases/{case_id}/looks", 422, json={"files": [SHA256]})


async def test_a_look_is_one_look_for_ten_minutes_and_one_purpose(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    anna = person(site, "anna")
    for _ in range(5):
        await anna.ask("GET", f"/cases/{case_id}/{URL}", 206, headers={"Range": "bytes=0-3"})
    assert len(readings(site)) == 1
    await anna.ask("GET", f"/cases/{case_id}/files/{SHA256}?purpose=court")
    assert [purpose for _, _, purpose, _ in readings(site)] == ["review", "court"]
    site.clock.forward(minutes=11)
    await anna.ask("GET", f"/cases/{case_id}/{URL}")
    assert len(readings(site)) == 3


async def test_what_lies_in_another_district_is_not_there(site: Site) -> None:
    here = (await site.deliver(Packet()))["case_id"]
    there = (await site.deliver(Packet(camera="gate-2")))["case_id"]
    nowhere = (await site.deliver(Packet(camera="gate-3")))["case_id"]
    with site.api.database.write() as connection:
        for case_id, district in ((here, "lixia"), (there, "shizhong")):
            connection.exec_driver_sql(f"UPDATE cases SET district = '{district}' WHERE id = '{case_id}'")
    anna = person(site, "anna", districts=frozenset({"lixia", "huaiyin"}))
    for order in ("value", "newest"):
        assert await anna.listed(order=order) == [here]
        assert await anna.listed(order=order, state="open", limit=1) == [here]
    assert await anna.listed(district="shizhong") == []
    assert set(await person(site, "otto").listed()) == {here, there, nowhere}
    for case_id in (there, nowhere):
        for path in ("", f"/{URL}", "/export?purpose=review"):
            await anna.ask("GET", f"/cases/{case_id}{path}", 404)
        await anna.ask("POST", f"/cases/{case_id}/decisions", 404, json={"action": "confirm", "version": 1})
    assert (await anna.case(here))["district"] == "lixia"


async def test_a_case_has_its_camera_s_district_when_it_comes(site: Site) -> None:
    async with site.client(Role.WORKER) as worker:
        await worker.put("/cameras/gate-1", json={"name": "Gate"})
    with site.api.database.write() as connection:
        connection.exec_driver_sql("UPDATE cameras SET district = 'lixia'")
    assert (await site.case((await site.deliver(Packet()))["case_id"]))["district"] == "lixia"


async def test_words_find_cases_in_chinese_and_english_within_filters(site: Site) -> None:
    stall = (await site.deliver(Packet(camera="jiefang-3")))["case_id"]
    other = (await site.deliver(Packet(camera="gate-2", kind="V3")))["case_id"]
    anna = person(site, "anna")
    await anna.decide(stall, action="reject", reason="permit", note="西瓜摊有许可")
    assert await anna.listed(q="占道") == [other, stall]
    assert await anna.listed(q="占道", camera="gate-2") == [other]
    assert await anna.listed(q="西瓜") == [stall]
    assert await anna.listed(q="jiefang*", state="rejected") == [stall]
    assert await anna.listed(q="jiefang*", state="open") == []
    first = await anna.json("GET", "/cases", params={"q": "占道", "limit": 1})
    assert [item["id"] for item in first["items"]] == [other]
    second = await anna.json("GET", "/cases", params={"q": "占道", "limit": 1, "cursor": first["next_cursor"]})
    assert ([item["id"] for item in second["items"]], second["next_cursor"]) == ([stall], None)
    await anna.ask("GET", "/cases", 422, params={"q": "占道", "cursor": "xx"})


async def test_a_file_that_is_gone_from_the_disk(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    site.api.blobs.delete(SHA256)
    async with site.client(Role.REVIEWER) as client:
        answer = await client.get(f"/cases/{case_id}/{URL}")
    assert answer.status_code == 404
    assert "missing in the store" in answer.json()["detail"]


async def test_there_is_no_such_case(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        for path in ("/cases/nothing", "/cases/nothing/export?purpose=review", f"/cases/nothing/{URL}"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert answer.json()["detail"]
