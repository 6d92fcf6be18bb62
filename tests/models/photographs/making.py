"""Photographs made by code, for the tests of folds and layouts: blotches that differ by seed, and a folder of them with its manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

STALL = {"class": "stall", "box": [0.25, 0.4, 0.75, 0.9], "difficult": False, "group": False}


def blotches(seed: int, width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """RGB (height, width, 3): soft blotches, another picture for every seed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (10, 12, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def write(path: Path, picture: NDArray[np.uint8], quality: int = 90) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return path


def entry(id_: str, origin: str, boxes: Sequence[Mapping[str, Any]] = (), **more: Any) -> dict[str, Any]:
    return {"id": id_, "file": f"images/{id_}.jpg", "width": 96, "height": 64, "origin": origin, "view": "street_level", "boxes": list(boxes)} | more


def folder_of(folder: Path, entries: Sequence[Mapping[str, Any]], pictures: Mapping[str, NDArray[np.uint8]] | None = None) -> Path:
    """Writes manifest and pictures; a picture that is not given is made from its place in the list."""
    for number, one in enumerate(entries):
        given = (pictures or {}).get(one["id"])
        write(folder / one["file"], blotches(number, one["width"], one["height"]) if given is None else given)
    (folder / "manifest.json").write_text(json.dumps(list(entries)), encoding="utf-8")
    return folder


def town(folder: Path, origins: int = 24, each: int = 2) -> Path:
    """A folder in which every second picture of an origin holds a stall."""
    entries = [entry(f"p{o:02}_{i}", f"author{o}/street", [STALL] if i % 2 else []) for o in range(origins) for i in range(each)]
    return folder_of(folder, entries)
