"""Packets come in: checked, receipted, and made one case an act. A packet's id depends on its content alone, so delivering it again changes nothing."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update

from api import erasing, gradings, holders, log, quiet, teaching, worker_chains
from api.acts import Claim, KnownCase, are_two, case_before, case_of_act, cases_to_join, claim_of, end_of
from api.blobs import BlobStore
from api.case_rows import Came, first_row, next_row, packet_columns, packet_more, packet_seen, view_of
from api.database import Database
from api.errors import BadRequest, BlobsMissing, Conflict, NotAllowed, Unusable
from api.known_cases import known_by_act, known_near, known_on_ground, open_near, over_near, sights_of
from api.neighbours import case_before_elsewhere, cases_seen_elsewhere, kinds_alike
from api.schema import acts, cases, packet_files, packets, workers
from evidence.canonical import canonical_json, sha256_hex
from evidence.chains import Link
from evidence.claims import claim_faults
from evidence.errors import EvidenceError, SignatureFault
from evidence.kinds import Catalogue
from evidence.packet import EvidenceFile, Manifest, Phase, Receipt, SignedManifest, read_manifest
from evidence.signing import PublicKey, SigningKey

log_ = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """A manifest that is whole and well signed; `text` is its canonical JSON."""

    manifest: Manifest
    text: bytes
    sha256: str
    signature: dict[str, Any]

    @property
    def link(self) -> Link:
        """Its place in the chain of the key that signed it."""
        chain = self.manifest.chain
        return Link(self.manifest.worker.name, str(self.signature["key_id"]), chain.sequence, chain.previous_sha256, self.sha256)


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a packet."""

    receipt: Receipt
    case_id: str
    is_new: bool
    is_new_case: bool = False


def check(connection: Connection, signed: SignedManifest) -> Checked:
    """Whether the manifest is whole, and signed by the key that its worker is bound to.

    Raises:
        Unusable: names the field.
        NotAllowed: no key is bound to the worker, or another one signed.
    """
    try:
        manifest = read_manifest(signed.manifest, "manifest")
        text = canonical_json(signed.manifest)
    except EvidenceError as error:
        raise Unusable(str(error)) from None
    other = _first_other_type(signed.manifest, manifest.to_json(), "manifest")
    if other is not None:
        raise Unusable(f"{other}: is of the wrong type", f"{other} 的类型不正确")
    if manifest.phase is Phase.SUSPECTED:
        told = "manifest.phase: a suspected stay stays with its worker; deliver it once it is confirmed"
        raise Unusable(told, "manifest.phase：疑似阶段留在工作节点，确认后再送达")
    if len(manifest.worker.name) > 64:
        raise Unusable("manifest.worker.name: has more than 64 signs", "manifest.worker.name 超过 64 个字符")
    bound = bound_key(connection, manifest.worker.name)
    try:
        bound.verify_digest(hashlib.sha256(text).digest(), signed.signature)
    except SignatureFault as fault:
        raise NotAllowed(f"the manifest is not signed by the key that is bound to the worker {manifest.worker.name!r}: {fault}") from None
    for where, what in claim_faults(manifest, signed.signature):
        raise Unusable(f"manifest.{where}: {what}")
    return Checked(manifest, text, sha256_hex(text), signed.signature.model_dump(mode="json"))


def bound_key(connection: Connection, worker: str) -> PublicKey:
    """The key that a worker's name is bound to.

    Raises:
        NotAllowed: there is none.
    """
    bound = connection.execute(_BOUND, {"worker": worker}).scalar()
    if bound is None:
        raise NotAllowed(f"no key is bound to the worker {worker!r}; PUT /workers/{worker}/key first")
    return PublicKey.from_base64(bound)


_BOUND = select(workers.c.public_key).where(workers.c.name == bindparam("worker"))


def check_named(files: tuple[EvidenceFile, ...], brought: Iterable[str]) -> None:
    """Whether a manifest names all the files that came with it.

    Raises:
        Unusable: it does not name one.
    """
    named = {file.sha256 for file in files}
    for sha256 in brought:
        if sha256 not in named:
            raise Unusable(f"manifest.files: does not name the file {sha256[:12]}… that came with it", f"manifest.files 没有列出随附的文件 {sha256[:12]}…")


def take_files(blobs: BlobStore, files: Mapping[str, bytes]) -> Iterator[str]:
    """Keeps files that came with a manifest, one after the other; yields those that are new. All of them are hashed before one is kept.

    Raises:
        BadRequest: one has another SHA-256 than it is named by.
        TooLarge, NoSpace: as a `Receiver`.
    """
    for sha256, data in files.items():
        if sha256_hex(data) != sha256:
            raise BadRequest(f"the file that is named {sha256[:12]}… has another SHA-256: nothing was kept; send the packet again")
    for sha256, data in files.items():
        if blobs.take(sha256, data):
            yield sha256


def let_go(database: Database, blobs: BlobStore, taken: Iterable[str]) -> None:
    """Deletes files that came with a packet that cannot be used; not what another one names by now."""
    with database.write() as connection:
        for sha256 in taken:
            if connection.execute(select(packet_files.c.sha256).where(packet_files.c.sha256 == sha256).limit(1)).first() is None:
                blobs.delete(sha256)


def check_files(blobs: BlobStore, files: tuple[EvidenceFile, ...]) -> None:
    """Whether every file that a manifest names is here.

    Raises:
        BlobsMissing: with the hashes of those that are not.
        Unusable: one has another size than the manifest says.
    """
    sizes = {file.sha256: blobs.size(file.sha256) for file in files}
    missing = [sha256 for sha256, size in sizes.items() if size is None]
    if missing:
        raise BlobsMissing(
            f"{len(missing)} of {len(sizes)} files were not sent yet; PUT /blobs/SHA256 each of them, then send the manifest again", missing=missing
        )
    for file in files:
        if sizes[file.sha256] != file.bytes:
            told = f"manifest.files: {file.name} has {sizes[file.sha256]} bytes, not {file.bytes}"
            raise Unusable(told, f"manifest.files：{file.name} 有 {sizes[file.sha256]} 字节，而非 {file.bytes} 字节")


def check_again(connection: Connection, blobs: BlobStore, files: tuple[EvidenceFile, ...]) -> None:
    """Within the write transaction: whether files that were deleted once, and may just have been deleted again, are still here.

    Raises:
        BlobsMissing: with the hashes of those that are not.
    """
    missing = sorted(one for one in erasing.were_erased(connection, [file.sha256 for file in files]) if blobs.size(one) is None)
    if missing:
        raise BlobsMissing(f"{len(missing)} files were deleted meanwhile; PUT /blobs/SHA256 each of them, then send the manifest again", missing=missing)


def known(connection: Connection, checked: Checked) -> Received | None:
    """What became of this packet when it came before; None where it is new.

    Raises:
        Conflict: a packet of this worker with this id and other content is here.
    """
    return _known(checked, _kept(connection, checked.manifest)[1])


def _known(checked: Checked, row: Row[Any] | None) -> Received | None:
    if row is None:
        return None
    if row.manifest_sha256 != checked.sha256:
        raise Conflict(
            f"the packet {checked.manifest.packet_id} is here already with other content "
            f"(manifest {row.manifest_sha256[:12]}…, received {row.received_at.isoformat(timespec='seconds')}); the first one is kept",
            "同一编号的证据包已存在且内容不同，保留先到的",
            fault="other_content",
        )
    return Received(Receipt.model_validate_json(row.receipt), row.case_id, is_new=False)


def store(connection: Connection, catalogue: Catalogue, checked: Checked, key: SigningKey, now: datetime) -> Received:
    """Makes a new packet part of its case, within a write transaction."""
    manifest = checked.manifest
    packet_id, row = _kept(connection, manifest)
    before = _known(checked, row)
    if before is not None:
        return before
    worker_chains.take_place(connection, checked.link, now)
    camera = holders.registered(connection, manifest.camera.id)
    held_by = holders.foreign_to(connection, manifest, camera.holder)
    beside = Beside(connection, claim_of(manifest), camera.district)
    found = _case_for(connection, catalogue, beside, packet_id) if held_by is None else _case_apart(connection, manifest)
    case_id, is_new_case = found.case_id, found.is_new
    receipt = log.append_manifest(connection, key, checked.sha256, now, f"worker {manifest.worker.name}", case_id)
    came = Came.of(manifest, receipt.received_at, receipt.log_index)
    gradings.begin(connection, receipt.log_index)
    if came.lowered:
        log_.warning("the packet %s claims grade %s: %s", packet_id, manifest.grade.value, "; ".join(one.text.en for one in came.lowered))
    if is_new_case:
        _insert_case(connection, catalogue, case_id, came, beside)
    if held_by is None and not found.is_known_act:
        connection.execute(_NEW_ACT, {"act_id": manifest.act_id, "case_id": case_id})
    _insert_packet(connection, packet_id, case_id, checked, receipt, came, held_by)
    if not is_new_case:
        _update_case(connection, case_id, came)
    if held_by is None:
        teaching.answered(connection, manifest, camera.holder, now)
        quiet.sampled(connection, manifest, packet_id, case_id)
    else:
        told = "the packet %s of the worker %s is of the camera %s, which %s holds: it has a case of its own"
        log_.warning(told, packet_id, manifest.worker.name, manifest.camera.id, held_by)
    return Received(receipt, case_id, is_new=True, is_new_case=is_new_case)


def _first_other_type(told: Any, read: Any, where: str) -> str | None:
    """Where what was signed is of another type than what was read of it (`true` read as 1.0, a number as a time); None where all is as told."""
    if isinstance(told, dict) and isinstance(read, dict):
        parts = ((name, value, read.get(name)) for name, value in told.items())
    elif isinstance(told, list) and isinstance(read, list):
        parts = ((index, a, b) for index, (a, b) in enumerate(zip(told, read, strict=True)))
    else:
        return None if _type_of(told) is _type_of(read) else where
    for name, a, b in parts:
        if type(a) is type(b) and not isinstance(a, dict | list):  # a manifest has thousands
            continue
        found = _first_other_type(a, b, f"{where}.{name}")
        if found is not None:
            return found
    return None


def _type_of(value: Any) -> type:
    return float if type(value) is int else type(value)


def kept_as(packet_id: str, worker: str) -> str:
    """The id that a packet of a worker is kept under where another worker's came first under its own."""
    return _id_of("packet", packet_id, worker)


def _kept(connection: Connection, manifest: Manifest) -> tuple[str, Row[Any] | None]:
    """The id that a packet is kept under, and the row that is there: its own id, or one of its worker's where another worker's packet came first under that.

    An act's id, and so its packets', is a worker's claim: whoever makes it first must not keep others from delivering theirs.
    """
    worker, own = manifest.worker.name, manifest.packet_id
    apart = kept_as(own, worker)
    rows = {row.packet_id: row for row in connection.execute(_BEFORE, {"own": own, "apart": apart})}
    packet_id = own if own not in rows or rows[own].worker == worker else apart
    return packet_id, rows.get(packet_id)


_BEFORE = select(*(packets.c[name] for name in ("packet_id", "worker", "manifest_sha256", "received_at", "receipt", "case_id"))).where(
    or_(packets.c.packet_id == bindparam("own"), packets.c.packet_id == bindparam("apart"))
)


@dataclass(frozen=True)
class Beside:
    """A claim and the district of its camera, within a write transaction."""

    connection: Connection
    claim: Claim
    district: str

    @cached_property
    def on_ground(self) -> list[KnownCase]:
        """The cases at its place on the map, looked for once somebody asks: a packet of a known act needs none of them."""
        return known_on_ground(self.connection, self.claim)


@dataclass(frozen=True, slots=True)
class Found:
    """The case that a packet belongs to; whether it is a new one, and whether its act is known."""

    case_id: str
    is_new: bool
    is_known_act: bool = False


def _case_for(connection: Connection, catalogue: Catalogue, beside: Beside, packet_id: str) -> Found:
    claim = beside.claim
    first = known_by_act(connection, claim.act_id)
    joined = case_of_act(claim, first, ())
    if joined is None and first is not None:
        joined = case_of_act(claim, first, known_near(connection, claim))
    if joined is None:
        elsewhere = cases_seen_elsewhere(claim, beside.on_ground, kinds_alike(catalogue, claim.kind), beside.district)
        may_join = (*cases_to_join(claim, open_near(connection, claim)), *elsewhere)
        joined = next((case.id for case in may_join if not are_two(claim, sights_of(connection, case))), None)
    if joined is not None:
        return Found(joined, is_new=False, is_known_act=first is not None)
    return Found(_id_of("case", claim.act_id), is_new=True) if first is None else Found(_id_of("case", claim.act_id, packet_id), is_new=True, is_known_act=True)


def _case_apart(connection: Connection, manifest: Manifest) -> Found:
    """The case of an act that a worker claims of a camera that another one holds."""
    case_id = case_apart(manifest.worker.name, manifest.act_id)
    return Found(case_id, connection.execute(select(cases.c.id).where(cases.c.id == case_id)).first() is None)


def case_apart(worker: str, act_id: str) -> str:
    """The id of the case that holds what a worker says of an act before a camera that another one holds."""
    return _id_of("case", "foreign", worker, act_id)


def _id_of(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]


def _insert_case(connection: Connection, catalogue: Catalogue, case_id: str, came: Came, beside: Beside) -> None:
    claim = beside.claim
    here = case_before(claim, over_near(connection, claim))
    elsewhere = case_before_elsewhere(claim, beside.on_ground, kinds_alike(catalogue, claim.kind), beside.district)
    before = max((case for case in (here, elsewhere) if case is not None), key=lambda case: case.last_seen, default=None)
    number = connection.execute(select(func.coalesce(func.max(cases.c.number), 0))).scalar_one() + 1
    recurrence_of = None if before is None else before.id
    told = {"id": case_id, "number": number, "district": beside.district, "state": "open", "version": 1, "recurrence_of": recurrence_of}
    connection.execute(_NEW_CASE, {**told, **first_row(came), "updated_at": came.received_at, "changed_index": came.log_index})


def _update_case(connection: Connection, case_id: str, came: Came) -> None:
    row = connection.execute(_CASE, {"case": case_id}).one()
    ends = connection.execute(_ENDS, {"case": case_id})
    changes = next_row(row._asdict(), came, end_of((view_of(one, row), one.last_seen, one.ended_at) for one in ends))
    changes |= {"version": row.version + 1, "updated_at": came.received_at, "changed_index": came.log_index}
    connection.execute(_CHANGED, {"case": case_id, **changes})


_CASE = select(cases).where(cases.c.id == bindparam("case"))
_CHANGED = update(cases).where(cases.c.id == bindparam("case"))
_ENDS = select(packets.c.camera_id, packets.c.view_id, packets.c.last_seen, packets.c.ended_at).where(packets.c.case_id == bindparam("case"))


def _insert_packet(connection: Connection, packet_id: str, case_id: str, checked: Checked, receipt: Receipt, came: Came, held_by: str | None) -> None:
    manifest = checked.manifest
    told = {
        "packet_id": packet_id,
        "case_id": case_id,
        **packet_columns(came),
        **packet_more(came),
        **packet_seen(came),
        "manifest": checked.text.decode("utf-8"),
        "manifest_sha256": checked.sha256,
        "signature": json.dumps(checked.signature),
        "receipt": receipt.model_dump_json(),
        "held_by": held_by,
    }
    connection.execute(_NEW_PACKET, told)
    rows: list[dict[str, str | int | datetime | None]] = [
        {
            "packet_id": packet_id,
            "name": file.name,
            "case_id": case_id,
            "sha256": file.sha256,
            "media_type": file.media_type[:100],
            "role": file.role.value,
            "bytes": file.bytes,
            "goes_at": None if file.keep_days is None else receipt.received_at + timedelta(days=file.keep_days),
        }
        for file in manifest.files
    ]
    if rows:
        connection.execute(_NEW_FILES, rows)


_NEW_CASE, _NEW_PACKET, _NEW_FILES, _NEW_ACT = insert(cases), insert(packets), insert(packet_files), insert(acts)
