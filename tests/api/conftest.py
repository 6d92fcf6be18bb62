"""A case API on a folder of its own, asked over ASGI; and a worker that signs real packets."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.roles import Role
from api.service import Api, opened
from api.settings import Settings
from evidence.canonical import manifest_sha256
from evidence.packet import Phase, act_id_of, packet_id_of
from evidence.signing import SigningKey

from .stores import blank_sqlite, bucket_server, bucket_url, fresh_postgres_url, postgres_server, postgres_url

__all__ = ["blank_sqlite", "bucket_server", "bucket_url", "fresh_postgres_url", "postgres_server", "postgres_url"]

START = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
WORKER_KEY = SigningKey.generate()
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xc0\x00\x0b\x08\x00\x40\x00\x40\x01\x01\x11\x00" + bytes(200) + b"\xff\xd9"
"""Begins and ends as one, and says that it is of 64x64."""
MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"
"""What an MP4 begins with."""


@dataclass
class Clock:
    """A wall clock that a test turns, and the steady one beside it."""

    now: datetime = START + timedelta(hours=1)
    set_by: timedelta = timedelta()

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def forward(self, **time: float) -> None:
        self.now += timedelta(**time)

    def jump(self, **time: float) -> None:
        """The wall clock is set; no time passes."""
        self.now += timedelta(**time)
        self.set_by += timedelta(**time)

    def steady(self) -> float:
        return (self.now - self.set_by).timestamp()


@dataclass
class Packet:
    """A packet to be: what a test varies of it, in minutes and seconds after 08:00."""

    camera: str = "gate-1"
    kind: str = "V2"
    xyxy: tuple[float, float, float, float] = (0.2, 0.4, 0.5, 0.8)
    phase: Phase = Phase.CONFIRMED
    first_minute: float = 0.0
    minutes: float = 6.0
    ordinal: int = 0
    stay: str = "stay-1"
    grade: str = "B"
    view: str = "main"
    score: float = 0.8
    files: tuple[tuple[str, str, bytes, str], ...] = (
        ("clip_confirmed", "clip.mp4", MP4 + b"clip" * 500, "video/mp4"),
        ("snapshot_first", "first.jpg", JPEG + b"0", "image/jpeg"),
        ("snapshot_confirming", "confirming.jpg", JPEG + b"1", "image/jpeg"),
        ("closeup", "closeup.jpg", JPEG + b"2", "image/jpeg"),
    )
    worker: str = "worker-1"
    boot: str = "boot-1"
    look: tuple[float, ...] = ()
    key_id: str = WORKER_KEY.key_id
    picture_seconds: tuple[float, ...] | None = tuple(0.5 * number for number in range(25))
    """Of its clips; None says nothing of them, so that the packet is a lead."""
    changes: dict[str, Any] = field(default_factory=dict)

    def but(self, **changes: Any) -> Packet:
        return replace(self, **changes)

    @property
    def act_id(self) -> str:
        return act_id_of(self.camera, self.view, self.kind, START + timedelta(minutes=self.first_minute), self.stay)

    @property
    def packet_id(self) -> str:
        return packet_id_of(self.act_id, self.phase, self.number)

    @property
    def number(self) -> int:
        """A continued packet's number begins with 1, every other's is 0."""
        return max(1, self.ordinal) if self.phase is Phase.CONTINUED else self.ordinal

    def _file(self, role: str, name: str, data: bytes, media_type: str) -> dict[str, Any]:
        """A picture is derived from the packet's clip, where it has one."""
        clip = next((content for other, _, content, _ in self.files if other.startswith("clip")), None)
        derived = {} if clip is None or data is clip else {"derived_from": hashlib.sha256(clip).hexdigest()}
        told: dict[str, Any] = {"role": role, "name": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "media_type": media_type}
        if role in ("clip_confirmed", "clip_suspected"):
            told |= {"picture_seconds": self.picture_seconds and [*self.picture_seconds], "coded_missing": "no camera sent it"}
        elif media_type == "image/jpeg":
            told["at_seconds"] = 0.0 if role.endswith("_first") else self.minutes * 60
        return {**told, "original": not derived, **derived, **(_cutting(role) if role.startswith("cutting_") else {})}

    def manifest(self) -> dict[str, Any]:
        first = START + timedelta(minutes=self.first_minute)
        last = first + timedelta(minutes=self.minutes)
        files = [self._file(*file) for file in self.files]
        name = {"zh": "占道经营", "en": "stall on the public way"}
        return {
            "schema": "curbwatch.manifest/2",
            "algorithms": {"canonical": "rfc8785", "digest": "sha256", "signature": "ed25519-sha256"},
            "packet_id": self.packet_id,
            "act_id": self.act_id,
            "phase": self.phase.value,
            "ordinal": self.number,
            "occasion": "interval" if self.phase is Phase.CONTINUED else "rule",
            "grade": self.grade,
            "closed_to_a": [{"reason": "lead", "text": {"zh": "线索", "en": "a lead"}}] if self.grade == "C" else [],
            "kind": {"id": self.kind, "name": name, "codes": [{"table": "GB/T 30428.2-2013", "code": "04-06"}], "catalogue_version": "2026.11"},
            "camera": {"id": self.camera, "name": {"zh": "大门", "en": "Gate"}},
            "view": {"id": self.view, "version": 1, "sha256": "0" * 64, "time_zone": "Asia/Shanghai", "zones": [], "lines": []},
            "place": {"xyxy": list(self.xyxy), "zone_ids": ["z1"]},
            "stay": {
                "first_seen": first.isoformat(),
                "last_seen": last.isoformat(),
                "confirmed_at": None if self.phase is Phase.ENDED else last.isoformat(),
                "dwell_seconds": self.minutes * 60,
                "looks": 6,
                "missed": 0,
                "unchanged": 0,
                "samples": [
                    {
                        "at": moment.isoformat(),
                        "monotonic_seconds": 0.5 + (moment - first).total_seconds(),
                        "status": "looked",
                        "xyxy": list(self.xyxy),
                        "score": self.score,
                        "class": "stall",
                    }
                    for moment in (first, last)
                ],
                "gaps": [],
                "look": list(self.look),
            },
            "ending": {"reason": "gone", "last_seen": last.isoformat(), "first_gone": last.isoformat(), "sure_at": last.isoformat()}
            if self.phase is Phase.ENDED
            else None,
            "clocks": {"kind": "system", "arrival": {"wall_synchronised": True, "max_error_seconds": 0.01}, "camera": None},
            "rule": {"id": "V2", "version": "1", "thresholds": {"dwell_seconds": 300, "minimum_looks": 5}, "text": name, "overridden": []},
            "permit": {"checked": []},
            "exclusions": {"judged": ["permit"], "not_judged": []},
            "model": {"name": "n-street", "version": "1", "sha256": "1" * 64, "provider": "cpu"},
            "files": files,
            "overlay": [],
            "worker": {"name": self.worker, "key_id": self.key_id, "software": "curbwatch", "software_version": "0.1.0", "boot_id": self.boot},
            "chain": {"sequence": 1, "previous_sha256": None},
            **self.changes,
        }


def _cutting(role: str) -> dict[str, Any]:
    """What a manifest says of a cutting of 64x64."""
    shown = None if role == "cutting_gone" else "stall"
    told = {"made": "cutting", "width": 64, "height": 64, "box_px": [16, 8, 48, 56], "class": shown, "score": 0.8, "masked": {"covered": []}}
    return {"keep_days": 90, "recipe": told}


@dataclass
class Site:
    """The API under test, with a client for each role."""

    api: Api
    clock: Clock
    transport: httpx.ASGITransport
    key: SigningKey = WORKER_KEY
    chains: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def client(self, role: Role | None = None, **options: Any) -> httpx.AsyncClient:
        headers = options.pop("headers", {}) | ({} if role is None else {"Authorization": f"Bearer {self.api.first_tokens[role]}"})
        return httpx.AsyncClient(transport=self.transport, base_url="http://test", headers=headers, **options)

    async def bind_key(self, worker: str = "worker-1") -> httpx.Response:
        async with self.client(Role.WORKER) as client:
            return await client.put(f"/workers/{worker}/key", json={"public_key": self.key.public_key.to_base64()})

    async def put_files(self, packet: Packet) -> None:
        async with self.client(Role.WORKER) as client:
            for _, _, data, _ in packet.files:
                answer = await client.put(f"/blobs/{hashlib.sha256(data).hexdigest()}", content=data)
                assert answer.status_code in (200, 201)

    def manifest(self, packet: Packet) -> dict[str, Any]:
        """The packet's manifest at its place in its worker's chain: at the end, or where the same one was before. A packet that says its place has that."""
        told = packet.manifest()
        if "chain" in packet.changes:
            return told
        chain = self.chains.setdefault(f"{told['worker']['name']} {self.key.key_id}", [])
        plain = manifest_sha256({**told, "chain": None})
        at = next((index for index, (known, _) in enumerate(chain) if known == plain), len(chain))
        told["chain"] = {"sequence": at + 1, "previous_sha256": chain[at - 1][1] if at else None}
        if at == len(chain):
            chain.append((plain, manifest_sha256(told)))
        return told

    def signed(self, packet: Packet) -> dict[str, Any]:
        manifest = self.manifest(packet)
        return {"manifest": manifest, "signature": self.key.sign(manifest).model_dump(mode="json")}

    async def post(self, packet: Packet) -> httpx.Response:
        signed = self.signed(packet)
        async with self.client(Role.WORKER) as client:
            answer = await client.post("/packets", json=signed)
        for chain in self.chains.values():
            if answer.status_code >= 400 and chain and chain[-1][1] == manifest_sha256(signed["manifest"]):
                chain.pop()  # nobody knows of it
        return answer

    async def deliver(self, packet: Packet) -> dict[str, Any]:
        """Key, files and manifest; the answer, which must be a receipt."""
        await self.bind_key(packet.worker)
        await self.put_files(packet)
        answer = await self.post(packet)
        assert answer.status_code in (200, 201), answer.text
        body: dict[str, Any] = answer.json()
        assert body["receipt"]["manifest_sha256"] == manifest_sha256(self.manifest(packet))
        return body

    async def case(self, case_id: str) -> dict[str, Any]:
        async with self.client(Role.REVIEWER) as client:
            answer = await client.get(f"/cases/{case_id}")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def decide(self, case_id: str, role: Role = Role.REVIEWER, **told: Any) -> httpx.Response:
        async with self.client(role) as client:
            return await client.post(f"/cases/{case_id}/decisions", json=told)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["files", "server"])
def store(request: pytest.FixtureRequest) -> str:
    """Which pair of stores a test runs on: SQLite and a folder, or PostgreSQL and S3. A test for one alone parametrises this indirectly."""
    return str(request.param)


@pytest.fixture
def settings(tmp_path: Path, store: str, request: pytest.FixtureRequest) -> Settings:
    return replace(settings_on(store, tmp_path / "data", request), double_review_share=0.0)  # a test that wants seconds says so


def settings_on(store: str, data_dir: Path, request: pytest.FixtureRequest) -> Settings:
    """Settings of a new and empty API on one of the pairs."""
    if store == "server":
        return Settings.of(data_dir, request.getfixturevalue("postgres_url"), request.getfixturevalue("bucket_url"))
    data_dir.mkdir()
    shutil.copy(request.getfixturevalue("blank_sqlite"), data_dir / "curbwatch.sqlite")
    return Settings.of(data_dir)


@pytest.fixture
def api(settings: Settings, clock: Clock) -> Iterator[Api]:
    with opened(settings, clock, clock.steady) as api:
        yield api


@pytest.fixture
async def site(api: Api, clock: Clock) -> AsyncIterator[Site]:
    transport = httpx.ASGITransport(app=create_app(api))
    yield Site(api, clock, transport)
    await transport.aclose()
