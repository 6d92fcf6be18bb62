"""Later packets of a prepared act, in the shape that its worker gives them: a look half an hour on with a picture of its own, the end with the empty place.

A demo's clip is over before either, so what they show is the act's own pictures: a later look has the middle one, and the empty place is the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from detector.worker.packets import WANTED
from evidence.packet import Phase, packet_id_of

HALF_AN_HOUR = timedelta(minutes=30)
LOOKED_EVERY = timedelta(seconds=15)
GONE_AFTER = timedelta(minutes=1)
COURSES: tuple[tuple[Phase, ...], ...] = (
    (), (Phase.CONTINUED,), (), (Phase.CONTINUED, Phase.CONTINUED), (Phase.ENDED,), (Phase.CONTINUED, Phase.ENDED), (),
    (Phase.CONTINUED, Phase.ENDED, Phase.CONTINUED),
)  # fmt: skip
"""What comes after the confirmation, in turns."""
STANDS_FOR = {"continued": "middle", "gone": "first"}
"""Whose picture is shown as it."""


def later_packets(confirmed: dict[str, Any], course: tuple[Phase, ...]) -> Iterator[dict[str, Any]]:
    """The manifests that follow a confirmed one, as JSON data; their files are the confirmed one's."""
    before = confirmed
    for number, phase in enumerate(course):
        ordinal = sum(one is Phase.CONTINUED for one in course[: number + 1]) if phase is Phase.CONTINUED else 0
        stay = _longer(before["stay"]) if phase is Phase.CONTINUED else before["stay"]
        before = {
            **deepcopy(confirmed), "phase": phase.value, "ordinal": ordinal, "occasion": "interval" if phase is Phase.CONTINUED else "rule",
            "packet_id": packet_id_of(confirmed["act_id"], phase, ordinal), "stay": deepcopy(stay), "overlay": [], "ending": None,
        }  # fmt: skip
        last = datetime.fromisoformat(stay["last_seen"])
        if phase is Phase.ENDED:
            gone = (last + GONE_AFTER).isoformat()
            before["ending"] = {"reason": "gone", "last_seen": stay["last_seen"], "first_gone": gone, "sure_at": gone}
        shown = last if phase is Phase.CONTINUED else last + GONE_AFTER
        before["files"] = list(_files(confirmed["files"], phase, (shown - datetime.fromisoformat(stay["first_seen"])).total_seconds()))
        yield before


def _longer(stay: dict[str, Any]) -> dict[str, Any]:
    """Half an hour on, looked at all the while."""
    last, looks = stay["samples"][-1], round(HALF_AN_HOUR / LOOKED_EVERY)
    began, clock = datetime.fromisoformat(stay["last_seen"]), last["monotonic_seconds"]
    more = [
        {**last, "at": (began + LOOKED_EVERY * count).isoformat(), "monotonic_seconds": round(clock + (LOOKED_EVERY * count).total_seconds(), 6)}
        for count in range(1, looks + 1)
    ]
    seconds = HALF_AN_HOUR.total_seconds()
    return {
        **stay, "last_seen": more[-1]["at"], "dwell_seconds": stay["dwell_seconds"] + seconds, "looks": stay["looks"] + looks,
        "samples": [*stay["samples"], *more],
    }  # fmt: skip


def _files(files: list[dict[str, Any]], phase: Phase, at_seconds: float) -> Iterator[dict[str, Any]]:
    """The pictures that a packet of the phase has; the close-up is of the last of them."""
    for which in WANTED[phase]:
        source = STANDS_FOR.get(which, which)
        for file in files:
            role = file["role"].removeprefix("keyframe_").removeprefix("snapshot_").removeprefix("masked_")
            if role == source:
                changed = {name: file[name].replace(source, which) for name in ("role", "name")}
                yield {**file, **changed, **({} if which == source else {"at_seconds": at_seconds})}
            elif which == "confirming" and file["role"] in ("boxed_confirming", "masked_boxed"):
                yield file
    # The worker cuts the close-up out of the last picture; here it is the confirmation's, since none other was cut.
    last = next(file for file in files if file["role"] == f"keyframe_{STANDS_FOR[WANTED[phase][-1]]}")
    for file in files:
        if file["role"] in ("closeup", "masked_closeup"):
            yield {**file, "derived_from": last["sha256"], "at_seconds": at_seconds}
