"""How zoom looks are fused is learned from zoom looks: at photographs as they are and set small into streets."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from curbwatch.commands.calibrate_zoom import SIZES_PX, calibrate_zoom
from models.cards import card_path, read_card
from models.errors import TrainingError
from models.photographs import Fold, PhotoBox, Photograph
from models.session import open_model
from models.training.verifier.train import bind_zoom
from models.verifier import Verifier, verifier_of
from tests.models.verifier.making import shipped_with_verifier

MEDIA = Path(__file__).parents[2] / "models" / "media"


def photograph(name: str, path: Path, *boxes: PhotoBox) -> Photograph:
    height, width = cv2.imread(str(path)).shape[:2]
    return Photograph(name, path, width, height, f"origin {name}", "street_level", None, boxes)


@pytest.fixture
def fold(tmp_path: Path) -> Fold:
    """A stall by day and four queues in a dark street, on the calibration side."""
    queue = cv2.imread(str(MEDIA / "queue.jpg"))
    own = [photograph("stall", MEDIA / "stall.jpg", PhotoBox((0.42, 0.47, 0.58, 0.73), "stall"))]
    for number in range(4):
        path = tmp_path / f"street{number}.jpg"
        cv2.imwrite(str(path), (queue * (0.3 + 0.1 * number)).astype(np.uint8))
        own.append(photograph(f"street{number}", path))
    return Fold(1, (), tuple(own), ())


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    return shipped_with_verifier(tmp_path)


def verifier_at(detector: Path) -> Verifier:
    verifier = verifier_of(open_model(detector, provider="cpu"))
    assert verifier is not None
    return verifier


def test_it_is_fitted_on_both_looks_at_each_photograph_and_bound(fold: Fold, detector: Path, tmp_path: Path) -> None:
    seen: list[None] = []
    session = open_model(detector, provider="cpu")
    zoom = calibrate_zoom(session, verifier_at(detector), fold, tmp_path / "zoomed", tick=lambda: seen.append(None))
    assert len(seen) == 2 * len(fold.calibration), "as it is, and small"
    sizes = {int(path.name.split("_")[1]) for path in (tmp_path / "zoomed").glob("*/*.jpg")}
    assert sizes <= set(SIZES_PX)
    assert min(zoom.fusion.weights.values()) >= 0
    bind_zoom(detector, zoom)
    bound = read_card(card_path(detector)).verifier
    assert bound is not None
    assert bound.zoom == zoom
    assert verifier_at(detector).zoom_threshold == zoom.threshold


def test_negatives_alone_teach_nothing(fold: Fold, detector: Path, tmp_path: Path) -> None:
    streets = Fold(1, (), fold.calibration[1:], ())
    with pytest.raises(TrainingError, match="photograph whose largest box"):
        calibrate_zoom(open_model(detector, provider="cpu"), verifier_at(detector), streets, tmp_path / "zoomed")
