from __future__ import annotations

import numpy as np
import pytest

from models.classes import ALL_CLASSES
from models.detections import Detections
from models.verifier.parts import parts_share

BOX = np.array([[100, 100, 200, 200]], np.float32)
AT = {"in": (140, 140), "beside": (230, 150), "far": (400, 150)}


def seen(*things: tuple[str, str, float]) -> Detections:
    """Things of 10 px by name, place and score."""
    centres = [AT[place] for _, place, _ in things]
    xyxy = np.array([(x - 5, y - 5, x + 5, y + 5) for x, y in centres], np.float32).reshape(-1, 4)
    return Detections(xyxy, np.array([score for *_, score in things], np.float32), np.array([ALL_CLASSES.index(name) for name, *_ in things], int), ALL_CLASSES)


@pytest.mark.parametrize(
    ("things", "voice"),
    [
        pytest.param((), 0.0, id="nothing"),
        pytest.param((("person", "in", 1.0),), 0.0, id="a lone person"),
        pytest.param((("person", "in", 1.0), ("umbrella", "in", 1.0)), 1 / 6, id="somebody under an umbrella"),
        pytest.param((("person", "beside", 1.0), ("parasol", "in", 1.0), ("dining table", "in", 1.0)), 1.0, id="vendor beside, parasol and table"),
        pytest.param((("person", "beside", 1.0), ("umbrella", "in", 1.0), ("banana", "in", 1.0)), 1.0, id="goods make it as a table does"),
        pytest.param((("dining table", "in", 1.0), ("banana", "in", 1.0), ("apple", "in", 1.0)), 0.0, id="three wares are one part"),
        pytest.param((("person", "far", 1.0), ("umbrella", "in", 1.0), ("banana", "in", 1.0)), 1 / 6, id="somebody far off is no vendor"),
        pytest.param((("person", "in", 0.5), ("umbrella", "in", 0.5), ("chair", "in", 0.5)), (3 * 0.25 + 3 * 0.125) / 6, id="unsure of all"),
    ],
)
def test_parts_close_together_make_the_voice(things: tuple[tuple[str, str, float], ...], voice: float) -> None:
    assert parts_share(BOX, seen(*things)) == pytest.approx([voice], abs=1e-6)


def test_each_box_has_its_own_parts() -> None:
    boxes = np.concatenate([BOX, BOX + np.float32(260)])
    found = seen(("person", "in", 1.0), ("parasol", "in", 1.0), ("bowl", "in", 1.0))
    assert parts_share(boxes, found).tolist() == [1.0, 0.0]
    assert parts_share(np.empty((0, 4), np.float32), found).shape == (0,)
