"""What the events of a look mean for evidence: which pictures and clips the desk holds, and which it may drop."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from detector.judgement.values import Event
from detector.worker.desk import EvidenceDesk
from streams.media import AccessUnit

OWED = ("confirmed", "continued", "ended")
"""Events that owe a packet."""


def hand_over(desk: EvidenceDesk, camera_id: str, unit: AccessUnit, wall: datetime, events: Sequence[Event]) -> None:
    """Hands a look's picture to the desk for each event that needs it; the packets themselves are owed separately, after the state is written."""
    for event in events:
        stay_id = event.stay.stay_id
        if event.name == "suspected":
            desk.hold_suspected(camera_id, stay_id, unit, wall)
        elif event.name == "halfway":
            desk.hold_picture(stay_id, "middle", unit, wall)
        elif event.name == "confirmed":
            desk.hold_picture(stay_id, "confirming", unit, wall)
        elif event.name == "continued":
            desk.hold_picture(stay_id, "continued", unit, wall)
        elif event.name == "ended":
            desk.hold_picture(stay_id, "gone", unit, wall)
        elif event.name == "dropped":
            desk.drop(stay_id)
