"""What each voice says of the boxes of photographs, from cached features: the same sums as `Verifier.ask` makes, without running the backbone again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.cards import Fusion, Voice
from models.classes import SELLING
from models.photographs import Photograph
from models.training.verifier.candidates import Candidates
from models.training.verifier.features import FeatureStore
from models.training.verifier.heads import Heads, apply
from models.verifier.crops import Rectangle, gathered
from models.verifier.fusion import bounded, fuse, logit, parts_odds
from models.verifier.network import Plan
from models.verifier.parts import parts_share
from models.verifier.things import things_of_picture
from models.verifier.verifier import askable


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """The boxes of one photograph that are asked about, n of them.

    Attributes:
        xyxy: (n, 4), in 0..1 of the picture.
        voices: name → (n,).
    """

    photograph: Photograph
    xyxy: NDArray[np.float32]
    voices: dict[Voice, NDArray[np.float32]]

    def best(self, fusion: Fusion) -> float:
        """The picture's score: its best box, 0 without any."""
        return float(fuse(self.voices, fusion).max()) if len(self.xyxy) else 0.0


def picture_features(store: FeatureStore, photograph: Photograph, plan: Plan, *, mirrored: bool = False) -> NDArray[np.float32]:
    """(1280,): the maximum over a picture's tiles."""
    return np.asarray(store.of(photograph.path, plan.tiles.rectangles(1, 1), mirrored=mirrored).max(0), np.float32)


def crop_rectangles(boxes: NDArray[np.float32], size: tuple[int, int], plan: Plan) -> tuple[Rectangle, ...]:
    """What is cut about boxes (n, 4) in pixels of a picture of this width and height, in shares of it."""
    return _shares(plan.squares(boxes, *size), *size)


def listen(
    photographs: Sequence[Photograph], candidates: Candidates, store: FeatureStore, plan: Plan, heads: Heads, *, lowest: float = 0.001,
    progress: Callable[[], None] = lambda: None,
) -> Iterator[Heard]:  # fmt: skip
    """What all voices say of each photograph's boxes, in the order of `photographs`."""
    sells = np.array([name in SELLING for name in plan.looks])
    for photograph in photographs:
        found, size = candidates.of(photograph.path)
        chosen = found[askable(found, lowest)]
        voices: dict[Voice, NDArray[np.float32]] = {"detector": logit(chosen.scores), "parts": parts_odds(parts_share(chosen.xyxy, found))}
        picture = float(apply(heads.picture, picture_features(store, photograph, plan)[None])[0, 0])
        voices["picture"] = np.full(len(chosen), bounded(picture), np.float32)
        things = float(apply(heads.things, things_of_picture(found)[None])[0, 0])
        voices["things"] = np.full(len(chosen), bounded(things), np.float32)
        squares, shown_by = gathered(crop_rectangles(chosen.xyxy, size, plan))
        looks = apply(heads.looks, store.of(photograph.path, squares))[list(shown_by)]
        voices["crop"] = bounded(_log_sum(looks[:, sells]) - _log_sum(looks[:, ~sells]))
        yield Heard(photograph, np.asarray(chosen.xyxy / np.array([*size, *size], np.float32), np.float32), voices)
        progress()


def _log_sum(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    most = logits.max(1, keepdims=True, initial=-np.inf)
    return np.asarray(np.log(np.exp(logits.astype(np.float64) - most).sum(1)) + most[:, 0])


def _shares(rectangles: Sequence[Rectangle], width_px: int, height_px: int) -> tuple[Rectangle, ...]:
    return tuple((x0 / width_px, y0 / height_px, x1 / width_px, y1 / height_px) for x0, y0, x1, y1 in rectangles)
