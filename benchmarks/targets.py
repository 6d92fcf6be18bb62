"""What a figure is held against, and whether it holds: printed beside the table, kept with the result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """One promise and the figure that came of it.

    Attributes:
        what: in words, with the number of cameras.
        need: bound in `unit`; `at_least` turns it from an upper into a lower one.
        counts: False where another target stands in for this one (bare parts that are dearer here than where the bound was set).
    """

    what: str
    got: float
    need: float
    unit: str
    at_least: bool = False
    counts: bool = True

    @property
    def met(self) -> bool:
        """Whether the figure keeps the bound."""
        return self.got >= self.need if self.at_least else self.got <= self.need

    def as_json(self) -> dict[str, Any]:
        """The target as results keep it."""
        return {**asdict(self), "got": round(self.got, 4), "met": self.met}


def told(target: Mapping[str, Any]) -> str:
    """A kept target in a line."""
    verdict = "met   " if target["met"] else "MISSED" if target["counts"] else "(over)"
    bound = f"{'at least' if target['at_least'] else 'at most'} {target['need']:g}"
    beside = "" if target["counts"] else "; here the ratio counts"
    return f"{verdict} {target['what']}: {target['got']:.4g} {target['unit']} ({bound}{beside})"


def as_json(targets: Sequence[Target]) -> list[dict[str, Any]]:
    """Targets as results keep them."""
    return [target.as_json() for target in targets]
