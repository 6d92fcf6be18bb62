"""What a worker is told: everything it needs as one JSON value, so that a local process and a distant actor start alike."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from detector.errors import DetectorError


class SpecError(DetectorError):
    """A worker cannot be started as it was asked for."""


@dataclass(frozen=True, slots=True)
class WatchedCamera:
    """A camera in a worker's list; its addresses may hold credentials and so stay out of every repr.

    Attributes:
        transport: tcp, udp, or libav (read by libav from the beginning).
        sub_url: its small stream for looking, or None.
        resolver: what is asked for the address at each connect (`exec:PROGRAM …`, `http(s)://…`), or None; then `url` may be empty. A worker takes its
            spec from whoever started it on this machine, by pipe: a command comes from there and never from the case API.
        tls_verify: whether a certificate must be good.
        gb28181_id, latitude, longitude, crs, address: where it stands, as its packets say it; coordinates are of the system `crs`.
    """

    camera_id: str
    url: str = field(repr=False)
    transport: str = "tcp"
    name_zh: str | None = None
    name_en: str | None = None
    look_interval_seconds: float | None = None
    sub_url: str | None = field(default=None, repr=False)
    resolver: str | None = field(default=None, repr=False)
    tls_verify: bool = False
    gb28181_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    crs: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """One worker process.

    Attributes:
        name: the worker's name in packets and at the API.
        data_dir: folder of its keys, state, outbox and held evidence.
        cameras: what it watches; with a registry what that gives it counts instead.
        scene: the scene file, or None (then the registry's views, or the whole picture as one zone).
        api_url, token: the case API and the worker token; without an address packets stay in the outbox.
        registry_url, registry_token: the API whose registry gives the worker its cameras, views and orders, and the token of its enrolment there; None where
            `cameras` are given.
        shard, shards: of the registry's cameras it watches those of the `shard`-th of so many shards, from 0.
        model, provider: as `models.session.open_model` takes them.
        detector_threads: single-threaded sessions side by side (CPU); on a GPU one thread batches.
        batch: most pictures in one inference call.
        decoder_threads: threads of the shared keyframe decoders.
        calm_seconds, busy_seconds, suspicious_seconds: intervals between two looks of a view (DESIGN.md: 10 s and 4 s).
        gated: whether the change gate may pass over still pictures.
        tail_seconds: how much of the time after the confirmation the clip shows.
        metrics_port: port of the Prometheus endpoint on loopback; None for none.
    """

    name: str
    data_dir: str
    cameras: tuple[WatchedCamera, ...]
    scene: str | None = None
    api_url: str | None = None
    token: str | None = field(default=None, repr=False)
    registry_url: str | None = None
    registry_token: str | None = field(default=None, repr=False)
    shard: int = 0
    shards: int = 1
    model: str = "curbwatch-n-street"
    provider: str = "auto"
    detector_threads: int = 1
    batch: int = 1
    decoder_threads: int = 1
    calm_seconds: float = 10.0
    busy_seconds: float = 4.0
    suspicious_seconds: float = 2.0
    gated: bool = True
    tail_seconds: float = 5.0
    metrics_port: int | None = None

    def to_json(self) -> str:
        """The spec as one line of JSON; it may hold credentials, so it travels by pipe, never by command line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> WorkerSpec:
        """Reads what `to_json` wrote.

        Raises:
            SpecError: the text is not such a spec.
        """
        try:
            body: dict[str, Any] = json.loads(text)
            cameras = tuple(WatchedCamera(**camera) for camera in body.pop("cameras"))
            return cls(cameras=cameras, **body)
        except (ValueError, TypeError, KeyError) as error:
            raise SpecError(f"the worker's spec is not usable: {error}") from error

    @property
    def folder(self) -> Path:
        """`data_dir` as a path."""
        return Path(self.data_dir)


def shard_of(camera_id: str, shards: int) -> int:
    """The shard (0-based) that a camera belongs to: by a hash of its name, the same on every machine and after every restart."""
    return int.from_bytes(hashlib.sha256(camera_id.encode()).digest()[:8], "big") % shards
