"""Puts packets into an outbox and settles some, on and on, until it is killed: run by test_outbox.py as a process of its own.

Arguments: the data folder. Waits for a line on standard input, then writes one line for each packet that `put` has taken for good.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from detector.worker.outbox import Outbox
from evidence.canonical import sha256_hex
from evidence.packet import Chain, EvidenceFile, Phase, Role, SignedManifest, packet_id_of
from evidence.signing import SigningKey, signed_receipt


def main() -> None:
    data_dir = Path(sys.argv[1])
    key = SigningKey.load_or_create(data_dir / "keys" / "worker.pem")
    sys.stdin.readline()
    outbox = Outbox(data_dir)
    outbox.open()
    for number in range(10_000):
        act_id = f"{number:032x}"
        content = f"evidence of {number}".encode() * 50
        source = data_dir / "source"
        source.write_bytes(content)
        source = source.rename(data_dir / f"source-{number}")  # each packet's file is a file of its own, since it is linked
        entry = EvidenceFile(
            role=Role.KEYFRAME_FIRST, name="keyframe_first.h264", sha256=sha256_hex(content), bytes=len(content), media_type="video/h264", original=True
        )
        packet_id = packet_id_of(act_id, Phase.CONFIRMED)

        def build(chain: Chain, packet_id: str = packet_id, act_id: str = act_id, entry: EvidenceFile = entry) -> SignedManifest:
            files = [entry.model_dump(mode="json")]
            manifest = {"packet_id": packet_id, "act_id": act_id, "files": files, "chain": chain.model_dump(mode="json")}
            return SignedManifest(manifest=manifest, signature=key.sign(manifest))

        outbox.put(packet_id, build, [(entry, source)], now=float(number))
        source.unlink()
        print(packet_id, flush=True)
        if number % 2:
            due = outbox.next_due(1e6)
            if due is not None:
                receipt = signed_receipt(key, manifest_sha256=due.manifest_sha256, received_at=datetime.now(UTC), log_index=1, previous_sha256=None)
                outbox.delivered(due.packet_id, receipt, now=float(number))


if __name__ == "__main__":
    main()
