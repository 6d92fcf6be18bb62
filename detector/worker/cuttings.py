"""Cuttings: what people's decisions can teach a detector later, cut out of the masked copies about the act's thing, and sent with the packet.

A cutting shows the thing with a little of its surroundings, since a detector learns a thing by its edges too; its recipe says where in it the box lies and what
the look took the thing for. It is no evidence and goes by itself (`keep_days`, by the case API's clock): what was decided of its case is known by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.geometry import common_area
from detector.judgement.values import Box
from detector.worker.held import Picture
from detector.worker.pictures import Jpeg, Marked
from evidence.packet import Phase, Role

Pixels = NDArray[np.uint8]

MARGIN = 0.25
"""Of the box's width and height, on each side: what else stands in the picture would be unlabelled."""
LEAST_SIDE_PX = 24
"""Of the box's shorter side: what is smaller teaches nothing (the training's own bound is 20 px)."""
LARGEST_PX = 640
"""Of the cutting's longer side: no detector here looks at more."""
QUALITY = 90
KEPT = timedelta(days=90)
"""So long the case API keeps a cutting: a rejected case goes after 30 days and takes its own along, so whoever trains exports monthly."""
CUT: dict[Phase, tuple[Picture, ...]] = {Phase.CONFIRMED: ("first", "middle", "confirming"), Phase.ENDED: ("gone",)}
"""Pictures of each phase's packet that are cut; what continues an act shows the same again."""
RULES: dict[str, Any] = {"margin": MARGIN, "least_side_px": LEAST_SIDE_PX, "largest_px": LARGEST_PX, "jpeg_quality": QUALITY, "keep_days": KEPT.days}
"""For the note by which finished copies are taken up again: other rules make others."""


def is_cut(which: Picture, phase: Phase) -> bool:
    """Whether a picture of a packet is cut."""
    return which in CUT.get(phase, ())


def is_touched(place: Box, others: Iterable[Box]) -> bool:
    """Whether another thing stands in what is cut about a place, so that the place shows no empty ground."""
    beside, above = MARGIN * (place[2] - place[0]), MARGIN * (place[3] - place[1])
    crop = (place[0] - beside, place[1] - above, place[2] + beside, place[3] + above)
    return any(common_area(crop, other) > 0 for other in others)


def cuttings(masked: Pixels, which: Picture, phase: Phase, place: Box, marked: Marked, mask_recipe: dict[str, Any]) -> Iterator[tuple[Role, Jpeg]]:
    """The cutting of a picture (h, w, 3) RGB that was masked; none where the thing is too small, or the picture is none that is cut.

    Args:
        place: where the stay's thing stands, or stood: of the empty place that is what is cut.
        marked: the box of the look that saw this very picture, with its class and score.
        mask_recipe: how the picture was masked.
    """
    if not is_cut(which, phase):
        return
    is_gone = which == "gone"
    box = place if is_gone else marked.xyxy
    height, width = masked.shape[:2]
    left, top, right, bottom = box[0] * width, box[1] * height, box[2] * width, box[3] * height
    if min(right - left, bottom - top) < LEAST_SIDE_PX:
        return
    beside, above = MARGIN * (right - left), MARGIN * (bottom - top)
    x0, y0 = max(0, int(left - beside)), max(0, int(top - above))
    x1, y1 = min(width, int(np.ceil(right + beside))), min(height, int(np.ceil(bottom + above)))
    part = masked[y0:y1, x0:x1]
    scale = min(1.0, LARGEST_PX / max(part.shape[:2]))
    if scale < 1:
        part = np.asarray(cv2.resize(part, (round((x1 - x0) * scale), round((y1 - y0) * scale)), interpolation=cv2.INTER_AREA), np.uint8)
    inner = [round(value * scale, 2) for value in (left - x0, top - y0, right - x0, bottom - y0)]
    recipe = {
        "made": "cutting", "crop_px": [x0, y0, x1, y1], "width": part.shape[1], "height": part.shape[0], "box_px": inner, "scale": round(scale, 6),
        "class": None if is_gone else marked.label, "score": None if is_gone or marked.score is None else round(float(marked.score), 6),
        "shows": "the place after the thing had gone" if is_gone else "the thing", "margin": MARGIN, "jpeg_quality": QUALITY, "opencv": cv2.__version__,
        "masked": mask_recipe,
    }  # fmt: skip
    bgr = cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2BGR)
    yield Role(f"cutting_{which}"), Jpeg(cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes(), recipe)
