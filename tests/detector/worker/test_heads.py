"""A worker's daily head: signed once a day, kept over a restart, and it vouches for the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from detector.worker.heads import ChainHeads
from detector.worker.outbox import Outbox
from evidence.heads import read_head
from evidence.signing import SigningKey
from tests.detector.worker.test_outbox import put

KEY = SigningKey.generate()
MONDAY, LATER, TUESDAY = datetime(2026, 11, 23, 1, tzinfo=UTC), datetime(2026, 11, 23, 22, tzinfo=UTC), datetime(2026, 11, 24, 0, 5, tzinfo=UTC)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path)
    box.open()
    yield box
    box.close()


@pytest.fixture
def heads(tmp_path: Path, outbox: Outbox) -> ChainHeads:
    return ChainHeads(tmp_path, outbox, KEY, "gate-1")


def test_a_head_a_day_and_none_before_the_first_packet(heads: ChainHeads, outbox: Outbox, tmp_path: Path) -> None:
    assert not heads.tend(MONDAY)
    put(outbox, tmp_path, 1)
    put(outbox, tmp_path, 2)
    assert heads.tend(MONDAY)
    assert not heads.tend(LATER)
    put(outbox, tmp_path, 3)
    assert heads.tend(TUESDAY)
    assert [path.name for path in sorted((tmp_path / "heads").iterdir())] == ["2026-11-23.json", "2026-11-24.json"]
    read = read_head(heads.newest, "newest")
    read.verify(KEY.public_key)
    assert (read.head.chain, read.head.name) == ("worker", "gate-1")
    assert (read.head.index, read.head.sha256) == outbox.last_place() == (3, outbox.last_place()[1])  # type: ignore[index]
    again = ChainHeads(tmp_path, outbox, KEY, "gate-1")
    again.open()
    assert again.newest == heads.newest


def test_a_disk_that_does_not_take_it_is_told_once_and_tried_again(
    heads: ChainHeads, outbox: Outbox, tmp_path: Path, full_disk: Callable[[int], Any], caplog: pytest.LogCaptureFixture
) -> None:
    put(outbox, tmp_path, 1)
    with full_disk(10):
        assert not heads.tend(MONDAY)
        assert not heads.tend(MONDAY)
    assert len(caplog.records) == 1
    assert heads.tend(MONDAY)
