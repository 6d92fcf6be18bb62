"""A sheet of a folder's clips: four pictures of each with its zones and what it is about, so that a person can look all of them through."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import StreetError

MOMENTS = (0.1, 0.35, 0.6, 0.93)
"""Shares of a clip at which its pictures are taken."""
TILE = (480, 270)
Pixels = NDArray[np.uint8]


def contact_sheet(folder: Path, path: Path) -> None:
    """Writes the sheet of all clips that the folder's truth.json names; one row a clip.

    Raises:
        StreetError: it cannot be written.
    """
    import cv2

    truths = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["clips"]
    rows = [np.hstack([_tile(picture, truth, i == 1) for i, picture in enumerate(_pictures(folder / truth["file"], truth["seconds"]))]) for truth in truths]
    try:
        done = cv2.imwrite(str(path), np.vstack(rows))
    except cv2.error:
        done = False
    if not done:
        raise StreetError(f"{path} cannot be written: its name must end in .jpg or .png, in a folder that can be written to")


def _pictures(clip: Path, seconds: float) -> list[Pixels]:
    """Its pictures (BGR) at the moments."""
    import av

    out: list[Pixels] = []
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        for share in MOMENTS:
            container.seek(int(share * seconds / (stream.time_base or 1)), stream=stream)
            out.append(np.asarray(next(container.decode(stream)).to_ndarray(format="bgr24"), np.uint8))
    return out


def _tile(picture: Pixels, truth: dict[str, Any], drawn: bool) -> Pixels:
    """The picture at a tile's size, one of four with what the truth knows drawn in."""
    import cv2

    tile = np.asarray(cv2.resize(picture, TILE, interpolation=cv2.INTER_AREA), np.uint8).copy()
    if not drawn:
        return tile
    for polygon in (*(zone["polygon"] for zone in truth["zones"]), *(permit["polygon"] for permit in truth["permits"])):
        cv2.polylines(tile, [np.round(np.array(polygon) * TILE).astype(np.int32)], True, (0, 220, 220), 1, cv2.LINE_AA)
    for line in truth["lines"]:
        cv2.polylines(tile, [np.round(np.array(line["points"]) * TILE).astype(np.int32)], False, (220, 220, 0), 1, cv2.LINE_AA)
    for entry in (*truth["acts"], *truth["baits"]):
        x0, y0, x1, y1 = (round(v * side) for v, side in zip(entry["xyxy"], TILE * 2, strict=True))
        paint = (40, 40, 230) if "kind" in entry else (60, 200, 60)
        cv2.rectangle(tile, (x0, y0), (x1, y1), paint, 1)
        cv2.putText(tile, entry.get("kind") or str(entry["what"]), (x0, max(10, y0 - 3)), cv2.FONT_HERSHEY_SIMPLEX, 0.38, paint, 1, cv2.LINE_AA)
    return tile
