"""An auditor's export as the case API writes it, on disk and whole: packets, the log about them, heads, a record of deletion, the signed statement."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from evidence.canonical import canonical_json, manifest_sha256, sha256_hex
from evidence.heads import signed_head, worker_head_name
from evidence.keyring import KnownKey
from evidence.packet import Receipt
from evidence.signing import SigningKey, receipt_document, signed_receipt
from evidence.sums import sum_line
from tests.evidence.shop import NOON, Shop, write_keys

ERASED = {"packet_id": "e" * 32, "worker": "w1", "sequence": 1, "previous_sha256": None, "manifest_sha256": "5" * 64}


@dataclass
class Archive:
    """A folder as it comes out of an export's zip; `shop` holds the keys."""

    root: Path
    shop: Shop
    documents: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def made(cls, root: Path, *, caseless: bool = False) -> Archive:
        """One packet that was deleted by rule, then three packets with decisions about their cases between them; clips are withheld.

        Args:
            caseless: the receipts are of the schema that names no case.
        """
        shop = Shop(root / "packets", count=1, last=str(ERASED["manifest_sha256"]), begin=NOON - timedelta(minutes=10))
        archive = cls(root, shop)
        record = {"schema": "curbwatch.erasure/1", "case_id": "c" * 32, "packets": [ERASED | {"key_id": shop.worker.key_id}], "done_at": NOON.isoformat()}
        for number in range(3):
            folder = shop.write(receipt=False)
            archive.receive(folder, None if caseless else f"{number:032x}")
            archive.log("decision", {"action": "confirm", "case_id": f"{number:032x}", "reason": None})
            (folder / "clip.mp4").unlink()
        archive.log("erasure", {"case_id": record["case_id"], "record_sha256": sha256_hex(canonical_json(record))})
        archive.put(f"erasures/{record['case_id']}-{len(archive.documents)}.json", archive.signed("record", record))
        archive.log("export", {"packets": 3})
        archive.write_log()
        archive.heads()
        write_keys(root / "keys", shop.keys, "keys.pub")
        (root / "README.txt").write_text("Check it with public keys from elsewhere.\n", encoding="utf-8")
        archive.state()
        return archive

    @property
    def keys(self) -> list[KnownKey]:
        """What an auditor has from elsewhere."""
        return self.shop.keys

    def packet(self, number: int) -> Path:
        """The folder of the first, second or third packet."""
        found = {self.shop.manifest(folder)["chain"]["sequence"]: folder for folder in (self.root / "packets").iterdir() if (folder / "manifest.json").exists()}
        return found[number + 1]

    def path(self, pattern: str) -> Path:
        """The one file of that pattern."""
        (path,) = self.root.glob(pattern)
        return path

    def put(self, name: str, data: Any) -> None:
        """Writes a JSON file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data), encoding="utf-8")

    def change(self, pattern: str, change: Callable[[Any], Any]) -> None:
        """Changes the JSON of a file."""
        path = self.path(pattern)
        data = json.loads(path.read_text(encoding="utf-8"))
        change(data)
        path.write_text(json.dumps(data), encoding="utf-8")

    def signed(self, name: str, document: dict[str, Any], key: SigningKey | None = None) -> dict[str, Any]:
        """A document with its signature beside it, by the API."""
        return {name: document, "signature": (key or self.shop.api).sign(document).model_dump(mode="json")}

    def log(self, event: str, body: dict[str, Any]) -> None:
        """One more entry."""
        at = (NOON + timedelta(seconds=len(self.documents))).isoformat()
        self.documents.append({**body, "event": event, "at": at, "by": "reviewer 7", "log_index": len(self.documents) + 1, "previous_sha256": self.last})

    @property
    def last(self) -> str | None:
        """The hash of the last entry."""
        return sha256_hex(canonical_json(self.documents[-1])) if self.documents else None

    def receive(self, folder: Path, case_id: str | None = None) -> Receipt:
        """The API's receipt for a packet, and its entry in the log: the first, second and third come 0, 2 and 4 s after noon."""
        sha256, at = manifest_sha256(self.shop.manifest(folder)), NOON + timedelta(seconds=len(self.documents))
        place = {"log_index": len(self.documents) + 1, "previous_sha256": self.last}
        receipt = signed_receipt(self.shop.api, manifest_sha256=sha256, received_at=at, case_id=case_id, **place)  # type: ignore[arg-type]
        self.documents.append(receipt.model_dump(mode="json", exclude={"signature"}))
        (folder / "receipt.json").write_text(receipt.model_dump_json(), encoding="utf-8")
        return receipt

    def write_log(self, documents: list[dict[str, Any]] | None = None) -> None:
        """The log as a file; other documents than its own where a test tampers."""
        lines = [canonical_json(document) + b"\n" for document in (self.documents if documents is None else documents)]
        path = self.root / "log" / "log.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"".join(lines))
        if documents is None:
            self.sign_log()

    def sign_log(self, after: int = 0, key: SigningKey | None = None) -> None:
        """The signature over each entry from there on, as whoever writes an entry makes it."""
        signed = [(document["log_index"], (key or self.shop.api).sign(document)) for document in self.documents if document["log_index"] > after]
        lines = (json.dumps({"key_id": one.key_id, "log_index": index, "value": one.value}) for index, one in signed)
        (self.root / "log" / "signatures.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def relinked(self, change: Callable[[list[dict[str, Any]]], Any]) -> None:
        """The log after a change with all links made to fit again, as whoever holds the database could."""
        documents = [dict(document) for document in self.documents]
        change(documents)
        previous = None
        for index, document in enumerate(documents, 1):
            document |= {"log_index": index, "previous_sha256": previous}
            previous = sha256_hex(canonical_json(document))
        self.write_log(documents)

    @property
    def worker_head(self) -> str:
        """The head of the worker's chain, by its name below `heads/`."""
        return worker_head_name("w1", self.shop.worker.key_id, "2026-11-25")

    def heads(self) -> None:
        """Heads of the log and of the worker's chain."""
        index = len(self.documents)
        self.put("heads/now.json", signed_head(self.shop.api, "log", index=index, sha256=str(self.last), at=NOON))
        third = manifest_sha256(self.shop.manifest(self.packet(3)))
        self.put(f"heads/{self.worker_head}.json", signed_head(self.shop.worker, "worker", index=4, sha256=third, at=NOON, name="w1"))

    def state(self, change: Callable[[dict[str, Any]], Any] = lambda _: None, key: SigningKey | None = None) -> None:
        """The list of files as they are now, and the signed statement, after a change that its signer made."""
        packets = [(folder, self.shop.manifest(folder)) for folder in (self.packet(number) for number in (1, 2, 3))]
        statement = {
            "schema": "curbwatch.export/2", "made_at": NOON.isoformat(), "by": "auditor", "unit": "city", "purpose": "audit", "originals": False,
            "selection": {"cases": None, "since": None, "until": None, "originals": False},
            "packets": [{"packet_id": one["packet_id"], "manifest_sha256": manifest_sha256(one), "receipt_sha256": receipt_hash(folder),
                         "withheld": ["clip.mp4"]} for folder, one in packets],
            "erased": [ERASED | {"key_id": self.shop.worker.key_id, "erasure": f"{'c' * 32}-7"}], "erasures": [f"{'c' * 32}-7"],
            "given_up": [], "heads": ["now", self.worker_head],
            "log": {"first": 1, "last": len(self.documents), "sha256": self.last, "withheld": [], "signed_after": 0},
            "files": self.list_files(),
        }  # fmt: skip
        change(statement)
        self.put("export.json", self.signed("export", statement, key))

    def list_files(self) -> dict[str, Any]:
        """Writes `SHA256SUMS` of all files that are here; what the statement says of it."""
        own = (self.root / "export.json", self.root / "SHA256SUMS")
        paths = sorted(path for path in self.root.rglob("*") if path.is_file() and path not in own)
        sums = b"".join(sum_line(sha256_hex(path.read_bytes()), path.relative_to(self.root).as_posix()) for path in paths)
        (self.root / "SHA256SUMS").write_bytes(sums)
        return {"count": len(paths), "sha256": sha256_hex(sums)}


def receipt_hash(folder: Path) -> str:
    """The hash of a packet's receipt, as the log has it."""
    return sha256_hex(canonical_json(receipt_document(json.loads((folder / "receipt.json").read_bytes()))))
