"""A ground truth made by hand, for tests that need no clip: a stall, goods before a shop, and a stall inside its permit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

STREET = {
    "seconds": 60,
    "codec": "h264",
    "width": 1920,
    "height": 1080,
    "sidewalk": [[0, 1], [0.1, 1], [1, 0.5], [1, 0.27], [-0.0, 0.65]],
    "carriageway": [[1, 1], [1, 0.53], [0.2, 1]],
    "storefront_line": [[0.1, 0.64], [0.6, 0.44]],
    "outside": "right",
}


def clip(
    camera_id: str, *, acts: tuple[dict[str, Any], ...] = (), baits: tuple[dict[str, Any], ...] = (), permit_boxes: tuple[Any, ...] = ()
) -> dict[str, Any]:
    return {**STREET, "file": f"{camera_id}.mp4", "camera_id": camera_id, "seed": 1, "acts": acts, "baits": baits, "permit_boxes": permit_boxes}


def act(kind: str, label: str) -> dict[str, Any]:
    return {"kind": kind, "class": label, "violation": True, "xyxy": [0.42, 0.48, 0.59, 0.72], "start_second": 6, "end_second": 60}


TRUTH = {
    "clips": [
        clip("cam1", acts=(act("V2", "stall"),)),
        clip("cam2", acts=(act("V3", "goods_out"),)),
        clip(
            "cam5",
            baits=({"what": "permitted_stall", "why": "inside its permit", "xyxy": [0.4, 0.4, 0.6, 0.7], "start_second": 4, "end_second": 60},),
            permit_boxes=([[0.3, 0.5], [0.7, 0.5], [0.7, 0.8], [0.3, 0.8]],),
        ),
        clip("extra", acts=(act("V2", "stall"),)),
    ]
}


@pytest.fixture
def truth_file(tmp_path: Path) -> Path:
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(TRUTH), encoding="utf-8")
    return path
