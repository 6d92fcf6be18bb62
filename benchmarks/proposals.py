"""How well proposed zones fit drawn ones: each recording of a folder that has its scene beside it is proposed anew and compared.

    python -m benchmarks.proposals clips/            # clip.mp4 with clip.yaml, as `curbwatch street video` writes them

Per kind of ground the intersection over union of what is proposed and what is drawn, and both shares of it. Bicycle lanes count as carriageway, since a
proposal does not part them; ground that the scene did not draw (the pavement across the way, what is far) counts neither for nor against.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from detector.recorded_seen import still_of
from detector.scene.scene import read_scene
from detector.scene.seen import SeenGrid
from detector.scene.suggesting import Suggested, feet_of_grid, propose
from evidence.views import ViewDocument, Zone, ZoneKind
from models.session import DEFAULT_MODEL, YoloSession, open_model

SIZE = (480, 270)
GROUND = {
    ZoneKind.CARRIAGEWAY: frozenset({ZoneKind.CARRIAGEWAY, ZoneKind.BIKE_LANE}),
    ZoneKind.SIDEWALK: frozenset({ZoneKind.SIDEWALK, ZoneKind.TACTILE_PAVING, ZoneKind.SHOP_APRON}),
}
"""What is proposed → the kinds of drawn zones that it stands for."""


@dataclass(frozen=True, slots=True)
class Fit:
    """One kind of ground in one recording.

    Attributes:
        iou: intersection over union; right: share of what is proposed that is right; found: share of what is drawn that is proposed.
    """

    clip: str
    kind: str
    iou: float
    right: float
    found: float


def area_of(zones: Iterable[Zone], kinds: frozenset[ZoneKind]) -> NDArray[np.bool_]:
    """The union of the zones of some kinds, on a raster of the picture."""
    mask = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    for zone in zones:
        if zone.kind in kinds:
            cv2.fillPoly(mask, [np.array([(round(x * SIZE[0] - 0.5), round(y * SIZE[1] - 0.5)) for x, y in zone.polygon], np.int32)], 1)
    return mask.astype(bool)


def fits(clip: str, found: Suggested, view: ViewDocument) -> Iterator[Fit]:
    """How well a proposal fits a drawn view, for each kind of ground that is drawn."""
    for kind, stands_for in GROUND.items():
        drawn = area_of(view.zones, stands_for)
        if not drawn.any():
            continue
        others = area_of(view.zones, frozenset(ZoneKind) - stands_for)
        proposed = area_of(found.zones, frozenset({kind})) & (drawn | others)
        common = int((proposed & drawn).sum())
        union = int((proposed | drawn).sum())
        yield Fit(clip, kind.value, common / union, common / max(1, int(proposed.sum())), common / int(drawn.sum()))


def measure(folder: Path, session: YoloSession | None) -> Iterator[Fit]:
    """Every recording of a folder with a scene of one view beside it.

    Raises:
        BenchmarkError: there is none.
    """
    pairs = [(video, video.with_suffix(".yaml")) for video in sorted(folder.glob("*.mp4")) if video.with_suffix(".yaml").is_file()]
    if not pairs:
        raise BenchmarkError(f"{folder}: has no recording with its scene beside it (clip.mp4 and clip.yaml); `curbwatch street video` makes some")
    for video, scene in pairs:
        grid = SeenGrid()
        still = still_of(video, session, grid)
        yield from fits(video.stem, propose(still.picture, feet_of_grid(grid), [thing.xyxy for thing in still.things]), read_scene(scene).views[0])


def main(arguments: list[str]) -> None:
    """Prints a line a recording and kind, and the means."""
    if len(arguments) != 1:
        raise SystemExit("usage: python -m benchmarks.proposals FOLDER")
    all_of_them = []
    for fit in measure(Path(arguments[0]), open_model(DEFAULT_MODEL)):
        all_of_them.append(fit)
        print(f"{fit.clip:<24} {fit.kind:<12} IoU {fit.iou:.2f}  right {fit.right:.2f}  found {fit.found:.2f}")
    for kind in GROUND:
        values = [fit.iou for fit in all_of_them if fit.kind == kind.value]
        if values:
            print(f"{kind.value}: {len(values)} recordings, mean IoU {mean(values):.2f}, median {median(values):.2f}")


if __name__ == "__main__":
    main(sys.argv[1:])
