"""What a camera's pictures say of themselves, from look to look: whether they are sound, whether all is where it was, and when that is to be measured anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.drift import DriftSettings, Glance, Glances, gauge_height
from detector.judgement.drift.landmarks import GAUGE_WIDTH
from evidence.views import PictureRules
from streams.decoding import Crop, DecodedCrop
from streams.health import Fault, HealthSettings, HealthState, Measured, blind_by, health_after, health_measured, is_mush

DOUBT_SECONDS = 1.5
"""Between two measures of a view that is in doubt: the second one decides, so it may not be long in coming."""


OF_HEALTH = ("lost_seconds", "frozen_pictures", "dark_below", "over_exposed_above", "flat_below", "blurred_above", "sprayed_seconds", "tilted_degrees")
OF_DRIFT = {"follow": "follow", "still": "still", "measure_seconds": "every_seconds"}
"""Thresholds of a view, and what they are called here."""


class Sight:
    """A camera's sight. Guarded by the camera's lock.

    Attributes:
        health: what is wrong with its pictures, by `limits`.
        glances: pictures that were in place.
        measures, doubts: how many measures there were, and how many glances asked for one.
    """

    def __init__(self, drift: DriftSettings | None = None, health: HealthSettings | None = None) -> None:
        self.drift, self.limits = drift or DriftSettings(), health or HealthSettings()
        self.health = HealthState()
        self.glances = Glances()
        self.measures = self.doubts = 0
        self._glance: Glance | None = None
        self._measured_seconds: float | None = None
        self._looks = 0

    def rule(self, rules: PictureRules) -> None:
        """Puts a view's thresholds in force."""
        told = rules.model_dump(exclude_none=True)
        self.limits = HealthSettings(**{name: told[name] for name in OF_HEALTH if name in told})
        self.drift = DriftSettings(**{own: told[name] for name, own in OF_DRIFT.items() if name in told})

    @property
    def blind(self) -> Fault | None:
        """The fault for which nothing can be judged."""
        return blind_by(self.health, self.limits)

    def is_mush(self, blur: float) -> bool:
        """Whether the last picture, of that blur effect, is too blurred for anything in it to be recognised."""
        return is_mush(self.health, blur, self.limits)

    def forget_sharp(self) -> None:
        """Another view may be seen, whose detail is its own: only the blur effect tells whether it is mush."""
        self.health = replace(self.health, sharp_detail=None)

    def forget(self) -> None:
        """Another view is seen, or other zones are drawn: nothing is known to be in place, and the next look measures."""
        self.glances, self._measured_seconds, self._looks = Glances(), None, 0

    def glance(self, whole: NDArray[np.uint8], at_seconds: float, *, measured: bool) -> bool:
        """Takes a picture's luma (36, 64); whether all is where it was. Where nothing is drawn (`measured` False), wherever it looks is right."""
        self.health = health_after(self.health, whole, at_seconds, self.limits)
        self._looks += 1
        if not measured:
            return True
        self._glance = Glance.of(whole)
        if self.glances.know(self._glance):
            self.glances = self.glances.followed(self._glance)
            return True
        self.doubts += 1
        return False

    def is_due(self, at_seconds: float, pause_seconds: float | None = None, *, ahead: int = 0) -> bool:
        """Whether it is time to measure.

        Args:
            pause_seconds: between two measures of a view that is in doubt or suspended; None where all is well.
            ahead: looks from now.
        """
        if self._measured_seconds is None:
            return True
        since = at_seconds - self._measured_seconds
        if pause_seconds is not None:
            return since >= pause_seconds
        return since >= self.drift.every_seconds and self._looks + ahead >= self.drift.every_looks

    def measured(self, found: Measured, at_seconds: float, *, in_place: bool) -> None:
        """Takes what a measure of the last picture found; `in_place`: the view is judged, so the picture is one to be held against."""
        self.measures += 1
        self._measured_seconds, self._looks = at_seconds, 0
        self.health = health_measured(self.health, found, at_seconds, self.limits)
        if in_place and self._glance is not None:
            self.glances = self.glances.confirmed(self._glance)


def gauge_crop(picture_size: tuple[int, int]) -> Crop:
    """The whole picture at the size that is measured."""
    return Crop(0.0, 0.0, 1.0, 1.0, GAUGE_WIDTH, gauge_height(*picture_size))


def gauge_in(crops: Sequence[DecodedCrop], picture_size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """The gauge among crops of a picture of that size, (h, w) uint8, if it was asked for."""
    shape = (gauge_height(*picture_size), GAUGE_WIDTH)
    for crop in crops:
        if crop.pixels.shape[:2] == shape:
            return np.asarray(cv2.cvtColor(crop.pixels, cv2.COLOR_RGB2GRAY), np.uint8)
    return None
