"""What is proposed and why."""

from __future__ import annotations

from dataclasses import dataclass

from evidence.views import StorefrontLine, Zone


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a zone or line is proposed.

    Attributes:
        confidence: 0..1, how well what was seen fits; a hint in which order to look at them, not a probability.
        zh, en: what it rests on, in words.
    """

    confidence: float
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """A proposal for one view.

    Attributes:
        reasons: id of a zone or line → why.
        vanishing_point: where the street's edges meet, in shares of the picture, mostly outside of it; None where the zones rest on what was seen alone.
        lens: how much the picture bends straight lines (0 not at all, 0.3 a wide lens).
        metres: whether sizes were told from people; None without people.
        note: what a person must know before anything else, such as that nothing was found; in Chinese and English.
    """

    zones: tuple[Zone, ...]
    lines: tuple[StorefrontLine, ...]
    reasons: dict[str, Reason]
    vanishing_point: tuple[float, float] | None
    lens: float
    metres: float | None
    note: tuple[str, str]
