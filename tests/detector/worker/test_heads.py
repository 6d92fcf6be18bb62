"""A worker's heads: signed by the hour while manifests come, the last of a day kept over a restart; they vouch for the chain."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from detector.worker.heads import INTERVAL, MOST_MANIFESTS, ChainHeads
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
    assert not heads.tend(LATER), "nothing came"
    put(outbox, tmp_path, 3)
    assert heads.tend(TUESDAY)
    assert [path.name for path in sorted((tmp_path / "heads").iterdir())] == ["2026-11-23.json", "2026-11-24.json"]
    read = read_head(heads.newest, "newest")
    read.verify(KEY.public_key)
    assert (read.head.chain, read.head.name) == ("worker", "gate-1")
    assert (read.head.index, read.head.sha256) == outbox.last_place() == (3, outbox.last_place()[1])  # type: ignore[index]
    again = ChainHeads(tmp_path, outbox, KEY, "gate-1")
    again.open(TUESDAY)
    assert again.newest == heads.newest
    assert not again.tend(TUESDAY)


def test_a_disk_that_does_not_take_it_is_told_once_and_tried_again(
    heads: ChainHeads, outbox: Outbox, tmp_path: Path, full_disk: Callable[[int], Any], caplog: pytest.LogCaptureFixture
) -> None:
    put(outbox, tmp_path, 1)
    with full_disk(10):
        assert not heads.tend(MONDAY)
        assert not heads.tend(MONDAY)
    assert len(caplog.records) == 1
    assert heads.tend(MONDAY)


def counts(heads: ChainHeads) -> tuple[int, datetime]:
    head = read_head(heads.newest, "newest").head
    return head.index, head.at


def kept(folder: Path) -> dict[str, int]:
    return {path.name: read_head(json.loads(path.read_bytes()), path.name).head.index for path in sorted((folder / "heads").glob("*.json"))}


def test_what_came_is_covered_after_an_hour_and_the_last_of_the_day_is_kept(heads: ChainHeads, outbox: Outbox, tmp_path: Path) -> None:
    put(outbox, tmp_path, 1)
    assert heads.tend(MONDAY)
    put(outbox, tmp_path, 2)
    assert not heads.tend(MONDAY + INTERVAL - timedelta(seconds=1))
    assert heads.tend(MONDAY + INTERVAL)
    assert counts(heads) == (2, MONDAY + INTERVAL)
    assert not heads.tend(MONDAY + 3 * INTERVAL), "nothing came"
    assert kept(tmp_path) == {"2026-11-23.json": 2}


def test_many_manifests_do_not_wait_for_the_hour(heads: ChainHeads, outbox: Outbox, tmp_path: Path) -> None:
    put(outbox, tmp_path, 1)
    assert heads.tend(MONDAY)
    for number in range(2, 2 + MOST_MANIFESTS):
        assert not heads.tend(MONDAY + timedelta(seconds=number))
        put(outbox, tmp_path, number)
    assert heads.tend(MONDAY + timedelta(minutes=1))
    assert counts(heads)[0] == 1 + MOST_MANIFESTS


@pytest.mark.parametrize("behind", [timedelta(minutes=5), timedelta(days=400)], ids=["minutes", "years"])
def test_a_clock_that_was_set_back_keeps_nothing_waiting(heads: ChainHeads, outbox: Outbox, tmp_path: Path, behind: timedelta) -> None:
    put(outbox, tmp_path, 1)
    assert heads.tend(LATER)
    put(outbox, tmp_path, 2)
    assert heads.tend(LATER - behind)
    assert counts(heads) == (2, LATER - behind)


def test_a_head_of_a_day_that_has_not_come_is_not_told(outbox: Outbox, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Signed while the clock stood in the future; it would be in doubt until then."""
    put(outbox, tmp_path, 1)
    for now in (TUESDAY, datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC), MONDAY):
        ChainHeads(tmp_path, outbox, KEY, "gate-1").tend(now)
    again = ChainHeads(tmp_path, outbox, KEY, "gate-1")
    again.open(LATER)
    assert counts(again) == (1, MONDAY)
    (said,) = caplog.messages
    assert said.startswith("3 heads of the chain are of a time that has not come")
    put(outbox, tmp_path, 2)
    assert again.tend(LATER)
    assert counts(again) == (2, LATER)
    caplog.clear()
    again.open(TUESDAY - timedelta(minutes=30))
    assert counts(again) == (2, LATER), "what counts more goes before what is later"


def test_the_head_that_counts_most_is_taken_up_whatever_its_day(outbox: Outbox, tmp_path: Path) -> None:
    """The clock was set back a month between two runs."""
    put(outbox, tmp_path, 1)
    ChainHeads(tmp_path, outbox, KEY, "gate-1").tend(TUESDAY)
    put(outbox, tmp_path, 2)
    ChainHeads(tmp_path, outbox, KEY, "gate-1").tend(MONDAY - timedelta(days=30))
    again = ChainHeads(tmp_path, outbox, KEY, "gate-1")
    again.open(TUESDAY)
    assert counts(again) == (2, MONDAY - timedelta(days=30))


def test_heads_by_a_former_key_and_what_is_none_are_not_told(outbox: Outbox, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(outbox, tmp_path, 1)
    ChainHeads(tmp_path, outbox, SigningKey.generate(), "gate-1").tend(MONDAY)
    (tmp_path / "heads" / "2026-11-22.json").write_text("{}")
    again = ChainHeads(tmp_path, outbox, KEY, "gate-1")
    again.open(LATER)
    assert again.newest is None
    assert "is no head that can be read" in caplog.text
    assert again.tend(LATER)


def test_a_head_that_was_stamped_stays_beside_its_stamp(heads: ChainHeads, outbox: Outbox, tmp_path: Path) -> None:
    put(outbox, tmp_path, 1)
    heads.tend(MONDAY)
    (tmp_path / "heads" / "2026-11-23.tsr").write_bytes(b"a stamp")
    put(outbox, tmp_path, 2)
    heads.tend(LATER)
    assert kept(tmp_path) == {"2026-11-23-1.json": 1, "2026-11-23.json": 2}
    assert (tmp_path / "heads" / "2026-11-23-1.tsr").read_bytes() == b"a stamp"
