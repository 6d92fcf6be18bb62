"""Training a verifier for one detector and one fold: heads on the training origins, fusion and threshold on the calibration origins, figures on the rest.

The backbone stays frozen, so a crop's features are computed once for all folds, heads and tries (`FeatureStore`), and a verifier is trained in seconds after
that. What the detector proposes is kept too (`Candidates`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.cards import Fusion, ModelCard, VerifierBinding, ZoomBinding, card_path, read_card, sha256_of, write_card
from models.errors import TrainingError
from models.measuring.curves import Bin
from models.photographs import Fold
from models.session import YoloSession
from models.shelf import VERIFIER_ENDING
from models.training.verifier.backbones import backbone, load_backbone
from models.training.verifier.calibration import calibrate, figures_of
from models.training.verifier.examples import examples_of, rendered_examples
from models.training.verifier.export import export_verifier
from models.training.verifier.fitting import fit_crops, fit_picture, picture_weights
from models.training.verifier.heads import Heads
from models.training.verifier.settings import VerifierSettings, Workshop
from models.training.verifier.voices import listen
from models.verifier.network import LOOK_CLASSES, Plan

Progress = Callable[[str], Callable[[], None]]
"""Begins a step by its name and gives what is called for each picture of it."""


def silent(_: str) -> Callable[[], None]:
    """No progress shown."""
    return lambda: None


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


def bind_zoom(detector: Path, zoom: ZoomBinding) -> None:
    """Writes how zoom looks are fused into the card of a detector that a verifier is bound to.

    Raises:
        TrainingError: its card binds none.
        CardError: the card cannot be read.
    """
    card = read_card(card_path(detector))
    if card.verifier is None:
        raise TrainingError(f"the card of {card.name} binds no verifier: train one first")
    write_card(card.model_copy(update={"verifier": card.verifier.model_copy(update={"zoom": zoom})}), card_path(detector))
