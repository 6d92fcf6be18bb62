"""Looks at photographs set into streets: through the rectangle that a look at the zone is cut to, and as whole frames; resumable."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from detector.scene.judged import JudgedView
from evidence.views import ViewDocument, Zone, ZoneKind
from models.classes import SELLING
from models.looking import look_at
from models.measuring.pasted import CUTS, Cut, PastedLook, read_looks
from models.photographs import Fold
from models.photographs.sizes import HEIGHT_PX, SIZES_PX, WIDTH_PX, Pasted, plan, write
from models.pictures import read_picture
from models.session import YoloSession, open_model
from models.verifier import Verifier, verifier_of

MIN_SCORE = 0.001
"""Below what any card asks its verifier about: things of 32 px have low scores."""


def look_at_pasted(model: str, provider: str, fold: Fold, folder: Path, looks: Path, sizes_px: Sequence[int] = SIZES_PX) -> None:
    """Composes the fold's pictures into `folder`, looks at each twice and appends a line a look to `looks`; what is there is passed over.

    Raises:
        ModelError: the model cannot be opened, or a photograph not be read.
    """
    session = open_model(model, provider=provider, min_score=MIN_SCORE)  # type: ignore[arg-type]
    verifier = verifier_of(session)
    planned = plan(fold, sizes_px)
    done = {(one.picture, one.cut) for one in read_looks([looks])} if looks.exists() else set()
    _end_whole(looks)
    looks.parent.mkdir(parents=True, exist_ok=True)
    aspect = session.input_width_px / session.input_height_px / (WIDTH_PX / HEIGHT_PX)
    with looks.open("a", encoding="utf-8") as file, click.progressbar(write(planned, folder), length=len(planned), label="pasted", file=sys.stderr) as bar:
        for pasted, path in bar:
            wanted = [cut for cut in CUTS if (pasted.name, cut) not in done]
            if not wanted:
                continue
            picture = read_picture(path)
            for cut in wanted:
                score, detector = best(session, verifier, cut_out(picture, pasted, cut, aspect))
                file.write(PastedLook(pasted.name, pasted.photograph.origin, pasted.positive, pasted.size_px, cut, score, detector).line())
            file.flush()


def cut_out(picture: NDArray[np.uint8], pasted: Pasted, cut: Cut, aspect: float) -> NDArray[np.uint8]:
    """The part of the frame (h, w, 3) that a look sees: the rectangle of the view whose only zone is the picture's, or everything."""
    if cut == "frame":
        return picture
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = pasted.zone
    corners = ((x0 / width, y0 / height), (x1 / width, y0 / height), (x1 / width, y1 / height), (x0 / width, y1 / height))
    view = JudgedView(ViewDocument(camera_id="pasted", zones=(Zone(id="zone", kind=ZoneKind.SIDEWALK, polygon=corners),)))
    left, top, right, bottom = view.look_crop(aspect)
    return np.ascontiguousarray(picture[round(top * height) : round(bottom * height), round(left * width) : round(right * width)])


def best(session: YoloSession, verifier: Verifier | None, picture: NDArray[np.uint8]) -> tuple[float, float]:
    """The best fused score and the best detector score of a picture's boxes of selling, 0 where there is none; the same twice without a verifier."""
    found = look_at(session, picture, fitted=True)
    selling = found.of(*SELLING)
    detector = float(selling.scores.max(initial=0.0))
    if verifier is None:
        return detector, detector
    return float(verifier.ask(picture, found).verified.max(initial=0.0)), detector


def _end_whole(looks: Path) -> None:
    """Takes off a last line that was cut short."""
    if looks.exists():
        data = looks.read_bytes()
        if data and not data.endswith(b"\n"):
            looks.write_bytes(data[: data.rfind(b"\n") + 1])
