"""The heads of a verifier: the whole picture, the things in it, and its crops, each fitted on frozen features."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.classes import SELLING
from models.errors import TrainingError
from models.photographs import Photograph
from models.training.verifier.examples import Example
from models.training.verifier.heads import Floats, fit_binary, fit_classes
from models.training.verifier.settings import Workshop
from models.training.verifier.voices import crop_rectangles, picture_features
from models.verifier.crops import Rectangle
from models.verifier.network import LOOK_ALIKES, LOOK_CLASSES, OTHER
from models.verifier.things import things_of_picture

SMALL_OF_PICTURE = 3
SMALL_PX = (64, 96, 128, 192)
"""Sides of crops of things whose short side has 32 to 96 px: a crop is 1.6 times a thing's longer side."""
LEAST_SHRINKING = 0.8
"""A crop that has hardly more pixels than it would be shown with is not shown so."""


def fit_picture(shop: Workshop, photographs: Sequence[Photograph], tick: Callable[[], None] = lambda: None) -> tuple[Any, Any]:
    """The heads of the whole picture and of the things in it, from positives and negatives; photographs that are neither are left out.

    Raises:
        TrainingError: only positives, or only negatives.
    """
    rows: list[Floats] = []
    seen: list[Floats] = []
    truth: list[bool] = []
    for photograph in photographs:
        if photograph.selling or not any(box.name in (*SELLING, "parasol") for box in photograph.boxes):
            for mirrored in (False, True)[: 1 + shop.settings.mirrored]:
                rows.append(picture_features(shop.store, photograph, shop.settings.plan, mirrored=mirrored))
                seen.append(things_of_picture(shop.candidates.of(photograph.path)[0]))
                truth.append(photograph.selling)
        tick()
    if len(set(truth)) < 2:
        raise TrainingError("a verifier needs photographs with something selling and without on the side that it learns from")
    weights = _balanced(np.array(truth))
    whole = fit_binary(np.stack(rows), np.array(truth), weights, shop.settings.picture)
    return whole, fit_binary(np.stack(seen), np.array(truth), weights, shop.settings.things)


def picture_weights(real: Sequence[Example], rendered: Sequence[Example], share: float) -> dict[Path, float]:
    """How much each rendered picture counts beside a photograph, which counts 1, so that all of them together have `share` of the whole."""
    photographs, drawn = ({example.path for example in examples} for examples in (real, rendered))
    if not drawn:
        return {}
    each = share / (1 - share) * len(photographs) / len(drawn)
    return dict.fromkeys(drawn, each)


def fit_crops(
    shop: Workshop, examples: Sequence[Example], tick: Callable[[], None] = lambda: None, *, counts: Mapping[Path, float] | None = None
) -> tuple[Any, Any]:
    """The heads of crops: what they show, and whether what sells is covered. A picture counts once, however many crops it has, or as `counts` says."""
    by_path: dict[Path, list[Example]] = {}
    for example in examples:
        by_path.setdefault(example.path, []).append(example)
    rows: list[Floats] = []
    looks: list[int] = []
    covered: list[bool] = []
    shares: list[float] = []
    for path, own in by_path.items():
        size = own[0].size
        boxes = np.array([example.box for example in own], np.float32) * np.array([*size, *size], np.float32)
        rectangles = crop_rectangles(boxes, size, shop.settings.plan)
        count = (counts or {}).get(path, 1.0)
        for mirrored in (False, True)[: 1 + shop.settings.mirrored]:
            rows.append(shop.store.of(path, rectangles, mirrored=mirrored))
            looks += [LOOK_CLASSES.index(example.look) for example in own]
            covered += [example.covered for example in own]
            shares += [count / len(own)] * len(own)
        small = small_ones(own, rectangles) if shop.settings.small and not (counts or {}).get(path) else []
        if small:
            rows.append(shop.store.of(path, [rectangles[i] for i, _ in small], shown_px=[px for _, px in small]))
            looks += [LOOK_CLASSES.index(own[i].look) for i, _ in small]
            covered += [own[i].covered for i, _ in small]
            shares += [count * shop.settings.small / len(small)] * len(small)
        tick()
    x, y, hidden, per_picture = np.concatenate(rows), np.array(looks), np.array(covered), np.array(shares, np.float32)
    sells = y < len(SELLING)
    settings = shop.settings
    weights = with_share_of_alikes(y, _balanced(sells) * per_picture, settings.alikes)
    seen = fit_classes(x, y, len(LOOK_CLASSES), weights, settings.looks)
    return seen, fit_binary(x[sells], hidden[sells], per_picture[sells] * _balanced(hidden[sells], per_picture[sells]), settings.covered)


def with_share_of_alikes(looks: NDArray[np.int64], weights: Floats, share: float) -> Floats:
    """Weights (n,) by which look-alikes have `share` of what does not sell together, each class the same: of the few among thousands of places of the street
    none was ever named. What sells keeps its weights, and where there are no look-alikes all do.
    """
    found = np.asarray(weights, np.float32).copy()
    rest = float(found[looks >= len(SELLING)].sum())
    alikes = [look for look in (LOOK_CLASSES.index(name) for name in LOOK_ALIKES) if found[looks == look].sum() > 0]
    other = looks == LOOK_CLASSES.index(OTHER)
    if not alikes or not found[other].sum() > 0:
        return found
    for look in alikes:
        found[looks == look] *= share * rest / len(alikes) / found[looks == look].sum()
    found[other] *= (1 - share) * rest / found[other].sum()
    return found


def small_ones(own: Sequence[Example], rectangles: Sequence[Rectangle]) -> list[tuple[int, int]]:
    """Some of a picture's crops that are learned from as a far camera would show them too: their index, and the pixels that each has a side then."""
    random = Random(own[0].path.name)
    chosen = range(0, len(own), max(1, math.ceil(len(own) / SMALL_OF_PICTURE)))
    drawn = [(i, random.choice(SMALL_PX)) for i in chosen]
    return [(i, px) for i, px in drawn if px < LEAST_SHRINKING * (rectangles[i][2] - rectangles[i][0]) * own[i].size[0]]


def _balanced(positive: Any, counts: Floats | None = None) -> Floats:
    """Weights (n,) that let positives and negatives count the same, where each counts 1, or as `counts` says."""
    share = float(np.average(positive, weights=counts)) if len(positive) else 0.0
    if not 0 < share < 1:
        return np.ones(len(positive), np.float32)
    return np.where(positive, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
