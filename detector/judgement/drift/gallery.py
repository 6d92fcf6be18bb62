"""A view's pictures that others are held against: the reference picture, and what the view looked like since, by day, at night and in rain.

A picture taken at noon and one of the night share few edges. So from time to time a picture that lies where a known one says is kept as an anchor, with
how it lies against the reference picture; at nightfall each is recognised by the one before. What the reference picture itself recognises is measured
against it alone, so that errors do not add up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np

from detector.judgement.drift.homography import IDENTITY, Homography, after, largest_shift
from detector.judgement.drift.landmarks import Block, Landmarks, Luma, landmarks_of
from detector.judgement.drift.matching import Looked, Match, match

USABLE_BLOCKS = 12
"""Landmarks of a picture (of 40 blocks) from which it can be recognised: of fewer, passing traffic hides too many. Bare asphalt has 2."""
STANDS = 0.004
"""Shift, in shares of the width, within which two pictures are of one place: as `DriftSettings.still`."""
MOST_ANCHORS = 6
ANCHOR_SECONDS = 600.0
"""Between two anchors, where the reference picture recognises the view; where it does not, `FADING_SECONDS`."""
FADING_SECONDS = 60.0
FADING = 0.5
"""Agreement with the reference picture below which the light is leaving it."""


@dataclass(frozen=True)
class Anchor:
    """A picture of the view of another hour.

    Attributes:
        luma: its gauge, (h, w) uint8.
        homography: from the reference picture to it.
        at_seconds: arrival clock; only its order counts.
    """

    luma: Luma
    homography: Homography
    at_seconds: float
    landmarks: Landmarks = field(repr=False)

    @classmethod
    def of(cls, luma: Luma, homography: Homography, at_seconds: float) -> Anchor:
        """With its landmarks reckoned."""
        return cls(luma, homography, at_seconds, landmarks_of(luma))


@dataclass(frozen=True)
class Gallery:
    """A view's reference picture and anchors, a value; `luma` is the reference's gauge."""

    luma: Luma
    reference: Landmarks
    anchors: tuple[Anchor, ...] = ()

    @classmethod
    def of(cls, luma: Luma, blocks: Iterable[Block] | None = None) -> Gallery:
        """Of a reference picture's gauge; `blocks`: the landmarks of it that are known to stay, else all."""
        landmarks = landmarks_of(luma)
        return cls(luma, landmarks if blocks is None else replace(landmarks, blocks=tuple(blocks)))

    @property
    def is_usable(self) -> bool:
        """Whether the reference picture has landmarks enough to be recognised by."""
        return len(self.reference.blocks) >= USABLE_BLOCKS

    def standing(self, looked: Looked) -> Gallery | None:
        """The gallery of a picture that was taken without anybody's word for it, with those landmarks alone that a later picture has too, in the same place:
        what stood there for a moment is no landmark. None where too few of them are left.
        """
        found = match(self.reference, looked, search=False)
        if not found.is_sure or len(found.agreed) < USABLE_BLOCKS or largest_shift(found.homography, self.reference.aspect) > STANDS:
            return None
        return replace(self, reference=replace(self.reference, blocks=found.agreed))

    def measure(self, looked: Looked, expected: Homography = IDENTITY, *, search: bool = True) -> tuple[Match, bool]:
        """How a picture lies against the reference picture, and whether that itself said so (else an anchor did)."""
        direct = match(self.reference, looked, expected, search=False)
        if direct.is_sure:
            return direct, True
        for anchor in sorted(self.anchors, key=lambda one: -one.at_seconds):
            if anchor.luma.shape == looked.luma.shape:
                found = match(anchor.landmarks, looked, search=False)
                if found.is_sure:
                    return replace(found, homography=after(found.homography, anchor.homography)), False
        if not search:
            return direct, True
        searched = match(self.reference, looked, expected)
        if searched.is_sure:
            return searched, True
        for anchor in sorted(self.anchors, key=lambda one: -one.at_seconds)[:2]:
            found = match(anchor.landmarks, looked)
            if found.is_sure:
                return replace(found, homography=after(found.homography, anchor.homography)), False
        return searched, True

    def learned(self, luma: Luma, found: Match, directly: bool, at_seconds: float) -> Gallery:
        """With a picture that lies where `found` says, if it is time for one; the most like it of those that are kept gives way."""
        newest = max((anchor.at_seconds for anchor in self.anchors), default=float("-inf"))
        pause = ANCHOR_SECONDS if directly and found.agreement >= FADING else FADING_SECONDS
        if not found.is_sure or at_seconds - newest < pause:
            return self
        anchor = Anchor.of(luma, found.homography, at_seconds)
        if len(anchor.landmarks.blocks) < USABLE_BLOCKS:
            return self
        anchors = self.anchors
        if len(anchors) >= MOST_ANCHORS:
            closest = min(anchors, key=lambda one: apart(one.luma, luma))
            anchors = tuple(one for one in anchors if one is not closest)
        return replace(self, anchors=(*anchors, anchor))


def apart(one: Luma, other: Luma) -> float:
    """How unlike two gauges are, in grey levels of their coarse light."""
    if one.shape != other.shape:
        return float("inf")
    return float(np.abs(one[::8, ::8].astype(np.int16) - other[::8, ::8]).mean())
