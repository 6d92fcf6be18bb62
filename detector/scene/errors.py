"""What a scene file can be refused for: every fault by line and field, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detector.errors import DetectorError

SHOWN_FAULTS = 10


@dataclass(frozen=True, slots=True)
class SceneFault:
    """What is wrong: the line of the file (0 for all of it), the field (empty for no one field), and a sentence."""

    line: int
    field: str
    what: str

    def __str__(self) -> str:
        return ": ".join([*([", ".join([f"line {self.line}", *([self.field] if self.field else [])])] if self.line else []), self.what])


class SceneError(DetectorError):
    """A scene file is not usable; `faults` has every one, the message the first ten."""

    def __init__(self, path: Path, faults: Sequence[SceneFault]) -> None:
        shown = [f"{path}: {fault}" for fault in faults[:SHOWN_FAULTS]]
        if len(faults) > SHOWN_FAULTS:
            shown.append(f"{path}: and {len(faults) - SHOWN_FAULTS} more faults")
        super().__init__("; ".join(shown))
        self.faults = tuple(faults)
        self.lines = tuple(shown)


class DrawingError(DetectorError):
    """A view cannot be drawn as asked."""


class ProposalError(DetectorError):
    """A proposal cannot be made, read or accepted as asked."""
