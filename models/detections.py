"""What a model saw in one picture: numpy columns with boolean-mask selection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Boxes of one picture, best score first.

    Attributes:
        xyxy: (n, 4) float32, pixels of the picture that was looked at: left, top, right, bottom.
        scores: (n,) float32 in 0..1.
        class_ids: (n,) int64, indices into `names`.
        names: the model's classes in the order of their ids.
    """

    xyxy: NDArray[np.float32]
    scores: NDArray[np.float32]
    class_ids: NDArray[np.int64]
    names: tuple[str, ...]

    @classmethod
    def empty(cls, names: tuple[str, ...]) -> Detections:
        """No boxes at all, of a model with these classes."""
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.float32), np.empty(0, np.int64), names)

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, index: NDArray[Any]) -> Detections:
        """The boxes that a boolean mask (n,) or an index array selects."""
        return Detections(self.xyxy[index], self.scores[index], self.class_ids[index], self.names)

    def above(self, score: float) -> Detections:
        """The boxes with at least this score."""
        return self[self.scores >= score]

    def of(self, *names: str) -> Detections:
        """The boxes of these classes; a class that the model does not have selects nothing."""
        wanted = [self.names.index(name) for name in names if name in self.names]
        return self[np.isin(self.class_ids, wanted)]

    def classes(self) -> tuple[str, ...]:
        """The class name of each box."""
        return tuple(self.names[i] for i in self.class_ids.tolist())
