"""The worker's side of the case API in memory, over a real socket, and an outbox and a sender before it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from detector.worker.outbox import Outbox
from evidence.bundles import read_bundle
from evidence.canonical import manifest_sha256, sha256_hex
from evidence.packet import Chain, EvidenceFile, Phase, Role, SignedManifest, packet_id_of
from evidence.signing import SigningKey, signed_receipt

TOKEN = "secret-token-of-the-worker"
KEY, API_KEY = SigningKey.generate(), SigningKey.generate()
NOW = 1_000_000.0
Answer = tuple[int, dict[str, Any]]


class CaseApi(ThreadingHTTPServer):
    """The worker's side of the case API in memory, by its contract; it can be told to answer otherwise."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.blobs: dict[str, bytes] = {}
        self.packets: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.keys: dict[str, str] = {}
        self.requests: list[str] = []
        self.scripted: dict[str, list[Answer]] = {}
        """`METHOD /first-part` → answers given, one a request, before it behaves."""
        self.headers: dict[str, str] = {}
        self.tokens = {f"Bearer {TOKEN}"}
        self.partial: dict[str, bytes] = {}
        """What has arrived of files whose sending broke off."""
        self.breaks_after: int | None = None
        """Bytes of the next file after which the line breaks, once."""
        self.arrived = 0
        self.takes_bundles = False
        """As an API of before, which has no such route; it then tells of no such request either."""
        self.given_up: list[tuple[dict[str, Any], dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        parts = path.strip("/").split("/")
        if method == "POST" and parts[0] == "workers":
            signed = json.loads(body)
            self.given_up.append((signed, signed.pop("given_up")))
            return 201, {"log_index": 1}
        if method == "PUT" and parts[0] == "workers":
            key = json.loads(body)["public_key"]
            return (200, {}) if self.keys.setdefault(parts[1], key) == key else (409, {"detail": "another key"})
        if path == "/packets/bundle":
            bundle = read_bundle(body)
            if any(sha256_hex(data) != sha256 for sha256, data in bundle.files.items()):
                return 400, {"detail": "the hash differs"}
            self.blobs |= bundle.files
            return self.take(json.loads(bundle.manifest))
        if method == "HEAD":
            self.headers.pop("Upload-Offset", None)
            if parts[1] in self.partial:
                self.headers["Upload-Offset"] = str(len(self.partial[parts[1]]))
            return (200 if parts[1] in self.blobs else 404), {}
        if method == "PUT":
            body = self.partial.pop(parts[1], b"") + body
            if sha256_hex(body) != parts[1]:
                return 400, {"detail": "the hash differs"}
            self.blobs[parts[1]] = body
            return 201, {}
        return self.take(json.loads(body))

    def take(self, signed: dict[str, Any]) -> Answer:
        manifest = signed["manifest"]
        if base64.b64encode(KEY.public_bytes).decode() not in self.keys.values():
            return 403, {"detail": "no such key is bound"}
        missing = [file["sha256"] for file in manifest["files"] if file["sha256"] not in self.blobs]
        if missing:
            return 424, {"detail": "blobs are missing", "missing": missing}
        known = self.packets.get(manifest["packet_id"])
        if known is not None:
            return (200, {"receipt": known[1], "case_id": "c"}) if known[0] == manifest else (409, {"detail": "known with other content"})
        sha256 = manifest_sha256(manifest)
        receipt = signed_receipt(API_KEY, manifest_sha256=sha256, received_at=datetime.now(UTC), log_index=len(self.packets) + 1, previous_sha256=None)
        self.packets[manifest["packet_id"]] = manifest, receipt.model_dump(mode="json")
        return 201, {"receipt": receipt.model_dump(mode="json"), "case_id": "c"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: CaseApi

    def handle_one(self) -> None:
        length, limit = int(self.headers.get("Content-Length", 0)), self.server.breaks_after
        if limit is not None and self.command == "PUT" and "Content-Range" in self.headers:
            self.server.breaks_after = None
            self.server.partial[self.path.split("/")[-1]] = self.rfile.read(limit)
            self.close_connection = True
            self.connection.close()
            return
        body = self.rfile.read(length)
        name = f"{self.command} /{self.path.split('/')[1]}"
        is_unknown = self.path == "/packets/bundle" and not self.server.takes_bundles
        if not is_unknown:
            self.server.requests.append(name)
            self.server.arrived += len(body)
        if self.headers["Authorization"] not in self.server.tokens:
            status, answer = 401, {"detail": f"not {self.headers['Authorization']}"}
        elif is_unknown:
            status, answer = 404, {"detail": "Not Found"}
        elif self.server.scripted.get(name):
            status, answer = self.server.scripted[name].pop(0)
        else:
            status, answer = self.server.answer(self.command, self.path, body)
        if status == 0:  # dies in the middle
            self.close_connection = True
            self.connection.close()
            return
        data = b"" if self.command == "HEAD" else json.dumps(answer).encode()
        self.send_response(status)
        if "detail_zh" in answer:  # as the case API refuses
            self.send_header("Content-Type", "application/problem+json")
        self.send_header("Content-Length", str(len(data)))
        for header, value in self.server.headers.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_HEAD = do_PUT = do_POST = handle_one

    def log_message(self, format: str, *args: Any) -> None:
        pass


def put(box: Outbox, folder: Path, number: int = 1, phase: Phase = Phase.CONFIRMED, camera: str | None = None) -> str:
    act_id = f"{number:032x}"
    packet_id = packet_id_of(act_id, phase)
    files = []
    for role, content in ((Role.KEYFRAME_FIRST, f"picture {number}".encode()), (Role.CLIP_CONFIRMED, f"clip {number}".encode() * 40_000)):
        source = folder / f"source-{number}-{phase.value}-{role.value}"
        source.write_bytes(content)
        entry = EvidenceFile(role=role, name=f"{role.value}.bin", sha256=sha256_hex(content), bytes=len(content), media_type="a/b", original=True)
        files.append((entry, source))

    def build(chain: Chain) -> SignedManifest:
        listed = [entry.model_dump(mode="json") for entry, _ in files]
        named = {"camera": {"id": camera or f"cam{number}"}, "worker": {"name": "w1"}}
        manifest = {"packet_id": packet_id, "act_id": act_id, "files": listed, "chain": chain.model_dump(mode="json"), **named}
        return SignedManifest(manifest=manifest, signature=KEY.sign(manifest))

    box.put(packet_id, build, files, NOW)
    return packet_id


def problem(detail: str = "no") -> dict[str, Any]:
    """As the case API itself refuses."""
    return {"detail": detail, "detail_zh": "不行"}
