"""Looks at photographs set into streets: through the rectangle that a look at the zone is cut to, at what that proposes as a worker's zoom look does, and as
whole frames; resumable.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from detector.scene.judged import JudgedView
from detector.worker.eye import Eye
from evidence.views import ViewDocument, Zone, ZoneKind
from models.classes import SELLING
from models.detections import Detections
from models.looking import look_at
from models.measuring.lines import end_whole, refuse_others
from models.measuring.pasted import CUTS, Cut, PastedLook, read_looks
from models.photographs import Fold
from models.photographs.sizes import HEIGHT_PX, SIZES_PX, WIDTH_PX, Pasted, plan, write
from models.pictures import read_picture
from models.session import YoloSession, open_model
from models.verifier import Answer, Verifier, files_of, verifier_of
from models.verifier.verifier import askable
from streams.decoding import cut_still

MIN_SCORE = 0.001
"""Below what any card asks its verifier about: things of 32 px have low scores."""
PLACES = 2
"""So many places of a zone are zoomed at: those with the highest detector scores."""


def look_at_pasted(model: str, provider: str, fold: Fold, folder: Path, looks: Path, sizes_px: Sequence[int] = SIZES_PX) -> None:
    """Composes the fold's pictures into `folder`, looks at each in every way and appends a line a look to `looks`; what is there is passed over. Nothing is
    zoomed at where the model has no verifier.

    Raises:
        ModelError: the model cannot be opened, or a photograph not be read.
        EvaluationError: the looks that are there are another model's.
    """
    session = open_model(model, provider=provider, min_score=MIN_SCORE)  # type: ignore[arg-type]
    verifier = verifier_of(session)
    cuts = [cut for cut in CUTS if cut != "zoom" or verifier is not None]
    planned = plan(fold, sizes_px)
    looked_by = files_of(session, verifier)
    end_whole(looks)
    there = read_looks([looks]) if looks.exists() else []
    refuse_others(looks, (one.looked_by for one in there), looked_by)
    done = {(one.picture, one.cut) for one in there}
    looks.parent.mkdir(parents=True, exist_ok=True)
    aspect = session.input_width_px / session.input_height_px / (WIDTH_PX / HEIGHT_PX)
    with looks.open("a", encoding="utf-8") as file, click.progressbar(write(planned, folder), length=len(planned), label="pasted", file=sys.stderr) as bar:
        for pasted, path in bar:
            wanted = [cut for cut in cuts if (pasted.name, cut) not in done]
            if not wanted:
                continue
            picture = read_picture(path)
            seen: dict[str, Detections] = {}
            for cut in wanted:
                sees: Cut = "zone" if cut == "zoom" else cut
                part = cut_out(picture, pasted, sees, aspect)
                if sees not in seen:
                    seen[sees] = look_at(session, part, fitted=True)
                if cut == "zoom" and verifier is not None:
                    left, top, *_ = looked_at(pasted, picture, aspect)
                    score, detector = zoomed(session, verifier, picture, seen[sees], (left, top))
                else:
                    score, detector = best(verifier, part, seen[sees])
                file.write(PastedLook(pasted.name, pasted.photograph.origin, pasted.positive, pasted.size_px, cut, score, detector, looked_by).line())
            file.flush()


def cut_out(picture: NDArray[np.uint8], pasted: Pasted, cut: Cut, aspect: float) -> NDArray[np.uint8]:
    """The part of the frame (h, w, 3) that a look sees: the rectangle of the view whose only zone is the picture's, or everything."""
    if cut == "frame":
        return picture
    left, top, right, bottom = looked_at(pasted, picture, aspect)
    return np.ascontiguousarray(picture[top:bottom, left:right])


def looked_at(pasted: Pasted, picture: NDArray[np.uint8], aspect: float) -> tuple[int, int, int, int]:
    """The rectangle in pixels that a look at the picture's zone is cut to."""
    height, width = picture.shape[:2]
    x0, y0, x1, y1 = pasted.zone
    corners = ((x0 / width, y0 / height), (x1 / width, y0 / height), (x1 / width, y1 / height), (x0 / width, y1 / height))
    view = JudgedView(ViewDocument(camera_id="pasted", zones=(Zone(id="zone", kind=ZoneKind.SIDEWALK, polygon=corners),)))
    left, top, right, bottom = view.look_crop(aspect)
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


def best(verifier: Verifier | None, picture: NDArray[np.uint8], found: Detections) -> tuple[float, float]:
    """The best fused score and the best detector score of what was found of selling in a picture, 0 where there is none; the same twice without a verifier."""
    selling = found.of(*SELLING)
    detector = float(selling.scores.max(initial=0.0))
    if verifier is None:
        return detector, detector
    return float(verifier.ask(picture, found).verified.max(initial=0.0)), detector


def zoomed(session: YoloSession, verifier: Verifier, picture: NDArray[np.uint8], found: Detections, corner: tuple[int, int]) -> tuple[float, float]:
    """As `best`, by zoom looks at what was found first in the part of the picture that begins at the corner (left, top in pixels)."""
    answers = zoom_answers(Eye(session, verifier), verifier, picture, found, corner)
    return max((float(score) for answer in answers for score in answer.verified), default=0.0), float(found.of(*SELLING).scores.max(initial=0.0))


def zoom_answers(eye: Eye, verifier: Verifier, picture: NDArray[np.uint8], found: Detections, corner: tuple[int, int] = (0, 0)) -> list[Answer]:
    """What the verifier answers to zoom looks at what was found first, at most PLACES of them, in the part of the picture that begins at the corner."""
    height, width = picture.shape[:2]
    proposed = found[askable(found, verifier.binding.candidates, PLACES)]
    places = (proposed.xyxy + np.array(corner * 2, np.float32)) / np.array([width, height] * 2, np.float32)
    return [eye.ask_about(lambda crops: cut_still(picture, crops), (x0, y0, x1, y1), (width, height)).answer for x0, y0, x1, y1 in places.tolist()]
