"""What the journal of a run tells in time: which acts were played, when nobody saw them, when nothing could be kept. Moments are of the monotonic clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from benchmarks.kills.street import CAMERAS, ROUND_SECONDS, TrueAct, acts_between

SEEN_SECONDS = 45.0
"""So long an act must have been before a worker that lives to need a case: its dwell of 20 s, the looks before it and after each restart."""
END_SECONDS = 30.0
"""After an act's end, in which its end is found and its last packet made."""
Events = Sequence[Mapping[str, Any]]
Standing = Literal["needs a case", "hardly seen", "at an edge"]
"""Of an act that was played: a case it must have; a case it may have: no living worker saw it for `SEEN_SECONDS`, or a run began or ended in it."""


def played(events: Events, boot: str) -> list[tuple[TrueAct, Standing]]:
    """The acts that the runs of a boot have played."""
    found: list[tuple[TrueAct, Standing]] = []
    runs: list[tuple[Mapping[str, Any], float]] = []
    for one in events:
        if one["event"] == "begins":
            runs.append((one, one["at"]))
        elif runs and "at" in one:
            runs[-1] = runs[-1][0], one["at"]  # a run that was broken off ends with the last line that it wrote
    for begin, end in runs:
        if begin["boot_id"] != boot:
            continue
        dark = outages(events, end)
        whole = set(acts_between(CAMERAS, begin["origin"], begin["at"], end - END_SECONDS))
        must = {act for act in whole if act.ends - act.begins - _overlap(act, dark) >= SEEN_SECONDS}
        around = acts_between(CAMERAS, begin["origin"] - ROUND_SECONDS, begin["origin"] - ROUND_SECONDS, end + ROUND_SECONDS)
        found += [(act, "needs a case" if act in must else "hardly seen" if act in whole else "at an edge") for act in around]
    return found


def outages(events: Events, end: float) -> list[tuple[float, float]]:
    """The stretches in which no worker saw the cameras, up to a moment."""
    found: list[tuple[float, float]] = []
    begin: float | None = None
    for one in events:
        if begin is None and _ends_worker(one):
            begin = float(one["at"])
        elif one["event"] == "live" and begin is not None:
            found.append((begin, float(one["at"])))
            begin = None
    return found if begin is None else [*found, (begin, end)]


def excuses(events: Events) -> list[tuple[float, float]]:
    """The stretches in which the worker's disk was full."""
    found: list[tuple[float, float]] = []
    begin: float | None = None
    for one in events:
        if one["event"] == "trouble" and one["name"] == "worker's disk full":
            begin = float(one["at"])
        elif begin is not None and "at" in one and (one["event"] == "ends" or (one["event"] == "trouble over" and one["name"] == "worker's disk full")):
            found.append((begin, float(one["at"])))
            begin = None
    return found


def _ends_worker(one: Mapping[str, Any]) -> bool:
    return (one["event"] == "cut" and one["victim"] in ("worker", "both")) or (one["event"] == "ended by itself" and one["part"] == "worker")


def _overlap(act: TrueAct, stretches: Sequence[tuple[float, float]]) -> float:
    return sum(max(0.0, min(act.ends, end) - max(act.begins, begin)) for begin, end in stretches)
