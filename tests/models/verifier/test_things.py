from __future__ import annotations

import numpy as np
import pytest

from models.classes import COCO_STREET_CLASSES
from models.detections import Detections
from models.verifier.things import LENGTH, things_of_picture

NAMES = ("stall", "person", "umbrella")


def test_the_best_and_the_sum_of_each_class_are_told() -> None:
    scores, ids = np.array([0.9, 0.5, 0.3, 0.005], np.float32), np.array([0, 1, 1, 2])
    told = things_of_picture(Detections(np.zeros((4, 4), np.float32), scores, ids, NAMES))
    assert told.shape == (LENGTH,)
    person, umbrella, half = COCO_STREET_CLASSES.index("person"), COCO_STREET_CLASSES.index("umbrella"), LENGTH // 2
    assert np.exp(told[[person, umbrella]]) == pytest.approx([0.51, 0.01]), "a trace of an umbrella is none"
    assert np.expm1(told[[half + person, half + umbrella]]) == pytest.approx([0.8, 0.0])


def test_a_detector_without_coco_classes_sees_nothing() -> None:
    told = things_of_picture(Detections.empty(("cat",)))
    assert np.exp(told[: LENGTH // 2]) == pytest.approx(0.01)
    assert not told[LENGTH // 2 :].any()
