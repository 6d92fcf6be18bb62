"""Whether somebody stays with a thing: by the looks of its kind's last dwell."""

from __future__ import annotations

from detector.judgement.values import Stay
from evidence.kinds import Kind


def is_attended(kind: Kind, stay: Stay) -> bool:
    """Whether somebody stayed with it for as many of the last looks as the kind asks for."""
    if kind.attendance == "off":
        return True
    attended, looks = attendance(kind, stay)
    return attended >= kind.attended_share * looks


def attendance(kind: Kind, stay: Stay) -> tuple[int, int]:
    """What a kind counts: the looks of its last dwell at which somebody stayed with the thing, and how many looks these were.

    What was before is of no account: a cart that stood alone overnight is attended once somebody sells from it, and a stall that its seller has left is not.
    """
    return attended_in(stay, kind.dwell_seconds, kind.minimum_looks)


def attended_in(stay: Stay, seconds: float, least: int) -> tuple[int, int]:
    """Of the looks of a stay's last seconds, and of at least so many, those at which somebody stayed with it, and how many looks these were."""
    attended = looks = 0
    for sample in reversed(stay.samples):
        if sample.status != "looked":
            continue
        if looks >= least and sample.at_seconds < stay.last_seconds - seconds:
            break
        attended, looks = attended + sample.attended, looks + 1
    return (attended, looks) if looks else (stay.attended_looks, stay.looks)
