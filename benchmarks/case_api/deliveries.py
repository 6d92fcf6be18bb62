"""What workers bring: packets of three pictures and a clip, by a timetable, each until it has its receipt, which is checked. As a worker does with packets
of this size: manifest and files in one request, and its manifests are a chain. Every third goes on with an act that was brought before, so its case is joined.
The peer gets the same requests.
"""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.case_api.clients import Line, Taken, together
from benchmarks.case_api.rows import CAMERAS
from benchmarks.errors import BenchmarkError
from evidence.bundles import write_bundle
from evidence.canonical import manifest_sha256
from evidence.kinds import load_catalogue
from evidence.packet import Chain, Phase, Receipt, act_id_of, packet_id_of
from evidence.signing import PublicKey, SigningKey, verify_receipt

SENDERS = 8
CLIP_BYTES = 300_000
PICTURE_BYTES = 60_000
SAMPLES = 100
CONTINUED_EVERY = 3
"""So many packets of which one goes on with the act of the packet `BEFORE` it."""
BEFORE = 25
FILES = (
    ("clip_confirmed", "clip.mp4", "video/mp4", CLIP_BYTES),
    ("snapshot_first", "first.jpg", "image/jpeg", PICTURE_BYTES),
    ("snapshot_confirming", "confirming.jpg", "image/jpeg", PICTURE_BYTES),
    ("closeup", "closeup.jpg", "image/jpeg", PICTURE_BYTES),
)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A packet, signed and ready: its body as it is posted, its manifest's hash, its files by hash."""

    body: bytes
    manifest_sha256: str
    files: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Act:
    """What stands somewhere: its name, its camera, and when it was seen last."""

    name: str
    camera: str
    last: datetime


def parcels(count: int, key: SigningKey, worker: str, seed: int) -> Iterator[Parcel]:
    """Packets of acts all over the city; of every `CONTINUED_EVERY` one goes on with an earlier act, the others are of cases of their own."""
    dice = random.Random(seed)
    kind = load_catalogue().kinds[1]
    now = datetime.now(UTC)
    previous: str | None = None
    acts: deque[Act] = deque(maxlen=BEFORE)
    for number in range(count):
        files = [(role, name, media, _bytes(dice, media, size)) for role, name, media, size in FILES]
        chain = Chain(sequence=number + 1, previous_sha256=previous)
        goes_on = number % CONTINUED_EVERY == CONTINUED_EVERY - 1 and len(acts) == BEFORE
        act = acts.popleft() if goes_on else Act(f"{seed}-{number}", f"cam-{number % CAMERAS:05d}", now - timedelta(seconds=dice.randrange(5, 60)))
        if not goes_on:
            acts.append(act)
        manifest = _manifest(act, kind, files, key, worker, chain, ordinal=int(goes_on))
        previous = manifest_sha256(manifest)
        body = json.dumps({"manifest": manifest, "signature": key.sign(manifest).model_dump(mode="json")}).encode()
        yield Parcel(body, previous, tuple((hashlib.sha256(data).hexdigest(), data) for *_, data in files))


def deliver(port: int, token: str, api_key: PublicKey | None, waiting: Iterator[Parcel], count: int, per_second: float) -> tuple[Taken, float]:
    """Brings packets by the timetable, on eight lines; the seconds of each from its due time to its receipt, and of all together.

    Args:
        api_key: that receipts must be signed by; None for an API that gives none.

    Raises:
        BenchmarkError: a packet or a file was refused, or a receipt is not this API's for this manifest.
    """
    lock, broken = threading.Lock(), threading.Event()
    began = time.monotonic()
    sent = 0

    def work(number: int, taken: Taken) -> None:
        nonlocal sent
        line = Line(port, token)
        try:
            while not broken.is_set():
                with lock:
                    parcel = next(waiting, None) if sent < count else None
                    due = began + sent / per_second
                    sent += 1
                if parcel is None:
                    break
                time.sleep(max(0.0, due - time.monotonic()))
                _bring(line, parcel, api_key, taken)
                taken.add("packet", time.monotonic() - due)
        except BaseException:
            broken.set()
            raise
        finally:
            line.close()

    taken = together("a delivery", SENDERS, work)
    return taken, time.monotonic() - began


def _bring(line: Line, parcel: Parcel, api_key: PublicKey | None, taken: Taken) -> None:
    began = time.perf_counter()
    status, body = line.ask("POST", "/packets/bundle", write_bundle(parcel.body, parcel.files), {"Content-Type": "application/x-tar"})
    taken.add("packet with its files", time.perf_counter() - began)
    if status != 201:
        raise BenchmarkError(f"a packet was answered {status}: {body[:200].decode('utf-8', 'replace')}")
    if api_key is not None:
        _check_receipt(body, api_key, parcel)


def _check_receipt(body: bytes, api_key: PublicKey, parcel: Parcel) -> None:
    receipt = Receipt.model_validate(json.loads(body)["receipt"])
    verify_receipt(receipt, api_key)
    if receipt.manifest_sha256 != parcel.manifest_sha256:
        raise BenchmarkError("a receipt is of another manifest than the one that was sent")


BEGINNINGS = {
    "image/jpeg": b"\xff\xd8\xff\xc0\x00\x0b\x08\x04\x38\x07\x80\x01\x01\x11\x00",  # of 1920x1080
    "video/mp4": b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2",
}
"""What the API looks at before it takes a file."""


def _bytes(dice: random.Random, media: str, size: int) -> bytes:
    begin = BEGINNINGS[media]
    return begin + dice.randbytes(size - len(begin)).replace(b"\xff", b"\xfe")  # no marker of a JPEG by chance


def _manifest(
    act: Act, kind: Any, files: list[tuple[str, str, str, bytes]], key: SigningKey, worker: str, chain: Chain, *, ordinal: int
) -> dict[str, Any]:  # fmt: skip
    phase, last, camera = Phase.CONTINUED if ordinal else Phase.CONFIRMED, act.last, act.camera
    first = last - timedelta(seconds=4 * (SAMPLES - 1))
    box = [0.2, 0.4, 0.5, 0.8]
    act_id = act_id_of(camera, "main", kind.id, first, act.name)
    clip = hashlib.sha256(files[0][3]).hexdigest()
    named = kind.name.model_dump()
    return {
        "schema": "curbwatch.manifest/2",
        "algorithms": {"canonical": "rfc8785", "digest": "sha256", "signature": "ed25519-sha256"},
        "packet_id": packet_id_of(act_id, phase, ordinal),
        "act_id": act_id,
        "phase": phase.value,
        "ordinal": ordinal,
        "occasion": "rule",
        "grade": "B",
        "closed_to_a": [],
        "kind": {"id": kind.id, "name": named, "codes": [], "catalogue_version": "2026.11"},
        "camera": {"id": camera, "name": {"zh": "大门", "en": "Gate"}},
        "view": {"id": "main", "version": 1, "sha256": "0" * 64, "time_zone": "Asia/Shanghai", "zones": [], "lines": []},
        "place": {"xyxy": box, "zone_ids": ["z1"]},
        "stay": {
            "first_seen": first.isoformat(),
            "last_seen": last.isoformat(),
            "confirmed_at": last.isoformat(),
            "dwell_seconds": 4.0 * (SAMPLES - 1),
            "looks": SAMPLES,
            "missed": 0,
            "unchanged": 0,
            "samples": [
                {
                    "at": (first + timedelta(seconds=4 * step)).isoformat(),
                    "monotonic_seconds": 4.0 * step,
                    "status": "looked",
                    "xyxy": box,
                    "score": 0.8,
                    "class": "stall",
                }
                for step in range(SAMPLES)
            ],
            "gaps": [],
        },
        "ending": None,
        "clocks": {"kind": "system", "arrival": {"wall_synchronised": True, "max_error_seconds": 0.01}, "camera": None},
        "rule": {"id": kind.id, "version": "1", "thresholds": {"dwell_seconds": 300, "minimum_looks": 5}, "text": named, "overridden": []},
        "permit": {"checked": []},
        "exclusions": {"judged": ["permit"], "not_judged": []},
        "model": {"name": "n-street", "version": "1", "sha256": "1" * 64, "provider": "cpu"},
        "files": [_file(role, name, media, data, clip) for role, name, media, data in files],
        "overlay": [],
        "worker": {"name": worker, "key_id": key.key_id, "software": "curbwatch", "software_version": "0.1.0", "boot_id": "b"},
        "chain": chain.model_dump(mode="json"),
    }


def _file(role: str, name: str, media_type: str, data: bytes, clip: str) -> dict[str, Any]:
    derived = {} if role == "clip_confirmed" else {"derived_from": clip}
    told: dict[str, Any] = {"role": role, "name": name, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "media_type": media_type}
    if derived:
        told["at_seconds"] = 0.0 if role == "snapshot_first" else 4.0 * (SAMPLES - 1)
    else:
        told |= {"picture_seconds": [round(0.04 * number, 2) for number in range(300)], "coded_missing": "no camera sent it"}
    return {**told, "original": not derived, **derived}
