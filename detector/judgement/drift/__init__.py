"""Whether a camera still looks at what its zones were drawn on: a picture of now against the view's reference picture.

Three steps, each dearer than the one before and rarer:

- a *glance* at every look (36x64 cells, a quarter of a millisecond): is all where it was a moment ago?
- a *measure* about once a minute, and at once where a glance fails (a gauge of 320 pixels, some ten milliseconds): blocks of the reference picture are
  looked for in the picture of now, and what most of them agree on is how the picture moved;
- a *search* over the whole picture, turned and zoomed, where no block is found where it was.

`Placement` is what follows: the picture is in place, the zones follow a small shift, or they are suspended. Pure: arrays and values in, values out.
"""

from detector.judgement.drift.gallery import Anchor, Gallery
from detector.judgement.drift.glance import Glance, Glances
from detector.judgement.drift.homography import IDENTITY, Homography
from detector.judgement.drift.landmarks import GAUGE_WIDTH, Landmarks, gauge_height, landmarks_of
from detector.judgement.drift.matching import Match, match
from detector.judgement.drift.placement import DriftSettings, Placement, Status, settled

__all__ = [
    "GAUGE_WIDTH",
    "IDENTITY",
    "Anchor",
    "DriftSettings",
    "Gallery",
    "Glance",
    "Glances",
    "Homography",
    "Landmarks",
    "Match",
    "Placement",
    "Status",
    "gauge_height",
    "landmarks_of",
    "match",
    "settled",
]
