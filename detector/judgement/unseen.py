"""Stretches in which nobody saw a view or a place: a declared gap each, never dwell; and how long an act goes on over one.

A restart, an outage, a camera that was turned away, a bus that stopped before a stall: the act goes on if the thing is there afterwards. Over a very long one
nobody can say so; then the stay ends as unseen, and what stands there is judged anew: a vendor of this evening is not that of last night.
"""

from __future__ import annotations

from dataclasses import replace

from detector.judgement.kinds_on import kinds_on
from detector.judgement.rules import leading_kind
from detector.judgement.values import Look, Stay, StayGap, ViewState
from evidence.kinds import Catalogue

LONGEST_UNSEEN_SECONDS = 1800.0
"""Half an hour: longer than a worker's restart, a power cut, a round of presets or a bus at its stop, shorter than a vendor's return after lunch; by the same
time the case API joins acts (`api.acts`). A kind whose dwell is longer concerns what stands for longer, and is waited for as long as its dwell."""
NOBODY_LOOKED, VIEW_NOT_SEEN, HIDDEN, NOT_SEEN = "nobody looked", "view not seen", "hidden", "not seen"


def longest_unseen(stay: Stay, catalogue: Catalogue) -> float:
    """For how many seconds a stay goes on though nobody sees it."""
    kind = (catalogue.kind(stay.confirmed_kind) if stay.confirmed_kind is not None else None) or leading_kind(stay, catalogue)
    return LONGEST_UNSEEN_SECONDS if kind is None else max(LONGEST_UNSEEN_SECONDS, kind.dwell_seconds, kind.grace_seconds)


def is_resumed(state: ViewState, look: Look, catalogue: Catalogue) -> bool:
    """Whether this is the first look after nobody has looked for longer than the grace."""
    return state.last_look_seconds is not None and look.at_seconds - state.last_look_seconds > kinds_on(catalogue).shortest_grace


def resumed(state: ViewState, look: Look, catalogue: Catalogue) -> tuple[ViewState, tuple[Stay, ...]]:
    """The memory at the first look after such a stretch, with its gap in every stay; and the stays that went unseen for too long, which are over."""
    kept: list[Stay] = []
    lost: list[Stay] = []
    for stay in state.stays:
        begins = stay.samples[-1].wall if stay.samples else stay.last_wall
        gap = StayGap(begins, look.wall, VIEW_NOT_SEEN if state.away else NOBODY_LOOKED)
        # Misses on both sides of the stretch are no row of misses: whether it left meanwhile is judged from here on.
        after = replace(stay, gaps=with_gap(stay.gaps, gap), missed_since_seconds=None, hidden_seconds=None, newcomer=None)
        is_lost = look.at_seconds - stay.known_seconds > longest_unseen(stay, catalogue)
        (lost if is_lost else kept).append(after)
    return replace(state, stays=tuple(kept), bystanders=(), away=False), tuple(lost)


def with_gap(gaps: tuple[StayGap, ...], gap: StayGap) -> tuple[StayGap, ...]:
    """The gaps with another one; where nothing was seen since the last began, that goes on, so that no second lies in two."""
    if gaps and gaps[-1].begins == gap.begins:
        return (*gaps[:-1], StayGap(gap.begins, gap.ends, gaps[-1].reason))
    return (*gaps, gap)
