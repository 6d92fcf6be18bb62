"""Figures by size: held-back photographs set into streets, looked at through a zone's rectangle and as whole frames.

One JSON line a look. A size's recall is read at the score that 5 % of the negatives pasted at that size reach.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from models.errors import EvaluationError
from models.measuring.origins import Interval, intervals
from models.measuring.ranking import Ranking, rank

Cut = Literal["zone", "zoom", "frame"]
CUTS: tuple[Cut, ...] = get_args(Cut)


@dataclass(frozen=True, slots=True)
class PastedLook:
    """One look at one pasted picture.

    Attributes:
        picture: name of the pasted picture.
        origin: of the photograph that was pasted.
        cut: what was looked at: the rectangle of the zone; the places that look proposes, each as a worker's zoom look sees it; or the whole frame.
        score: the best fused score of the look's boxes of selling, 0 where there is none.
        detector: the best detector score of them.
        looked_by: the files that looked, as `models.verifier.files_of` names them; empty in lines of before.
    """

    picture: str
    origin: str
    positive: bool
    size_px: int
    cut: Cut
    score: float
    detector: float
    looked_by: str = ""

    def line(self) -> str:
        """As one JSON line."""
        return json.dumps(asdict(self), ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class SizeRow:
    """Looks of one size and cut: how they rank, and 95 % intervals of `auc` and `recall` by resampling origins."""

    size_px: int
    cut: Cut
    ranking: Ranking
    intervals: Mapping[str, Interval]


def read_looks(paths: Sequence[Path]) -> list[PastedLook]:
    """The looks of files of JSON lines; a last line that was cut short is passed over, since a run may go on.

    Raises:
        EvaluationError: a file or a line cannot be read.
    """
    return [look for path in paths for look in _looks(path)]


def _looks(path: Path) -> Iterator[PastedLook]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read: {' '.join(str(error).split())}") from None
    for number, line in enumerate(lines, start=1):
        if number == len(lines) and not line.endswith("\n"):
            return
        try:
            yield PastedLook(**json.loads(line))
        except (TypeError, ValueError) as error:
            raise EvaluationError(f"{path}, line {number}: {error}: it is not a line that `curbwatch models evaluate --sizes` wrote") from None


def size_table(looks: Sequence[PastedLook], *, by: Literal["score", "detector"] = "score", flagged: float = 0.05, times: int = 1000) -> list[SizeRow]:
    """A row for each size and cut that has positives and negatives, sizes rising, the zone first."""
    rows = []
    for size_px in sorted({one.size_px for one in looks}):
        for cut in CUTS:
            own = [one for one in looks if one.size_px == size_px and one.cut == cut]
            scores = np.array([getattr(one, by) for one in own], np.float64)
            positive = np.array([one.positive for one in own], np.bool_)
            if not len(own) or positive.all() or not positive.any():
                continue
            rows.append(SizeRow(size_px, cut, rank(scores, positive, flagged=flagged), _spread([one.origin for one in own], scores, positive, flagged, times)))
    return rows


def _spread(origins: Sequence[str], scores: NDArray[np.float64], positive: NDArray[np.bool_], flagged: float, times: int) -> dict[str, Interval]:
    def drawn(chosen: NDArray[np.int64]) -> Mapping[str, float]:
        ranked = rank(scores[chosen], positive[chosen], flagged=flagged)
        return {"auc": ranked.auc, "recall": ranked.recall}

    return intervals(origins, drawn, times=times)
