"""The bench's cases are what a worker would send: every prepared packet is a whole manifest, with the pictures that its phase has."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.review.later import COURSES
from benchmarks.review.prepared import Template, prepared
from detector.worker.packets import WANTED
from evidence.claims import claim_faults
from evidence.packet import Phase, read_manifest
from evidence.signing import SigningKey
from tests.api.conftest import Packet

KEY = SigningKey.generate()
PICTURES = [f"{kind}_{which}" for which in ("first", "middle", "confirming") for kind in ("keyframe", "snapshot", "masked")]


@pytest.fixture(scope="module")
def template() -> Template:
    """A confirmed packet with all that its worker puts into it."""
    kinds = [*PICTURES, "boxed_confirming", "masked_boxed", "closeup", "masked_closeup", "clip_confirmed"]
    files = tuple((role, f"{role}.h264" if role.startswith("keyframe") else f"{role}.jpg", role.encode(), "image/jpeg") for role in kinds)
    manifest: dict[str, Any] = Packet(files=files).manifest()
    keyframes = {file["role"].removeprefix("keyframe_"): file["sha256"] for file in manifest["files"] if file["role"].startswith("keyframe_")}
    for file in manifest["files"]:
        which = next((one for one in keyframes if one in file["role"]), "confirming")
        original = file["role"].startswith(("keyframe_", "clip_"))
        file |= {"at_seconds": 0.0, "original": original, "derived_from": None if original else keyframes[which]}
    return Template("h264", json.loads(json.dumps(manifest)), Path())


def test_every_course_of_packets_is_one_act_that_holds(template: Template) -> None:
    cases = list(prepared([template], len(COURSES), datetime(2026, 11, 26, tzinfo=UTC), KEY, "bench"))
    assert [tuple(Phase(one["phase"]) for one in case.later) for case in cases] == list(COURSES)
    for case in cases:
        signature = KEY.sign(case.manifest)
        packets = [read_manifest({**told, "chain": {"sequence": 1, "previous_sha256": None}}, "a packet") for told in (case.manifest, *case.later)]
        assert len({one.packet_id for one in packets}) == len(packets)
        assert {one.act_id for one in packets} == {packets[0].act_id}
        for packet in packets:
            assert list(claim_faults(packet, signature)) == []
            roles = {file.role.value for file in packet.files}
            assert {f"snapshot_{which}" for which in WANTED[packet.phase]} <= roles
            assert ("clip_confirmed" in roles) == (packet.phase is Phase.CONFIRMED)
            assert "closeup" in roles
        lasts = [one.stay.last_seen for one in packets]
        assert lasts == sorted(lasts)
