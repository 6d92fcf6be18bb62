"""Features of crops by a frozen backbone, kept on disk: a crop is computed once, whatever is trained from it and how often.

One file a picture, `<backbone and version>/<first two>/<SHA-256 of the picture>.npz`; within it a crop is known by its rectangle in 1/10,000 of the
picture and by how it is shown: as it is (0), mirrored (1), or as if it had so many pixels a side only. Values are kept in half precision.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from models.pictures import read_picture
from models.training.verifier.backbones import FEATURES, backbone_id
from models.verifier.crops import Rectangle, cut

GRID = 10_000
SMALL_QUALITY = 80
"""Of the JPEG that a crop of few pixels passes through, as a camera's picture does."""


class FeatureStore:
    """Features by picture and rectangle; asks the backbone only for what the folder lacks.

    Attributes:
        computed: crops that were computed by this store.
    """

    def __init__(self, folder: Path, exported: Path, side_px: int) -> None:
        self.side_px, self.computed = side_px, 0
        self._exported = exported
        self._folder = folder / backbone_id(exported)
        self._session: onnxruntime.InferenceSession | None = None
        self._hashes: dict[Path, str] = {}

    def of(self, path: Path, rectangles: Sequence[Rectangle], *, mirrored: bool = False, shown_px: Sequence[int] = ()) -> NDArray[np.float32]:
        """The features (n, 1280) of rectangles of a picture, in shares of it (0..1).

        Args:
            shown_px: (n,) the pixels that each has a side (more than 1), as if a camera saw it from far away; by default those that it has.

        Raises:
            PictureError: the picture cannot be read.
        """
        shown = shown_px or [int(mirrored)] * len(rectangles)
        keys = np.array([[*(round(v * GRID) for v in one), how] for one, how in zip(rectangles, shown, strict=True)], np.int32).reshape(-1, 5)
        file = self._file(path)
        known, values = _load(file)
        place = {tuple(key): i for i, key in enumerate(known.tolist())}
        new = [key for key in dict.fromkeys(map(tuple, keys.tolist())) if key not in place]
        if new:
            picture = read_picture(path)
            height, width = picture.shape[:2]
            scale = (width / GRID, height / GRID) * 2
            made = [self._features(_cut(picture, [v * s for v, s in zip(key[:4], scale, strict=True)], self.side_px, key[4])) for key in new]
            known = np.concatenate([known, np.array(new, np.int32)])
            values = np.concatenate([values, np.stack(made).astype(np.float16)])
            _save(file, known, values)
            place |= {key: len(place) + i for i, key in enumerate(new)}
        return np.asarray(values[[place[tuple(key)] for key in keys.tolist()]], np.float32).reshape(-1, FEATURES)

    def _file(self, path: Path) -> Path:
        if path not in self._hashes:
            self._hashes[path] = hashlib.sha256(path.read_bytes()).hexdigest()
        name = self._hashes[path]
        return self._folder / name[:2] / f"{name}.npz"

    def _features(self, crop: NDArray[np.uint8]) -> NDArray[np.float32]:
        if self._session is None:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads, options.log_severity_level = 1, 1, 4
            self._session = onnxruntime.InferenceSession(str(self._exported), options, providers=["CPUExecutionProvider"])
        self.computed += 1
        return np.asarray(self._session.run(None, {"crops": crop[None]})[0][0], np.float32)


def _cut(picture: NDArray[np.uint8], rectangle: list[float], side_px: int, shown: int) -> NDArray[np.uint8]:
    x0, y0, x1, y1 = rectangle
    if shown <= 1:
        crop = cut(picture, (x0, y0, x1, y1), side_px)
        return np.ascontiguousarray(crop[:, ::-1]) if shown else crop
    done, data = cv2.imencode(".jpg", cut(picture, (x0, y0, x1, y1), shown)[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, SMALL_QUALITY])
    assert done
    small = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.resize(small[:, :, ::-1], (side_px, side_px), interpolation=cv2.INTER_LINEAR), np.uint8)


def _load(file: Path) -> tuple[NDArray[np.int32], NDArray[np.float16]]:
    if not file.exists():
        return np.empty((0, 5), np.int32), np.empty((0, FEATURES), np.float16)
    with np.load(file) as held:
        return held["keys"], held["values"]


def _save(file: Path, keys: NDArray[np.int32], values: NDArray[np.float16]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    with unfinished.open("wb") as out:
        np.savez(out, keys=keys, values=values)
    unfinished.replace(file)
