from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

STREET = """\
schema: curbwatch.scene/1
note: 泉城路
kinds:
  V2: {dwell_seconds: 120, attendance: off}
views:
  - camera_id: cam1
    version: 3
    zones:
      - id: pavement
        kind: sidewalk
        name: {zh: 北侧人行道, en: north pavement}
        polygon: [[0.05, 0.6], [0.6, 0.5], [0.9, 0.95], [0.05, 0.95]]
      - {id: tree, kind: ignore, polygon: [[0.8, 0.0], [1, 0], [1, 0.3], [0.8, 0.3]]}
    lines:
      - {id: shops, shop: 老王水果店, outside: right, points: [[0.05, 0.62], [0.3, 0.57], [0.6, 0.52]]}
    permits:
      - id: melon
        from: 2026-05-01
        until: 2026-08-31
        weekdays: [fri, sat]
        hours: [19:00-01:00]
        goods: [西瓜]
        holder: 便民摊点 3 号
        polygon: [[0.2, 0.8], [0.4, 0.8], [0.4, 0.9], [0.2, 0.9]]
  - camera_id: 37010200001320000001
    time_zone: Asia/Urumqi
    kinds: {V3: {enabled: false}}
    zones:
      - {id: road, kind: carriageway, polygon: [[0, 0.5], [1, 0.5], [1, 1], [0, 1]]}
"""


@pytest.fixture
def street(tmp_path: Path) -> Path:
    """A sound scene file with two views."""
    path = tmp_path / "street.yaml"
    path.write_text(STREET, encoding="utf-8")
    return path


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """`written(text)`: a scene file with that text."""

    def write(text: str) -> Path:
        path = tmp_path / "scene.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write
