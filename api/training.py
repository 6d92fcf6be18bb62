"""A training set of what people decided: the cuttings of confirmed and rejected cases, with boxes and reasons, in the layout that YOLO trains from.

Nothing is cut here: the worker did that from masked copies, and the cuttings came with their packets. Nobody who decided is named, and no place beyond the
camera's id. A signed statement says who took what and when; the export stands in the log.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from sqlalchemy import ColumnElement, Connection, Row, Select, literal, select, tuple_

from api import log
from api.archive import Entry, Sums
from api.blobs import BlobStore
from api.database import Database
from api.lessons import Decided, Lesson, Seen, is_for_validation, lesson, trained_classes
from api.moments import iso
from api.roles import Caller
from api.schema import cases, decisions, packet_files, packets
from api.sight import of_districts
from api.states import Action, State
from evidence.canonical import sha256_hex
from evidence.files import CUTTINGS
from evidence.kinds import Catalogue
from evidence.packet import Phase
from evidence.signing import SigningKey
from evidence.sums import SUMS

log_ = logging.getLogger(__name__)
SCHEMA = "curbwatch.training-set/1"
AT_ONCE = 200
IN_MEMORY_BYTES, PIECE_BYTES = 8 * 1024 * 1024, 64 * 1024
"""Of what is said of the pictures; beyond it that lies in a temporary file until it is sent."""
PLACE = tuple_(packet_files.c.packet_id, packet_files.c.name)
README = """\
curbwatch: a training set of decided cases / 已审案件训练集

images/, labels/   train and val by camera, in YOLO form; a label file without a line: the picture shows nothing that is learned / 训练与验证图片及标注
unlabelled/        crops of which the decision does not say what they show / 无法由审核结果判断内容的图片
examples.jsonl     of each picture: decision, reason, kind, class, box, camera, packet, when it must be deleted / 每张图片的说明
pictures.json      classes that are boxed completely in a picture: of the others nothing is known / 各图片中标注完整的类别
origins.json       camera of each picture; never split by anything else / 各图片所属摄像机
training-set.json  who exported what and when, with the hash of SHA256SUMS; signed by the case API / 导出说明（已签名）

Heads and plates are covered. Delete each picture by its `delete_at`, and what was trained on it says so. 人脸和车牌已遮挡；请按 delete_at 按期删除。
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which cases: decided in a time, of some kinds; all, where nothing is said."""

    since: datetime | None = None
    until: datetime | None = None
    kinds: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As it stands in the statement and in the log."""
        return {
            "since": None if self.since is None else iso(self.since),
            "until": None if self.until is None else iso(self.until),
            "kinds": list(self.kinds),
        }


@dataclass(slots=True)
class TrainingSet:
    """One export under way; `entries` are made as they are sent."""

    database: Database
    blobs: BlobStore
    key: SigningKey
    catalogue: Catalogue
    choice: Choice
    reader: Caller
    made_at: datetime
    _counts: Counter[str] = field(default_factory=Counter)
    _complete: dict[str, list[str]] = field(default_factory=dict)
    _origins: dict[str, str] = field(default_factory=dict)
    _names: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many crops of each use and class are in it, once it is made; `missing`: that were not there or damaged."""
        return dict(sorted(self._counts.items()))

    def entries(self) -> Iterator[Entry]:
        """The files of the archive; the list of them and the signed statement come last."""
        sums = Sums()
        yield from sums.taken(self._files())
        listed = b"".join(sums.lines)
        yield Entry.of(SUMS, listed)
        statement = {
            "schema": SCHEMA,
            "made_at": iso(self.made_at),
            "by": self.reader.name,
            "unit": self.reader.unit,
            "choice": self.choice.to_json(),
            "catalogue_version": self.catalogue.version,
            "classes": list(self._names),
            "counts": self.counts,
            "files": {"count": len(sums.lines), "sha256": sha256_hex(listed)},
        }
        signature = self.key.sign(statement).model_dump(mode="json")
        yield Entry.of("training-set.json", json.dumps({"training_set": statement, "signature": signature}, ensure_ascii=False).encode())

    def _files(self) -> Iterator[Entry]:
        self._names = trained_classes(self.catalogue.classes)
        yield Entry.of("README.txt", README.encode())
        named = "".join(f"  {number}: {json.dumps(name)}\n" for number, name in enumerate(self._names))
        yield Entry.of("data.yaml", f"train: images/train\nval: images/val\nnames:\n{named}".encode())
        known: set[str] = set()
        with SpooledTemporaryFile(IN_MEMORY_BYTES) as told:
            for row in self._cut():
                if row.sha256 in known:
                    continue
                known.add(row.sha256)
                data = self._whole(row.sha256)
                if data is None:
                    self._counts["missing"] += 1
                else:
                    yield from self._example(row, data, told)
            told.seek(0)
            yield Entry("examples.jsonl", iter(lambda: told.read(PIECE_BYTES), b""))
        yield Entry.of("pictures.json", json.dumps(self._complete).encode())
        yield Entry.of("origins.json", json.dumps(self._origins).encode())

    def _example(self, row: Row[Any], data: bytes, told: IO[bytes]) -> Iterator[Entry]:
        manifest = json.loads(row.manifest)
        file = next(one for one in manifest["files"] if one["name"] == row.name)
        recipe = file.get("recipe") or {}
        decided = Decided(State(row.state), row.kind, self._reason(row.case_id) if row.state == State.REJECTED.value else None)
        ended = (manifest.get("ending") or {}).get("reason", "")
        seen = Seen(recipe.get("class"), ended if file["role"] == "cutting_gone" else None)
        found = lesson(decided, seen, self.catalogue)
        if found.use == "positive" and found.label not in self._names:
            found = Lesson("unlabelled", found.label, f"{found.label} is a class of COCO's, which is not trained")
        side = "val" if is_for_validation(row.camera_id) else "train"
        box = _in_shares(recipe)
        if found.use == "positive" and box is None:
            found = Lesson("unlabelled", found.label, "its box is not told")
        stem = f"cut_{row.sha256[:24]}"
        self._counts[found.use] += 1
        if found.use == "positive":
            self._counts[f"positive {found.label}"] += 1
        if found.use == "unlabelled":
            path = f"unlabelled/{stem}.jpg"
            yield Entry.of(path, data)
        else:
            path = f"images/{side}/{stem}.jpg"
            line = "" if found.use == "negative" or box is None else f"{self._names.index(str(found.label))} {' '.join(f'{one:.6f}' for one in box)}\n"
            yield Entry.of(path, data)
            yield Entry.of(f"labels/{side}/{stem}.txt", line.encode())
            self._complete[f"{stem}.jpg"] = list(self._names) if found.label is None else [name for name in self._names if name == found.label]
            self._origins[f"{stem}.jpg"] = row.camera_id
        about = {
            "file": path, "use": found.use, "class": found.label, "why": found.why, "state": decided.state.value, "reason": decided.reason,
            "kind": decided.kind, "claimed_kind": row.claimed_kind, "grade": row.grade, "split": side, "camera_id": row.camera_id, "view_id": row.view_id,
            "packet_id": row.packet_id, "role": file["role"], "sha256": row.sha256, "derived_from": file.get("derived_from"), "box_px": recipe.get("box_px"),
            "width": recipe.get("width"), "height": recipe.get("height"), "score": recipe.get("score"), "taken_for": recipe.get("class"),
            "model": {name: manifest["model"][name] for name in ("name", "version", "sha256")}, "catalogue_version": manifest["kind"]["catalogue_version"],
            "delete_at": iso(row.goes_at),
        }  # fmt: skip
        told.write(json.dumps(about, ensure_ascii=False).encode() + b"\n")

    def _reason(self, case_id: str) -> str | None:
        """For what the case was rejected at last."""
        last = select(decisions.c.reason).where(decisions.c.case_id == case_id, decisions.c.action == Action.REJECT.value, ~decisions.c.undone)
        with self.database.read() as connection:
            found: str | None = connection.execute(last.order_by(decisions.c.log_index.desc()).limit(1)).scalar()
        return found

    def _whole(self, sha256: str) -> bytes | None:
        """A cutting's bytes; None of one that is not here or is damaged."""
        try:
            data = b"".join(self.blobs.read(sha256))
        except FileNotFoundError:
            data = b""
        if sha256_hex(data) == sha256:
            return data
        log_.error("%s: the cutting %s is missing or damaged, and is left out of a training set", self.blobs.shown, sha256)
        return None

    def _chosen(self) -> list[ColumnElement[bool]]:
        """Cases that stand decided, of the reader's districts, whose packets came of who holds the camera; and cuttings whose time is not over."""
        chosen: list[ColumnElement[bool]] = [
            packet_files.c.role.in_(sorted(role.value for role in CUTTINGS)),
            packet_files.c.goes_at > self.made_at,
            cases.c.state.in_([State.CONFIRMED.value, State.REJECTED.value]),
            packets.c.held_by.is_(None),
            packets.c.phase.in_([Phase.CONFIRMED.value, Phase.ENDED.value]),
            packets.c.manifest != "",
            of_districts(self.reader),
        ]
        if self.choice.since is not None:
            chosen.append(cases.c.decided_at >= self.choice.since)
        if self.choice.until is not None:
            chosen.append(cases.c.decided_at < self.choice.until)
        if self.choice.kinds:
            chosen.append(cases.c.kind.in_(self.choice.kinds))
        return chosen

    def _cut(self) -> Iterator[Row[Any]]:
        """The chosen cuttings; a page at a time, so that a long export holds no snapshot."""
        of_case = ("state", "kind", "claimed_kind", "grade", "camera_id", "view_id")
        every: Select[Any] = select(packet_files, packets.c.manifest, *(cases.c[name] for name in of_case))
        every = every.join(packets, packets.c.packet_id == packet_files.c.packet_id).join(cases, cases.c.id == packet_files.c.case_id).where(*self._chosen())
        ordered = every.order_by(packet_files.c.packet_id, packet_files.c.name).limit(AT_ONCE)
        after: tuple[str, str] | None = None
        while True:
            with self.database.read() as connection:
                rows = connection.execute(ordered if after is None else ordered.where(tuple_(*map(literal, after)) < PLACE)).all()
            yield from rows
            if len(rows) < AT_ONCE:
                return
            after = (rows[-1].packet_id, rows[-1].name)


def note(connection: Connection, choice: Choice, reader: Caller, now: datetime) -> int:
    """Writes into the log that somebody takes a training set, within a write transaction; its place."""
    body = {"what": "training_set", "selection": choice.to_json(), "purpose": "training", "unit": reader.unit, "role": reader.role.value}
    return log.append(connection, log.LogEvent.EXPORT, now, reader.name, body)


def _in_shares(recipe: dict[str, Any]) -> tuple[float, float, float, float] | None:
    """A cutting's box as YOLO has it: middle, width and height in shares of the picture; None where it is not told, or has no area."""
    try:
        x1, y1, x2, y2 = (float(value) for value in recipe["box_px"])
        width, height = float(recipe["width"]), float(recipe["height"])
        x1, x2, y1, y2 = (min(1.0, max(0.0, one)) for one in (x1 / width, x2 / width, y1 / height, y2 / height))
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1) if x2 > x1 and y2 > y1 else None
