"""The queue, one case, and its files; their shapes are those that the page knows."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path

import pytest

from api.roles import Role
from evidence.packet import Phase
from evidence.verify import verify_path

from .conftest import JPEG, Packet, Site

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
            ({"state": "rejected"}, 0),
        ):
            assert len((await client.get("/cases", params=query)).json()["items"]) == expected, query


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"state": "closed"}, "state"),
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
URL = f"files/{hashlib.sha256(FILE).hexdigest()}"


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
        assert (await client.get(f"/cases/{one}/files/{hashlib.sha256(unnamed).hexdigest()}")).status_code == 404
        for trick in ("..%2f..%2fcurbwatch.sqlite", "../../keys/api.pem", "%2e%2e", "a" * 64):
            assert (await client.get(f"/cases/{one}/files/{trick}")).status_code == 404
        assert (await client.get(f"/cases/{one}/{URL}")).status_code == 200


async def test_a_manifest_cannot_make_a_browser_run_its_files(site: Site) -> None:
    page = b"<script>alert(1)</script>"
    case_id = (await site.deliver(Packet(files=(("closeup", "closeup.html", page, "text/html"),))))["case_id"]
    async with site.client(Role.REVIEWER) as client:
        answer = await client.get(f"/cases/{case_id}/files/{hashlib.sha256(page).hexdigest()}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_reading_evidence_is_logged_once_in_ten_minutes(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]

    def readings() -> list[tuple[str, str]]:
        with site.api.database.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql("SELECT by, case_id FROM log WHERE event = 'evidence_read'")]

    async with site.client(Role.REVIEWER) as client:
        for _ in range(5):
            await client.get(f"/cases/{case_id}/{URL}", headers={"Range": "bytes=0-3"})
        assert readings() == [("reviewer", case_id)]
        site.clock.forward(minutes=11)
        await client.get(f"/cases/{case_id}/{URL}")
        assert len(readings()) == 2


async def test_an_export_verifies_and_is_logged(site: Site, tmp_path: Path) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.deliver(Packet(phase=Phase.ENDED, minutes=10, changes={"chain": {"sequence": 2, "previous_sha256": _sha256_of(Packet())}}))
    async with site.client(Role.REVIEWER) as client:
        answer = await client.get(f"/cases/{case_id}/export")
    assert answer.headers["Content-Type"] == "application/zip"
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    exported = tmp_path / "case.zip"
    exported.write_bytes(answer.content)
    report = verify_path(exported, [])
    assert report.ok, [str(fault) for fault in report.all_faults()]
    assert len(report.packets) == 2
    with site.api.database.read() as connection:
        assert connection.exec_driver_sql("SELECT COUNT(*) FROM log WHERE event = 'export'").scalar() == 1


def _sha256_of(packet: Packet) -> str:
    from evidence.canonical import manifest_sha256

    return manifest_sha256(packet.manifest())


async def test_a_file_that_is_gone_from_the_disk(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    assert site.api.blobs.delete(URL.removeprefix("files/"))
    async with site.client(Role.REVIEWER) as client:
        answer = await client.get(f"/cases/{case_id}/{URL}")
    assert answer.status_code == 404
    assert "missing on the disk" in answer.json()["detail"]


async def test_there_is_no_such_case(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        for path in ("/cases/nothing", "/cases/nothing/export", f"/cases/nothing/{URL}"):
            answer = await client.get(path)
            assert answer.status_code == 404
            assert answer.json()["detail"]
