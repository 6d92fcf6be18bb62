"""Real packets, small: signed by real keys, with real files on disk."""

from __future__ import annotations

import copy
import json
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from evidence.canonical import manifest_sha256, sha256_hex
from evidence.keyring import KnownKey
from evidence.packet import Phase, Receipt, SignedManifest, packet_id_of
from evidence.report import Report
from evidence.signing import SigningKey, receipt_sha256, signed_receipt

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]
TEXT = {"zh": "文", "en": "text"}
SHA = "ab" * 32


def named_file(name: str, role: str, data: bytes, derived_from: str | None = None) -> dict[str, Any]:
    """A file as the manifest names it."""
    kind = {"jpg": "image/jpeg", "mp4": "video/mp4"}.get(name.rpartition(".")[2], "video/h264")
    return {"role": role, "name": name, "sha256": sha256_hex(data), "bytes": len(data), "media_type": kind,
            "original": derived_from is None, "derived_from": derived_from, "recipe": {"made": "copy"} if derived_from else None}  # fmt: skip


def files_of(seed: str) -> dict[str, tuple[bytes, dict[str, Any]]]:
    """An original keyframe, its snapshot, a clip and its copy."""
    keyframe, snapshot, clip, copied = (f"{name} of {seed} ".encode() * 40 for name in ("keyframe", "snapshot", "clip", "copy"))
    return {
        "confirming.h264": (keyframe, named_file("confirming.h264", "keyframe_confirming", keyframe)),
        "snapshot.jpg": (snapshot, named_file("snapshot.jpg", "snapshot_confirming", snapshot, sha256_hex(keyframe))),
        "clip.mp4": (clip, named_file("clip.mp4", "clip_confirmed", clip)),
        "clip_h264.mp4": (copied, named_file("clip_h264.mp4", "clip_h264", copied, sha256_hex(clip))),
    }


def manifest_of(
    files: list[dict[str, Any]],
    *,
    seed: str = "act",
    sequence: int = 1,
    previous: str | None = None,
    worker: str = "w1",
    key_id: str = "0" * 16,
    begin: datetime = NOON,
) -> dict[str, Any]:
    """A whole manifest as JSON data; its stay begins at `begin`."""
    act_id = sha256_hex(seed.encode())[:32]
    at = [(begin + timedelta(seconds=seconds)).isoformat() for seconds in (0, 300, 310)]
    return {
        "schema": "curbwatch.manifest/2", "algorithms": {"canonical": "rfc8785", "digest": "sha256", "signature": "ed25519-sha256"},
        "packet_id": packet_id_of(act_id, Phase.CONFIRMED), "act_id": act_id, "phase": "confirmed", "grade": "B", "closed_to_a": [],
        "kind": {"id": "V2", "name": TEXT, "codes": [{"table": "GB/T 30428.2-2013", "code": "04-06"}], "catalogue_version": "2026.11"},
        "camera": {"id": "gate-3", "name": {"zh": "三号门", "en": "gate 3"}},
        "view": {"id": "main", "version": 3, "sha256": SHA, "time_zone": "Asia/Shanghai", "zones": [{"id": "z1", "kind": "sidewalk", "polygon": SQUARE}],
                 "lines": [{"id": "l1", "points": [[0.1, 0.5], [0.9, 0.5]], "outside": "left"}]},
        "place": {"xyxy": [0.2, 0.2, 0.4, 0.5], "zone_ids": ["z1"], "footprint_share": 0.93},
        "stay": {"first_seen": at[0], "last_seen": at[2], "confirmed_at": at[1], "dwell_seconds": 300.5, "looks": 60, "missed": 1, "unchanged": 2,
                 "samples": [{"at": at[0], "monotonic_seconds": 12.25, "status": "looked", "xyxy": [0.2, 0.2, 0.4, 0.5], "score": 0.71, "class": "stall"},
                             {"at": at[1], "monotonic_seconds": 312.25, "status": "unchanged"},
                             {"at": at[2], "monotonic_seconds": 322.25, "status": "looked", "xyxy": [0.2, 0.2, 0.4, 0.5], "score": 0.7, "class": "stall"}],
                 "gaps": [{"from": at[1], "until": at[2], "reason": "restart"}]},
        "clocks": {"kind": "system", "arrival": {"wall_synchronised": True, "max_error_seconds": 0.002}, "camera": None},
        "rule": {"id": "V2", "version": "2026.11", "thresholds": {"dwell_seconds": 300.0, "minimum_looks": 5}, "text": TEXT},
        "permit": {"checked": [{"id": "p1", "version": 1, "verdict": "outside_hours", "reason": TEXT}]},
        "exclusions": {"judged": ["permit"], "not_judged": ["unloading"]},
        "model": {"name": "m", "version": "1", "sha256": SHA, "provider": "cpu"},
        "zoom_look": {"agreed": True, "score": 0.8},
        "files": files,
        "overlay": [{"at_seconds": 1.5, "xyxy": [0.2, 0.2, 0.4, 0.5], "class": "stall", "score": 0.7}],
        "worker": {"name": worker, "key_id": key_id, "software": "curbwatch", "software_version": "0.1.0", "boot_id": "boot"},
        "chain": {"sequence": sequence, "previous_sha256": previous},
    }  # fmt: skip


def faults(report: Report) -> list[str]:
    """Every fault as a line."""
    return [str(fault) for _, fault in report.all_faults()]


def write_keys(folder: Path, keys: list[KnownKey], name: str = "all.pub") -> None:
    """Puts keys beside packets."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(f"{key}\n" for key in keys), encoding="utf-8")


def zipped(root: Path, target: Path, prefix: str = "") -> Path:
    """The folder as an archive."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, f"{prefix}{path.relative_to(root).as_posix()}")
    return target


@dataclass
class Shop:
    """A worker and an API that write packets into a folder, one after another."""

    root: Path
    worker: SigningKey = field(default_factory=SigningKey.generate)
    api: SigningKey = field(default_factory=SigningKey.generate)
    name: str = "w1"
    count: int = 0
    last: str | None = None
    last_receipt: Receipt | None = None
    begin: datetime = NOON

    @property
    def keys(self) -> list[KnownKey]:
        return [KnownKey(self.worker.public_key, "worker", self.name), KnownKey(self.api.public_key, "api")]

    def write(self, *, receipt: bool = True) -> Path:
        """One more packet, as it should be."""
        self.count += 1
        files = files_of(f"act {self.count}")
        place: dict[str, Any] = {"sequence": self.count, "previous": self.last, "worker": self.name, "key_id": self.worker.key_id}
        manifest = manifest_of([told for _, told in files.values()], seed=f"act {self.count}", begin=self.begin, **place)
        folder = self.root / str(manifest["packet_id"])
        folder.mkdir(parents=True)
        for name, (data, _) in files.items():
            (folder / name).write_bytes(data)
        self.sign(folder, manifest)
        self.last = manifest_sha256(manifest)
        if receipt:
            self.receive(folder, self.last)
        return folder

    def sign(self, folder: Path, manifest: dict[str, Any], key: SigningKey | None = None) -> None:
        """Writes the manifest with a fresh signature."""
        signed = SignedManifest(manifest=manifest, signature=(key or self.worker).sign(manifest))
        (folder / "manifest.json").write_text(signed.model_dump_json(), encoding="utf-8")

    def resign(self, folder: Path, change: Any) -> None:
        """Changes the manifest and signs it anew, without its receipt: what a dishonest worker can do."""
        manifest = copy.deepcopy(self.manifest(folder))
        change(manifest)
        self.sign(folder, manifest)
        (folder / "receipt.json").unlink(missing_ok=True)

    def receive(self, folder: Path, sha256: str, key: SigningKey | None = None) -> None:
        """Writes the API's receipt."""
        last = self.last_receipt
        self.last_receipt = signed_receipt(
            key or self.api,
            manifest_sha256=sha256,
            received_at=NOON + timedelta(seconds=320),
            log_index=last.log_index + 1 if last else 1,
            previous_sha256=receipt_sha256(last) if last else None,
        )
        (folder / "receipt.json").write_text(self.last_receipt.model_dump_json(), encoding="utf-8")

    @staticmethod
    def manifest(folder: Path) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["manifest"]
        return found
