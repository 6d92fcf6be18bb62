"""What can be wrong with a picture, and from when on it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Fault(StrEnum):
    """What is wrong with a camera's picture."""

    LOST = "lost"
    FROZEN = "frozen"
    DARK = "dark"
    OVER_EXPOSED = "over_exposed"
    BLURRED = "blurred"
    COVERED = "covered"
    SPRAYED = "sprayed"
    TILTED = "tilted"


@dataclass(frozen=True, slots=True)
class HealthSettings:
    """From when on a picture is at fault; grey levels are of 255.

        HealthSettings(dark_below=20)    # a street whose lamps are few

    Attributes:
        lost_seconds: without a picture [S75].
        frozen_pictures: keyframes in a row that are alike [S75], over at least `frozen_seconds`: an empty rendered street, which has no sensor's noise, stands
            still for 14 s; recorded footage never comes near (at most 55 % of the cells are alike).
        frozen_alike: share of the cells that are alike to the grey level. [S75] says 95 %, of frames 40 ms apart; keyframes of a still street under a quiet
            sensor come near that, so more is asked.
        dark_below, over_exposed_above: mean luma [S75].
        flat_below: contrast, the standard deviation of the luma [S75].
        unseeing_below: contrast below which a dark picture shows nothing; above it lamps light what stands there, and a street at night is judged.
        blurred_above: the blur effect (measures.py) from which a picture is blurred; `unseeing_above`: from which nothing in it can be recognised,
            or, where the fine detail of the last sharp picture is lost, from `blurred_above` on. One measure is enough: what cannot be seen has not gone.
        covered_gone: share of the view's own texture that is gone where the lens is covered; `sprayed_gone`: where a part of it is.
        sprayed_seconds: for how long. A lorry that is parked before the camera is gone by then, paint is not.
        tilted_degrees: by which the picture is turned against the reference picture.
        slack: a value must come back by this share of its threshold before a fault is over.
    """

    lost_seconds: float = 5.0
    frozen_pictures: int = 10
    frozen_seconds: float = 40.0
    frozen_alike: float = 0.985
    dark_below: float = 30.0
    over_exposed_above: float = 220.0
    flat_below: float = 25.0
    unseeing_below: float = 8.0
    blurred_above: float = 0.62
    unseeing_above: float = 0.74
    covered_gone: float = 0.75
    sprayed_gone: float = 0.2
    sprayed_seconds: float = 600.0
    tilted_degrees: float = 3.0
    slack: float = 0.1


PATIENCE = {
    Fault.DARK: (3, 10.0, 3), Fault.OVER_EXPOSED: (3, 10.0, 3), Fault.BLURRED: (3, 30.0, 2), Fault.COVERED: (2, 4.0, 2), Fault.SPRAYED: (3, 0.0, 2),
    Fault.TILTED: (2, 0.0, 2),
}  # fmt: skip
"""How many pictures in a row, over how many seconds, make a fault, and how many sound ones end it. Headlights that blind a camera pass within seconds; a
covered lens is told of at once, since nothing is judged meanwhile. Our choice."""
