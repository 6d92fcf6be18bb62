"""What the API's log says of workers' heads (`worker_head`), against an export's manifests and heads: by `evidence verify` and without curbwatch."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.canonical import manifest_sha256
from evidence.heads import signed_head, worker_head_name
from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.shop import NOON, faults
from tests.evidence.tamper import selected
from tests.evidence.test_without_curbwatch import checked, key_file

OTHER = "f" * 64


def sha_of(archive: Archive, place: int) -> str:
    """The manifest at a place; packets have 2, 3 and 4."""
    return manifest_sha256(archive.shop.manifest(archive.packet(place - 1)))


def said(archive: Archive, index: int, sha256: str, came_at: datetime = NOON) -> None:
    """The API wrote down that a head came, before it made the export."""
    told = {"worker": "w1", "key_id": archive.shop.worker.key_id, "index": index, "sha256": sha256}
    archive.log("worker_head", told | {"head_at": came_at.isoformat(), "came_at": came_at.isoformat()})
    archive.write_log()
    archive.heads()
    archive.state()


def both(archive: Archive) -> tuple[list[str], list[str]]:
    """Faults by `evidence verify`, and by the check without curbwatch."""
    keys = key_file(archive)
    status, lines = checked(archive.root, keys) if shutil.which("node") else (0, ["nothing"])
    told = [line for line in lines[:-1] if not line.startswith("note: ")]
    assert status == bool(told), lines
    return faults(verify_path(archive.root, archive.keys)), told


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive.made(tmp_path / "export")


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_what_the_log_says_of_heads_fits_the_chain(archive: Archive, place: int) -> None:
    """The first was deleted by rule; its hash stands in the statement."""
    said(archive, place, "5" * 64 if place == 1 else sha_of(archive, place))
    if place < 4:
        said(archive, 4, sha_of(archive, 4))
    assert both(archive) == ([], [])


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_a_chain_that_was_rewritten_after_its_head_came_is_found_by_the_log(archive: Archive, place: int) -> None:
    """By the worker's own key: chain, receipts and the head that goes along all fit; another head came before."""
    said(archive, place, OTHER)
    said(archive, 4, sha_of(archive, 4))
    found, told = both(archive)
    assert found[0].startswith(f"head log/log.jsonl entry 9: says that manifest {place} is ffffffffffff…, but ")
    assert found[0].endswith("the chain was rewritten")
    if shutil.which("node"):
        assert f"log entry 9: manifest {place} is another: the chain was rewritten" in told


@pytest.mark.parametrize("honest", [True, False])
def test_in_a_selection_without_the_manifest_the_one_that_follows_tells(archive: Archive, honest: bool) -> None:
    said(archive, 3, sha_of(archive, 3) if honest else OTHER)
    said(archive, 4, sha_of(archive, 4))
    selected(archive, 1, 2, since=3)
    found, told = both(archive)
    what = "head log/log.jsonl entry 9: says that manifest 3 is ffffffffffff…, but the one after it follows another: the chain was rewritten"
    assert found == ([] if honest else [what])
    if shutil.which("node"):
        assert told == ([] if honest else ["log entry 9: manifest 3 is another: the next one follows it"])


@pytest.mark.parametrize("first", [OTHER, "e" * 64])
def test_two_heads_of_one_place_fork_the_chain_though_nothing_of_it_is_here(archive: Archive, first: str) -> None:
    said(archive, 9, first)
    said(archive, 9, OTHER)
    found, _ = both(archive)
    assert any("gives manifest 9 another hash than log/log.jsonl entry 9: the chain was forked" in fault for fault in found) == (first != OTHER), found


def beyond(archive: Archive, at: datetime, **changes: Any) -> None:
    """A head of the worker that counts five, which the log says nothing of, though it has one of two; the export is of three days later."""
    said(archive, 2, sha_of(archive, 2))
    made_at = NOON + timedelta(days=3)
    name = worker_head_name("w1", archive.shop.worker.key_id, "2026-11-26")
    archive.put(f"heads/{name}.json", signed_head(archive.shop.worker, "worker", index=4, sha256=sha_of(archive, 4), at=at, name="w1"))
    (archive.root / f"heads/{archive.worker_head}.json").unlink()

    def change(statement: dict[str, Any]) -> None:
        statement |= {"made_at": made_at.isoformat(), "heads": ["now", name], "files": archive.list_files()} | changes

    archive.state(change)


def test_a_head_that_the_log_never_wrote_down_is_a_fault(archive: Archive) -> None:
    """Every export with the log writes them down first: what kept the API from it was not the API."""
    beyond(archive, NOON + timedelta(days=1))
    found, told = both(archive)
    assert len(found) == 1, found
    assert found[0].startswith(f"head heads/workers/w1-{archive.shop.worker.key_id}/2026-11-26.json: counts 4, but the log says of no head after 2 (entry 9)")
    if shutil.which("node"):
        assert told == [f"heads/workers/w1-{archive.shop.worker.key_id}/2026-11-26.json: counts 4, and the log has no head beyond 2"]


def test_one_that_came_while_the_export_was_made_is_none(archive: Archive) -> None:
    beyond(archive, NOON + timedelta(days=3, hours=-1))
    assert both(archive) == ([], [])


def test_nor_is_one_of_a_revoked_key(archive: Archive) -> None:
    beyond(archive, NOON + timedelta(days=1))
    keys = [replace(key, until=NOON + timedelta(days=2)) if key.role == "worker" else key for key in archive.keys]
    assert faults(verify_path(archive.root, keys)) == []


def restored(archive: Archive) -> None:
    """A backup was restored: the folder of heads may be ahead of the log in it."""
    at = (NOON + timedelta(days=2)).isoformat()
    archive.documents.append(
        {"event": "restored", "at": at, "by": "serve", "former_index": 9, "restore_id": "1", "log_index": 10, "previous_sha256": archive.last}
    )
    archive.write_log()


def test_after_a_restore_the_log_may_be_of_before_the_head(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    before: Callable[..., None] = archive.state

    def state(change: Callable[[dict[str, Any]], Any]) -> None:
        restored(archive)
        archive.put("heads/now.json", signed_head(archive.shop.api, "log", index=10, sha256=str(archive.last), at=NOON))
        before(change)

    said(archive, 2, sha_of(archive, 2))
    archive.documents.pop()
    monkeypatch.setattr(archive, "state", lambda change=None: before() if change is None else state(change))
    beyond(archive, NOON + timedelta(days=1))
    assert both(archive) == ([], [])
