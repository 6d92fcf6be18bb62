"""In the hours in which a kind weighs more, its case stands higher in the queue; its grade and its score stay what they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from api.acts import queue_value
from api.case_rows import Came, first_row, next_row
from evidence.packet import Grade, Phase, read_manifest

from .conftest import Packet

AT = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def came(packet: Packet, weight: float | None) -> Came:
    manifest = packet.manifest()
    if weight is not None:
        manifest["rule"]["thresholds"]["weight"] = weight
    return Came.of(read_manifest(manifest, "a packet"), AT, 1)


def test_a_heavier_lead_goes_before_a_surer_one_and_never_before_a_case() -> None:
    assert queue_value(Grade.C, 0.5, AT, 1.5) > queue_value(Grade.C, 0.7, AT)
    assert queue_value(Grade.C, 0.6, AT, 1.5) < queue_value(Grade.B, 0.1, AT)


@pytest.mark.parametrize(("weight", "times"), [(None, 1.0), (1.5, 1.5), (99.0, 1.0)], ids=["none", "of a kind at its hours", "more than a catalogue may say"])
def test_a_case_is_queued_by_the_rule_that_was_applied(weight: float | None, times: float) -> None:
    lead = Packet(grade="C", score=0.4)
    row = first_row(came(lead, weight))
    assert row["value"] == queue_value(Grade.C, row["score"], AT, times)
    further = next_row(row, came(lead.but(phase=Phase.CONTINUED, ordinal=1, minutes=40.0), weight), None)
    assert further["value"] == queue_value(Grade.C, further["score"], AT, times)
    assert further["score"] == row["score"]
