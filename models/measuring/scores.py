"""Saved looks: the JSON lines that `curbwatch detect --json --verify --min-score 0.01` prints, one a picture, read for measuring.

Nothing is looked at again: what each voice gains, any threshold and any grouping is read from these lines.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import EvaluationError


@dataclass(frozen=True, slots=True, eq=False)
class ScoredPicture:
    """One line.

    Attributes:
        image: as the line names it.
        model: by name.
        xyxy: (n, 4) float32 in 0..1 of the picture.
        classes: of each box.
        scores: (n,) float32 of the detector.
        verified: (n,) float32, the fused score; NaN where the line has none.
        voices: name → (n,) float32, what each voice said before the fusion; empty where the line tells none.
        covered: (n,) float32, probability that a stall is closed or covered; NaN where the line tells none.
    """

    image: Path
    model: str
    xyxy: NDArray[np.float32]
    classes: tuple[str, ...]
    scores: NDArray[np.float32]
    verified: NDArray[np.float32]
    voices: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    covered: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))

    @property
    def has_verified(self) -> bool:
        """Whether a verifier was asked about every box."""
        return not bool(np.isnan(self.verified).any())


def read_scores(paths: Sequence[Path]) -> dict[str, ScoredPicture]:
    """Scored pictures of files of JSON lines, by the picture's name without folder and ending.

    Raises:
        EvaluationError: a file or a line cannot be read, or a picture stands in two lines; the message names file and line.
    """
    found: dict[str, ScoredPicture] = {}
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EvaluationError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                one = _scored(line, f"{path}, line {number}")
                if one.image.stem in found:
                    raise EvaluationError(f"{path}, line {number}: {one.image.stem} was scored already: each picture is held back in one fold only")
                found[one.image.stem] = one
    return found


def _scored(line: str, where: str) -> ScoredPicture:
    try:
        fields: Mapping[str, Any] = json.loads(line)
        boxes = fields["detections"]
        size = np.array([fields["width"], fields["height"]] * 2, np.float32)
        xyxy = np.array([box["xyxy"] for box in boxes], np.float32).reshape(-1, 4) / size
        names = sorted({name for box in boxes for name in box.get("voices", ())})
        return ScoredPicture(
            Path(fields["image"]), str(fields["model"]), xyxy, tuple(str(box["class"]) for box in boxes), _column(boxes, "score"), _column(boxes, "verified"),
            {name: np.array([box["voices"][name] for box in boxes], np.float32) for name in names}, _column(boxes, "covered"),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EvaluationError(f"{where}: {type(error).__name__} {error}: it is not a line of `curbwatch detect --json`") from None


def _column(boxes: Sequence[Mapping[str, Any]], name: str) -> NDArray[np.float32]:
    return np.array([np.nan if box.get(name) is None else float(box[name]) for box in boxes], np.float32)
