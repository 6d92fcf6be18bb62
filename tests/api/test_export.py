"""What leaves the API: masked copies, unless a court asks by right; and for an auditor the log, heads and records of deletion, verified offline."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from api import heads, housekeeping
from api.app import create_app
from api.backup import backup, restore
from api.checking import faults
from api.heads import index_of
from api.roles import Role
from api.schema import packets
from api.service import opened
from api.settings import Settings
from curbwatch.stamping import stamp_below
from evidence.canonical import manifest_sha256
from evidence.given_up import signed_given_up
from evidence.heads import read_head
from evidence.packet import Phase, Signature
from evidence.signing import PublicKey
from evidence.stamps import read_roots
from evidence.verify import verify_path
from tests.evidence.authority import made_authority, serving

from .conftest import JPEG, Clock, Packet, Site
from .desks import Person, person

MASKED = ("masked_closeup", "masked.jpg", JPEG + b"masked", "image/jpeg")
PACKET = Packet(files=(*Packet().files, MASKED))


async def exported(who: Person, path: str, **query: Any) -> zipfile.ZipFile:
    answer = await who.ask("GET", path, params=query)
    assert answer.headers["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return archive


def statement(archive: zipfile.ZipFile, key: PublicKey) -> Any:
    """The signed statement of what is in it."""
    told = json.loads(archive.read("export.json"))
    key.verify(told["export"], Signature.model_validate(told["signature"]))
    return told["export"]


async def test_only_masked_copies_leave(site: Site) -> None:
    case_id = (await site.deliver(PACKET))["case_id"]
    anna = person(site, "anna", unit="Lixia brigade")
    archive = await exported(anna, f"/cases/{case_id}/export", purpose="complaint")
    folder = f"packets/{PACKET.packet_id}"
    inside = {name.removeprefix(f"{folder}/") for name in archive.namelist() if name.startswith(folder)}
    assert inside == {"manifest.json", "receipt.json", "masked.jpg"}
    told = statement(archive, site.api.key.public_key)
    assert (told["by"], told["unit"], told["purpose"], told["originals"], told["log"]) == ("anna", "Lixia brigade", "complaint", False, None)
    (packet,) = told["packets"]
    assert (packet["packet_id"], packet["manifest_sha256"]) == (PACKET.packet_id, manifest_sha256(PACKET.manifest()))
    assert packet["withheld"] == [name for _, name, *_ in PACKET.files if name != "masked.jpg"]
    receipt = json.loads(archive.read(f"{folder}/receipt.json"))
    assert packet["receipt_sha256"] == manifest_sha256({name: value for name, value in receipt.items() if name != "signature"})
    sums = dict(line.split("  ")[::-1] for line in archive.read("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist() if name not in ("SHA256SUMS", "export.json")}
    assert told["files"] == {"count": len(sums), "sha256": hashlib.sha256(archive.read("SHA256SUMS")).hexdigest()}
    with site.api.database.read() as connection:
        entry = json.loads(connection.exec_driver_sql("SELECT document FROM log WHERE event = 'export'").scalar_one())
    assert (entry["by"], entry["unit"], entry["purpose"], entry["selection"]["originals"]) == ("anna", "Lixia brigade", "complaint", False)


@pytest.mark.parametrize("minutes", [-30, 30])
async def test_what_goes_along_is_chosen_by_the_log_and_not_by_a_clock_that_is_set(site: Site, minutes: int) -> None:
    for name in ("one", "two"):
        await site.deliver(PACKET.but(stay=name, camera=f"gate-{name}"))
    site.clock.jump(minutes=minutes)
    archive = await exported(person(site, "eva", Role.AUDITOR), "/export", purpose="audit")
    told = statement(archive, site.api.key.public_key)
    assert len(told["packets"]) == 2
    late = await site.deliver(PACKET.but(stay="three", camera="gate-three"))
    assert late["receipt"]["log_index"] > told["log"]["last"]


@pytest.mark.parametrize(
    ("role", "purpose", "status"),
    [
        (Role.OFFICER, "court", 200),
        (Role.AUDITOR, "court", 200),
        (Role.OFFICER, "audit", 403),
        (Role.REVIEWER, "court", 403),
    ],
)
async def test_originals_leave_for_a_court_and_by_right(site: Site, role: Role, purpose: str, status: int) -> None:
    case_id = (await site.deliver(PACKET))["case_id"]
    answer = await person(site, "olga", role).ask("GET", f"/cases/{case_id}/export", status, params={"purpose": purpose, "originals": "true"})
    if status == 200:
        archive = zipfile.ZipFile(io.BytesIO(answer.content))
        assert archive.read(f"packets/{PACKET.packet_id}/clip.mp4") == PACKET.files[0][2]
        assert statement(archive, site.api.key.public_key)["packets"][0]["withheld"] == []


GONE = PACKET.but(camera="gate-2", stay="old", changes={"chain": {"sequence": 1, "previous_sha256": None}})
FIRST = PACKET.but(changes={"chain": {"sequence": 2, "previous_sha256": manifest_sha256(GONE.manifest())}})
ENDED = PACKET.but(phase=Phase.ENDED, minutes=10, changes={"chain": {"sequence": 3, "previous_sha256": manifest_sha256(FIRST.manifest())}})


async def a_history(site: Site) -> tuple[str, str]:
    """Two packets of one case that is kept, one of a case whose evidence was deleted, a decision, and a look; the two cases."""
    erased = (await site.deliver(GONE))["case_id"]
    await site.decide(erased, action="reject", version=1, reason="permit")
    housekeeping.sign_head(site.api)
    site.clock.forward(days=31)
    housekeeping.retain(site.api)
    housekeeping.sign_head(site.api)
    kept = (await site.deliver(FIRST))["case_id"]
    await site.deliver(ENDED)
    await site.decide(kept, action="confirm", version=2)
    await person(site, "anna").ask("GET", f"/cases/{kept}/files/{hashlib.sha256(MASKED[2]).hexdigest()}?purpose=review")
    return kept, erased


async def test_an_auditor_s_export_holds_the_whole_log_heads_and_deletions(site: Site) -> None:
    kept, erased = await a_history(site)
    eva = person(site, "eva", Role.AUDITOR)
    archive = await exported(eva, "/export", purpose="audit")
    key = site.api.key.public_key
    told = statement(archive, key)
    lines = archive.read("log/log.jsonl").decode().splitlines()
    hashes = [hashlib.sha256(line.encode()).hexdigest() for line in lines]
    entries = [json.loads(line) for line in lines]
    assert [entry["log_index"] for entry in entries] == list(range(1, told["log"]["last"] + 1))
    assert [entry["previous_sha256"] for entry in entries] == [None, *hashes[:-1]]
    assert (told["log"]["sha256"], entries[-1]["event"], entries[-1]["purpose"]) == (hashes[-1], "export", "audit")
    assert {"manifest", "decision", "evidence_read", "erasure_begun", "erasure", "export"} <= {entry.get("event", "manifest") for entry in entries}
    for day in told["heads"]:
        read = read_head(json.loads(archive.read(f"heads/{day}.json")), day)
        read.verify(key)
        assert hashes[read.head.index - 1] == read.head.sha256
    assert len(told["heads"]) == 3
    (name,) = told["erasures"]
    erasure = json.loads(archive.read(f"erasures/{name}.json"))
    key.verify(erasure["record"], Signature.model_validate(erasure["signature"]))
    assert manifest_sha256(erasure["record"]) == next(entry["record_sha256"] for entry in entries if entry.get("event") == "erasure")
    assert [(one["sequence"], one["erasure"]) for one in told["erased"]] == [(1, name)]
    assert name.startswith(erased)
    assert len(told["packets"]) == 2
    assert archive.read("keys/keys.pub").decode().count("\n") == 2
    assert kept in archive.read("log/log.jsonl").decode()


async def test_an_auditor_verifies_it_with_public_keys_alone(site: Site, tmp_path: Path) -> None:
    await a_history(site)
    eva = person(site, "eva", Role.AUDITOR)
    answer = await eva.ask("GET", "/export", params={"purpose": "audit"})
    path = tmp_path / "audit.zip"
    path.write_bytes(answer.content)
    keys = await eva.json("GET", "/keys")
    report = verify_path(path, [PublicKey.from_base64(one["public_key"]) for one in (keys["api"], *keys["workers"])])
    assert report.ok, [str(fault) for fault in report.all_faults()]
    assert len(report.packets) == 2
    assert sum(packet.withheld for packet in report.packets) == 2 * (len(PACKET.files) - 1)


@pytest.mark.skipif(shutil.which("node") is None, reason="needs the node command")
async def test_an_auditor_verifies_it_without_curbwatch(site: Site, tmp_path: Path) -> None:
    await a_history(site)
    eva = person(site, "eva", Role.AUDITOR)
    archive = await exported(eva, "/export", purpose="audit")
    archive.extractall(tmp_path / "export")
    (tmp_path / "city.json").write_bytes((await eva.ask("GET", "/keys")).content)
    check = [str(Path(__file__).parents[2] / "docs" / "check.mjs"), str(tmp_path / "export"), str(tmp_path / "city.json")]
    run = partial(subprocess.run, ["node", *check], capture_output=True, text=True, check=False, timeout=60)
    done = await asyncio.to_thread(run)
    assert done.stdout.startswith("2 packets, "), done.stdout
    assert done.stdout.endswith(" by eva for audit: nothing fails\n"), done.stdout
    (tmp_path / "export" / f"packets/{PACKET.packet_id}/receipt.json").unlink()
    assert (await asyncio.to_thread(run)).returncode == 1


async def test_an_export_of_a_time_holds_all_that_came_in_it(site: Site, tmp_path: Path) -> None:
    """From a packet's own moment on, to the microsecond; up to it without it. What was deleted is no packet left out."""
    await a_history(site)
    with site.api.database.read() as connection:
        moments = [row.received_at for row in connection.execute(select(packets.c.received_at).order_by(packets.c.received_at))]
    eva = person(site, "eva", Role.AUDITOR)
    keys = await eva.json("GET", "/keys")
    known = [PublicKey.from_base64(one["public_key"]) for one in (keys["api"], *keys["workers"])]
    path = tmp_path / "audit.zip"
    for chosen, count in (({"since": moments[2]}, 1), ({"until": moments[2]}, 1), ({"since": moments[1], "until": moments[2]}, 1), ({"since": moments[0]}, 2)):
        told = {name: moment.isoformat() for name, moment in chosen.items()}
        path.write_bytes((await eva.ask("GET", "/export", params={"purpose": "audit", **told})).content)
        report = verify_path(path, known)
        assert report.ok, (chosen, [str(fault) for fault in report.all_faults()])
        assert len(report.packets) == count


@pytest.mark.parametrize("path", ["/export?purpose=audit&", "/training-set?", "/cases?"])
async def test_times_that_are_turned_round(site: Site, path: str) -> None:
    async with site.client(Role.ADMIN) as admin:
        answer = await admin.get(f"{path}since=2027-01-01T00:00:00Z&until=2026-01-01T00:00:00Z")
        assert (answer.status_code, answer.json()["detail"]) == (422, "since: is later than until; there is no time between them")
        assert answer.json()["detail_zh"].startswith("since 晚于 until")
        assert (await admin.get(f"{path}since=2026-01-01T00:00:00Z&until=2026-01-01T00:00:00Z")).status_code == 200


async def test_what_a_worker_gave_up_goes_along_and_closes_its_place(site: Site, tmp_path: Path) -> None:
    await a_history(site)
    lost = PACKET.but(camera="gate-3", stay="lost", changes={"chain": {"sequence": 4, "previous_sha256": manifest_sha256(ENDED.manifest())}})
    signed = site.signed(lost)
    told = {"worker": lost.worker, "packet_id": lost.packet_id, "manifest_sha256": manifest_sha256(lost.manifest()), "sequence": 4}
    record = signed_given_up(site.key, **told, at=site.clock(), reason="disk_full", files=len(lost.files), size=9)
    async with site.client(Role.WORKER) as worker:
        assert (await worker.post(f"/workers/{lost.worker}/given-up", json={**signed, "given_up": record})).status_code in (200, 201)
    after = PACKET.but(camera="gate-4", stay="after", changes={"chain": {"sequence": 5, "previous_sha256": told["manifest_sha256"]}})
    await site.deliver(after)
    eva = person(site, "eva", Role.AUDITOR)
    path = tmp_path / "audit.zip"
    path.write_bytes((await eva.ask("GET", "/export", params={"purpose": "audit"})).content)
    name = f"{site.key.key_id}-4"
    with zipfile.ZipFile(path) as archive:
        assert statement(archive, site.api.key.public_key)["given_up"] == [name]
        assert json.loads(archive.read(f"given-up/{name}.json")) == {**signed, "given_up": record}
    keys = await eva.json("GET", "/keys")
    report = verify_path(path, [PublicKey.from_base64(one["public_key"]) for one in (keys["api"], *keys["workers"])])
    assert report.ok, [str(fault) for fault in report.all_faults()]
    assert [packet.path for packet in report.packets if packet.notes] == [f"given-up/{name}.json"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
async def test_time_stamps_on_heads_go_along_and_are_verified(site: Site, tmp_path: Path) -> None:
    await a_history(site)
    folder = site.api.settings.data_dir / "heads"
    days = sorted(path.stem for path in folder.glob("*.json"))
    root = made_authority(tmp_path / "authority")
    with serving(tmp_path / "authority") as url:
        assert stamp_below(folder, url) == [str(folder / f"{day}.tsr") for day in days]
    (folder / "2026-01-01.tsr").write_bytes(b"of no head")
    eva = person(site, "eva", Role.AUDITOR)
    answer = await eva.ask("GET", "/export", params={"purpose": "audit"})
    path = tmp_path / "audit.zip"
    path.write_bytes(answer.content)
    with zipfile.ZipFile(path) as archive:
        assert statement(archive, site.api.key.public_key)["stamps"] == days
        assert [name for name in archive.namelist() if name.endswith(".tsr")] == [f"heads/{day}.tsr" for day in days]
    keys = await eva.json("GET", "/keys")
    trusted = [PublicKey.from_base64(one["public_key"]) for one in (keys["api"], *keys["workers"])]
    report = verify_path(path, trusted, roots=read_roots(root.read_bytes(), "root.pem"))
    assert report.ok, [str(fault) for fault in report.all_faults()]
    assert sum(" was there at " in note for note in report.notes) == len(days) == 2


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
async def test_a_stamp_on_a_head_goes_along_though_the_day_has_a_newer_head_and_outlives_a_restore(site: Site, tmp_path: Path, clock: Clock) -> None:
    """Somebody has the head stamped at noon; ten minutes later the day has another one."""
    await site.deliver(PACKET)
    housekeeping.sign_head(site.api)
    folder = site.api.settings.heads_dir
    (day,) = [path.stem for path in folder.glob("*.json")]
    root = made_authority(tmp_path / "authority")
    with serving(tmp_path / "authority") as url:
        stamp_below(folder, url)
    stamp, index = (folder / f"{day}.tsr").read_bytes(), index_of(folder / f"{day}.json")
    await site.deliver(PACKET.but(camera="gate-2"))
    with site.api.database.write() as connection:
        heads.sign(connection, site.api.key, site.clock())  # signed, and not written to the folder yet: the stamp is over the one of before
    told = [f"{day}-{index}"]
    roots = read_roots(root.read_bytes(), "root.pem")

    async def stamps(at: Site) -> list[str]:
        path = tmp_path / "audit.zip"
        path.write_bytes((await person(at, f"eva {at.clock().timestamp()}", Role.AUDITOR).ask("GET", "/export", params={"purpose": "audit"})).content)
        with zipfile.ZipFile(path) as archive:
            assert archive.read(f"heads/{day}-{index}.tsr") == stamp
            named: list[str] = statement(archive, at.api.key.public_key)["stamps"]
        report = verify_path(path, [at.api.key.public_key, at.key.public_key], roots=roots)
        assert report.ok, [str(fault) for fault in report.all_faults()]
        assert sum(" was there at " in note for note in report.notes) == 1
        return named

    assert await stamps(site) == told
    housekeeping.sign_head(site.api)
    assert sorted(path.name for path in folder.glob("*.*")) == [f"{day}-{index}.json", f"{day}-{index}.tsr", f"{day}.json"]
    assert await stamps(site) == told
    backup(site.api.settings, tmp_path / "backup.tar")
    restore(tmp_path / "backup.tar", Settings.of(tmp_path / "restored"))
    with opened(Settings.of(tmp_path / "restored"), clock, clock.steady) as api:
        again = Site(api, clock, httpx.ASGITransport(app=create_app(api)), chains=site.chains)
        assert await stamps(again) == told
        with api.database.read() as connection:
            assert [str(fault) for fault in faults(connection, api.key.public_key, api.blobs, api.settings.heads_dir)] == []


async def test_a_selection_by_time_and_by_case(site: Site) -> None:
    one = (await site.deliver(PACKET))["case_id"]
    site.clock.forward(hours=2)
    later = site.clock.now.isoformat()
    two = PACKET.but(camera="gate-2")
    await site.deliver(two)
    eva = person(site, "eva", Role.AUDITOR)
    for query, expected in (
        ({"since": later}, {two.packet_id}),
        ({"until": later}, {PACKET.packet_id}),
        ({"case": one}, {PACKET.packet_id}),
        ({}, {PACKET.packet_id, two.packet_id}),
    ):
        told = statement(await exported(eva, "/export", purpose="audit", **query), site.api.key.public_key)
        assert {packet["packet_id"] for packet in told["packets"]} == expected
    await eva.ask("GET", "/export", 404, params={"purpose": "audit", "case": "nothing"})
    await eva.ask("GET", "/export", 422)
    await person(site, "anna").ask("GET", "/export", 403, params={"purpose": "audit"})


async def test_heads_are_signed_while_entries_come_one_a_day_and_lie_in_their_folder(site: Site) -> None:
    assert housekeeping.sign_head(site.api) is False  # the log is empty
    await site.deliver(PACKET)
    assert [housekeeping.sign_head(site.api) for _ in range(2)] == [True, False]
    first = (await person(site, "ada", Role.AUDITOR).json("GET", "/heads"))["items"]
    site.clock.forward(days=1)
    assert housekeeping.sign_head(site.api) is False
    for camera in ("gate-8", "gate-9"):
        await site.deliver(Packet(camera=camera))
        assert housekeeping.sign_head(site.api) is True
    eva = person(site, "eva", Role.AUDITOR)
    told = (await eva.json("GET", "/heads"))["items"]
    assert [one["day"] for one in told] == ["2026-11-25", "2026-11-26"]
    assert (told[0], told[1]["log_index"]) == (first[0], first[0]["log_index"] + 2)
    assert [one["day"] for one in (await eva.json("GET", "/heads", params={"after": "2026-11-25"}))["items"]] == ["2026-11-26"]
    for one in told:
        read_head(one["document"], one["day"]).verify(site.api.key.public_key)
        assert json.loads((site.api.settings.data_dir / "heads" / f"{one['day']}.json").read_text()) == one["document"]
    await eva.ask("GET", "/heads", 422, params={"after": "yesterday"})
