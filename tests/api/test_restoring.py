"""A restore stands in the log, no place is given out twice, and workers learn what is not known any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert

from api import housekeeping, log, periods, restoring
from api.app import create_app
from api.backup import backup, restore
from api.checking import faults
from api.roles import Role
from api.schema import restores
from api.service import opened
from api.settings import Settings

from .conftest import Clock, Packet, Site
from .desks import person


async def test_what_was_received_after_the_backup_can_be_brought_again(site: Site, tmp_path: Path, clock: Clock) -> None:
    first = await site.deliver(Packet())
    backup(site.api.settings, tmp_path / "backup.tar")
    lost = Packet(camera="gate-2")
    before = await site.deliver(lost)
    restore(tmp_path / "backup.tar", Settings.of(tmp_path / "new"))
    with opened(Settings.of(tmp_path / "new"), clock, clock.steady) as api:
        again = Site(api, clock, httpx.ASGITransport(app=create_app(api)), chains=site.chains)
        async with again.client(Role.WORKER) as worker:
            (told,) = (await worker.post("/workers/worker-1/health", json={"cameras": {}})).json()["restores"]
        assert first["receipt"]["log_index"] <= told["former_index"] < before["receipt"]["log_index"] < told["log_index"]
        after = await again.deliver(lost)
        assert after["receipt"]["log_index"] > told["log_index"]
        assert after["case_id"] == before["case_id"]
        with api.database.read() as connection:
            assert [str(fault) for fault in faults(connection, api.key.public_key, api.blobs)] == []
            row: Any = connection.exec_driver_sql("SELECT document FROM log WHERE event = 'restored'").one()
    assert f'"former_index":{told["former_index"]}' in row.document


async def test_places_go_beyond_2_31(site: Site) -> None:
    """After some restores of old backups; every table that holds a place takes one, on both databases."""
    with site.api.database.write() as connection:
        log.append(connection, log.LogEvent.EXPORT, site.clock(), "eva", {})
        index = log.append_restored(connection, site.clock(), 2**33, "5e")
        connection.execute(insert(restores).values(log_index=index, former_index=1, at=site.clock.now, restore_id="5e"))
        periods.change(connection, "case", 500, "ada", site.clock())
    case_id = (await site.deliver(Packet()))["case_id"]
    admin = person(site, "ada", Role.ADMIN)
    await admin.json("PUT", f"/cases/{case_id}/hold", json={"reason": "court"})
    await admin.json("DELETE", f"/cases/{case_id}/hold", params={"reason": "settled"})
    await admin.decide(case_id, action="reject", reason="permit")
    await admin.json("PUT", "/webhooks/city", json={"url": "https://hooks.example.org/x"})
    housekeeping.sign_head(site.api)
    site.clock.forward(days=31)
    assert housekeeping.retain(site.api).erased == 1
    for path in ("/log", "/erasures"):
        items = (await admin.json("GET", path, params={"after": 2**33}))["items"]
        assert items, path
        assert all(one["log_index"] > 2**33 for one in items), path
    with site.api.database.read() as connection:
        assert [str(fault) for fault in faults(connection, site.api.key.public_key, site.api.blobs)] == []


async def test_the_same_backup_restored_again_begins_behind_all_that_the_first_gave_out(site: Site, tmp_path: Path) -> None:
    await site.deliver(Packet())
    backup(site.api.settings, tmp_path / "backup.tar")
    told: list[tuple[int, str]] = []
    for name in ("one", "two"):
        restore(tmp_path / "backup.tar", Settings.of(tmp_path / name))
        with opened(Settings.of(tmp_path / name)) as api, api.database.read() as connection:
            (row,) = restoring.restores(connection)
            told.append((row.log_index, str(row.id)))
    assert told[1][0] > told[0][0], "a thousand places a second lie between them"
    assert told[0][1] != told[1][1]


async def test_only_a_restore_may_leave_places_out(site: Site) -> None:
    with site.api.database.write() as connection:
        log.append(connection, log.LogEvent.EXPORT, site.clock(), "eva", {})
        log.append_restored(connection, site.clock(), 5000, "5e")
        log.append(connection, log.LogEvent.EXPORT, site.clock(), "eva", {})
        assert log.head(connection).index == 5001
        assert log.first_break(connection) is None
    document = {"event": "export", "former_index": 1, "log_index": 5000}
    assert not log.follows(document, 1)
    assert not log.follows(document | {"event": "restored"}, 2)
    assert log.follows(document | {"event": "restored"}, 1)


async def test_nothing_is_deleted_within_a_week_of_a_restore(site: Site, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The backup does not know of a hold that was set after it was made."""
    monkeypatch.setattr("api.backup.utc_now", clock)
    delivered = await site.deliver(Packet())
    await site.decide(delivered["case_id"], action="reject", reason="permit", version=1)
    clock.forward(hours=29 * 24)
    site.api.timekeeper.believe(1)
    await site.deliver(Packet(camera="gate-2"))
    backup(site.api.settings, tmp_path / "backup.tar")
    restore(tmp_path / "backup.tar", Settings.of(tmp_path / "new"))
    with opened(Settings.of(tmp_path / "new"), clock, clock.steady) as api:
        for _ in range(6):
            clock.forward(hours=24)
            run = housekeeping.retain(api)
            assert run.erased == 0
            assert run.waits is not None
            assert run.waits.startswith("a backup was restored")
            assert housekeeping.outlook(api).waits == run.waits
        clock.forward(hours=25)
        assert housekeeping.retain(api).erased == 1
