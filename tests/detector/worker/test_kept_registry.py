"""What is kept of the registry opens for whom it is meant, and shows nothing to anybody else."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detector.worker.files import DiskFault
from detector.worker.kept_registry import KeptRegistry

AT = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
BODY = {"items": [{"camera_id": "gate", "url": "rtsp://admin:hidden-password@192.0.2.7/1", "address": "解放路 3 号"}], "hosts": []}


@pytest.fixture
def kept(tmp_path: Path) -> KeptRegistry:
    one = KeptRegistry(tmp_path, "https://cases.example", "gate-north", "cw-worker-secret")
    one.write(BODY, AT)
    return one


def test_it_comes_back_and_shows_nothing(kept: KeptRegistry) -> None:
    assert kept.read() == (BODY, AT)
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600
    text = kept.path.read_text(encoding="utf-8")
    for hidden in ("hidden-password", "192.0.2.7", "secret", 'gate"'):
        assert hidden not in text
    assert "secret" not in repr(kept)
    before = json.loads(text)["sealed"]
    kept.write(BODY, AT)
    assert json.loads(kept.path.read_bytes())["sealed"] != before, "the same is never sealed the same"


@pytest.mark.parametrize(
    "change",
    [{"registry": "https://other.example"}, {"worker": "gate-south"}, {"token": "cw-worker-other"}],
    ids=["another registry", "another worker", "another token"],
)
def test_it_opens_for_nobody_else(kept: KeptRegistry, change: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    assert replace(kept, **change).read() is None
    assert "another registry, worker or token" in caplog.text
    assert "hidden-password" not in caplog.text


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "\udcff", '{"sealed": 3, "heard_at": ""}', '{"sealed": "////", "heard_at": "2026-11-26T08:00:00+00:00"}'],
    ids=["empty", "a list", "nothing in it", "no text", "no base64", "too short"],
)
def test_a_damaged_file_is_none(kept: KeptRegistry, text: str, caplog: pytest.LogCaptureFixture) -> None:
    kept.path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert kept.read() is None
    assert caplog.text.count("cannot be used") == 1


def test_a_changed_time_is_found(kept: KeptRegistry) -> None:
    kept.path.write_text(kept.path.read_text().replace("2026-11-26", "2026-11-25"))
    assert kept.read() is None


def test_it_is_forgotten(kept: KeptRegistry, caplog: pytest.LogCaptureFixture) -> None:
    kept.forget()
    kept.forget()
    assert kept.read() is None
    assert not caplog.text


def test_what_cannot_be_written_leaves_what_was_kept(kept: KeptRegistry) -> None:
    kept.path.with_name(kept.path.name + ".draft").mkdir()
    with pytest.raises((DiskFault, OSError)):
        kept.write({}, AT)
    assert kept.read() == (BODY, AT)
