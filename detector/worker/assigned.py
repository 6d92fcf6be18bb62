"""The cameras that the registry assigns to a worker: asked for by ETag, kept for a start without the registry, given up when the worker is revoked.

What the registry says is taken from afar, so it names network addresses only: no file of this machine is read and no program run because of it. An entry
that cannot be used concerns its own camera alone.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from detector.errors import DetectorError
from detector.fleet.spec import WatchedCamera, WorkerSpec, shard_of
from detector.worker.clocks import boot_id
from detector.worker.files import DiskFault
from detector.worker.kept_registry import KeptRegistry
from detector.worker.registry import ApiClient, Elsewhere, NotAllowed, Unacceptable
from streams import address
from streams.camera import CAMERA_ID, TRANSPORTS
from streams.resolver import runs_a_command

log = logging.getLogger(__name__)

REFUSALS = 2
"""So many answers in a row must say that the worker may not, until it stops: one may come of a database that is just being changed."""
MOST_TOLD = 300


class Revoked(DetectorError):
    """The registry does not take this worker for one that holds cameras: it was revoked, or never enrolled there."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the registry gives a worker.

    Attributes:
        connects: host → how many connects at once it bears.
    """

    cameras: tuple[WatchedCamera, ...] = ()
    connects: Mapping[str, int] = field(default_factory=dict)


class Assigned:
    """One worker's share of the registry. `begin` once before anything is read, `poll` from then on, on one thread.

    Args:
        on_given: told of each change.
        on_revoked: told why, once.
    """

    def __init__(self, spec: WorkerSpec, client: ApiClient, on_given: Callable[[Given], None], on_revoked: Callable[[str], None]) -> None:
        self._client, self._on_given, self._on_revoked = client, on_given, on_revoked
        self._shard, self._shards = spec.shard, spec.shards
        self._where, self._worker, self._folder = client.base_url, spec.name, spec.folder
        self._kept = KeptRegistry(spec.folder, client.base_url, spec.name, client.token)
        self._etag: str | None = None
        self._unwritten: Mapping[str, Any] | None = None
        self._heard_seconds: float | None = None
        self._refusals = 0
        self._told: dict[str, str] = {}
        """Of what a fault was told, and which: each is told once."""
        self.given = Given()

    @property
    def gauges(self) -> dict[str, float]:
        """For the metrics: how many cameras the registry gives, and for how long it was not heard (-1: not since the start)."""
        ago = -1.0 if self._heard_seconds is None else time.monotonic() - self._heard_seconds
        return {"registry_cameras": float(len(self.given.cameras)), "registry_silent_seconds": round(ago, 1)}

    def begin(self) -> Given:
        """What the worker begins with: what the registry says now, else what it said last, else nothing yet.

        Raises:
            Revoked: the registry answers that this worker holds nothing.
        """
        self._client.place = place_of(self._folder)
        self._client.open()
        try:
            heard = self._client.cameras()
        except NotAllowed as error:
            self._kept.forget()
            raise Revoked(self._refused(error)) from None
        except Elsewhere as error:
            self._tell("", f"this worker looks at nothing: {error}")
        except Exception as error:  # whatever it is, it must not keep a worker from its cameras
            self._begin_without(" ".join(str(error).split())[:MOST_TOLD] or type(error).__name__)
        else:
            assert heard is not None
            self._take(heard.body, heard.etag)
            if not self.given.cameras:
                log.warning("%s gives the worker %s no camera yet; it waits for some", self._where, self._worker)
        finally:
            self._client.close()
        return self.given

    def poll(self) -> None:
        """Asks whether anything has changed.

        Raises:
            RegistryError: the registry refuses the worker, or answers in another shape. httpx.HTTPError: it is not there.
        """
        try:
            heard = self._client.cameras(self._etag)
        except NotAllowed as error:
            self._refusals += 1
            if self._refusals == REFUSALS:
                self._kept.forget()
                self._on_revoked(self._refused(error))
            raise
        except Elsewhere as error:
            self._tell("", f"this worker looks at nothing any more: {error}")
            self._etag = None
            if self.given != Given():
                self.given = Given()
                self._on_given(self.given)
            return
        except Unacceptable as error:  # such as a login that the API cannot open: views and reports go on
            self._tell("", f"the registry cannot say which cameras are this worker's, and they stay as they are: {error}")
            return
        self._refusals = 0
        self._told.pop("", None)
        if heard is None:
            self._heard_seconds = time.monotonic()
            self._keep()
            return
        before = self.given
        self._take(heard.body, heard.etag)
        if self.given != before:
            self._on_given(self.given)

    def _take(self, body: Mapping[str, Any], etag: str | None) -> None:
        self.given = self._read(body)
        self._etag, self._heard_seconds, self._unwritten = etag, time.monotonic(), body
        self._keep()

    def _keep(self) -> None:
        if self._unwritten is None:
            return
        try:
            self._kept.write(self._unwritten, datetime.now(UTC))
        except DiskFault as error:
            self._tell("kept", f"what the registry says cannot be kept for a start without it: {error}")
        else:
            self._unwritten = None
            self._told.pop("kept", None)

    def _begin_without(self, why: str) -> None:
        kept = self._kept.read()
        if kept is None:
            log.warning("the registry cannot be asked (%s), and nothing of it was kept here; the worker waits for it", why)
            return
        body, heard_at = kept
        try:
            self.given = self._read(body)
        except (AttributeError, TypeError):
            log.warning("%s: is of another version; the worker waits for the registry", self._kept.path)
            return
        log.warning(
            "the registry cannot be asked (%s); going on with the %d cameras that it gave at %s",
            why, len(self.given.cameras), heard_at.isoformat("T", "seconds"),
        )  # fmt: skip

    def _read(self, body: Mapping[str, Any]) -> Given:
        bounds = {str(host.get("host")): host.get("most_connects") for host in _entries(body, "hosts") if isinstance(host, Mapping)}
        cameras, connects = [], dict[str, int]()
        for item in _entries(body, "items"):
            camera_id = _id_of(item)
            if camera_id is None:
                self._tell("?", "an entry of the registry is no camera and is passed over")
                continue
            if self._shards > 1 and shard_of(camera_id, self._shards) != self._shard:
                continue
            try:
                camera = watched_camera(item)
            except ValueError as error:
                self._tell(camera_id, f"camera {camera_id}: is not taken from the registry: {error}")
                continue
            self._told.pop(camera_id, None)
            cameras.append(camera)
            name, bound = _bound_of(camera, bounds)
            if bound is not None:
                connects[name] = min(bound, connects.get(name, bound))
        return Given(tuple(cameras), connects)

    def _refused(self, error: NotAllowed) -> str:
        return (
            f"{self._where}: the registry gives the worker {self._worker} no cameras, and it looks at none ({error.why}); an administrator enrols it "
            "(`curbwatch cameras enroll`; one that was revoked in a new --data-dir, since its key is not taken again)"
        )

    def _tell(self, what: str, fault: str) -> None:
        if self._told.get(what) != fault:
            self._told[what] = fault
            log.warning("%s", fault)


def place_of(folder: Path) -> str:
    """Names a data folder on this machine, the same for every process that runs by it; a copy of it is another place."""
    told = folder.stat()
    return hashlib.sha256(f"{boot_id()}/{told.st_dev}/{told.st_ino}".encode()).hexdigest()[:32]


def watched_camera(item: Mapping[str, Any]) -> WatchedCamera:
    """A camera as a worker reads it, of an entry of `GET /workers/NAME/cameras`.

    Raises:
        ValueError: what of it cannot be used, in words that quote no address.
    """
    url, sub_url, resolver = (_text(item, name) for name in ("url", "sub_url", "resolver"))
    for which, one in (("url", url), ("sub_url", sub_url)):
        if one is not None and ("://" not in one or address.is_file(one)):
            raise ValueError(f"its {which} is no network address")
    if runs_a_command(resolver):
        raise ValueError("its resolver is no http(s) address")
    if url is None and resolver is None:
        raise ValueError("it has neither an address nor a resolver")
    transport = _text(item, "transport") or "tcp"
    if transport not in TRANSPORTS:
        raise ValueError("its transport is not known")
    name = item.get("name")
    zh, en = (_text(name, "zh"), _text(name, "en")) if isinstance(name, Mapping) else (name if isinstance(name, str) else None, None)
    texts = {key: _text(item, key) for key in ("gb28181_id", "crs", "address")}
    numbers = {key: _number(item, key) for key in ("look_interval_seconds", "latitude", "longitude")}
    return WatchedCamera(
        str(item["camera_id"]), url or "", transport, zh, en, numbers["look_interval_seconds"], sub_url, resolver, item.get("tls_verify") is True,
        texts["gb28181_id"], numbers["latitude"], numbers["longitude"], texts["crs"], texts["address"],
    )  # fmt: skip


def _entries(body: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = body.get(name)
    return found if isinstance(found, list) else ()


def _id_of(item: Any) -> str | None:
    camera_id = item.get("camera_id") if isinstance(item, Mapping) else None
    return camera_id if isinstance(camera_id, str) and CAMERA_ID.fullmatch(camera_id) else None


def _text(item: Mapping[str, Any], name: str) -> str | None:
    value = item.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"its {name} is no text")
    return value or None


def _number(item: Mapping[str, Any], name: str) -> float | None:
    value = item.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ValueError(f"its {name} is no number")
    return None if value is None else float(value)


def _bound_of(camera: WatchedCamera, bounds: Mapping[str, Any]) -> tuple[str, int | None]:
    """The host of a camera's address and how many connects at once it bears, if that is said; the registry names a host with its port where it has one."""
    try:
        parts = urlsplit(camera.url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "", None
    bound = bounds.get(host if port is None else f"{host}:{port}")
    return host, bound if isinstance(bound, int) and bound > 0 else None
