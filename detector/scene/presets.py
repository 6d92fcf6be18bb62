"""The views of one camera: of one that turns there are several, each drawn on a picture of its own. Which is seen is found by matching these pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from detector.judgement.drift import IDENTITY, Gallery, Glance, Homography, Match
from detector.judgement.drift.homography import largest_shift
from detector.judgement.drift.landmarks import Luma
from detector.judgement.drift.matching import Looked
from evidence.views import ViewDocument, ZoneKind
from streams.decoding import LUMA_SHAPE

NEAR = 0.08
"""Shift, in shares of the width, up to which a view is the one that is seen; of presets whose pictures overlap the nearer one is."""
SEARCHED = 3
"""Views that are looked for over the whole picture where none lies near: those most like it at a glance."""


@dataclass(frozen=True)
class Candidate:
    """A view that may be the one that is seen.

    Attributes:
        expected: where it lay last.
    """

    view_id: str
    gallery: Gallery
    expected: Homography = IDENTITY


@dataclass(frozen=True, slots=True)
class Recognised:
    """The view that is seen, how it lies, and whether its reference picture itself said so."""

    view_id: str
    match: Match
    directly: bool


def recognised(candidates: Sequence[Candidate], looked: Looked, *, search: bool = True) -> Recognised | None:
    """The view that a picture shows, nearest first; None where it shows none of them."""
    near: list[tuple[float, Recognised]] = []
    for one in candidates:
        match, directly = one.gallery.measure(looked, one.expected, search=False)
        if match.is_sure:
            shift = largest_shift(match.homography, one.gallery.reference.aspect)
            near.append((shift, Recognised(one.view_id, match, directly)))
    found = min((pair for pair in near if pair[0] <= NEAR), key=lambda pair: (-pair[1].match.agreeing, pair[0]), default=None)
    if found is None and near:
        found = min(near, key=lambda pair: pair[0])
    if found is not None or not search:
        return None if found is None else found[1]
    glance = Glance.of(at_a_glance(looked.luma))
    likely = sorted(candidates, key=lambda one: -_alike(Glance.of(at_a_glance(one.gallery.luma)), glance))[:SEARCHED]
    sure: list[tuple[float, Recognised]] = []
    for one in likely:
        match, directly = one.gallery.measure(looked, one.expected)
        if match.is_sure:
            sure.append((largest_shift(match.homography, one.gallery.reference.aspect), Recognised(one.view_id, match, directly)))
    return min(sure, key=lambda pair: pair[0])[1] if sure else None


def at_a_glance(luma: Luma) -> Luma:
    """A gauge as 36x64 cells."""
    return np.asarray(cv2.resize(luma, LUMA_SHAPE[::-1], interpolation=cv2.INTER_AREA), np.uint8)


def _alike(one: Glance, other: Glance) -> float:
    """Correlation of two pictures in place."""
    energy = float(np.sqrt((one.edges**2).sum() * (other.edges**2).sum()))
    return float((one.edges * other.edges).sum()) / energy if energy > 0 else 0.0


def is_measured(view: ViewDocument) -> bool:
    """Whether anything is drawn on a view that could come to lie elsewhere: of a camera without a scene the whole picture is one zone, wherever it looks."""
    return bool(view.lines) or any(zone.kind is not ZoneKind.WHOLE for zone in view.zones)


def drawn_points(view: ViewDocument) -> tuple[tuple[float, float], ...]:
    """The corners of all that is drawn; how far they move is how far the view has drifted."""
    polygons: Iterable[Sequence[tuple[float, float]]] = [*(zone.polygon for zone in view.zones), *(line.points for line in view.lines)]
    return tuple(point for polygon in polygons for point in polygon)


def drawing_of(view: ViewDocument) -> str:
    """A hash of what is drawn (zones and lines). While it is the same, so is the picture that it was drawn on."""
    drawn = [[zone.kind.value, zone.polygon] for zone in view.zones] + [[line.outside, line.points] for line in view.lines]
    return hashlib.sha256(json.dumps(drawn).encode()).hexdigest()[:32]
