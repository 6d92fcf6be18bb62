"""A restore stands in the log, no place is given out twice, and workers learn what is not known any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from api.app import create_app
from api.backup import backup, restore
from api.checking import faults
from api.roles import Role
from api.service import opened
from api.settings import Settings

from .conftest import Clock, Packet, Site


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


async def test_only_a_restore_may_leave_places_out(site: Site) -> None:
    from api import log

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
