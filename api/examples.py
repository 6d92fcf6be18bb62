"""Examples in the OpenAPI document."""

from __future__ import annotations

from typing import Any

CASE_ID = "3f0c5c1e9a7b4d2e8f60a1b2c3d4e5f6"
SHA256 = "b1946ac92492d2347c6235b4d2611184b1946ac92492d2347c6235b4d2611184"
SUMMARY: dict[str, Any] = {
    "id": CASE_ID,
    "number": 17,
    "act_id": "0f343b0931126a20f133d67c2b018a3b",
    "kind": "V2",
    "kind_name": {"zh": "占道经营", "en": "stall on the public way"},
    "grade": "B",
    "camera_id": "jiefang-road-3",
    "camera_name": {"zh": "解放路 3 号", "en": "Jiefang Road 3"},
    "state": "open",
    "version": 1,
    "first_seen": "2026-11-25T08:00:00Z",
    "confirmed_at": "2026-11-25T08:05:04Z",
    "last_seen": "2026-11-25T08:05:04Z",
    "ended_at": None,
    "dwell_seconds": 304.0,
    "value": -326.5,
    "thumbnail_url": f"/cases/{CASE_ID}/files/{SHA256}?purpose=review",
    "recurrence_of": None,
    "updated_at": "2026-11-25T08:05:06Z",
    "district": "lixia",
    "claimed_by": None,
    "claimed_until": None,
    "held": False,
    "erased_at": None,
}
PAGE: dict[str, Any] = {"items": [SUMMARY], "next_cursor": None}
SIGNED: dict[str, Any] = {
    "manifest": {"schema": "curbwatch.manifest/2", "packet_id": "9f86d081884c7d659a2feaa0c55ad015", "phase": "confirmed", "…": "see `evidence schema`"},
    "signature": {"algorithm": "ed25519-sha256", "key_id": "5d41402abc4b2a76", "value": "base64 of 64 bytes"},
}
DECISIONS: dict[str, Any] = {
    "confirm": {"value": {"action": "confirm", "version": 1}},
    "reject": {"value": {"action": "reject", "version": 1, "reason": "unloading"}},
    "change_kind": {"value": {"action": "change_kind", "version": 1, "kind": "V3"}},
    "reopen": {"value": {"action": "reopen", "version": 2}},
    "undo": {"value": {"action": "undo", "version": 2}},
}
VIEW: dict[str, Any] = {
    "zones": [{"id": "z1", "kind": "sidewalk", "polygon": [[0.1, 0.5], [0.9, 0.5], [0.9, 0.9], [0.1, 0.9]]}],
    "lines": [{"id": "l1", "shop": "No. 12", "points": [[0.1, 0.5], [0.9, 0.5]], "outside": "right"}],
    "permits": [],
}
ANNOUNCEMENT: dict[str, Any] = {"name": {"zh": "解放路 3 号", "en": "Jiefang Road 3"}, "public_url": "rtsp://192.0.2.7/stream1", "worker": "worker-1"}
STATUS: dict[str, Any] = {
    "state": "live", "look_lag_seconds": 0.4, "reconnects": 0, "codec": "h264", "view_version": 3, "looks": 210,
    "reader": "own", "transport": "tcp", "encrypted": False, "clock_drift_ppm": 12.5,
}  # fmt: skip
HEALTH: dict[str, Any] = {"cameras": {"jiefang-road-3": STATUS}, "software_version": "0.1.0"}


def answer(example: Any) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route whose 200 has this example."""
    return {200: {"content": {"application/json": {"example": example}}}}
