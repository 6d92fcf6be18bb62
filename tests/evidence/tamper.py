"""What somebody may do to an export: its files, its log, its statement, and what API and worker may do with their own keys."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from evidence.canonical import canonical_json, manifest_sha256, sha256_hex
from evidence.heads import signed_head
from evidence.signing import SigningKey
from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.shop import NOON, faults, files_of

Row = tuple[Callable[[Archive], Any], tuple[str, ...]]
"""What is done, and parts of what is then said."""
STRANGER = SigningKey.generate()


def put(archive: Archive, name: str, data: bytes = b"x") -> None:
    path = archive.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def without(archive: Archive, *patterns: str) -> None:
    """Files are taken out."""
    for pattern in patterns:
        for path in list(archive.root.glob(pattern)):
            path.unlink()


def court(archive: Archive) -> None:
    """An export with its originals, as for a court."""
    for number in (1, 2, 3):
        (archive.packet(number) / "clip.mp4").write_bytes(files_of(f"act {number + 1}")["clip.mp4"][0])
    archive.state(lambda statement: [packet["withheld"].clear() for packet in statement["packets"]])


def receipt(archive: Archive, change: Callable[[dict[str, Any]], Any]) -> None:
    """The JSON of a receipt is written otherwise, and its signature kept."""
    archive.change(f"packets/{archive.packet(1).name}/receipt.json", change)


def redacted(archive: Archive, index: int) -> None:
    """A row of the log is replaced by its hash, so that every link still fits."""
    documents: list[dict[str, Any]] = [dict(document) for document in archive.documents]
    documents[index - 1] = {"log_index": index, "sha256": sha256_hex(canonical_json(documents[index - 1])), "withheld": True}
    archive.write_log(documents)


def relisted(archive: Archive, tamper: Callable[[], Any]) -> None:
    """Something is tampered with and the list of files made to fit, but not the statement, which nobody else can sign."""
    tamper()
    archive.list_files()


def chain_anew(archive: Archive) -> Iterator[Path]:
    """The worker writes its chain anew from its first packet here, each manifest fitting the one before; the folder of each."""
    previous = archive.shop.manifest(archive.packet(1))["chain"]["previous_sha256"]
    for number in (1, 2, 3):
        folder = archive.packet(number)
        manifest = archive.shop.manifest(folder)
        manifest["place"]["shop"] = "another shop"
        manifest["chain"]["previous_sha256"] = previous
        archive.shop.sign(folder, manifest)
        previous = manifest_sha256(manifest)
        yield folder


def rewritten(archive: Archive, key: SigningKey) -> None:
    """The worker writes its chain anew and signs all that vouches for it with a key that is not the API's."""
    archive.shop.api = key
    archive.documents.clear()
    for folder in chain_anew(archive):
        archive.receive(folder)
    record = json.loads(archive.path("erasures/*.json").read_bytes())["record"]
    for _ in range(3):
        archive.log("decision", {"action": "confirm"})
    archive.log("erasure", {"record_sha256": sha256_hex(canonical_json(record))})
    archive.path("erasures/*.json").write_text(json.dumps(archive.signed("record", record)), encoding="utf-8")
    archive.write_log()
    archive.heads()
    archive.state()


def left_out(archive: Archive, number: int, *, called_deleted: bool = False) -> None:
    """Whoever signs the export leaves a packet out, or says that it was deleted."""
    folder = archive.packet(number)
    manifest = archive.shop.manifest(folder)

    def change(statement: dict[str, Any]) -> None:
        told = statement["packets"].pop(number - 1)
        if called_deleted:
            place = {"worker": "w1", "key_id": archive.shop.worker.key_id, **manifest["chain"]}
            statement["erased"].append({"packet_id": told["packet_id"], "manifest_sha256": told["manifest_sha256"], **place, "erasure": f"{'c' * 32}-7"})
        shutil.rmtree(folder)
        statement["files"] = archive.list_files()

    archive.state(change)


def selected(archive: Archive, *places: int, cases: list[str] | None = None, **times: float) -> None:
    """An export of cases, or of packets that came in a time (`since`, `until`: seconds after noon), without the packets in these places."""

    def change(statement: dict[str, Any]) -> None:
        told = {name: (NOON + timedelta(seconds=seconds)).isoformat() for name, seconds in times.items()}
        statement["selection"] |= {"cases": cases, **told}
        for number in sorted(places, reverse=True):
            statement["packets"].pop(number - 1)
            shutil.rmtree(archive.packet(number))
        statement["files"] = archive.list_files()

    archive.state(change)


def rewritten_by_both(archive: Archive) -> None:
    """Worker and API write everything anew, each with its own key, and only a head that the worker gave away before is left."""
    head = (archive.root / f"heads/{archive.worker_head}.json").read_bytes()
    rewritten(archive, archive.shop.api)
    put(archive, f"heads/{archive.worker_head}.json", head)
    archive.state()


def cut_off(archive: Archive, *places: int, gap: bool = False) -> None:
    """Two days after the worker's head the API forgets packets: its log, heads and statement are made anew without them, and maybe with the gap that the
    second had been until it came.
    """
    made_at = (NOON + timedelta(days=2)).isoformat()
    kept = [number for number in (1, 2, 3) if number not in places]
    record = json.loads(archive.path("erasures/*.json").read_bytes())["record"]
    archive.documents.clear()
    for number in kept:
        archive.receive(archive.packet(number))
    if gap:
        of_gap = {"worker": "w1", "key_id": archive.shop.worker.key_id}
        archive.log("chain_gap", {**of_gap, "first": 3, "last": 3})
        archive.log("chain_filled", {**of_gap, "gap_index": len(archive.documents), "last_filled": 3, "left": 0})
    while len(archive.documents) < 6:
        archive.log("decision", {"action": "confirm"})
    archive.log("erasure", {"record_sha256": sha256_hex(canonical_json(record))})
    archive.write_log()
    archive.put("heads/now.json", signed_head(archive.shop.api, "log", index=7, sha256=str(archive.last), at=NOON + timedelta(days=2)))

    def change(statement: dict[str, Any]) -> None:
        for number in sorted(places, reverse=True):
            statement["packets"].pop(number - 1)
            shutil.rmtree(archive.packet(number))
        statement |= {"made_at": made_at, "files": archive.list_files()}

    archive.state(change)


def added(archive: Archive, *, signed: str | None = None, key: SigningKey | None = None) -> None:
    """A row that SQL put at the end of the API's log, rightly chained, before the API made the export: its statement and head vouch for it too."""
    archive.log("decision", {"action": "reject"})
    signatures = archive.root / "log" / "signatures.jsonl"
    before = signatures.read_text("utf-8")
    archive.write_log()
    by = (key or STRANGER).sign(archive.documents[-1])
    line = {"key_id": by.key_id, "log_index": len(archive.documents), "value": signed or by.value}
    signatures.write_text(before + (f"{json.dumps(line)}\n" if signed or key else ""), encoding="utf-8")
    archive.heads()
    archive.state()


def signatures(archive: Archive, change: Callable[[list[str]], Any]) -> None:
    """The file of signatures is changed before the API makes its statement."""
    path = archive.root / "log" / "signatures.jsonl"
    lines = path.read_text("utf-8").splitlines()
    change(lines)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    archive.state()


def assert_named(row: Row, folder: Path) -> None:
    """What is done to a whole export is found, and said in those words."""
    archive = Archive.made(folder / "export")
    tamper, named = row
    keys = archive.keys
    tamper(archive)
    report = verify_path(archive.root, keys)
    found = faults(report)
    assert not report.ok
    for part in named:
        assert any(part in fault for fault in found), (part, found)
