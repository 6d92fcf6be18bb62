from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import pytest

from models.classes import ALL_CLASSES
from models.detections import Detections
from models.errors import TrainingError
from models.photographs import read
from models.training.verifier.examples import anywhere, examples_of, jittered, look_alike_of, rendered_examples
from tests.models.photographs.making import STALL, blotches, entry, folder_of, write


@pytest.mark.parametrize(
    ("reason", "look"),
    [
        (None, "other"),
        ("shop window with display only", "other"),
        ("delivery van, not selling", "unloading"),
        ("hand-held umbrellas, crowd", "umbrella_queue"),
        ("blue bus shelter frame", "bus_shelter"),
        ("cycle rickshaw without goods", "parked_tricycle"),
        ("row of scooters", "rider"),
        ("motorbike carrying a crate", "courier"),
        ("potted plants on step", "planter"),
        ("construction fence", "construction"),
        ("green rubbish carts at the kerb", "cleaning_cart"),
        ("flags and police at a gate", "flag"),
    ],
)
def test_a_reason_names_a_look_alike(reason: str | None, look: str) -> None:
    assert look_alike_of(reason) == look


def proposals(_: Path) -> Detections:
    """On the stall, half on it, in it, beside it; and a person, who is not asked about."""
    shares = np.array([(0.25, 0.4, 0.75, 0.9), (0.5, 0.4, 1.0, 0.9), (0.3, 0.5, 0.4, 0.6), (0.0, 0.0, 0.2, 0.3), (0.8, 0.0, 1.0, 0.3)], np.float32)
    names = ["stall", "stall", "goods_out", "vendor_vehicle", "person"]
    ids = np.array([ALL_CLASSES.index(name) for name in names], np.int64)
    return Detections(shares * np.array([96, 64, 96, 64], np.float32), np.linspace(0.9, 0.5, 5, dtype=np.float32), ids, ALL_CLASSES)


def test_boxes_proposals_and_the_street_are_told_apart(tmp_path: Path) -> None:
    heap = {"class": "garbage_pile", "box": [0.0, 0.6, 0.1, 0.9]}
    entries = [entry("a", "one", [STALL, heap]), entry("b", "two", hard_negative="row of scooters"), entry("c", "three")]
    photographs = read(folder_of(tmp_path / "street_real", entries))
    made = list(examples_of(photographs, proposals))
    assert all(0 <= v <= 1 for example in made for v in example.box)
    by_picture = {name: Counter(example.look for example in made if example.path.stem == name) for name in "abc"}
    # The box, two jittered ones and the proposal on it; what is half on it or in it is neither; the heap and what lies beside it are the street.
    assert by_picture["a"] == {"stall": 4, "other": 2}
    assert by_picture["b"] == {"rider": 2, "other": 2 + 3}
    assert by_picture["c"] == {"other": 4 + 3}
    assert made == list(examples_of(photographs, proposals)), "drawn by the picture's name, so the same every time"


def test_rendered_pictures_bring_the_look_alikes(tmp_path: Path) -> None:
    write(tmp_path / "images" / "1_0.jpg", blotches(1))
    write(tmp_path / "images" / "2_0.jpg", blotches(2))  # still being rendered
    (tmp_path / "meta").mkdir()
    boxes = [
        ["stall", [0.1, 0.1, 0.5, 0.5], 1.0, False],
        {"label": "stall", "xyxy": [0.5, 0.5, 0.9, 0.9], "covered": True},
        ["bus_shelter", [0.2, 0.2, 0.6, 0.6], 0.9, False],
        ["laundry", [0.2, 0.2, 0.6, 0.6], 0.9, False],
        ["parasol", [0.2, 0.2, 0.7, 0.7], 0.9, False],
        ["dining table", [0.2, 0.2, 0.7, 0.7], 0.9, False],
        {"label": "stall", "xyxy": [0.5, 0.5, 0.9, 0.9], "visible": 0.1},
        ["stall", [0.5, 0.5, 0.6, 0.6], 1.0, False],
    ]
    (tmp_path / "meta" / "1_0.json").write_text(json.dumps({"boxes": boxes}), encoding="utf-8")
    made = list(rendered_examples(tmp_path))
    assert [(example.look, example.covered, example.size) for example in made] == [
        ("stall", False, (96, 64)), ("stall", True, (96, 64)), ("bus_shelter", False, (96, 64)), ("other", False, (96, 64))
    ]  # fmt: skip
    (tmp_path / "meta" / "1_0.json").write_text('{"boxes": [["stall"]]}', encoding="utf-8")
    with pytest.raises(TrainingError, match=r"1_0\.json"):
        list(rendered_examples(tmp_path))


def test_boxes_at_random_lie_in_the_picture() -> None:
    random = Random(1)
    for _ in range(200):
        x0, y0, x1, y1 = anywhere(random)
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
        x0, y0, x1, y1 = jittered((0.0, 0.1, 0.2, 0.3), random)
        assert 0 <= x0 < x1 <= 1
        assert 0 <= y0 < y1 <= 1
