"""What a packet is worth, so that the dearest goes first under a backlog and the cheapest gives way on a full disk. Pure.

As in the API's queue a grade counts as much as the whole range of the score, or as a day of waiting. The end of an act is worth little without its
beginning, and so a grade less. In the hours in which a kind weighs more (`weighs_more` of the catalogue, told in the packet's rule) its score counts that many
times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evidence.named import weight_in

GRADE_POINTS = {"A": 2.0, "B": 1.0, "C": 0.0}
END_POINTS = -1.0
PER_DAY = 1.0
"""Points for a day of waiting."""
PER_ATTEMPT = 0.5
"""Points that a failed delivery costs: a packet that goes wrong alone shall not hold up those that would not."""


def value_of(grade: str, phase: str, score: float | None, weight: float = 1.0) -> float:
    """A packet's worth by its grade, its phase, how sure the detector was (0..1), and how many times that counts at this hour."""
    return GRADE_POINTS.get(grade, 0.0) + (END_POINTS if phase == "ended" else 0.0) + weight * min(1.0, max(0.0, score or 0.0))


def value_of_manifest(manifest: Mapping[str, Any]) -> float:
    """The same of a manifest: its score is the zoom look's, else the best of the stay."""
    zoom, stay, rule = manifest.get("zoom_look"), manifest.get("stay"), manifest.get("rule")
    score = zoom.get("score") if isinstance(zoom, Mapping) else None
    if score is None and isinstance(stay, Mapping):
        score = max((sample.get("score") or 0.0 for sample in stay.get("samples", ())), default=0.0)
    thresholds = rule.get("thresholds") if isinstance(rule, Mapping) else None
    weight = weight_in(thresholds) if isinstance(thresholds, Mapping) else 1.0
    return value_of(str(manifest.get("grade")), str(manifest.get("phase")), score, weight)
