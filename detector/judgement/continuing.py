"""An act that goes on: what is still seen of it after its confirmation, from time to time and whenever somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from detector.judgement.values import Event, Look, ViewState

CONTINUED_SECONDS = 1800.0
"""Between two packets that say so: half an hour, the step of the ladder from a warning to the next level (DOMAIN.md, Ningbo)."""


def continuing(state: ViewState, look: Look, asked: Mapping[str, str], every_seconds: float = CONTINUED_SECONDS) -> tuple[ViewState, tuple[Event, ...]]:
    """The memory after a look, with an event for each confirmed stay that it saw and of which it is time to say so. Of one that a permit or the hour allows by
    now nothing is said, unless somebody asks.

    Args:
        asked: stay id → the case for which another look at it was ordered.
    """
    events: list[Event] = []
    stays = []
    for stay in state.stays:
        if stay.confirmed_kind is not None and stay.last_seconds == look.at_seconds:
            case = asked.get(stay.stay_id)
            told = look.at_seconds if stay.told_seconds is None else stay.told_seconds  # None: this look confirmed it
            is_due = case is not None or (look.at_seconds - told >= every_seconds and stay.confirmed_kind in stay.in_place)
            stay = replace(stay, told_seconds=look.at_seconds if is_due else told, continued=stay.continued + is_due)
            if is_due:
                events.append(Event("continued", stay, str(stay.confirmed_kind), case))
        stays.append(stay)
    return replace(state, stays=tuple(stays)), tuple(events)
