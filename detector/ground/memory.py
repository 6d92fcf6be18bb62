"""The ground as bytes and back, for a restart: a line of JSON, then the cells, deflated; less than 160 kB a view.

Times are kept as ages: what passed while nobody looked counts for nothing, and a new boot's clock is none of its business. No person can be recognised in
it: a cell is 12 pixels of a 1080p picture, and who passes is not kept.
"""

from __future__ import annotations

import json
import math
import zlib
from typing import Any, get_args

import numpy as np

from detector.errors import DetectorError
from detector.ground.values import MOST_REGIONS, UNKNOWN, GroundState, Region, Standing, Verdict

FORMAT = "curbwatch.ground/1"
MOST_CELLS = 1 << 16
MOST_BYTES = 4 << 20
LEVEL_OF_DEFLATE = 1
PLANES = (("old", np.dtype("<i2"), 3), ("since", np.dtype("<f4"), 1), ("candidate", np.dtype("u1"), 3), ("vote", np.dtype("<u2"), 1),
          ("noise", np.dtype("u1"), 1), ("cover", np.dtype("<u2"), 1), ("owner", np.dtype("u1"), 1))  # fmt: skip
"""Name, type and number of planes of what is kept, in this order."""
AGE_SECONDS, COMPARED_SECONDS, NO_AGE = 600.0, 60.0, 65535
"""Steps of the ages in which it is kept since when a cell has looked as it does, and when it was last compared: neither seems better than it is."""
PLANES_STANDING = 3 + 2 + 2 + 1
"""Bytes of a cell: its look, the two ages, its doubts."""


class GroundFault(DetectorError):
    """Remembered ground is not what this version wrote or understands."""


def ground_to_bytes(state: GroundState) -> bytes:
    """All that is remembered of a view's ground."""
    standing = b"" if state.standing is None else zlib.compress(_standing_cells(state.standing, state.at_seconds), LEVEL_OF_DEFLATE)
    header = {
        "format": FORMAT,
        "standing": len(standing),
        "rectangle": list(state.rectangle),
        "shape": list(state.shape),
        "brightness": round(state.brightness, 3),
        "regions": [_row(region, state.at_seconds) for region in state.regions],
    }
    at = np.float32(state.at_seconds)
    ages = np.where(state.known, at - state.since, np.float32(UNKNOWN))
    cells = b"".join(np.ascontiguousarray(ages if name == "since" else getattr(state, name), kind).tobytes() for name, kind, _ in PLANES)
    return json.dumps(header).encode() + b"\n" + zlib.compress(cells, LEVEL_OF_DEFLATE) + standing


def ground_from_bytes(data: bytes, at_seconds: float) -> GroundState:
    """Reads what `ground_to_bytes` wrote, as of a moment of the arrival clock.

    Raises:
        GroundFault: it is something else.
    """
    try:
        line, _, packed = data[:MOST_BYTES].partition(b"\n")
        header = json.loads(line)
        if header["format"] != FORMAT:
            raise ValueError(f"it is of the format {header['format']!r}")
        rows, columns = (int(one) for one in header["shape"])
        if min(rows, columns) < 1 or rows * columns > MOST_CELLS:
            raise ValueError(f"{rows}x{columns} cells")
        tail = int(header.get("standing", 0))
        if not 0 <= tail < len(packed):
            raise ValueError(f"{tail} bytes at its end of {len(packed)}")
        standing = _standing(packed[len(packed) - tail :], (rows, columns), at_seconds) if tail else None
        packed = packed[: len(packed) - tail]
        size = rows * columns * sum(kind.itemsize * planes for _, kind, planes in PLANES)
        unpacker = zlib.decompressobj()
        cells = unpacker.decompress(packed, size + 1)
        if len(cells) != size:
            raise ValueError(f"{len(cells)} bytes of cells where {size} are due")
        planes: dict[str, Any] = {}
        begins = 0
        for name, kind, count in PLANES:
            ends = begins + rows * columns * kind.itemsize * count
            plane = np.frombuffer(cells[begins:ends], kind).astype(kind.newbyteorder("="))
            planes[name] = plane.reshape((count, rows, columns) if count > 1 else (rows, columns))
            begins = ends
        ages = planes["since"]
        planes["since"] = np.where(ages >= 0, np.float32(at_seconds) - ages, np.float32(UNKNOWN)).astype(np.float32)
        regions = tuple(_region(row, at_seconds) for row in header["regions"])
        rectangle, brightness = _box(header["rectangle"]), float(header["brightness"])
        known = {region.number for region in regions}
        if not set(np.unique(planes["owner"]).tolist()) <= {0, *known}:
            raise ValueError("a cell belongs to no region")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, zlib.error) as error:
        raise GroundFault(f"the remembered ground cannot be read ({type(error).__name__}: {error}); it is learned anew") from error
    nothing = np.zeros((rows, columns), bool)
    return GroundState(
        rectangle=rectangle, at_seconds=at_seconds, differs=nothing, visible=nothing, brightness=brightness, regions=regions, standing=standing, **planes
    )  # fmt: skip


def _standing_cells(standing: Standing, at_seconds: float) -> bytes:
    known = standing.since > UNKNOWN / 2
    ages = np.floor((standing.compared - standing.since) / AGE_SECONDS), np.ceil((np.float32(at_seconds) - standing.compared) / COMPARED_SECONDS)
    steps = (np.where(known, np.clip(one, 0, NO_AGE - 1), NO_AGE).astype("<u2") for one in ages)
    return b"".join(plane.tobytes() for plane in (standing.picture, *steps, standing.doubts))


def _standing(packed: bytes, shape: tuple[int, int], at_seconds: float) -> Standing:
    count = shape[0] * shape[1]
    cells = zlib.decompressobj().decompress(packed, count * PLANES_STANDING + 1)
    if len(cells) != count * PLANES_STANDING:
        raise ValueError(f"{len(cells)} bytes of what stands there where {count * PLANES_STANDING} are due")
    ages, before = (np.frombuffer(cells, "<u2", count, (3 + 2 * one) * count).reshape(shape).astype(np.float32) for one in (0, 1))
    compared = np.where(ages < NO_AGE, np.float32(at_seconds) - before * np.float32(COMPARED_SECONDS), np.float32(UNKNOWN)).astype(np.float32)
    since = np.where(ages < NO_AGE, compared - ages * np.float32(AGE_SECONDS), np.float32(UNKNOWN)).astype(np.float32)
    look = np.frombuffer(cells, np.uint8, 3 * count).reshape(3, *shape).copy()
    return Standing(float(compared.max()), look, since, compared, np.frombuffer(cells, np.uint8, count, 7 * count).reshape(shape).copy())


def _row(region: Region, at_seconds: float) -> list[Any]:
    ages = [round(at_seconds - moment, 3) for moment in (region.since_seconds, region.seen_seconds)]
    return [region.number, region.verdict, list(region.xyxy), *ages, region.score, region.share, list(region.signature)]


def _region(row: Any, at_seconds: float) -> Region:
    number, verdict, xyxy, since, seen, score, share, signature = row
    if verdict not in get_args(Verdict) or not 0 < int(number) <= MOST_REGIONS:
        raise ValueError(f"the region {number} ({verdict})")
    return Region(
        int(number), verdict, _box(xyxy), at_seconds - float(since), at_seconds - float(seen), float(score), float(share),
        present=False, signature=tuple(float(one) for one in signature),
    )  # fmt: skip


def _box(values: Any) -> tuple[float, float, float, float]:
    left, top, right, bottom = (float(one) for one in values)
    if not (math.isfinite(left + top + right + bottom) and left < right and top < bottom):
        raise ValueError(f"no box: {values}")
    return left, top, right, bottom
