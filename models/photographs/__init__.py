"""Real photographs with boxes: read by manifest, corrected, cut into folds by origin, and refused where a split is unsound.

photographs = read(Path("street_real"))
for fold in folds(photographs, 3):
    refuse(fold)
    ...  # train on fold.train, fit thresholds on fold.calibration, measure on fold.held_back
"""

from __future__ import annotations

from models.photographs.folds import Fold, folds, whole
from models.photographs.manifest import CORRECTIONS, PhotoBox, Photograph, read
from models.photographs.refusal import refuse, refuse_pictures

__all__ = ["CORRECTIONS", "Fold", "PhotoBox", "Photograph", "folds", "read", "refuse", "refuse_pictures", "whole"]
