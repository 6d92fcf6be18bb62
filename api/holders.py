"""Which worker speaks for a camera. A worker's packets are its word about what it saw; of a camera that the registry gives to another one it saw nothing.

Such a packet may still be true: an outbox may bring it long after the camera was given away. So it is kept and receipted like any other, and is foreign:
its case holds nothing of the camera's holder, ends none of its acts, answers no order and teaches nothing, and says by whom it came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, bindparam, exists, select

from api.cameras import HANDOVER
from api.schema import camera_versions, cameras, cases, packets
from evidence.model import Text
from evidence.packet import Manifest


@dataclass(frozen=True, slots=True)
class Registered:
    """What the registry says of a camera.

    Attributes:
        holder: the worker that it is given to; None of a camera that is not registered, or given to nobody.
        district: empty where it has none.
    """

    holder: str | None
    district: str


def registered(connection: Connection, camera_id: str) -> Registered:
    """What the registry says of a camera."""
    row = connection.execute(_REGISTERED, {"camera": camera_id}).first()
    return Registered(None, "") if row is None else Registered(row.worker if row.version else None, row.district or "")


_REGISTERED = select(cameras.c.version, cameras.c.worker, cameras.c.district).where(cameras.c.camera_id == bindparam("camera"))


def foreign_to(connection: Connection, manifest: Manifest, holder: str | None) -> str | None:
    """The worker that holds a packet's camera by the registry, where the packet's worker neither does, nor did when it saw the thing last, nor has begun
    this act when it might; None of a packet that is none of these, and of cameras that are not registered."""
    if holder in (None, manifest.worker.name) or _held_then(connection, manifest) or _has_begun(connection, manifest):
        return None
    return holder


def is_foreign(case_id: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that a case holds what came of a worker that does not hold its camera."""
    return exists().where(packets.c.case_id == case_id, packets.c.held_by.is_not(None))


def is_of_another(connection: Connection, case_id: str) -> bool:
    """Whether a case is such a one."""
    return connection.execute(select(cases.c.id).where(cases.c.id == case_id, is_foreign(cases.c.id))).first() is not None


def told_of(held_by: str | None, worker: str) -> list[Text]:
    """What the case says of such a packet."""
    if held_by is None:
        return []
    en = f"it came of the worker {worker}, while the registry gives this camera to {held_by}: its word is not the camera's"
    return [Text(zh=f"由工作节点 {worker} 送来，而该摄像机登记属于 {held_by}，不能作为该摄像机的证据", en=en)]


def _held_then(connection: Connection, manifest: Manifest) -> bool:
    """Whether the worker held the camera when it saw the thing last, and gone for the first time."""
    seen = manifest.stay.last_seen if manifest.ending is None else max(manifest.stay.last_seen, manifest.ending.first_gone)
    rows = connection.execute(
        select(camera_versions.c.document, camera_versions.c.saved_at)
        .where(camera_versions.c.camera_id == manifest.camera.id)
        .order_by(camera_versions.c.version)
    ).all()
    until = [row.saved_at for row in rows[1:]]
    return any(
        row.saved_at <= seen <= end + HANDOVER and json.loads(row.document).get("worker") == manifest.worker.name
        for row, end in zip(rows, until, strict=False)
    )  # fmt: skip


def _has_begun(connection: Connection, manifest: Manifest) -> bool:
    """Whether the worker has brought this act before, when the camera was its own or nobody's."""
    own = select(packets.c.packet_id).where(packets.c.act_id == manifest.act_id, packets.c.worker == manifest.worker.name, packets.c.held_by.is_(None))
    joined = own.join(cases, cases.c.id == packets.c.case_id).where(cases.c.camera_id == manifest.camera.id)
    return connection.execute(joined.limit(1)).first() is not None
