"""The count at the end: cases and packets as the API has them, verified with the public keys, beside what the worker's outbox says that it made."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.kills.exported import exported
from benchmarks.kills.flight import flight_of
from benchmarks.kills.street import TrueAct
from benchmarks.kills.timeline import Standing
from benchmarks.kills.verdict import FoundCase, Verdict, case_of, judge
from curbwatch.demo.desk import Desk
from evidence.keyring import KnownKey
from evidence.signing import SigningKey
from evidence.verify import verify_path


@dataclass(frozen=True, slots=True)
class Audit:
    """What was found.

    Attributes:
        packets: with the API.
        left: packets that are owed, wait or were refused.
        given_up: packets whose files a full disk cost, by the worker's own count.
        exported: packets in an auditor's export of everything.
        checkers: who checked that export.
        faults: of packets, chains and the export, and between what the worker made and what the API has.
    """

    played: Sequence[tuple[TrueAct, Standing]]
    found: Sequence[FoundCase]
    packets: int
    left: int
    given_up: int
    exported: int
    checkers: tuple[str, ...]
    faults: tuple[str, ...]
    notes: tuple[str, ...]

    def verdict(self, excuses: Sequence[tuple[float, float]]) -> Verdict:
        """Acts against cases."""
        return judge([act for act, _ in self.played], [act for act, standing in self.played if standing == "needs a case"], self.found, excuses)


def audit(folder: Path, page: str, played: Sequence[tuple[TrueAct, Standing]]) -> Audit:
    """Counts and verifies everything; the API must run.

    Raises:
        httpx.HTTPError: the API does not answer.
    """
    token = (folder / "api" / "data" / "tokens" / "reviewer.token").read_text("utf-8").strip()
    with Desk(page, token) as desk:
        details = [desk.case(one["id"]) for one in desk.cases()]
        with tempfile.TemporaryDirectory(prefix="audit-", dir=folder) as place:
            for detail in details:
                desk.save_packets(detail, Path(place))
            faults_of_papers = _add_given_up(folder / "worker" / "data", Path(place))
            keys = _keys(folder)
            faults = list(_verified(Path(place), keys)) if details else []
            faults += faults_of_papers
    made = _made(folder / "worker" / "data" / "outbox.sqlite")
    there = {packet["packet_id"] for detail in details for packet in detail["packets"]}
    admin = (folder / "api" / "data" / "tokens" / "admin.token").read_text("utf-8").strip()
    with tempfile.TemporaryDirectory(prefix="export-", dir=folder) as place:
        export = exported(page, admin, keys, there, Path(place))
    faults += export.faults
    receipted = {one for one, state in made.items() if state == "delivered"}
    faults += [f"packet {one}: the worker has a receipt for it, and the API has it not" for one in receipted - there]
    faults += [f"packet {one}: the API has it, and the worker has not made it" for one in there - made.keys()]
    flight = flight_of(folder / "worker" / "data")
    left = sum(state in ("waiting", "refused", "lost") for state in made.values()) + (0 if flight is None else flight.owed)
    given_up = sum(state == "given_up" for state in made.values())
    cases = [case_of(str(detail["number"]), [packet["manifest"] for packet in detail["packets"]]) for detail in details]
    notes = (f"{len(made)} packets in the worker's chain, {given_up} given up on a full disk",)
    return Audit(played, cases, len(there), left, given_up, export.packets, export.checkers, tuple(faults), notes)


def _keys(folder: Path) -> list[KnownKey]:
    worker, api = (SigningKey.load(folder / name / "data" / "keys" / f"{name}.pem").public_key for name in ("worker", "api"))
    return [KnownKey(worker, "worker"), KnownKey(api, "api")]


def _verified(place: Path, keys: Sequence[KnownKey]) -> list[str]:
    report = verify_path(place, keys)
    found = [f"{path}: {fault}" for path, fault in report.all_faults()]
    return found + [note for note in report.notes if "begins here" in note or "no receipt" in note]


def _add_given_up(worker: Path, place: Path) -> list[str]:
    """Puts the papers of what was given up beside the packets, so that the chain is whole; what the API does not know of it."""
    with closing(sqlite3.connect(f"file:{worker / 'outbox.sqlite'}?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT packet_id, told FROM packets WHERE state = 'given_up'").fetchall()
    for packet_id, _ in rows:
        shutil.copytree(worker / "packets" / packet_id, place / packet_id)
    return [f"packet {packet_id}: was given up, and the API does not know it" for packet_id, told in rows if not told]


def _made(outbox: Path) -> Mapping[str, Any]:
    """Every packet that ever took a place in the chain, with its state."""
    with closing(sqlite3.connect(f"file:{outbox}?mode=ro", uri=True)) as db:
        return dict(db.execute("SELECT packet_id, state FROM packets").fetchall())
