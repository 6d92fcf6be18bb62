"""Small packets for the tests of the outbox: signed, but of a manifest that names only what an outbox looks at."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from detector.worker.outbox import Outbox
from evidence.canonical import sha256_hex
from evidence.packet import Chain, EvidenceFile, Phase, Receipt, Role, SignedManifest, packet_id_of
from evidence.signing import SigningKey, signed_receipt

KEY = SigningKey.generate()
NOW = 1_000_000.0


def put(
    box: Outbox, folder: Path, number: int = 1, *, phase: Phase = Phase.CONFIRMED, content: bytes | None = None, now: float = NOW,
    camera: str | None = None, **wrong: Any,
) -> str:  # fmt: skip
    """Puts a small packet of act `number`, each act before a camera of its own unless one is named; its id."""
    act_id, content = f"{number:032x}", content or f"evidence of {number}".encode()
    source = folder / f"source-{number}-{phase.value}"
    source.unlink(missing_ok=True)  # never rewritten in place: the outbox may hold a link to it
    source.write_bytes(content)
    entry = EvidenceFile(
        role=Role.KEYFRAME_FIRST, name="keyframe_first.h264", sha256=sha256_hex(content), bytes=len(content), media_type="video/h264", original=True
    )
    packet_id = packet_id_of(act_id, phase)

    def build(chain: Chain) -> SignedManifest:
        files = [entry.model_dump(mode="json")]
        named = {"camera": {"id": camera or f"cam{number}"}, "phase": phase.value}
        manifest = {"packet_id": packet_id, "act_id": act_id, "files": files, "chain": chain.model_dump(mode="json"), **named, **wrong}
        return SignedManifest(manifest=manifest, signature=KEY.sign(manifest))

    box.put(packet_id, build, [(entry, source)], now)
    return packet_id


def receipt_for(sha256: str, log_index: int = 1) -> Receipt:
    previous = None if log_index == 1 else "0" * 64
    return signed_receipt(KEY, manifest_sha256=sha256, received_at=datetime.now(UTC), log_index=log_index, previous_sha256=previous)


def deliver_all(box: Outbox, now: float = NOW) -> None:
    while (due := box.next_due(now)) is not None:
        box.delivered(due.packet_id, receipt_for(due.manifest_sha256), now)
