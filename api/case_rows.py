"""What a case's row says by its packets alone: from the first one, and as each further one changes it. Pure: the API writes rows by it, and `serve check`
tells by it whether a row still says what its packets do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from api.acts import View, gone_at, queue_value, score_of
from api.neighbours import cell_of
from evidence.grading import RULES, Lowered, grade_of
from evidence.named import weight_in
from evidence.packet import Grade, Manifest, Phase, Role

THUMBNAILS = (Role.CLOSEUP, Role.SNAPSHOT_CONFIRMING, Role.BOXED_CONFIRMING, Role.SNAPSHOT_FIRST, Role.SNAPSHOT_MIDDLE, Role.SNAPSHOT_GONE)
"""What stands for a case in the queue, best first."""
PLACE = ("x1", "y1", "x2", "y2")
GRADES = (Grade.C, Grade.B, Grade.A)

TIMES = frozenset({"first_seen", "confirmed_at", "shown_at", "last_seen", "ended_at", "created_at"})


@dataclass(frozen=True, slots=True)
class Came:
    """A packet as a case sees it: what it says, when it came, its place in the log, and the grade that its evidence bears, by which rules."""

    manifest: Manifest
    received_at: datetime
    log_index: int
    grade: Grade
    lowered: tuple[Lowered, ...]
    rules: int = RULES

    @classmethod
    def of(cls, manifest: Manifest, received_at: datetime, log_index: int, rules: int = RULES, *, unproven: bool | None = None) -> Came:
        """With the grade by what it holds and when it came, and the rules that held then; `unproven`: whether its kind was not proven then."""
        return cls(manifest, received_at, log_index, *grade_of(manifest, received_at, rules, unproven=unproven), rules)


def first_row(came: Came) -> dict[str, Any]:
    """The columns of a case that a packet begins."""
    manifest, stay = came.manifest, came.manifest.stay
    score = score_of(manifest)
    return {
        "act_id": manifest.act_id,
        "kind": manifest.kind.id,
        "claimed_kind": manifest.kind.id,
        "kind_name": manifest.kind.name.model_dump(),
        "grade": came.grade.value,
        "camera_id": manifest.camera.id,
        "camera_name": manifest.camera.model_dump(mode="json")["name"],
        "view_id": manifest.view.id,
        "first_seen": stay.first_seen,
        "confirmed_at": stay.confirmed_at,
        "shown_at": stay.confirmed_at or stay.first_seen,
        "last_seen": stay.last_seen,
        "ended_at": gone_at(manifest, came.received_at),
        "dwell_seconds": stay.dwell_seconds,
        "score": score,
        "value": queue_value(came.grade, score, came.received_at, weight_in(manifest.rule.thresholds)),
        **_place(manifest),
        **_ground(manifest),
        "thumbnail_sha256": _thumbnail(manifest),
        "created_at": came.received_at,
        "created_index": came.log_index,
        "erased_at": None,
        "kept_from": came.received_at,
    }


def next_row(row: Mapping[str, Any], came: Came, ended_at: datetime | None) -> dict[str, Any]:
    """The columns that a further packet changes: the widest stay, the best grade of the case's own kind, the newest place and picture of its own view. New
    evidence is kept from when it came. What another kind's packet bears says nothing of this kind.

    Args:
        row: the case before.
        ended_at: by all its packets (`api.acts.end_of`).
    """
    manifest, stay = came.manifest, came.manifest.stay
    grade = Grade(row["grade"])
    if manifest.kind.id == row["claimed_kind"] or came.rules < 3:
        grade = max(grade, came.grade, key=GRADES.index)
    score = max(row["score"], score_of(manifest))
    confirmed = [moment for moment in (row["confirmed_at"], stay.confirmed_at) if moment is not None]
    first_seen = min(row["first_seen"], stay.first_seen)
    is_own = (manifest.camera.id, manifest.view.id) == (row["camera_id"], row["view_id"])
    shows_it = is_own and manifest.phase is not Phase.ENDED and stay.last_seen >= row["last_seen"]
    return {
        "grade": grade.value,
        "first_seen": first_seen,
        "confirmed_at": min(confirmed, default=None),
        "shown_at": min(confirmed, default=first_seen),
        "last_seen": max(row["last_seen"], stay.last_seen),
        "ended_at": ended_at,
        "dwell_seconds": max(row["dwell_seconds"], stay.dwell_seconds),
        "score": score,
        "value": queue_value(grade, score, row["created_at"], weight_in(manifest.rule.thresholds)),
        **(_place(manifest) | _ground(manifest) if shows_it else {}),
        "thumbnail_sha256": (_thumbnail(manifest) if shows_it else None) or row["thumbnail_sha256"] or _thumbnail(manifest),
        "erased_at": None,
        "kept_from": came.received_at if row["kept_from"] is None else max(row["kept_from"], came.received_at),
    }


def row_for_plan(row: Row[Any]) -> dict[str, Any]:
    """What the plan of a deletion keeps of a case's row, so that it can be reckoned on from there."""
    names = ("act_id", "claimed_kind", "kind_name", "grade", "camera_id", "camera_name", "view_id", "dwell_seconds", "score", "value", *PLACE, "created_index")
    times = {name: None if getattr(row, name) is None else getattr(row, name).isoformat() for name in (*TIMES, "kept_from")}
    return {name: getattr(row, name) for name in names} | times


def packet_columns(came: Came) -> dict[str, Any]:
    """The columns of a packet's row that its manifest and its arrival say."""
    manifest = came.manifest
    return {
        "act_id": manifest.act_id,
        "phase": manifest.phase.value,
        "worker": manifest.worker.name,
        "sequence": manifest.chain.sequence,
        "last_seen": manifest.stay.last_seen,
        "ended_at": gone_at(manifest, came.received_at),
        "received_at": came.received_at,
    }


def packet_more(came: Came) -> dict[str, Any]:
    """Columns that packets of before schema step 0007 have not."""
    manifest = came.manifest
    lowered = ",".join(one.reason for one in came.lowered)
    told = {"previous_sha256": manifest.chain.previous_sha256, "first_seen": manifest.stay.first_seen, "boot_id": manifest.worker.boot_id}
    return {**told, "grade": came.grade.value, "lowered": lowered or None}


def packet_seen(came: Came) -> dict[str, Any]:
    """Columns that packets of before schema step 0010 have not: who saw it, as what."""
    manifest = came.manifest
    return {"camera_id": manifest.camera.id, "view_id": manifest.view.id, "kind": manifest.kind.id}


def view_of(packet: Any, case: Any) -> View:
    """Which view brought a packet, by the rows of both; those of before schema step 0010 came of their case's own."""
    return (case.camera_id, case.view_id) if packet.camera_id is None else (packet.camera_id, packet.view_id)


def _ground(manifest: Manifest) -> dict[str, Any]:
    ground = manifest.place.ground
    return {"ground": None if ground is None else ground.model_dump(mode="json"), "ground_cell": cell_of(ground)}


def _place(manifest: Manifest) -> dict[str, float]:
    return dict(zip(PLACE, manifest.place.xyxy, strict=True))


def _thumbnail(manifest: Manifest) -> str | None:
    by_role = {file.role: file.sha256 for file in manifest.files if file.media_type.startswith("image/")}
    return next((by_role[role] for role in THUMBNAILS if role in by_role), None)
