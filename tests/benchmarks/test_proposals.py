from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.errors import BenchmarkError
from benchmarks.proposals import fits, measure
from detector.scene.suggesting import Suggested
from evidence.views import ViewDocument, Zone, ZoneKind


def rectangle(name: str, kind: ZoneKind, left: float, right: float) -> Zone:
    return Zone(id=name, kind=kind, polygon=((left, 0.5), (right, 0.5), (right, 1.0), (left, 1.0)))


def test_a_proposal_is_held_against_what_is_drawn_and_only_there() -> None:
    view = ViewDocument(
        camera_id="cam1",
        zones=(
            rectangle("road", ZoneKind.CARRIAGEWAY, 0.4, 0.6),
            rectangle("cycles", ZoneKind.BIKE_LANE, 0.2, 0.4),
            rectangle("walk", ZoneKind.SIDEWALK, 0, 0.2),
        ),
    )
    proposed = (rectangle("carriageway-1", ZoneKind.CARRIAGEWAY, 0.1, 0.5), rectangle("pavement-1", ZoneKind.SIDEWALK, 0.6, 1.0))
    road, walk = fits("clip", Suggested(proposed, (), {}, None, 0.0, None, ("", "")), view)
    assert (road.kind, road.iou, road.right, road.found) == (
        "carriageway",
        pytest.approx(0.6, abs=0.02),
        pytest.approx(0.75, abs=0.02),
        pytest.approx(0.75, abs=0.02),
    )
    assert (walk.kind, walk.iou, walk.found) == ("sidewalk", 0.0, 0.0)


def test_a_folder_without_recordings_is_told(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="has no recording with its scene beside it"):
        list(measure(tmp_path, None))
