"""Training a verifier for one detector and one fold: heads on the training origins, fusion and threshold on the calibration origins, figures on the rest.

The backbone stays frozen, so a crop's features are computed once for all folds, heads and tries (`FeatureStore`), and a verifier is trained in seconds after
that. What the detector proposes is kept too (`Candidates`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from models.cards import Fusion, ModelCard, VerifierBinding, card_path, sha256_of, write_card
from models.classes import SELLING
from models.errors import TrainingError
from models.measuring.curves import Bin, reliability
from models.measuring.ranking import rank
from models.photographs import Fold, Photograph
from models.session import YoloSession
from models.shelf import VERIFIER_ENDING
from models.training.verifier_backbones import backbone, export_backbone, load_backbone
from models.training.verifier_candidates import Candidates
from models.training.verifier_examples import Example, examples_of, rendered_examples
from models.training.verifier_export import export_verifier
from models.training.verifier_features import FeatureStore
from models.training.verifier_heads import Floats, Heads, HeadSettings, fit_binary, fit_classes
from models.training.verifier_voices import Heard, crop_rectangles, listen, picture_features
from models.verifier.crops import Rectangle, Tiles
from models.verifier.fitting import fit_fusion
from models.verifier.fusion import VOICES
from models.verifier.network import LOOK_CLASSES, Plan
from models.verifier.things import things_of_picture

SMALL_OF_PICTURE = 3
SMALL_PX = (64, 96, 128, 192)
"""Sides of crops of things whose short side has 32 to 96 px: a crop is 1.6 times a thing's longer side."""
LEAST_SHRINKING = 0.8
"""A crop that has hardly more pixels than it would be shown with is not shown so."""
Progress = Callable[[str], Callable[[], None]]
"""Begins a step by its name and gives what is called for each picture of it."""


def silent(_: str) -> Callable[[], None]:
    """No progress shown."""
    return lambda: None


@dataclass(frozen=True, slots=True)
class VerifierSettings:
    """What decides a verifier.

    Attributes:
        context: a box is cut with this times its longer side about it.
        mirrored: mirror images are learned from too.
        lowest: detector score from which boxes are asked about. From 0.01 on, one in three pictures of one fold had no box to ask about, and they were told
            apart with AUC 0.913 and recall 0.65 instead of 0.936 and 0.69.
        flagged: share of the negatives that the threshold may flag, on the calibration origins.
        rendered: share of the crops' weight that rendered pictures have together, however many they are. Where each counted as much as a photograph (three
            quarters of the weight), the crop voice of one fold fell from AUC 0.942 to 0.913, and the fused recall from 0.75 to 0.64; at 0.05, 0.1, 0.2 and
            0.35 that was 0.74, 0.76, 0.70 and 0.71.
        small: what the crops that are shown small count together, as a share of their picture's. With 0, 0.1, 0.25, 0.5 and 1 the crop voice told 60 photos
            with something of 64 px from 60 without (set into streets, best of eight boxes) with AUC 0.774, 0.787, 0.791, 0.794 and 0.791 and recall 0.17,
            0.23, 0.28, 0.33 and 0.35; the fused recall on whole photographs went from 0.76 to 0.75, 0.74, 0.74 and 0.73.
    """

    backbone: str = "lite2"
    tiles: Tiles = field(default_factory=lambda: Tiles(2, 2, 0.5, 0.667))
    context: float = 1.6
    mirrored: bool = False
    picture: HeadSettings = field(default_factory=lambda: HeadSettings(decay=0.5))
    things: HeadSettings = field(default_factory=lambda: HeadSettings(decay=0.1))
    looks: HeadSettings = field(default_factory=lambda: HeadSettings(decay=0.5))
    lowest: float = 0.001
    flagged: float = 0.05
    rendered: float = 0.1
    small: float = 0.25

    @property
    def plan(self) -> Plan:
        """What is cut out of a picture."""
        one = backbone(self.backbone)
        return Plan(one.name, one.side_px, self.tiles, self.context)


@dataclass(frozen=True, slots=True)
class Trained:
    """A verifier in parts, and what it was measured to be.

    Attributes:
        curve: reliability of pictures' scores on the calibration origins.
        figures: voice or fusion → AUC and recall at 5 % of the negatives flagged, on what was held back; empty where nothing was.
        examples: look → crops learned from.
    """

    heads: Heads
    plan: Plan
    fusion: Fusion
    threshold: float
    curve: tuple[Bin, ...]
    figures: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    examples: Mapping[str, int] = field(default_factory=dict)


class Workshop:
    """The caches that all tries share, under one folder."""

    def __init__(self, folder: Path, detector: YoloSession, settings: VerifierSettings) -> None:
        one = backbone(settings.backbone)
        exported = folder / "backbones" / f"{settings.backbone}.onnx"
        if not exported.exists():
            export_backbone(one, exported)
        self.store = FeatureStore(folder / "features", exported, one.side_px)
        self.candidates = Candidates(folder / "candidates", detector)
        self.settings = settings


def train_verifier(shop: Workshop, fold: Fold, *, rendered: Sequence[Path] = (), progress: Progress = silent) -> Trained:
    """Trains heads and fusion for one fold.

    Raises:
        TrainingError: the fold lacks positives or negatives where they are needed.
        PictureError: a picture cannot be read.
    """
    settings, plan = shop.settings, shop.settings.plan
    picture, things = fit_picture(shop, fold.train, progress("whole pictures"))
    real = list(examples_of(fold.train, lambda path: shop.candidates.of(path)[0]))
    drawn = [example for folder in rendered for example in rendered_examples(folder)]
    examples = real + drawn
    looks, covered = fit_crops(shop, examples, progress("crops"), counts=picture_weights(real, drawn, settings.rendered))
    heads = Heads(picture, things, looks, covered)
    calibration = list(listen(fold.calibration, shop.candidates, shop.store, plan, heads, lowest=settings.lowest, progress=progress("calibration")))
    fusion, threshold, curve = calibrate(calibration, settings.flagged)
    held = list(listen(fold.held_back, shop.candidates, shop.store, plan, heads, lowest=settings.lowest, progress=progress("held back")))
    counts = {name: sum(example.look == name for example in examples) for name in LOOK_CLASSES}
    return Trained(heads, plan, fusion, threshold, curve, figures_of(held, fusion) if held else {}, counts)


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
    settings = shop.settings.looks
    return fit_classes(x, y, len(LOOK_CLASSES), _balanced(sells) * per_picture, settings), fit_binary(x[sells], hidden[sells], per_picture[sells], settings)


def small_ones(own: Sequence[Example], rectangles: Sequence[Rectangle]) -> list[tuple[int, int]]:
    """Some of a picture's crops that are learned from as a far camera would show them too: their index, and the pixels that each has a side then."""
    random = Random(own[0].path.name)
    chosen = range(0, len(own), max(1, math.ceil(len(own) / SMALL_OF_PICTURE)))
    drawn = [(i, random.choice(SMALL_PX)) for i in chosen]
    return [(i, px) for i, px in drawn if px < LEAST_SHRINKING * (rectangles[i][2] - rectangles[i][0]) * own[i].size[0]]


def calibrate(heard: Sequence[Heard], flagged: float = 0.05) -> tuple[Fusion, float, tuple[Bin, ...]]:
    """Fusion, threshold and reliability curve from the calibration origins.

    Raises:
        TrainingError: there is nothing right, or nothing wrong, or the detector finds nothing there.
    """
    ranked = [one for one in heard if one.photograph.selling or one.photograph.empty]
    positive = np.array([one.photograph.selling for one in ranked], np.bool_)
    try:
        fusion = fit_fusion([one.voices for one in ranked], positive)
        best = np.array([one.best(fusion) for one in ranked], np.float64)
        threshold = rank(best, positive, flagged=flagged).threshold
    except ValueError as error:
        raise TrainingError(f"the fusion cannot be fitted on the calibration photographs: {error}") from None
    asked = np.array([len(one.xyxy) > 0 for one in ranked], np.bool_)
    return fusion, min(1.0, math.ceil(threshold * 1e5) / 1e5), reliability(best[asked], positive[asked])  # five digits, as a card holds it


def figures_of(heard: Sequence[Heard], fusion: Fusion) -> dict[str, tuple[float, float]]:
    """AUC and recall at 5 % of the negatives flagged, of whole pictures by their best box: each voice alone, and the fusion."""
    ranked = [one for one in heard if one.photograph.selling or one.photograph.empty]
    positive = np.array([one.photograph.selling for one in ranked])
    scores: dict[str, list[float]] = {name: [float(one.voices[name].max()) if len(one.xyxy) else -99.0 for one in ranked] for name in VOICES}
    scores["verified"] = [one.best(fusion) for one in ranked]
    found = {name: rank(np.array(values, np.float64), positive) for name, values in scores.items()}
    return {name: (round(one.auc, 4), round(one.recall, 4)) for name, one in found.items()}


def write_verifier(trained: Trained, detector: YoloSession, settings: VerifierSettings, *, card: ModelCard | None = None) -> Path:
    """Writes the verifier's file beside its detector and binds it in the detector's card, which is made where there is none; gives the file's path.

    Raises:
        TrainingError: the file would be larger than 12 MB.
    """
    path = detector.path.with_name(f"{detector.path.stem}{VERIFIER_ENDING}")
    described = {"author": "curbwatch", "license": "Apache-2.0 backbone, AGPL-3.0 heads", "curbwatch.backbone": trained.plan.backbone}
    export_verifier(load_backbone(backbone(settings.backbone)), trained.heads, trained.plan, path, described=described)
    bound = VerifierBinding(file=path.name, sha256=sha256_of(path), candidates=settings.lowest, threshold=trained.threshold, fusion=trained.fusion)
    known = card or detector.card or ModelCard(
        name=detector.name.lower(), version="1", sha256=detector.sha256, licence="AGPL-3.0", classes=detector.names,
        input_size=(detector.input_width_px, detector.input_height_px),
    )  # fmt: skip
    write_card(known.model_copy(update={"verifier": bound}), card_path(detector.path))
    return path


def _balanced(positive: Any) -> Floats:
    """Weights (n,) that let positives and negatives count the same."""
    share = float(np.mean(positive))
    if not 0 < share < 1:
        return np.ones(len(positive), np.float32)
    return np.where(positive, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
