"""Nothing of what an export names is deleted while it is read, so that an honest one holds all of it; nobody stops deletion for ever by it."""

from __future__ import annotations

import itertools
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from api import erasing, exporting, housekeeping
from api.errors import Unavailable
from api.export import Selection
from api.exporting import Exports
from api.retention import RULES, due
from api.roles import Caller, Role
from api.schema import cases, packets
from evidence.keyring import KnownKey
from evidence.verify import verify_path

from .conftest import Packet, Site


def pieces() -> Iterator[bytes]:
    yield from (bytes([number]) for number in range(5))


def begun(site: Site) -> Iterator[bytes]:
    return site.api.export(Selection(log=True), Caller("eva", Role.AUDITOR), "audit")


async def test_retention_waits_for_an_export_and_the_export_is_whole(site: Site, tmp_path: Path) -> None:
    cases = [(await site.deliver(Packet(camera=f"gate-{number}")))["case_id"] for number in range(3)]
    for case_id in cases:
        await site.decide(case_id, version=1, action="reject", reason="permit")
    site.clock.forward(days=31)
    export = begun(site)
    first = list(itertools.islice(export, 2))
    told = housekeeping.retain(site.api)
    assert (told.erased, told.waits) == (0, "an export is under way")
    (tmp_path / "export.zip").write_bytes(b"".join([*first, *export]))
    report = verify_path(tmp_path / "export.zip", [KnownKey(site.api.key.public_key, "api"), KnownKey(site.key.public_key, "worker", "worker-1")])
    assert [str(fault) for fault in report.all_faults()] == []
    assert len(report.packets) == 3
    assert housekeeping.retain(site.api).erased == 3


async def test_an_export_that_nobody_reads_on_holds_nothing_back_and_ends_without_its_statement(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, version=1, action="reject", reason="permit")
    site.clock.forward(days=31)
    export = begun(site)
    first = next(export)
    monkeypatch.setattr(exporting, "LONGEST_PAUSE_SECONDS", -1)
    assert housekeeping.retain(site.api).erased == 1
    with pytest.raises(Unavailable, match="broken off"):
        list(export)
    (tmp_path / "export.zip").write_bytes(first)
    assert not zipfile.is_zipfile(tmp_path / "export.zip")


async def test_what_was_half_deleted_is_finished_before_an_export_begins(site: Site) -> None:
    """Else it is neither among its packets nor among its records."""
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, version=1, action="reject", reason="permit")
    site.clock.forward(days=31)
    with site.api.database.write() as connection:
        (one,) = due(connection, RULES, site.clock(), 10)
        erasing.begin(connection, site.api.blobs, site.api.key.public_key, one, "retention", site.clock())
    list(begun(site))
    erasure = (await site.case(case_id))["erasures"][0]
    assert erasure["record"]["begun_index"] == erasure["log_index"]
    assert housekeeping.retain(site.api).erased == 0


def test_an_export_holds_back_while_it_is_read_and_no_longer_than_a_day() -> None:
    now = [0.0]
    exports = Exports(lambda: now[0])

    def may() -> bool:
        with exports.deleting() as answer:
            return answer

    one = exports.begin()
    read = exports.read(pieces(), one)
    next(read)
    for _ in range(3):
        now[0] += exporting.LONGEST_PAUSE_SECONDS - 1
        assert not may()
        next(read)
    now[0] += exporting.LONGEST_SECONDS
    assert may()
    with pytest.raises(Unavailable):
        next(read)
    whole = exports.read(pieces(), exports.begin())
    assert (b"".join(whole), may()) == (bytes(range(5)), True)


async def test_an_export_of_one_case_holds_back_that_case_alone(site: Site, tmp_path: Path) -> None:
    cases = [(await site.deliver(Packet(camera=f"gate-{number}")))["case_id"] for number in range(2)]
    for case_id in cases:
        await site.decide(case_id, version=1, action="reject", reason="permit")
    site.clock.forward(days=31)
    export = site.api.export(Selection((cases[0],)), Caller("anna", Role.REVIEWER), "complaint")
    first = next(export)
    told = housekeeping.retain(site.api)
    assert (told.erased, told.waits) == (1, "an export is under way")
    (tmp_path / "export.zip").write_bytes(b"".join([first, *export]))
    report = verify_path(tmp_path / "export.zip", [KnownKey(site.api.key.public_key, "api"), KnownKey(site.key.public_key, "worker", "worker-1")])
    assert ([str(fault) for fault in report.all_faults()], len(report.packets)) == ([], 1)
    told = housekeeping.retain(site.api)
    assert (told.erased, told.waits) == (1, None)


@pytest.mark.parametrize("of_one", [True, False], ids=["of one case", "of everything"])
async def test_exports_one_after_the_other_do_not_hold_back_what_is_due_for_ever(site: Site, of_one: bool) -> None:
    """Somebody opens the next one before the last is read, reads both by drops, and does so for weeks."""
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, version=1, action="reject", reason="permit")
    site.clock.forward(days=31)
    now = [0.0]
    site.api.exports.steady = lambda: now[0]
    anna = Caller("anna", Role.REVIEWER) if of_one else Caller("eva", Role.AUDITOR)
    selection = Selection((case_id,)) if of_one else Selection(log=True)
    opened_at: list[tuple[float, exporting.UnderWay]] = []
    refused = erased = 0
    for _ in range(24 * 4):
        if not opened_at or now[0] - opened_at[-1][0] > 20 * 3600:
            try:
                opened_at.append((now[0], site.api.exports.begin(selection.case_ids)))
            except Unavailable as error:
                refused += "waits for exports" in str(error)
        erased += housekeeping.retain(site.api).erased
        for _ in range(8):
            now[0] += 450
            for _, one in opened_at:
                one.read_at = now[0]
    assert erased == 1
    assert refused
    list(site.api.export(selection, anna, "audit"))


def test_where_nothing_is_due_exports_go_on_as_they_come() -> None:
    now = [0.0]
    exports = Exports(lambda: now[0])
    exports.begin()
    for _ in range(10):
        now[0] += exporting.LONGEST_PAUSE_SECONDS / 2
        with exports.deleting() as may:
            assert not may or now[0] > exporting.LONGEST_PAUSE_SECONDS
    now[0] += exporting.LONGEST_WAIT_SECONDS
    exports.begin()


async def test_what_an_export_or_a_moved_packet_holds_back_stops_the_deletion_of_nothing_else(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though it is due longest, and is more than retention looks at in one go."""
    monkeypatch.setattr(housekeeping, "AT_ONCE", 2)
    cases_due = [(await site.deliver(Packet(camera=f"gate-{number}")))["case_id"] for number in range(9)]
    for case_id in cases_due:
        await site.decide(case_id, version=1, action="reject", reason="permit")
    with site.api.database.write() as connection:
        connection.execute(update(packets).where(packets.c.case_id.in_(cases_due[3:6])).values(receipt="{}"))
    site.clock.forward(days=31)
    exported = (*cases_due[:3], cases_due[-1])
    export = site.api.export(Selection(exported), Caller("eva", Role.AUDITOR), "audit")
    next(export)
    noted: list[set[str | None]] = []
    monkeypatch.setattr(Exports, "held_back", lambda _, case_ids: noted.append(set(case_ids)))
    run = housekeeping.retain(site.api)
    with site.api.database.read() as connection:
        erased = set(connection.execute(select(cases.c.id).where(cases.c.erased_at.is_not(None))).scalars())
    assert (run.erased, run.waits, erased) == (2, "an export is under way", set(cases_due[6:8]))
    assert noted == [set(exported)]
    list(export)
    assert housekeeping.retain(site.api).erased == 4


async def test_batches_of_what_is_due_that_are_exported_one_after_the_other_hold_back_the_first_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "AT_ONCE", 2)
    cases_due = [(await site.deliver(Packet(camera=f"gate-{number}")))["case_id"] for number in range(6)]
    for case_id in cases_due:
        await site.decide(case_id, version=1, action="reject", reason="permit")
    site.clock.forward(days=31)
    one = site.api.exports.begin(cases_due[:2])
    assert housekeeping.retain(site.api).erased == 4
    other = site.api.exports.begin(cases_due[2:4])
    site.api.exports.end(one)
    assert housekeeping.retain(site.api).erased == 2
    site.api.exports.end(other)


class Deleting(threading.Thread):
    """Deletes one case until it is told to end."""

    def __init__(self, exports: Exports, case_id: str | None) -> None:
        super().__init__(daemon=True)
        self._exports, self._case_id = exports, case_id
        self.begun, self.may_end, self.answer = threading.Event(), threading.Event(), False

    def run(self) -> None:
        with self._exports.deleting(self._case_id) as self.answer:
            self.begun.set()
            self.may_end.wait(10)

    def __enter__(self) -> Deleting:
        self.start()
        assert self.begun.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.may_end.set()
        self.join(10)


def beginning(exports: Exports, case_ids: list[str] | None) -> tuple[threading.Thread, list[exporting.UnderWay]]:
    """An export that begins on a thread of its own."""
    begun: list[exporting.UnderWay] = []
    thread = threading.Thread(target=lambda: begun.append(exports.begin(case_ids)), daemon=True)
    thread.start()
    thread.join(0.2)
    return thread, begun


def test_an_export_is_read_and_another_begins_while_other_cases_are_deleted() -> None:
    exports = Exports()
    whole = exports.read(pieces(), exports.begin(["a"]))
    first = next(whole)
    with Deleting(exports, "b") as deleting:
        reader = ThreadPoolExecutor(1)
        assert reader.submit(lambda: b"".join([first, *whole])).result(5) == bytes(range(5))
        assert len(beginning(exports, ["a", "c"])[1]) == 1
        with exports.deleting("d") as may:
            assert may
        assert deleting.answer


@pytest.mark.parametrize(("case_ids", "deleted"), [(["a", "b"], "b"), (None, "b"), (["a"], None)], ids=["of it", "of everything", "what was begun"])
def test_an_export_of_what_is_just_being_deleted_begins_once_it_is(case_ids: list[str] | None, deleted: str | None) -> None:
    now = [0.0]
    exports = Exports(lambda: now[0])
    with Deleting(exports, deleted):
        thread, begun = beginning(exports, case_ids)
        assert begun == []
        now[0] += exporting.LONGEST_PAUSE_SECONDS + 1
        with exports.deleting("a") as may:
            assert not may, "it waits, and nothing more of it is deleted before it begins"
    thread.join(10)
    (one,) = begun
    assert b"".join(exports.read(pieces(), one)) == bytes(range(5))
    with exports.deleting() as may:
        assert may


async def test_what_another_finishes_meanwhile_counts_as_deleted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export that begins finishes what is half deleted, also what retention is just at."""
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, version=1, action="reject", reason="permit")
    site.clock.forward(days=31)
    finish = erasing.finish

    def finish_twice(*told: Any) -> int | None:
        finish(*told)
        return finish(*told)

    monkeypatch.setattr(erasing, "finish", finish_twice)
    assert housekeeping.retain(site.api).erased == 1


async def test_an_export_is_refused_where_one_of_its_own_cases_is_half_deleted_and_not_for_another_s_sake(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, other = [(await site.deliver(Packet(camera=f"gate-{number}")))["case_id"] for number in range(2)]
    await site.decide(other, version=1, action="reject", reason="permit")
    site.clock.forward(days=31)
    monkeypatch.setattr(housekeeping, "finish_begun", lambda _: 0)  # retention began it just after that
    with site.api.database.write() as connection:
        (one,) = due(connection, RULES, site.clock(), 10)
        erasing.begin(connection, site.api.blobs, site.api.key.public_key, one, "retention", site.clock())
    eva = Caller("eva", Role.AUDITOR)
    for selection in (Selection(log=True), Selection((own, other), log=True)):
        with pytest.raises(Unavailable, match="just being deleted"):
            site.api.export(selection, eva, "audit")
    (tmp_path / "export.zip").write_bytes(b"".join(site.api.export(Selection((own,), log=True), eva, "audit")))
    report = verify_path(tmp_path / "export.zip", [KnownKey(site.api.key.public_key, "api"), KnownKey(site.key.public_key, "worker", "worker-1")])
    assert ([str(fault) for fault in report.all_faults()], len(report.packets)) == ([], 1)
