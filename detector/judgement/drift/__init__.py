"""Whether a camera still looks at what its zones were drawn on: a picture of now against the view's reference picture.

Three steps, each dearer than the one before and rarer:

- a *glance* at every look (36x64 cells, a quarter of a millisecond): is all where it was a moment ago?
- a *measure* about once a minute, and at once where a glance fails (a gauge of 320 pixels, some ten milliseconds): blocks of the reference picture are
  looked for in the picture of now, and what most of them agree on is how the picture moved;
- a *search* over the whole picture, turned and zoomed, where no block is found where it was.

`Placement` is what follows: the picture is in place, the zones follow a small shift, or they are suspended. Pure: arrays and values in, values out.

Measured, landmarks that agree and how far off the measure was, in shares of the picture's width (1 px at 1080p is 0.0005):

- three rendered streets, each by day, in hard shadow, in rain, at dusk, on a lit night, a rainy night and in infrared, with other people in each: every hour is
  recognised by every other (126 of 126 pairs, the least by 10 of 19 landmarks), off by at most 0.001; another street never (0 of 147).
- 60 photographs of streets, with noise, darkened to dusk and to night, in rain, behind 20 people and vehicles (drawn): 300 of 300 in place, off by 0.0005
  at most; shifted by 3.4 % and turned by a degree, 300 of 300, off by 0.0009; another photograph 0 of 660 in place, 0 of 60 by search.
- recorded footage: 79 s of pedestrians, measured at each doubt, never suspended; a car park seen from straight above shows two landmarks and is not measured.
- a rendered clip whose camera is knocked at second 144: the look of second 144 is the first that is not judged.

CPU time of one core: a glance with the picture's health 0.15 ms, a measure in place 6.5 ms, of a picture that shifted 12 ms, a search over the whole picture
20 to 75 ms. At a look each 4 s and a measure a minute that is 0.6 ms a look.
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
