"""Heads of workers' chains: kept one a day, exported beside the log's, and what they find in an export of a running API."""

from __future__ import annotations

import asyncio
import io
import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api import heads_kept, housekeeping
from api.backup import backup, restore
from api.export import Selection
from api.roles import Caller, Role
from api.settings import Settings
from api.tasks import TASKS
from curbwatch.stamping import stamp_below
from evidence.canonical import manifest_sha256
from evidence.heads import read_head, signed_head, worker_head_name
from evidence.keyring import read_key_file
from evidence.report import Report
from evidence.signing import SigningKey
from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.authority import made_authority, serving
from tests.evidence.shop import faults
from tests.evidence.test_without_curbwatch import checked

from .conftest import START, WORKER_KEY, Packet, Site
from .desks import person
from .test_enrolments import enrolled
from .test_worker_heads import WORKER, chained, head, report

pytestmark = pytest.mark.parametrize("store", ["files"], indirect=True)
CHAIN = f"{WORKER}-{WORKER_KEY.key_id}"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Exported:
    """An export on the auditor's disk, with public keys from elsewhere."""

    root: Path
    keys: Path

    def verified(self) -> Report:
        return verify_path(self.root, read_key_file(self.keys))

    def found(self) -> list[str]:
        return faults(self.verified())

    async def checked(self) -> tuple[int, list[str]]:
        """What docs/check.mjs says."""
        if shutil.which("node") is None:
            pytest.skip("needs the node command")
        return await asyncio.to_thread(checked, self.root, self.keys)

    def heads(self) -> list[str]:
        return sorted(path.relative_to(self.root / "heads").as_posix() for path in self.root.glob("heads/workers/*/*"))


async def exported(site: Site, folder: Path, **query: Any) -> Exported:
    eva = person(site, f"eva {folder.name}", Role.AUDITOR)
    content = (await eva.ask("GET", "/export", params={"purpose": "audit", **query})).content
    return unpacked(folder, content, (await eva.ask("GET", "/keys")).content)


def unpacked(folder: Path, content: bytes, keys: bytes) -> Exported:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder / "export")
    (folder / "city.json").write_bytes(keys)
    return Exported(folder / "export", folder / "city.json")


async def deliver(site: Site, packets: list[Packet]) -> None:
    for packet in packets:
        await site.deliver(packet)


async def two_days(site: Site) -> list[Packet]:
    """A chain of four packets; the worker's heads are of the second, and a day later of the third."""
    chain = chained(4)
    await deliver(site, chain[:2])
    await report(site, head(site, chain[1], 2, site.clock.now))
    heads_kept.keep(site.api)
    site.clock.forward(days=1)
    await deliver(site, chain[2:])
    await report(site, head(site, chain[2], 3, site.clock.now))
    heads_kept.keep(site.api)
    housekeeping.sign_head(site.api)
    return chain


def kept(site: Site) -> dict[str, int]:
    """The files of the worker's chain, each with what its head counts."""
    folder = site.api.settings.heads_dir / "workers"
    return {path.relative_to(folder).as_posix(): json.loads(path.read_text())["head"]["index"] for path in sorted(folder.glob("*/*.json"))}


async def test_the_last_head_of_each_day_is_kept_as_a_file(site: Site) -> None:
    assert heads_kept.keep in {task.run for task in TASKS}
    chain = chained(5)
    await deliver(site, chain)
    assert heads_kept.keep(site.api) == 0
    for index, at, written in ((2, START, 1), (2, START, 0), (3, START + timedelta(hours=1), 1), (3, START + timedelta(hours=2), 0), (5, START + DAY, 1)):
        await report(site, head(site, chain[index - 1], index, at))
        assert heads_kept.keep(site.api) == written, (index, at)
    assert kept(site) == {f"{CHAIN}/2026-11-25.json": 3, f"{CHAIN}/2026-11-26.json": 5}
    for path in site.api.settings.heads_dir.glob("workers/*/*"):
        read_head(json.loads(path.read_text()), path.name).verify(site.key.public_key)
    await report(site, head(site, chain[3], 4, START + 2 * DAY))
    assert heads_kept.keep(site.api) == 0, "what goes back behind what was vouched for is in doubt, and not kept"


async def test_a_worker_s_wrong_clock_makes_no_fault_and_hides_none(site: Site, tmp_path: Path) -> None:
    """26 h behind, as after a flat battery; a packet left a minute ago. A day later it has still not come."""
    chain = chained(3)
    await deliver(site, chain[:2])
    behind = timedelta(hours=26)
    await report(site, head(site, chain[1], 2, site.clock.now - behind))
    site.clock.forward(hours=24, minutes=30)
    await report(site, head(site, chain[2], 3, site.clock.now - behind))
    site.clock.forward(minutes=1)
    export = await exported(site, tmp_path / "at once")
    notes = export.verified().notes
    assert export.found() == []
    assert any(f"the clock of the worker {WORKER} was 26.0 h behind the API's" in one for one in notes), notes
    assert any("counts 3; manifest 3 is not here: on the way, it may be" in one for one in notes), notes
    assert (await export.checked())[0] == 0
    site.clock.forward(hours=25)
    export = await exported(site, tmp_path / "a day later")
    (fault,) = export.found()
    assert "says that there were 3 by " in fault
    assert "manifest 3 is not here" in fault
    assert (await export.checked())[0] == 1
    await deliver(site, chain[2:])
    export = await exported(site, tmp_path / "it came")
    assert (export.found(), (await export.checked())[0]) == ([], 0)


async def test_a_chain_is_found_cut_off_where_its_heads_were_left_out_too(site: Site, tmp_path: Path) -> None:
    """The log says how far it reached. The API's own key signs such an export."""
    await two_days(site)
    site.clock.forward(hours=25)
    for table in ("packet_files", "packets"):
        with site.api.database.write() as connection:
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE packet_id IN (SELECT packet_id FROM packets WHERE sequence > 1)")
    with site.api.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM worker_heads")
    shutil.rmtree(site.api.settings.heads_dir / "workers")
    export = await exported(site, tmp_path / "audit")
    found = [one for one in export.found() if "says that there were" in one]
    assert len(found) == 1, export.found()
    assert "log/log.jsonl" in found[0]


async def test_a_chain_that_was_rewritten_before_it_was_delivered_is_found(site: Site, tmp_path: Path) -> None:
    """By the worker's own key, within a day: the head of what was rewritten is told before any of it comes, so that nothing contradicts it then."""
    one, two = chained(2)
    other = Packet(camera="rewritten", changes={"chain": {"sequence": 2, "previous_sha256": manifest_sha256(one.manifest())}})
    (following,) = chained(1, 3, manifest_sha256(other.manifest()))
    await site.deliver(one)
    for index, packet in enumerate((one, two, following), 1):
        await report(site, head(site, packet, index, site.clock.now))
        site.clock.forward(minutes=20)
    await deliver(site, [other, following])
    heads_kept.keep(site.api)
    export = await exported(site, tmp_path / "audit")
    (fault,) = export.found()
    assert "says that manifest 2 is " in fault
    assert fault.endswith("the chain was rewritten")
    status, lines = await export.checked()
    assert status == 1
    assert any(line.endswith("manifest 2 is another: the chain was rewritten") for line in lines), lines


async def test_each_chain_of_a_worker_that_was_enrolled_anew_has_its_own(site: Site, tmp_path: Path) -> None:
    chain = chained(2)
    await deliver(site, chain)
    await report(site, head(site, chain[1], 2))
    heads_kept.keep(site.api)
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.delete(f"/workers/{WORKER}")).status_code == 204
    key = SigningKey.generate()
    async with await enrolled(site, key=key) as own:
        told = head(site, chain[1], 2, START + timedelta(minutes=1), key=key)
        assert (await own.post(f"/workers/{WORKER}/health", json={"cameras": {}, "head": told})).status_code == 200
    heads_kept.keep(site.api)
    assert kept(site) == {f"{CHAIN}/2026-11-25.json": 2, f"{WORKER}-{key.key_id}/2026-11-25.json": 2}
    site.clock.forward(days=3)
    export = await exported(site, tmp_path / "audit")
    assert (export.found(), len(export.heads())) == ([], 2)
    assert (await export.checked())[0] == 0


async def test_an_honest_export_holds_them_and_passes(site: Site, tmp_path: Path) -> None:
    chain = await two_days(site)
    site.clock.forward(days=1)
    await report(site, head(site, chain[3], 4, site.clock.now))  # not written to the folder yet
    site.clock.forward(days=2)
    export = await exported(site, tmp_path / "audit")
    assert export.heads() == [f"workers/{CHAIN}/2026-11-2{day}.json" for day in (5, 6, 7)]
    statement = json.loads((export.root / "export.json").read_text())["export"]
    assert [name for name in statement["heads"] if "/" in name] == [worker_head_name(WORKER, WORKER_KEY.key_id, f"2026-11-2{day}") for day in (5, 6, 7)]
    assert (export.found(), [note for note in export.verified().notes if "heads/workers" in note]) == ([], [])
    status, lines = await export.checked()
    assert (status, len(lines)) == (0, 1), lines


async def test_a_rewritten_chain_is_found_by_the_exported_head(site: Site, tmp_path: Path) -> None:
    """The worker's own key signs every manifest anew, and the receipts are thrown away."""
    await two_days(site)
    export = await exported(site, tmp_path / "audit")
    assert export.found() == []
    manifests = sorted(export.root.glob("packets/*/manifest.json"), key=lambda path: int(json.loads(path.read_text())["manifest"]["chain"]["sequence"]))
    previous = None
    for path in manifests:
        manifest = json.loads(path.read_text())["manifest"]
        manifest["place"]["shop"] = "another shop"
        manifest["chain"]["previous_sha256"] = previous
        path.write_text(json.dumps({"manifest": manifest, "signature": site.key.sign(manifest).model_dump(mode="json")}))
        path.with_name("receipt.json").unlink()
        previous = manifest_sha256(manifest)
    found = export.found()
    for day, index in ((25, 2), (26, 3)):
        assert any(fault.startswith(f"head heads/workers/{CHAIN}/2026-11-{day}.json: says that manifest {index} is ") for fault in found), found
    (export.root / "export.json").unlink()  # and with it all that the API states
    assert sum("the chain was rewritten" in fault for fault in export.found()) == 2


async def test_a_packet_that_does_not_come_is_on_its_way_for_a_day_and_then_a_fault(site: Site, tmp_path: Path) -> None:
    chain = chained(3)
    await deliver(site, chain[:2])
    await report(site, head(site, chain[2], 3, site.clock.now))
    export = await exported(site, tmp_path / "at once")
    name = f"heads/workers/{CHAIN}/2026-11-25.json"
    assert export.found() == []
    assert f"{name} counts 3; manifest 3 is not here: on the way, it may be, when the export was made" in export.verified().notes
    assert (await export.checked())[0] == 0
    site.clock.forward(hours=25)
    export = await exported(site, tmp_path / "later")
    (found,) = export.found()
    assert found.startswith(f"head {name}: says that there were 3 by ")
    assert found.endswith(", but manifest 3 is not here, and the log tells of no gap there: the chain was cut off")
    assert (await export.checked())[1][0] == f"{name}: counts 3, but manifests 3 to 3 are missing"
    await deliver(site, chain[2:])
    assert (await exported(site, tmp_path / "came")).found() == []


async def test_a_gap_that_the_log_tells_is_noted(site: Site, tmp_path: Path) -> None:
    chain = chained(4)
    await deliver(site, [chain[0], chain[3]])
    await report(site, head(site, chain[3], 4, site.clock.now))
    site.clock.forward(hours=25)
    housekeeping.sign_head(site.api)  # writes gaps down
    export = await exported(site, tmp_path / "audit")
    assert export.found() == []
    assert f"heads/workers/{CHAIN}/2026-11-25.json counts 2 manifests that the API's log calls missing (chain_gap)" in export.verified().notes
    assert (await export.checked())[0] == 0


@pytest.mark.parametrize("query", ["since", "until", "case"])
async def test_a_selection_leaves_out_what_heads_count_and_that_is_no_fault(site: Site, tmp_path: Path, query: str) -> None:
    chain = await two_days(site)
    between = (site.clock.now - timedelta(hours=12)).isoformat()
    site.clock.forward(days=3)
    value = between
    if query == "case":
        value = (await site.deliver(chain[2]))["case_id"]
    export = await exported(site, tmp_path / "audit", **{query: value})
    assert len(list(export.root.glob("packets/*"))) < 4
    assert (export.found(), len(export.heads())) == ([], 2)
    assert (await export.checked())[0] == 0


async def test_what_is_no_head_of_the_chain_stays_where_it_is(site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    chain = await two_days(site)
    folder = site.api.settings.heads_dir / "workers"
    (folder / CHAIN / "2026-11-01.json").write_text(json.dumps(head(site, chain[0], 1, key=SigningKey.generate())))
    (folder / CHAIN / "2026-11-02.json").write_text("nothing")
    (folder / "worker-2-0123456789abcdef").mkdir()
    (folder / "worker-2-0123456789abcdef" / "2026-11-03.json").write_text(json.dumps(head(site, chain[0], 1)))
    export = await exported(site, tmp_path / "audit")
    assert (export.heads(), export.found()) == ([f"workers/{CHAIN}/2026-11-{day}.json" for day in (25, 26)], [])
    for day in (1, 2, 3):
        assert f"2026-11-0{day}.json: " in caplog.text


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
async def test_they_go_with_their_time_stamps_into_exports_and_backups(site: Site, tmp_path: Path) -> None:
    chain = chained(3)
    await deliver(site, chain)
    await report(site, head(site, chain[1], 2, START))
    heads_kept.keep(site.api)
    folder = site.api.settings.heads_dir
    made_authority(tmp_path / "authority")
    with serving(tmp_path / "authority") as url:
        stamp_below(folder, url)
    await report(site, head(site, chain[2], 3, START + timedelta(hours=1)))
    told = [f"workers/{CHAIN}/2026-11-25{name}" for name in ("-2.json", "-2.tsr", ".json")]
    export = await exported(site, tmp_path / "before")  # the newer one is not in the folder yet
    assert (export.heads(), export.found()) == (told, [])
    heads_kept.keep(site.api)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.glob("workers/*/*")) == told
    export = await exported(site, tmp_path / "after")
    assert (export.heads(), export.found()) == (told, [])
    assert json.loads((export.root / "export.json").read_text())["export"]["stamps"] == [told[0].removesuffix(".json")]
    for name in ("backup", "backup.tar"):
        backup(site.api.settings, tmp_path / name)
        target = Settings.of(tmp_path / f"restored {name}")
        restore(tmp_path / name, target)
        for path in told:
            assert (target.heads_dir / path).read_bytes() == (folder / path).read_bytes()


def shapes(root: Path) -> set[str]:
    """The paths of an export, with what differs from one to the next taken out; but for a packet's own files."""
    names = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    own = re.compile(r"packets/[^/]+/(?!manifest|receipt)")
    worker = re.compile(r"(?<=workers/)[a-z0-9-]+(?=-[0-9a-f]{16}/)")
    return {worker.sub("W", re.sub(r"[0-9a-f]{32}", "ID", name)) for name in names if not own.match(name)}


def plain(names: set[str]) -> set[str]:
    return {re.sub(r"\d{4}-\d{2}-\d{2}", "DAY", re.sub(r"-[0-9a-f]{16}(?=/)", "-KEY", re.sub(r"(?<=ID)-\d+", "-N", name))) for name in names}


async def test_the_archive_of_the_tests_has_the_paths_of_a_real_export(site: Site, tmp_path: Path) -> None:
    gone = Packet(camera="gate-9", stay="old")
    await site.decide((await site.deliver(gone))["case_id"], action="reject", version=1, reason="permit")
    site.clock.forward(days=31)
    housekeeping.retain(site.api)
    second = Packet(changes={"chain": {"sequence": 2, "previous_sha256": manifest_sha256(site.manifest(gone))}})
    await site.deliver(second)
    await report(site, head(site, second, 2, datetime.fromisoformat(site.clock.now.isoformat())))
    heads_kept.keep(site.api)
    export = await exported(site, tmp_path / "audit")
    assert export.found() == []
    real, made = plain(shapes(export.root)), plain(shapes(Archive.made(tmp_path / "made").root))
    assert "heads/workers/W-KEY/DAY.json" in made
    assert made <= real, made - real


@pytest.mark.parametrize("first", [True, False], ids=["its first", "a further one"])
@pytest.mark.parametrize("behind", [timedelta(0), 3 * DAY], ids=["right", "behind"])
async def test_a_head_that_comes_while_an_export_is_read_waits_for_the_next(site: Site, tmp_path: Path, behind: timedelta, first: bool) -> None:
    """Neither its packets nor its entry are in the log as far as it goes along; its own time is its worker's, whose clock may be days behind."""
    chain = chained(3)
    before = 1 if first else 2
    await deliver(site, chain[:before])
    for index in () if first else (1, 2):
        site.clock.forward(hours=1)
        await report(site, head(site, chain[index - 1], index, site.clock.now))
        if index == 1:
            heads_kept.keep(site.api)  # the second is not in the folder yet
    reading = site.api.export(Selection(log=True), Caller("eva", Role.AUDITOR), "audit")
    begun = [next(reading)]
    site.clock.forward(hours=1)
    await deliver(site, chain[before : before + 1])
    await report(site, head(site, chain[before], before + 1, site.clock.now - behind))
    heads_kept.keep(site.api)
    async with site.client(Role.ADMIN) as client:
        keys = (await client.get("/keys")).content
    export = unpacked(tmp_path, b"".join([*begun, *reading]), keys)
    assert export.found() == []
    assert (await export.checked())[0] == 0
    told = [json.loads((export.root / "heads" / name).read_text())["head"]["index"] for name in export.heads()]
    assert told == ([] if first else [2]), "those of when it began"
    after = await exported(site, tmp_path / "after")
    assert (after.found(), len(after.heads())) == ([], 1 if first or not behind else 2)


async def test_a_worker_that_comes_while_an_export_is_read_makes_no_fault_of_it(site: Site, tmp_path: Path) -> None:
    """Its key is not among those that the export began with, so its head stays for the next one."""
    await site.deliver(Packet())
    reading = site.api.export(Selection(log=True), Caller("eva", Role.AUDITOR), "audit")
    key = SigningKey.generate()
    async with site.client(Role.WORKER) as client:
        assert (await client.put("/workers/worker-2/key", json={"public_key": key.public_key.to_base64()})).status_code == 200
        told = signed_head(key, "worker", index=1, sha256="a" * 64, at=site.api.clock(), name="worker-2")
        assert (await client.post("/workers/worker-2/health", json={"cameras": {}, "head": told})).status_code == 200
    with zipfile.ZipFile(io.BytesIO(b"".join(reading))) as archive:
        archive.extractall(tmp_path / "export")
    async with site.client(Role.ADMIN) as client:
        (tmp_path / "keys.json").write_bytes((await client.get("/keys")).content)
    for keys in ([], read_key_file(tmp_path / "keys.json")):
        assert [fault.what for fault in verify_path(tmp_path / "export", keys).faults if "worker-2" in str(fault)] == []
    assert verify_path(tmp_path / "export", read_key_file(tmp_path / "keys.json")).ok
