"""What a detector proposes in each picture, kept on disk by the detector's hash: fusions and ablations read it again and again."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from models.detections import Detections
from models.looking import look_at
from models.pictures import read_picture
from models.session import YoloSession


class Candidates:
    """All detections of pictures from the detector's lowest score on.

    Attributes:
        session: opened with the lowest score that anybody will ask for.
    """

    def __init__(self, folder: Path, session: YoloSession) -> None:
        self.session = session
        self._folder = folder / f"{session.name}-{session.sha256[:12]}-{session.min_score:g}-fitted"

    def of(self, path: Path) -> tuple[Detections, tuple[int, int]]:
        """The detections of a picture, in its pixels, and its width and height.

        Raises:
            PictureError: it cannot be read.
        """
        name = hashlib.sha256(path.read_bytes()).hexdigest()
        file = self._folder / name[:2] / f"{name}.npz"
        if not file.exists():
            picture = read_picture(path)
            found = look_at(self.session, picture, fitted=True)
            file.parent.mkdir(parents=True, exist_ok=True)
            unfinished = file.with_suffix(".part")
            with unfinished.open("wb") as out:
                np.savez(out, xyxy=found.xyxy, scores=found.scores, class_ids=found.class_ids, size=np.array([picture.shape[1], picture.shape[0]]))
            unfinished.replace(file)
        with np.load(file) as held:
            width, height = (int(v) for v in held["size"])
            return Detections(held["xyxy"], held["scores"], held["class_ids"], self.session.names), (width, height)
