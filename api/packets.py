"""Packets come in: checked, receipted, and made one case an act. A packet's id depends on its content alone, so delivering it again changes nothing."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from api import erasing, log, teaching
from api.acts import case_before, case_of_act, case_to_join, claim_of, end_of, gone_at, queue_value, score_of
from api.blobs import BlobStore
from api.cases import known_by_act, known_near
from api.errors import BlobsMissing, Conflict, NotAllowed, Unusable
from api.schema import acts, cameras, cases, packet_files, packets, workers
from evidence.canonical import canonical_json, sha256_hex
from evidence.claims import claim_faults
from evidence.errors import EvidenceError, SignatureFault
from evidence.packet import EvidenceFile, Grade, Manifest, Phase, Receipt, Role, SignedManifest, read_manifest
from evidence.signing import PublicKey, SigningKey

THUMBNAILS = (Role.CLOSEUP, Role.SNAPSHOT_CONFIRMING, Role.BOXED_CONFIRMING, Role.SNAPSHOT_FIRST, Role.SNAPSHOT_MIDDLE, Role.SNAPSHOT_GONE)
"""What stands for a case in the queue, best first."""
GRADES = (Grade.C, Grade.B, Grade.A)


@dataclass(frozen=True, slots=True)
class Checked:
    """A manifest that is whole and well signed; `text` is its canonical JSON."""

    manifest: Manifest
    text: bytes
    sha256: str
    signature: dict[str, Any]


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
        raise Unusable(f"{other}: is of the wrong type")
    if manifest.phase is Phase.SUSPECTED:
        raise Unusable("manifest.phase: a suspected stay stays with its worker; deliver it once it is confirmed")
    if len(manifest.worker.name) > 64:
        raise Unusable("manifest.worker.name: has more than 64 signs")
    bound = connection.execute(select(workers.c.public_key).where(workers.c.name == manifest.worker.name)).scalar()
    if bound is None:
        raise NotAllowed(f"no key is bound to the worker {manifest.worker.name!r}; PUT /workers/{manifest.worker.name}/key first")
    try:
        PublicKey.from_base64(bound).verify_digest(hashlib.sha256(text).digest(), signed.signature)
    except SignatureFault as fault:
        raise NotAllowed(f"the manifest is not signed by the key that is bound to the worker {manifest.worker.name!r}: {fault}") from None
    for where, what in claim_faults(manifest, signed.signature):
        raise Unusable(f"manifest.{where}: {what}")
    return Checked(manifest, text, sha256_hex(text), signed.signature.model_dump(mode="json"))


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
            raise Unusable(f"manifest.files: {file.name} has {sizes[file.sha256]} bytes, not {file.bytes}")


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
    row = connection.execute(select(packets).where(packets.c.packet_id == _kept_as(connection, checked.manifest))).first()
    if row is None:
        return None
    if row.manifest_sha256 != checked.sha256:
        raise Conflict(
            f"the packet {checked.manifest.packet_id} is here already with other content "
            f"(manifest {row.manifest_sha256[:12]}…, received {row.received_at.isoformat(timespec='seconds')}); the first one is kept",
            "同一编号的证据包已存在且内容不同，保留先到的",
        )
    return Received(Receipt.model_validate_json(row.receipt), row.case_id, is_new=False)


def store(connection: Connection, checked: Checked, key: SigningKey, now: datetime) -> Received:
    """Makes a new packet part of its case, within a write transaction."""
    before = known(connection, checked)
    if before is not None:
        return before
    manifest = checked.manifest
    packet_id = _kept_as(connection, manifest)
    case_id, is_new_case = _case_for(connection, manifest, packet_id)
    receipt = log.append_manifest(connection, key, checked.sha256, now, f"worker {manifest.worker.name}", case_id)
    if is_new_case:
        _insert_case(connection, case_id, manifest, now, receipt.log_index)
    if connection.execute(select(acts.c.act_id).where(acts.c.act_id == manifest.act_id)).first() is None:
        connection.execute(insert(acts).values(act_id=manifest.act_id, case_id=case_id))
    _insert_packet(connection, packet_id, case_id, checked, receipt, now)
    if not is_new_case:
        _update_case(connection, case_id, manifest, now, receipt.log_index)
    teaching.answered(connection, manifest, now)
    return Received(receipt, case_id, is_new=True, is_new_case=is_new_case)


def _first_other_type(told: Any, read: Any, where: str) -> str | None:
    """Where what was signed is of another type than what was read of it (`true` read as 1.0, a number as a time); None where all is as told."""
    if isinstance(told, dict) and isinstance(read, dict):
        return next((found for name in told if (found := _first_other_type(told[name], read.get(name), f"{where}.{name}"))), None)
    if isinstance(told, list) and isinstance(read, list):
        pairs = zip(told, read, strict=True)
        return next((found for index, (a, b) in enumerate(pairs) if (found := _first_other_type(a, b, f"{where}.{index}"))), None)
    return None if _type_of(told) is _type_of(read) else where


def _type_of(value: Any) -> type:
    return float if type(value) is int else type(value)


def _kept_as(connection: Connection, manifest: Manifest) -> str:
    """The id that a packet is kept under: its own, or one of its worker's where another worker's packet came first under that id.

    An act's id, and so its packets', is a worker's claim: whoever makes it first must not keep others from delivering theirs.
    """
    worker, packet_id = manifest.worker.name, manifest.packet_id
    holder = connection.execute(select(packets.c.worker).where(packets.c.packet_id == packet_id)).scalar()
    return packet_id if holder in (None, worker) else _id_of("packet", packet_id, worker)


def _case_for(connection: Connection, manifest: Manifest, packet_id: str) -> tuple[str, bool]:
    """The case that a packet belongs to, and whether it is a new one."""
    claim = claim_of(manifest)
    near = known_near(connection, claim)
    first = known_by_act(connection, claim.act_id)
    joined = case_of_act(claim, first, near) or case_to_join(claim, near)
    if joined is not None:
        return joined, False
    return _id_of("case", claim.act_id) if first is None else _id_of("case", claim.act_id, packet_id), True


def _id_of(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()[:32]


def _insert_case(connection: Connection, case_id: str, manifest: Manifest, now: datetime, log_index: int) -> None:
    claim = claim_of(manifest)
    recurrence_of = case_before(claim, known_near(connection, claim))
    score = score_of(manifest)
    stay = manifest.stay
    connection.execute(
        insert(cases).values(
            id=case_id,
            number=connection.execute(select(func.coalesce(func.max(cases.c.number), 0))).scalar_one() + 1,
            act_id=manifest.act_id,
            kind=manifest.kind.id,
            claimed_kind=manifest.kind.id,
            kind_name=manifest.kind.name.model_dump(),
            grade=manifest.grade.value,
            camera_id=manifest.camera.id,
            camera_name=manifest.to_json()["camera"]["name"],
            view_id=manifest.view.id,
            district=connection.execute(select(cameras.c.district).where(cameras.c.camera_id == manifest.camera.id)).scalar() or "",
            state="open",
            version=1,
            first_seen=stay.first_seen,
            confirmed_at=stay.confirmed_at,
            shown_at=stay.confirmed_at or stay.first_seen,
            last_seen=stay.last_seen,
            ended_at=gone_at(manifest),
            dwell_seconds=stay.dwell_seconds,
            score=score,
            value=queue_value(manifest.grade, score, now),
            **_place(manifest),
            thumbnail_sha256=_thumbnail(manifest),
            recurrence_of=recurrence_of,
            created_at=now,
            updated_at=now,
            created_index=log_index,
            changed_index=log_index,
        )
    )


def _update_case(connection: Connection, case_id: str, manifest: Manifest, now: datetime, log_index: int) -> None:
    """The case after another packet: its widest stay, its best grade, its newest place and picture. New evidence is under the rules of retention again."""
    row = connection.execute(select(cases).where(cases.c.id == case_id)).one()
    ends = connection.execute(select(packets.c.last_seen, packets.c.ended_at).where(packets.c.case_id == case_id))
    stay = manifest.stay
    grade = max(Grade(row.grade), manifest.grade, key=GRADES.index)
    score = max(row.score, score_of(manifest))
    confirmed = [moment for moment in (row.confirmed_at, stay.confirmed_at) if moment is not None]
    first_seen = min(row.first_seen, stay.first_seen)
    shows_it = manifest.phase is not Phase.ENDED and stay.last_seen >= row.last_seen
    connection.execute(
        update(cases)
        .where(cases.c.id == case_id)
        .values(
            grade=grade.value,
            version=row.version + 1,
            first_seen=first_seen,
            confirmed_at=min(confirmed, default=None),
            shown_at=min(confirmed, default=first_seen),
            last_seen=max(row.last_seen, stay.last_seen),
            ended_at=end_of((one.last_seen, one.ended_at) for one in ends),
            dwell_seconds=max(row.dwell_seconds, stay.dwell_seconds),
            score=score,
            value=queue_value(grade, score, row.created_at),
            **(_place(manifest) if shows_it else {}),
            thumbnail_sha256=(_thumbnail(manifest) if shows_it else None) or row.thumbnail_sha256 or _thumbnail(manifest),
            erased_at=None,
            updated_at=now,
            changed_index=log_index,
        )
    )


def _insert_packet(connection: Connection, packet_id: str, case_id: str, checked: Checked, receipt: Receipt, now: datetime) -> None:
    manifest = checked.manifest
    connection.execute(
        insert(packets).values(
            packet_id=packet_id,
            case_id=case_id,
            act_id=manifest.act_id,
            phase=manifest.phase.value,
            worker=manifest.worker.name,
            sequence=manifest.chain.sequence,
            last_seen=manifest.stay.last_seen,
            ended_at=gone_at(manifest),
            manifest=checked.text.decode("utf-8"),
            manifest_sha256=checked.sha256,
            signature=json.dumps(checked.signature),
            receipt=receipt.model_dump_json(),
            received_at=now,
        )
    )
    rows: list[dict[str, str | int]] = [
        {
            "packet_id": packet_id,
            "name": file.name,
            "case_id": case_id,
            "sha256": file.sha256,
            "media_type": file.media_type[:100],
            "role": file.role.value,
            "bytes": file.bytes,
        }
        for file in manifest.files
    ]
    if rows:
        connection.execute(insert(packet_files), rows)


def _place(manifest: Manifest) -> dict[str, float]:
    return dict(zip(("x1", "y1", "x2", "y2"), manifest.place.xyxy, strict=True))


def _thumbnail(manifest: Manifest) -> str | None:
    by_role = {file.role: file.sha256 for file in manifest.files if file.media_type.startswith("image/")}
    return next((by_role[role] for role in THUMBNAILS if role in by_role), None)
