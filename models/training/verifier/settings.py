"""What decides a verifier, and the caches that all tries share."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from models.session import YoloSession
from models.training.verifier.backbones import backbone, export_backbone
from models.training.verifier.candidates import Candidates
from models.training.verifier.features import FeatureStore
from models.training.verifier.heads import HeadSettings
from models.verifier.crops import Tiles
from models.verifier.network import Plan


@dataclass(frozen=True, slots=True)
class VerifierSettings:
    """What decides a verifier.

    Attributes:
        context: a box is cut with this times its longer side about it.
        mirrored: mirror images are learned from too.
        lowest: detector score from which boxes are asked about. From 0.01 on, one in three pictures of one fold had no box to ask about, and they were told
            apart with AUC 0.913 and recall 0.65 instead of 0.936 and 0.69.
        flagged: share of the negatives that the threshold may flag, on the calibration origins.
        looks: of what a crop shows. The hidden layer is what lets one head learn photographs and rendered pictures beside each other: of three folds together
            the fused scores had AUC 0.951 and recall 0.77 (0.950 and 0.77 without it and a tenth of the weight for rendered pictures), and rendered boxes of
            families that it did not learn from were told apart with AUC 0.75 (0.63).
        rendered: share of the crops' weight that rendered pictures have together, however many they are.
        alikes: share of what does not sell that look-alikes have together, each of the ten the same. docs/verifier.md has what 0.3, 0.5 and 0.7 gave.
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
    looks: HeadSettings = field(default_factory=lambda: HeadSettings(decay=5.0, hidden=128, epochs=20))
    covered: HeadSettings = field(default_factory=lambda: HeadSettings(decay=0.5))
    lowest: float = 0.001
    flagged: float = 0.05
    rendered: float = 0.5
    alikes: float = 0.5
    small: float = 0.25

    @property
    def plan(self) -> Plan:
        """What is cut out of a picture."""
        one = backbone(self.backbone)
        return Plan(one.name, one.side_px, self.tiles, self.context)


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
