"""What leaves the case API for an auditor or a court: packets with the masked copies of their pictures (originals only for a court, by right), the log,
signed heads, records of deletion and public keys, a list of all files by their hashes, and a signed statement of what is in it and what was withheld.
`curbwatch evidence verify` checks all of it without the API.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, literal, select, tuple_

from api import heads_kept
from api.archive import Entry, Sums
from api.blobs import BlobStore
from api.database import Database
from api.heads_kept import FileId, KeptHead
from api.log_signing import signed_after
from api.moments import Moment, iso
from api.roles import Caller
from api.schema import cases, erasures, given_up, heads, log, packets
from api.shapes import Keys
from api.sight import of_districts
from api.stamped import stamped_heads
from evidence.canonical import canonical_json, sha256_hex
from evidence.files import CUTTINGS, MASKED
from evidence.heads import signed_head
from evidence.keyring import KnownKey
from evidence.log_signatures import SIGNATURES_FILE
from evidence.logs import LOG_FILE
from evidence.signing import PublicKey, SigningKey, receipt_document
from evidence.statement import STATEMENT_SCHEMA
from evidence.sums import SUMS

log_ = logging.getLogger(__name__)
PLACE = tuple_(packets.c.received_at, packets.c.packet_id)
PACKETS_AT_ONCE = 50
LINES_AT_ONCE = 1000
README = """\
curbwatch: an export of evidence / 证据导出

Check it without the case API / 离线核验:  curbwatch evidence verify THIS.zip --keys PUBLIC_KEYS
PUBLIC_KEYS are keys from a source that you trust; those in keys/ came with the export. 公钥须取自可信来源，keys/ 中的公钥随导出而来。

export.json   who exported what, when and why, which files were withheld, and the hash of SHA256SUMS; signed by the case API / 导出说明（已签名）
SHA256SUMS    every other file by its hash; nothing else belongs here but time stamps (.tsr) / 全部文件的哈希清单
packets/      one folder a packet: signed manifest, receipt, files (masked copies unless a court asked for originals) / 证据包
log/          the append-only log, one entry a line, chained by SHA-256, and the API's signature over each / 只增日志及逐条签名
heads/        signed daily heads of the log, and in workers/ of workers' chains; time stamps on them (.tsr, RFC 3161) / 每日签名（日志、工作节点）及时间戳
given-up/     manifests of packets whose files a worker could not keep, with its signed record / 工作节点放弃的证据包
erasures/     signed records of what was deleted, why and by which rule / 删除记录
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which packets: of these cases, or those that came in a time. With `log` the whole log goes along, with heads and all records of deletion."""

    case_ids: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    originals: bool = False
    log: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it stands in the statement and in the log."""
        times = {"since": None if self.since is None else iso(self.since), "until": None if self.until is None else iso(self.until)}
        return {"cases": None if self.case_ids is None else list(self.case_ids), **times, "originals": self.originals}


@dataclass(slots=True)
class Export:
    """One export under way; `entries` are made as they are sent.

    Attributes:
        log_index: the last entry of the log that goes along: the export's own.
        heads_folder: where workers' heads lie, and time stamps on heads (`DAY.tsr`, `DAY-PLACE.tsr`), once somebody had heads stamped there.
        worker_heads: the last head of each worker when the log was told of them all (`heads_kept.newest`).
        head_files: those of workers in that folder by then (`heads_kept.lying`). A head that came later counts what this export may not have.
    """

    database: Database
    blobs: BlobStore
    key: SigningKey
    keys: Keys
    selection: Selection
    reader: Caller
    purpose: str
    made_at: datetime
    log_index: int
    heads_folder: Path
    worker_heads: dict[str, Row[Any]] = field(default_factory=dict)
    head_files: frozenset[FileId] = frozenset()

    def entries(self) -> Iterator[Entry]:
        """The files of the archive; the list of them and the signed statement come last, when it is known what was in it."""
        sums = Sums()
        told: dict[str, Any] = {}
        yield from sums.taken(self._files(told))
        listed = b"".join(sums.lines)
        yield Entry.of(SUMS, listed)
        yield Entry.of("export.json", self._statement(told | {"files": {"count": len(sums.lines), "sha256": sha256_hex(listed)}}))

    def _files(self, statement: dict[str, Any]) -> Iterator[Entry]:
        """All files but the list and the statement, and into `statement` what is to be said of them."""
        yield Entry.of("README.txt", README.encode())
        told: list[dict[str, Any]] = []
        signers: set[str] = set()
        for row in self._packets():
            if row.manifest and (receipt := json.loads(row.receipt))["log_index"] <= self.log_index:  # by the log, which no clock moves
                signers.add(json.loads(row.signature)["key_id"])
                receipt_sha256 = sha256_hex(canonical_json(receipt_document(receipt)))
                told.append({"packet_id": row.packet_id, "manifest_sha256": row.manifest_sha256, "receipt_sha256": receipt_sha256, "withheld": []})
                yield from self._packet(row, told[-1]["withheld"])
        erased: list[dict[str, Any]] = []
        names: list[str] = []
        for name, record in self._erasures():
            names.append(name)
            erased += [{"erasure": name, **packet} for packet in json.loads(record)["record"]["packets"]]
            yield Entry.of(f"erasures/{name}.json", record.encode())
        signers |= {packet["key_id"] for packet in erased}
        days: list[str] = []
        stamped: list[str] = []
        lost: list[str] = []
        if self.selection.log:
            for key_id, sequence, document in self._given_up():
                lost.append(f"{key_id}-{sequence}")
                signers.add(key_id)
                yield Entry.of(f"given-up/{lost[-1]}.json", document.encode())
            yield Entry(LOG_FILE, self._log_lines())
            yield Entry(SIGNATURES_FILE, self._signature_lines())
            told_heads = dict(self._heads())
            stamps = self._stamps(told_heads)
            for day, document in told_heads.items():
                days.append(day)
                yield Entry.of(f"heads/{day}.json", document.encode())
                if day in stamps:
                    stamped.append(day)
                    yield Entry.of(f"heads/{day}.tsr", stamps[day])
            for head in self._worker_heads():
                days.append(head.name)
                signers.add(head.key_id)
                yield Entry.of(f"heads/{head.name}.json", json.dumps(head.document, ensure_ascii=False).encode())
                if head.stamp is not None:
                    stamped.append(head.name)
                    yield Entry.of(f"heads/{head.name}.tsr", head.stamp)
        lines = [KnownKey(PublicKey.from_base64(self.keys.api.public_key), "api")]
        workers = [key for key in self.keys.workers if key.key_id in signers]
        lines += [KnownKey(PublicKey.from_base64(key.public_key), "worker", key.name, key.revoked_at) for key in workers]
        yield Entry.of("keys/keys.pub", "".join(f"{line}\n" for line in lines).encode())
        statement.update(packets=told, erased=erased, erasures=names, given_up=lost, heads=days, stamps=stamped)

    def _statement(self, told: dict[str, Any]) -> bytes:
        with self.database.read() as connection:
            after = signed_after(connection, self.key.public_key)
        log_told = {"first": 1, "last": self.log_index, "sha256": self._sha256_at(self.log_index), "withheld": [], "signed_after": after}
        statement = {
            "schema": STATEMENT_SCHEMA,
            "made_at": iso(self.made_at),
            "by": self.reader.name,
            "unit": self.reader.unit,
            "purpose": self.purpose,
            "selection": self.selection.to_json(),
            "originals": self.selection.originals,
            **told,
            "log": log_told if self.selection.log else None,
        }
        signature = self.key.sign(statement).model_dump(mode="json")
        return json.dumps({"export": statement, "signature": signature}, ensure_ascii=False).encode()

    def _packet(self, row: Row[Any], withheld: list[str]) -> Iterator[Entry]:
        manifest = json.loads(row.manifest)
        folder = f"packets/{row.packet_id}"
        yield Entry.of(f"{folder}/manifest.json", json.dumps({"manifest": manifest, "signature": json.loads(row.signature)}, ensure_ascii=False).encode())
        yield Entry.of(f"{folder}/receipt.json", row.receipt.encode())
        for file in manifest["files"]:
            if file["role"] in MASKED or (self.selection.originals and file["role"] not in CUTTINGS):
                try:
                    yield Entry(f"{folder}/{file['name']}", self.blobs.read(file["sha256"]), file["bytes"])
                except FileNotFoundError:
                    log_.error("%s: the evidence file %s is missing, and so it is in an export", self.blobs.shown, file["sha256"])
            else:
                withheld.append(file["name"])

    def _chosen(self) -> list[ColumnElement[bool]]:
        chosen = [of_districts(self.reader)]
        if self.selection.case_ids is not None:
            chosen.append(cases.c.id.in_(self.selection.case_ids))
        if self.selection.since is not None:
            chosen.append(packets.c.received_at >= self.selection.since)
        if self.selection.until is not None:
            chosen.append(packets.c.received_at < self.selection.until)
        return chosen

    def _packets(self) -> Iterator[Row[Any]]:
        """The chosen packets in the order of arrival; a page at a time, so that a long export holds no snapshot."""
        chosen: Select[Any] = select(packets).join(cases, cases.c.id == packets.c.case_id).where(*self._chosen())
        ordered = chosen.order_by(packets.c.received_at, packets.c.packet_id).limit(PACKETS_AT_ONCE)
        after: tuple[datetime, str] | None = None
        while True:
            with self.database.read() as connection:
                wanted = ordered if after is None else ordered.where(tuple_(literal(after[0], Moment), literal(after[1], String)) < PLACE)
                rows = connection.execute(wanted).all()
            yield from rows
            if len(rows) < PACKETS_AT_ONCE:
                return
            after = (rows[-1].received_at, rows[-1].packet_id)

    def _erasures(self) -> Iterator[tuple[str, str]]:
        """Records of the chosen cases; with the log, of all cases that the reader sees, since the log names them all."""
        query = select(erasures.c.case_id, erasures.c.done_index, erasures.c.record).join(cases, cases.c.id == erasures.c.case_id)
        wanted = query.where(of_districts(self.reader), erasures.c.done_index <= self.log_index).order_by(erasures.c.done_index)
        if not self.selection.log:
            wanted = wanted.where(cases.c.id.in_(self.selection.case_ids or ()))
        with self.database.read() as connection:
            rows = connection.execute(wanted).all()
        for row in rows:
            yield f"{row.case_id}-{row.done_index}", row.record

    def _given_up(self) -> Iterator[tuple[str, int, str]]:
        """Packets whose files their workers could not keep, which are of no case: for who sees all districts."""
        wanted = select(given_up).where(given_up.c.log_index <= self.log_index).order_by(given_up.c.log_index)
        with self.database.read() as connection:
            rows = connection.execute(wanted).all() if self.reader.is_everywhere else ()
        yield from ((row.key_id, row.sequence, row.document) for row in rows)

    def _log_lines(self) -> Iterator[bytes]:
        for rows in self._log_rows(select(log.c.log_index, log.c.document)):
            yield "".join(f"{row.document}\n" for row in rows).encode()

    def _signature_lines(self) -> Iterator[bytes]:
        for rows in self._log_rows(select(log.c.log_index, log.c.signed_by, log.c.signature).where(log.c.signature.is_not(None))):
            signed = ({"key_id": row.signed_by, "log_index": row.log_index, "value": row.signature} for row in rows)
            yield "".join(f"{json.dumps(one)}\n" for one in signed).encode()

    def _log_rows(self, columns: Select[Any]) -> Iterator[Sequence[Row[Any]]]:
        """Of the log as far as it goes along, some rows at a time."""
        after = 0
        while after < self.log_index:
            with self.database.read() as connection:
                some = columns.where(log.c.log_index > after, log.c.log_index <= self.log_index).order_by(log.c.log_index).limit(LINES_AT_ONCE)
                rows = connection.execute(some).all()
            if not rows:
                return
            yield rows
            after = rows[-1].log_index

    def _heads(self) -> Iterator[tuple[str, str]]:
        """Those of all days, and the one at which this export ends."""
        with self.database.read() as connection:
            rows = connection.execute(select(heads.c.day, heads.c.document).where(heads.c.log_index <= self.log_index).order_by(heads.c.day)).all()
        yield from ((row.day, row.document) for row in rows)
        last = self._sha256_at(self.log_index)
        yield "now", json.dumps(signed_head(self.key, "log", index=self.log_index, sha256=last, at=self.made_at))

    def _worker_heads(self) -> Iterator[KeptHead]:
        """Those of all days and all workers: whoever chooses packets chooses no heads, and each is held against what is there."""
        yield from heads_kept.kept_heads(self.worker_heads, self.heads_folder, self.keys.workers, self.head_files)

    def _stamps(self, told: dict[str, str]) -> dict[str, bytes]:
        """The time stamps by the name of their head. A head of before, that was stamped and has a newer one of its day, is put among the others."""
        found: dict[str, bytes] = {}
        with self.database.read() as connection:
            for one in stamped_heads(connection, self.heads_folder, self.key.public_key, self.log_index):
                name = one.day if one.day in told and json.loads(told[one.day]) == one.document else one.name
                told.setdefault(name, json.dumps(one.document))
                found[name] = one.stamp
        return found

    def _sha256_at(self, log_index: int) -> str:
        with self.database.read() as connection:
            return str(connection.execute(select(log.c.sha256).where(log.c.log_index == log_index)).scalar_one())
