"""Asking: which boxes of a look the verifier judges, and the score that all voices together give them.

One question is one picture: its whole and its tiles are seen once, whatever the number of boxes, and at most eight boxes are asked about. In a worker the
picture is the zoom look's cut about one place.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.cards import Fusion, ModelCard, VerifierBinding, Voice, sha256_of
from models.classes import SELLING
from models.detections import Detections
from models.errors import CardError
from models.overlap import pairwise_iou, suppress
from models.providers import Provider
from models.session import YoloSession
from models.verifier.fusion import bounded, fuse, logit, parts_odds
from models.verifier.network import VerifierNetwork, open_network
from models.verifier.parts import parts_share
from models.verifier.things import things_of_picture

MOST_BOXES = 8
"""So many boxes of a picture are asked about, those with the highest scores."""
SAME_THING_IOU = 0.5
"""Boxes of selling classes that overlap by this much are one thing, whatever the detector calls it; only the highest is asked about."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What came of one question.

    Attributes:
        asked: (n,) int64, indices of the boxes that were asked about, best detector score first.
        verified: (n,) float32, the fused score of each.
        voices: name → (n,) float32, before the fusion.
        looks_like: what each looks like most.
        covered: (n,) float32, probability that it is closed or covered.
        core_seconds: of this thread's processor time.
    """

    asked: NDArray[np.int64]
    verified: NDArray[np.float32]
    voices: dict[Voice, NDArray[np.float32]]
    looks_like: tuple[str, ...]
    covered: NDArray[np.float32]
    core_seconds: float


class Verifier:
    """A network with the fusion of a detector's card; made by `open_verifier`."""

    def __init__(self, network: VerifierNetwork, binding: VerifierBinding) -> None:
        self.network, self.binding = network, binding

    @property
    def threshold(self) -> float:
        """The fused score from which a box is taken as something selling."""
        return self.binding.threshold

    @property
    def zoom_threshold(self) -> float:
        """The fused score from which a zoom look takes a box as something selling."""
        return self.binding.zoom.threshold if self.binding.zoom else self.binding.threshold

    @property
    def zoom_fusion(self) -> Fusion:
        """How the voices of a zoom look are fused."""
        return self.binding.zoom.fusion if self.binding.zoom else self.binding.fusion

    def verify(self, picture: NDArray[np.uint8], found: Detections) -> NDArray[np.float32]:
        """The score (n,) float32 in 0..1 of each detection of a picture (h, w, 3) uint8 RGB: the fused one of the eight highest boxes of SELLING,
        its own of every other.
        """
        scores = found.scores.astype(np.float32, copy=True)
        answer = self.ask(picture, found)
        scores[answer.asked] = answer.verified
        return scores

    def ask(self, picture: NDArray[np.uint8], found: Detections, *, by_class: bool = False, zoomed: bool = False) -> Answer:
        """What each voice says of the eight highest boxes of SELLING among the detections of a picture (h, w, 3) uint8 RGB.

        Args:
            by_class: a thing that the detector calls a stall and goods is asked about as both. What is verified is that it sells, so both get the higher score.
            zoomed: the picture is a cut about one place, and is fused as a zoom look.
        """
        began = time.thread_time()
        asked = askable(found, self.binding.candidates, by_class=by_class)
        chosen = found[asked]
        if not len(asked):
            nothing = np.empty(0, np.float32)
            return Answer(asked, nothing, {}, (), nothing, time.thread_time() - began)
        opinion = self.network.ask(picture, chosen.xyxy, things_of_picture(found))
        voices: dict[Voice, NDArray[np.float32]] = {
            "detector": logit(chosen.scores),
            "crop": bounded(opinion.crop),
            "picture": np.full(len(asked), bounded(opinion.picture), np.float32),
            "things": np.full(len(asked), bounded(opinion.things), np.float32),
            "parts": parts_odds(parts_share(chosen.xyxy, found)),
        }
        verified = fuse(voices, self.zoom_fusion if zoomed else self.binding.fusion)
        if by_class:
            verified = highest_of_thing(chosen.xyxy, verified)
        looks_like = tuple(self.network.plan.looks[i] for i in opinion.looks.argmax(1).tolist())
        return Answer(asked, verified, voices, looks_like, opinion.covered, time.thread_time() - began)


def askable(found: Detections, candidates: float = 0.0, most: int = MOST_BOXES, *, by_class: bool = False) -> NDArray[np.int64]:
    """Indices of the boxes that are asked about: of SELLING, with at least the score `candidates`, one a thing (and class), at most `most`, highest first."""
    wanted = [found.names.index(name) for name in SELLING if name in found.names]
    own = np.flatnonzero(np.isin(found.class_ids, wanted) & (found.scores >= candidates))
    classes = found.class_ids[own] if by_class else np.zeros(len(own), np.int64)
    return np.asarray(own[suppress(found.xyxy[own], found.scores[own], classes, SAME_THING_IOU)][:most], np.int64)


def highest_of_thing(xyxy: NDArray[np.float32], verified: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each box (n, 4) the highest score (n,) of those that show the same thing, whatever the detector calls them."""
    same = pairwise_iou(xyxy, xyxy) >= SAME_THING_IOU
    np.fill_diagonal(same, True)
    return np.asarray(np.where(same, verified[None], 0.0).max(1, initial=0.0), np.float32)


def open_verifier(card: ModelCard, folder: Path, provider: Provider = "cpu", threads: int = 1) -> Verifier:
    """Opens the verifier that a detector's card binds; its file lies in `folder`, beside the detector.

    Raises:
        CardError: the card binds none, or the file is another one than it says.
        ModelFileError: the file is missing or broken.
    """
    binding = card.verifier
    if binding is None:
        raise CardError(f"the card of {card.name!r} names no verifier: train one with `curbwatch models train-verifier`")
    path = folder / binding.file
    found = sha256_of(path) if path.is_file() else binding.sha256
    if found != binding.sha256:
        raise CardError(f"{path} is another verifier than the card of {card.name!r} binds (SHA-256 {found[:12]}…, not {binding.sha256[:12]}…): restore it")
    return Verifier(open_network(path, provider, threads), binding)


def files_of(session: YoloSession, verifier: Verifier | None) -> str:
    """Names a detector's and its verifier's files: the beginnings of their SHA-256."""
    return session.sha256[:16] + (f"+{verifier.binding.sha256[:16]}" if verifier else "")


def verifier_of(session: YoloSession, threads: int = 1) -> Verifier | None:
    """The verifier of an opened detector, None where its card binds none.

    Raises:
        ModelError: the card binds one that cannot be opened.
    """
    if session.card is None or session.card.verifier is None:
        return None
    return open_verifier(session.card, session.path.parent, "cpu" if session.provider == "cpu" else "cuda", threads)
