"""The eye of a worker: what is cut out of a keyframe, what the detector sees in it, and how that lies in the whole picture.

A whole 1080p frame at 640 px is nearly blind below 64 px (MEASURED.md), so a look is cut to the rectangle of the view's zones before it is scaled.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from detector.judgement.spots import same_place
from detector.judgement.values import Box, Thing
from evidence.packet import ModelNamed, VerifierNamed
from models.classes import SELLING
from models.detections import Detections
from models.looking import UNKNOWN_THRESHOLD, look_at
from models.overlap import suppress
from models.session import YoloSession
from models.verifier import Answer, Verifier
from models.verifier.verifier import askable
from streams.decoding import Crop, Decoded, DecodedCrop

log = logging.getLogger(__name__)

SIGNATURE_LEVELS = 4
"""Levels of each colour channel: 64 bins, coarse enough for a day's change of light."""
SIGNATURE_SAMPLES = 800
"""Pixels of a box that are counted at most."""
SIGNATURE_MARGIN = 0.1
"""Of each side of a box that is left out: there the background shows."""
SIGNATURE_PIXELS = 64
"""Fewer visible pixels tell nothing of a thing's look."""
ZOOM_MARGINS = (3.0, 4.5)
"""Of the box's size that a zoom look shows about it. Measured on rendered stalls seen by cameras at 1080p and 720p: with 3 the mean score was 0.39, with 4
0.43, with 1 or less the thing is larger than training showed it and is not seen; two cuts see what either sees."""
LEAST_ZOOM = 0.5
"""Of the detector's input that a cut has at least: things of 64 px are seen twice as large then, as training showed them."""
SAME_BOX_IOU = 0.7
"""Overlap from which boxes of the two cuts are one."""
NOTHING_SAID: tuple[str | None, float | None] = (None, None)
"""Of a thing that the verifier was not asked about."""
LARGEST_ZOOM_PX = 1920
"""A cut for the verifier is not wider: a place that fills more of an 8K picture is large enough to be seen in these."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A zoom look with the verifier's answer.

    Attributes:
        found: of both cuts, in pixels of the wider one; what sells elsewhere than at the place is left out.
        wide: the wider cut.
        picture_size: width and height of the picture in pixels.
    """

    found: Detections
    answer: Answer
    wide: DecodedCrop
    picture_size: tuple[int, int]


class Eye:
    """A detector with the thresholds of its card, and the verifier that the card binds, if it binds one.

    Attributes:
        needed: class → score that a zoom look asks of it at least, beside what the kind asks; the fused one, where there is a verifier.
    """

    needed: Mapping[str, float] = MappingProxyType({})

    def __init__(self, session: YoloSession, verifier: Verifier | None = None) -> None:
        self.session, self.verifier = session, verifier
        if verifier is not None:
            self.needed = dict.fromkeys(SELLING, verifier.zoom_threshold)
        self._selling = [i for i, name in enumerate(session.names) if name in SELLING]
        card = session.card
        thresholds: Mapping[str, float] = card.score_thresholds if card else {}
        self._thresholds = np.array([thresholds.get(name, UNKNOWN_THRESHOLD) for name in session.names], np.float32)

    @property
    def aspect(self) -> float:
        """Width over height of the pictures that it wants."""
        return self.session.input_width_px / self.session.input_height_px

    @property
    def named(self) -> ModelNamed:
        """The model as a packet names it."""
        session, verifier = self.session, self.verifier
        return ModelNamed(
            name=session.name, version=session.version, sha256=session.sha256, provider=session.provider,
            thresholds={name: round(float(score), 6) for name, score in zip(session.names, self._thresholds, strict=True)},
            verifier=None if verifier is None else VerifierNamed(sha256=verifier.binding.sha256, threshold=verifier.zoom_threshold),
        )  # fmt: skip

    def crop(self, rectangle: Box) -> Crop:
        """A rectangle of the picture (0..1) in the size that the detector wants."""
        return Crop(*rectangle, self.session.input_width_px, self.session.input_height_px)

    def detect(self, crops: Sequence[DecodedCrop]) -> list[Detections]:
        """What is seen in each crop, above the card's thresholds, in pixels of the crop; of what sells one box a thing, whatever the detector calls it too:
        else a table of goods would stand there as a stall as well, and be two acts.
        """
        found = self.session.detect(np.stack([crop.pixels for crop in crops]))
        return [self._one_a_thing(one[one.scores >= self._thresholds[one.class_ids]]) for one in found]

    def _one_a_thing(self, found: Detections) -> Detections:
        others = np.flatnonzero(~np.isin(found.class_ids, self._selling))
        return found[np.sort(np.concatenate([others, askable(found, most=len(found))]))]

    def zoom(self, decode: Callable[[Sequence[Crop]], Decoded], place: Box, picture_size: tuple[int, int]) -> tuple[Thing, ...]:
        """Looks again at a place, at native resolution where the picture has it; a thing that the verifier judged has its fused score.

        Args:
            decode: gives crops of the picture.

        Raises:
            DecodeError: the keyframe does not decode.
        """
        if self.verifier is not None:
            return self._things(self.ask_about(decode, place, picture_size))
        decoded = decode([self.crop(self._about(place, margin, picture_size)) for margin in ZOOM_MARGINS])
        found = self.detect(decoded.crops)
        return tuple(thing for one, crop in zip(found, decoded.crops, strict=True) for thing in things_of(one, crop, decoded.width, decoded.height))

    def ask_about(self, decode: Callable[[Sequence[Crop]], Decoded], place: Box, picture_size: tuple[int, int]) -> Asked:
        """Both cuts of a zoom look are detected, and one question is asked about what they show at the place, with the wider cut as the picture.

        Raises:
            DecodeError: the keyframe does not decode.
            ValueError: there is no verifier to ask.
        """
        if self.verifier is None:
            raise ValueError("no verifier is bound to this detector")
        decoded = decode([_native(self._about(place, margin, picture_size), picture_size) for margin in sorted(ZOOM_MARGINS, reverse=True)])
        wide, size = decoded.crops[0], np.array([decoded.width, decoded.height] * 2, np.float32)
        looks = [look_at(self.session, crop.pixels, fitted=True) for crop in decoded.crops]
        xyxy = np.concatenate([crop.letterbox.to_picture(one.xyxy) for one, crop in zip(looks, decoded.crops, strict=True)])
        scores, ids = np.concatenate([one.scores for one in looks]), np.concatenate([one.class_ids for one in looks])
        sells = np.isin(ids, self._selling)
        there = np.array([same_place(place, _box(one)) for one in xyxy / size], np.bool_).reshape(len(ids))
        kept = np.flatnonzero(~sells | there)
        kept = kept[suppress(xyxy[kept], scores[kept], ids[kept], SAME_BOX_IOU)]
        found = Detections(_in_crop(xyxy[kept], wide), scores[kept], ids[kept], self.session.names)
        answer = self.verifier.ask(wide.pixels, found, by_class=True, zoomed=True)
        log.debug("verifier asked about %d boxes: %s, %.0f ms", len(answer.asked), answer.verified.tolist(), answer.core_seconds * 1000)
        return Asked(found, answer, wide, (decoded.width, decoded.height))

    def _things(self, asked: Asked) -> tuple[Thing, ...]:
        """What a zoom look saw: what was asked about with its fused score, what does not sell by the card's thresholds."""
        found, answer = asked.found, asked.answer
        judged = found.scores.copy()
        judged[answer.asked] = answer.verified
        passes = found.scores >= self._thresholds[found.class_ids]
        passes[np.isin(found.class_ids, self._selling)] = False
        passes[answer.asked] = True
        said = {index: (look, round(float(covered), 4)) for index, look, covered in zip(answer.asked.tolist(), answer.looks_like, answer.covered, strict=True)}
        shown = Detections(found.xyxy, judged, found.class_ids, found.names)[passes]
        return things_of(shown, asked.wide, *asked.picture_size, said=[said.get(index, NOTHING_SAID) for index in np.flatnonzero(passes).tolist()])

    def _about(self, place: Box, margin: float, picture_size: tuple[int, int]) -> Box:
        """The rectangle about a place with the detector's shape, not smaller than LEAST_ZOOM of its input: there is no more to see than the camera's pixels."""
        x0, y0, x1, y1 = place
        shape = self.aspect / (picture_size[0] / picture_size[1])
        width = max((x1 - x0) * (1 + margin), min(1.0, LEAST_ZOOM * self.session.input_width_px / picture_size[0]))
        height = (y1 - y0) * (1 + margin)
        width, height = max(width, height * shape), max(height, width / shape)
        cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
        left, top = min(max(0.0, cx - width / 2), max(0.0, 1 - width)), min(max(0.0, cy - height / 2), max(0.0, 1 - height))
        return left, top, min(1.0, left + width), min(1.0, top + height)


def _native(rectangle: Box, picture_size: tuple[int, int]) -> Crop:
    """A rectangle at the picture's own resolution, or LARGEST_ZOOM_PX wide."""
    width, height = (rectangle[2] - rectangle[0]) * picture_size[0], (rectangle[3] - rectangle[1]) * picture_size[1]
    if width <= LARGEST_ZOOM_PX:
        return Crop(*rectangle)
    return Crop(*rectangle, LARGEST_ZOOM_PX, max(2, round(height * LARGEST_ZOOM_PX / width)))


def _in_crop(xyxy: NDArray[np.float32], crop: DecodedCrop) -> NDArray[np.float32]:
    """Boxes (n, 4) in pixels of the picture as boxes of the crop."""
    box = crop.letterbox
    origin, pad = np.array([box.origin_x, box.origin_y] * 2, np.float32), np.array([box.pad_x, box.pad_y] * 2, np.float32)
    return np.asarray((xyxy - origin) * np.float32(box.scale) + pad, np.float32)


def _box(xyxy: NDArray[np.float32]) -> Box:
    x0, y0, x1, y1 = (float(v) for v in xyxy)
    return x0, y0, x1, y1


def things_of(
    found: Detections, crop: DecodedCrop, width_px: int, height_px: int, signed: Collection[str] = (), said: Sequence[tuple[str | None, float | None]] = ()
) -> tuple[Thing, ...]:
    """Detections of a crop as things of the whole picture; those of the classes `signed` with their signature (0.5 ms each).

    Args:
        said: of each, what the verifier says that it looks like, and how likely it is covered.
    """
    boxes = crop.letterbox.to_picture(found.xyxy) / np.array([width_px, height_px] * 2, np.float32)
    boxes = np.clip(boxes, 0.0, 1.0)
    people = found.of("person").xyxy
    things = []
    for i, label in enumerate(found.classes()):
        x0, y0, x1, y1 = (round(float(v), 5) for v in boxes[i])
        if x1 > x0 and y1 > y0:
            signature = signature_of(crop.pixels, found.xyxy[i], people) if label in signed else ()
            things.append(Thing(label, (x0, y0, x1, y1), round(float(found.scores[i]), 4), signature, *(said[i] if said else NOTHING_SAID)))
    return tuple(things)


def signature_of(pixels: NDArray[np.uint8], xyxy: NDArray[np.float32], people: NDArray[np.float32]) -> tuple[float, ...]:
    """A normalised colour histogram of a box of an RGB picture (h, w, 3), without the people in front; empty where too little is left."""
    x0, y0, x1, y1 = (float(v) for v in xyxy)
    mx, my = (x1 - x0) * SIGNATURE_MARGIN, (y1 - y0) * SIGNATURE_MARGIN
    left, top, right, bottom = round(x0 + mx), round(y0 + my), round(x1 - mx), round(y1 - my)
    part = pixels[top:bottom, left:right]
    if part.size == 0:
        return ()
    seen = np.ones(part.shape[:2], bool)
    for px0, py0, px1, py1 in people:
        seen[max(0, round(float(py0)) - top) : max(0, round(float(py1)) - top), max(0, round(float(px0)) - left) : max(0, round(float(px1)) - left)] = False
    inner = part[seen]
    if len(inner) < SIGNATURE_PIXELS:
        return ()
    inner = inner[:: max(1, len(inner) // SIGNATURE_SAMPLES)]
    at = inner.astype(np.float32) * ((SIGNATURE_LEVELS - 1) / 255)
    low = np.minimum(at.astype(np.int64), SIGNATURE_LEVELS - 2)
    above = at - low
    bins = np.zeros(SIGNATURE_LEVELS**3)
    for corner in range(8):  # a pixel counts for the eight bins about it, so that a shade of light moves nothing by a whole bin
        up = np.array([corner >> 2 & 1, corner >> 1 & 1, corner & 1])
        weight = np.where(up, above, 1 - above).prod(1)
        index = low + up
        flat = (index[:, 0] * SIGNATURE_LEVELS + index[:, 1]) * SIGNATURE_LEVELS + index[:, 2]
        bins += np.bincount(flat, weights=weight, minlength=SIGNATURE_LEVELS**3)
    return tuple((bins / bins.sum()).round(4).tolist())
