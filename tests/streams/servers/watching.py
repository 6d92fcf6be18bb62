"""Reads several cameras at once through the reader itself, and keeps what came of each."""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from streams.camera import CameraSpec, CameraStatus
from streams.media import CLOCK_RATE, AccessUnit, Codec, nal_type
from streams.reader import Reader, ReaderSettings
from streams.recorded import read_access_units


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of a camera: its status while it was read, its keyframes, and its ring."""

    status: CameraStatus
    keyframes: tuple[AccessUnit, ...]
    pictures: tuple[AccessUnit, ...]


def read_together(specs: Sequence[CameraSpec], enough: Callable[[Seen], bool], most_seconds: float, settings: ReaderSettings | None = None) -> dict[str, Seen]:
    """Reads the cameras until there is enough of each, or the time is over."""
    keyframes: dict[str, list[AccessUnit]] = {spec.camera_id: [] for spec in specs}
    reader = Reader(lambda camera, unit: keyframes[camera].append(unit), settings)
    seen: dict[str, Seen] = {}
    began = time.monotonic()
    with reader:
        for spec in specs:
            reader.add(spec)
        while True:
            time.sleep(0.1)
            for spec in specs:
                name = spec.camera_id
                if name not in seen or not enough(seen[name]):
                    seen[name] = Seen(reader.status(name), tuple(keyframes[name]), reader.ring(name).snapshot())
            if all(enough(one) for one in seen.values()) or time.monotonic() - began > most_seconds:
                return seen


def whole(seen: Seen) -> bool:
    """Whether three keyframes and the camera's clock have come."""
    return len(seen.keyframes) >= 3 and seen.status.clock_offset_seconds is not None


def pictures_of(path: Path) -> list[str]:
    """The coded slices of a file's pictures by their hash, in the order of decoding."""
    return [slices_of(unit) for unit in read_access_units(path)]


def slices_of(unit: AccessUnit) -> str:
    """The hash of a picture's coded slices, byte for byte; parameter sets, delimiters, messages and zeros behind a NAL unit are a server's."""
    limit, codec = (6 if unit.codec is Codec.H264 else 32), unit.codec
    return hashlib.sha256(b"".join(b"\0\0\1" + nal.rstrip(b"\0") for nal in unit.nals if 0 < nal_type(codec, nal) + (codec is Codec.H265) <= limit)).hexdigest()


def keyframe_seconds(seen: Seen) -> float:
    """The median of the keyframes' distance by their times: arrivals come in bursts on a busy machine."""
    return statistics.median(later.timestamp - one.timestamp for one, later in pairwise(seen.keyframes)) / CLOCK_RATE


def assert_bit_identical(seen: Seen, path: Path, *, times: bool = True) -> None:
    """The pictures are a stretch of the file, byte for byte and none left out (the file may begin again), and with `times` their times are the file's."""
    recorded = list(read_access_units(path))
    hashes = [slices_of(unit) for unit in recorded]
    came = [slices_of(unit) for unit in seen.pictures]
    assert came, "there are pictures"
    assert seen.pictures[0].keyframe, "what came before a keyframe was not kept"
    assert set(came) <= set(hashes), "each picture is one of the file, byte for byte"
    length = len(recorded)
    begins = [start for start in range(length) if all(hashes[(start + n) % length] == one for n, one in enumerate(came))]
    assert begins, "none is left out, doubled or put elsewhere"
    for n, (unit, later) in enumerate(pairwise(seen.pictures), begins[0]):
        if times and min(n % length, (n + 1) % length) > 1:  # where the file begins again, VLC shows the first picture 40 ms off
            step = recorded[(n + 1) % length].timestamp - recorded[n % length].timestamp
            assert abs(later.timestamp - unit.timestamp - step) <= 90, "its time is the file's, to a millisecond"
