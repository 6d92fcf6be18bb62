from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from evidence.canonical import manifest_sha256
from evidence.errors import PacketError
from evidence.packet import ALGORITHM, Manifest, Phase, act_id_of, packet_id_of, read_manifest


def test_a_manifest_comes_back_as_it_was(manifest: dict[str, Any]) -> None:
    first = read_manifest(manifest, "m").to_json()
    assert manifest_sha256(read_manifest(json.loads(json.dumps(first)), "m").to_json()) == manifest_sha256(first)
    assert first["stay"]["samples"][0]["class"] == "stall"
    assert first["stay"]["gaps"][0]["from"] == "2026-11-25T04:05:00Z"
    assert (first["schema"], ALGORITHM) == ("curbwatch.manifest/2", "ed25519-sha256")


def test_a_manifest_is_frozen(manifest: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="frozen"):
        read_manifest(manifest, "m").grade = "A"  # type: ignore[assignment]


def at(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Sets the value at a path with dots."""

    def change(manifest: dict[str, Any]) -> None:
        *way, last = (int(part) if part.isdigit() else part for part in path.split("."))
        found: Any = manifest
        for part in way:
            found = found[part]
        found[last] = value

    return change


BAD = [
    ("packet_id", "short", "packet_id: String should match pattern '^[0-9a-f]{32}$'"),
    ("act_id", "G" * 32, "act_id: String should match pattern '^[0-9a-f]{32}$'"),
    ("phase", "open", "phase: Input should be 'suspected', 'confirmed', 'continued' or 'ended'"),
    ("grade", "D", "grade: Input should be 'A', 'B' or 'C'"),
    ("surprise", 1, "surprise: is not a known key"),
    ("kind", {}, "kind.id: is missing"),
    ("kind.name", {"zh": "文"}, "kind.name.en: is missing"),
    ("kind.name", {"zh": "", "en": "x"}, "kind.name.zh: String should have at least 1 character"),
    ("camera.lat", 91, "camera.lat: Input should be less than or equal to 90"),
    ("camera.url", "rtsp://user:pw@h/", "camera.url: is not a known key"),
    ("view.sha256", "AB" * 32, "view.sha256: String should match pattern '^[0-9a-f]{64}$'"),
    ("view.zones.0.kind", "moon", "view.zones.0.kind: Input should be 'carriageway', "),
    ("view.zones.0.polygon", [[0, 0], [1, 1]], "view.zones.0.polygon: a polygon needs at least 3 points, this one has 2"),
    ("place.xyxy", [0, 0, 1], "place.xyxy.3: is missing"),
    ("place.footprint_share", 1.5, "place.footprint_share: Input should be less than or equal to 1"),
    ("stay.first_seen", "2026-11-25T12:00:00", "stay.first_seen: Input should have timezone info"),
    ("stay.first_seen", "noon", "stay.first_seen: Input should be a valid datetime"),
    ("stay.dwell_seconds", -1, "stay.dwell_seconds: Input should be greater than or equal to 0"),
    ("stay.dwell_seconds", float("inf"), "stay.dwell_seconds: Input should be a finite number"),
    ("stay.looks", 1.5, "stay.looks: Input should be a valid integer"),
    ("stay.looks", "5", "stay.looks: Input should be a valid integer"),
    ("stay.samples.0.status", "guessed", "stay.samples.0.status: Input should be 'looked' or 'unchanged'"),
    ("stay.samples.0.score", 2, "stay.samples.0.score: Input should be less than or equal to 1"),
    ("stay.gaps.0", {"begins": "x"}, "stay.gaps.0.begins: "),
    ("clocks.kind", "sun", "clocks.kind: Input should be 'system' or 'media'"),
    ("permit.checked.0.verdict", "maybe", "permit.checked.0.verdict: Input should be 'covers', "),
    ("model.sha256", "", "model.sha256: String should match pattern '^[0-9a-f]{64}$'"),
    ("files.0.name", "a/b.jpg", "files.0.name: String should match pattern"),
    ("files.0.name", "..", "files.0.name: String should match pattern"),
    ("files.0.name", "a\n", "files.0.name: String should match pattern"),
    ("files.0.name", "x" * 101, "files.0.name: String should match pattern"),
    ("files.0.bytes", 0, "files.0.bytes: Input should be greater than or equal to 1"),
    ("files.0.role", "selfie", "files.0.role: Input should be 'keyframe_first', "),
    ("files.0.original", False, "files.0: is an original, or says by `derived_from` what it was made of"),
    ("files.1.original", True, "files.1: is an original, or says by `derived_from` what it was made of"),
    ("files.1.derived_from", "0" * 64, "document: files: snapshot.jpg is derived from 000000000000…, which the packet does not hold"),
    ("files.1.name", "clip.mp4", "document: files: a name is used twice"),
    ("files.2.clip_start", 1_764_000_000, "files.2.clip_start: write a time as ISO 8601 with an offset"),
    ("files.2.clip_requested", "2026-11-25T12:00:00", "files.2.clip_requested: Input should have timezone info"),
    ("files.2.clip_begins", "anywhere", "files.2.clip_begins: Input should be 'keyframe' or 'recovery'"),
    ("overlay.0.clip", "0" * 64, "document: overlay: a box is of the clip 000000000000…, which the packet does not hold"),
    ("chain.sequence", 0, "chain.sequence: Input should be greater than or equal to 1"),
    ("chain.sequence", True, "chain.sequence: Input should be a valid integer"),
    ("schema", "curbwatch.manifest/1", "schema: Input should be 'curbwatch.manifest/2'"),
    ("algorithms.signature", "rsa", "algorithms.signature: Input should be 'ed25519-sha256' or 'sm2-sm3'"),
    ("algorithms.digest", "md5", "algorithms.digest: Input should be 'sha256'"),
    ("ordinal", -1, "ordinal: Input should be greater than or equal to 0"),
    ("occasion", "whim", "occasion: Input should be 'rule', 'interval' or 'order'"),
    ("closed_to_a", [{"reason": "mood", "text": {"zh": "文", "en": "x"}}], "closed_to_a.0.reason: Input should be 'clock_media', "),
    ("stay.samples.1.score", 0.5, "stay.samples.1: an unchanged keyframe was not detected, so it has no box, score, class or attendant"),
    ("stay.samples.1.xyxy", [0, 0, 1, 1], "stay.samples.1: an unchanged keyframe was not detected, so it has no box, score, class or attendant"),
    ("stay.samples.1.attended", True, "stay.samples.1: an unchanged keyframe was not detected, so it has no box, score, class or attendant"),
    ("stay.samples.0.class", None, "stay.samples.0: a look that saw the thing has a box, a score and a class"),
    ("clocks.kind", "media", "clocks: a recorded file has neither a worker's clock nor a camera's"),
    ("clocks.arrival.max_error_seconds", -1, "clocks.arrival.max_error_seconds: Input should be greater than or equal to 0"),
    ("ending", {"reason": "bored"}, "ending.reason: Input should be 'gone', 'replaced', 'unseen', 'too_few', 'allowed' or 'breach_over'"),
    ("worker.key_id", "key", "worker.key_id: String should match pattern '^[0-9a-f]{16}$'"),
    ("model.thresholds", {"stall": 2.0}, "model.thresholds.stall: lies outside the picture (0..1)"),
    ("files.2.coded_sha256", "x", "files.2.coded_sha256: String should match pattern"),
]


@pytest.mark.parametrize(("path", "value", "what"), BAD, ids=[f"{path}={value!r:.20}" for path, value, _ in BAD])
def test_a_bad_manifest_is_one_line_with_the_field(manifest: dict[str, Any], path: str, value: Any, what: str) -> None:
    at(path, value)(manifest)
    with pytest.raises(PacketError) as caught:
        read_manifest(manifest, "packet 7")
    assert str(caught.value).startswith(f"packet 7: {what}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("field", sorted(name.alias or key for key, name in Manifest.model_fields.items() if name.is_required()))
def test_every_needed_field_is_missed_by_its_name(manifest: dict[str, Any], field: str) -> None:
    del manifest[field]
    with pytest.raises(PacketError) as caught:
        read_manifest(manifest, "m")
    assert str(caught.value) == f"m: {field}: is missing"


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_what_is_no_object(data: Any) -> None:
    with pytest.raises(PacketError, match="m: document: Input should be"):
        read_manifest(data, "m")


def test_ids_depend_on_content_only() -> None:
    first_seen = datetime(2026, 11, 25, 4, tzinfo=UTC)
    act = act_id_of("gate-3", "main", "V2", first_seen, "stay")
    assert act == act_id_of("gate-3", "main", "V2", first_seen, "stay")
    assert act != act_id_of("gate-3", "main", "V3", first_seen, "stay")
    ids = {packet_id_of(act, Phase.CONFIRMED), packet_id_of(act, Phase.ENDED), packet_id_of(act, Phase.CONTINUED), packet_id_of(act, Phase.CONTINUED, 1)}
    assert len(ids) == 4
    assert all(len(one) == 32 for one in ids)
