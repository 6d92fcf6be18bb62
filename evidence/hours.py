"""Hours of the day as catalogues, permits and policies write them: `HH:MM-HH:MM`, over midnight too."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

HOURS = r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)"
Spans = Annotated[tuple[str, ...], Field(strict=False)]


def whole_span(text: str) -> str:
    """The span, checked.

    Raises:
        ValueError: no clock has these hours, or they begin where they end.
    """
    if not re.fullmatch(HOURS, text) or text[:5] == text[6:]:
        raise ValueError(f"is {text!r}; hours are written HH:MM-HH:MM, such as 17:00-02:00 over midnight or 00:00-24:00 for all day")
    return text


def whole_spans(spans: tuple[str, ...]) -> tuple[str, ...]:
    """Several spans, checked.

    Raises:
        ValueError: as of one.
    """
    return tuple(map(whole_span, spans))
