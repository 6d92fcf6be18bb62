"""How the voices of a zoom look are fused: fitted on looks as a worker takes them, at photographs of the calibration origins.

Each photograph is looked at twice: as it is, and set into a street of another origin so small that its largest box has 64, 96 or 160 px. What the look
proposes first is zoomed at, and what the verifier answers there is what the fusion learns from. Fitted on whole photographs instead, the voices of the picture
speak of the street that a thing stands in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from curbwatch.commands.evaluate_sizes import cut_out, looked_at, zoom_answers
from detector.worker.eye import Eye
from models.cards import Voice, ZoomBinding
from models.errors import TrainingError
from models.looking import look_at
from models.measuring.ranking import rank
from models.photographs import Fold, Photograph
from models.photographs.sizes import HEIGHT_PX, WIDTH_PX, Pasted, plan, row, too_small, write
from models.pictures import read_picture
from models.session import YoloSession
from models.training.verifier.calibration import card_threshold
from models.verifier import Answer, Verifier, fuse
from models.verifier.fitting import fit_fusion

SIZES_PX = (64, 96, 160)
HEARD: tuple[Voice, ...] = ("detector", "crop")
"""What is said of the box alone. Of 100 photographs with something of 64 px and 140 without, set into streets of fold 1, zoom looks told with AUC 0.78 and
recall 0.29 apart when fused as whole photographs are, 0.79 and 0.32 with weights of their own for all voices, 0.83 and 0.37 with these two; whole photographs,
zoomed at, with 0.94 and 0.67, 0.94 and 0.69, 0.93 and 0.69."""
Voices = dict[Voice, NDArray[np.float32]]


def calibrate_zoom(
    session: YoloSession, verifier: Verifier, fold: Fold, folder: Path, *, flagged: float = 0.05, tick: Callable[[], None] = lambda: None
) -> ZoomBinding:
    """Fusion and threshold of zoom looks. Pasted pictures are kept in a folder of `folder` that is named by what they show.

    Args:
        flagged: share of the looks at negatives that the threshold may flag.

    Raises:
        TrainingError: nothing right or nothing wrong is proposed, or there is no street to set photographs into.
    """
    eye = Eye(session, verifier)
    asked: list[list[Answer]] = []
    truth: list[bool] = []
    for positive, answers in _looks(eye, verifier, fold, folder):
        asked.append(answers)
        truth.append(positive)
        tick()
    sells = np.array(truth, np.bool_)
    try:
        fusion = fit_fusion([_together(answers) for answers in asked], sells, HEARD)
        best = [max((float(fuse(one.voices, fusion).max()) for one in answers if len(one.asked)), default=0.0) for answers in asked]
        threshold = rank(np.array(best), sells, flagged=flagged).threshold
    except ValueError as error:
        raise TrainingError(f"the fusion of zoom looks cannot be fitted on the calibration photographs: {error}") from None
    return ZoomBinding(fusion=fusion, threshold=card_threshold(threshold))


def _looks(eye: Eye, verifier: Verifier, fold: Fold, folder: Path) -> Iterator[tuple[bool, list[Answer]]]:
    for photograph in fold.calibration:
        if photograph.selling or photograph.empty:
            picture = read_picture(photograph.path)
            yield photograph.selling, zoom_answers(eye, verifier, picture, look_at(eye.session, picture, fitted=True))
    aspect = eye.aspect / (WIDTH_PX / HEIGHT_PX)
    planned = _one_size_each(fold)
    shown = hashlib.sha256(json.dumps([row(one) for one in planned]).encode()).hexdigest()[:16]
    for pasted, path in write(planned, folder / shown):
        picture = read_picture(path)
        left, top, *_ = looked_at(pasted, picture, aspect)
        found = look_at(eye.session, cut_out(picture, pasted, "zone", aspect), fitted=True)
        yield pasted.positive, zoom_answers(eye, verifier, picture, found, (left, top))


def _one_size_each(fold: Fold) -> list[Pasted]:
    """Each calibration photograph at one of the sizes that it can be shrunk to, by its id."""
    positives = [photograph for photograph in fold.calibration if photograph.selling]
    sizes = [size for size in SIZES_PX if len(too_small(positives, size)) < len(positives)]
    planned: dict[Photograph, list[Pasted]] = {}
    for one in plan(replace(fold, held_back=fold.calibration), sizes or SIZES_PX):
        planned.setdefault(one.photograph, []).append(one)
    return [Random(photograph.id).choice(own) for photograph, own in planned.items()]


def _together(answers: list[Answer]) -> Voices:
    """The voices of all places of a look, one after the other."""
    spoken = [one.voices for one in answers if len(one.asked)]
    return {name: np.concatenate([voices[name] for voices in spoken]) for name in spoken[0]} if spoken else {}
