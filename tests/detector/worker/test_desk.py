from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from detector.worker import desk as desk_module
from detector.worker.desk import AGAIN, EvidenceDesk
from detector.worker.files import sha256_of
from detector.worker.held import HeldEvidence
from detector.worker.order import PacketOrder
from detector.worker.outbox import Outbox
from detector.worker.packets import prepare
from detector.worker.state import Debt, StateStore
from detector.worker.tools import HERE
from evidence.canonical import manifest_sha256
from evidence.packet import Phase, SignedManifest, WorkerNamed, packet_id_of, read_manifest
from evidence.signing import SigningKey
from streams.errors import StreamsError
from streams.media import AccessUnit
from streams.ring import RING_SECONDS, RingNow

Wall = Callable[[float], datetime]
Order = Callable[..., PacketOrder]
KEY = SigningKey.generate()
READY = 1003.0


class Bench:
    """A desk with real parts beside a ring that the test fills."""

    def __init__(self, folder: Path, worker: WorkerNamed, wall: Wall) -> None:
        self.folder, self.worker, self.wall = folder, worker, wall
        self.rings: dict[str, tuple[AccessUnit, ...]] = {}
        self.session = 1
        self.held = HeldEvidence(folder / "held")
        self.state, self.outbox = StateStore(folder / "state.sqlite"), Outbox(folder)
        self.state.open()
        self.outbox.open()
        self.desk = self.new_desk()

    def new_desk(self) -> EvidenceDesk:
        """A desk that knows nothing yet, as after a restart."""
        self.desk = EvidenceDesk(self.held, self.outbox, KEY, self.state, self.worker, self.ring_of, self.wall)
        return self.desk

    def ring_of(self, camera_id: str) -> RingNow:
        if camera_id not in self.rings:
            raise StreamsError(f"camera {camera_id}: is not read")
        return RingNow(self.session, self.rings[camera_id])

    def owe(self, order: PacketOrder) -> None:
        self.state.save([], [order.to_debt()])
        self.desk.owe(order.to_debt())

    def suspect(self, order: PacketOrder, units: tuple[AccessUnit, ...]) -> None:
        """Holds what a stay has when it is confirmed, and shows the ring as it is then."""
        stay_id = order.stay.stay_id
        self.rings["cam-3"] = units[:50]
        self.desk.hold_suspected("cam-3", stay_id, units[0], self.wall(1000.0))
        self.desk.hold_picture(stay_id, "middle", units[25], self.wall(1001.0))
        self.desk.hold_picture(stay_id, "confirming", units[50], self.wall(1002.0))
        self.rings["cam-3"] = units

    def packet(self, order: PacketOrder) -> dict[str, Any]:
        """Role → file of the order's packet, whose signature and shape are checked."""
        signed = SignedManifest.model_validate_json((self.folder / "packets" / order.packet_id / "manifest.json").read_bytes())
        KEY.public_key.verify(signed.manifest, signed.signature)
        return {file.role.value: file for file in read_manifest(signed.manifest, "test").files}

    def close(self) -> None:
        self.outbox.close()
        self.state.close()


@pytest.fixture
def bench(tmp_path: Path, worker: WorkerNamed, wall: Wall) -> Iterator[Bench]:
    made = Bench(tmp_path, worker, wall)
    yield made
    made.close()


@pytest.fixture
def units(units_of: Callable[[str], tuple[AccessUnit, ...]]) -> tuple[AccessUnit, ...]:
    return units_of("h264")


def test_a_confirmed_stay_becomes_a_packet_once_its_tail_is_there(bench: Bench, units: tuple[AccessUnit, ...], made_order: Order) -> None:
    order = made_order()
    bench.suspect(order, units)
    bench.owe(order)
    assert bench.desk.run_pending(READY - 0.1) == 0
    assert bench.held.has(order.stay.stay_id, "clip_suspected"), "what is held waits for no tail"
    assert bench.desk.gauges() == {"packets_owed": 1.0, "packets_failing": 0.0, "held_waiting": 0.0, "held_given_up": 0.0}
    assert bench.desk.run_pending(READY) == 1
    files = bench.packet(order)
    assert {"keyframe_first", "keyframe_middle", "keyframe_confirming", "clip_suspected", "clip_confirmed", "boxed_confirming", "closeup"} <= set(files)
    assert len(files["clip_suspected"].picture_seconds) == 50, "the ring as it was at suspicion"
    assert len(files["clip_confirmed"].picture_seconds) == 100
    assert files["clip_confirmed"].clip_requested == bench.wall(READY - RING_SECONDS), "the ring's length before the tail's end"
    assert files["clip_suspected"].clip_requested == bench.wall(1000.0 - RING_SECONDS)
    assert bench.state.debts() == []
    assert bench.held.has(order.stay.stay_id, "keyframe_confirming"), "kept until the end"
    assert bench.desk.run_pending(READY + 100) == 0


@pytest.mark.parametrize(
    ("tail", "pictures"),
    [(slice(0, 100), 100), (slice(0, 0), 60), (slice(75, 100), 60)],
    ids=["it goes on", "the camera is gone", "it came back with a new ring"],
)
def test_a_camera_that_goes_before_the_tail_is_there_leaves_the_clip_without_it(
    bench: Bench, units: tuple[AccessUnit, ...], made_order: Order, tail: slice, pictures: int
) -> None:
    order = made_order()
    bench.suspect(order, units)
    bench.rings["cam-3"] = units[:60]
    bench.owe(order)
    bench.rings["cam-3"] = units[tail]
    assert bench.desk.run_pending(READY) == 1
    assert len(bench.packet(order)["clip_confirmed"].picture_seconds) == pictures


@pytest.mark.parametrize(("session", "pictures"), [(1, 100), (2, 60)], ids=["the same session", "another stream's ring reaches over the held clip"])
def test_the_clip_with_its_tail_is_of_the_stream_that_was_held(
    bench: Bench, units: tuple[AccessUnit, ...], made_order: Order, session: int, pictures: int
) -> None:
    order = made_order()
    bench.suspect(order, units)
    bench.rings["cam-3"] = units[:60]
    bench.owe(order)
    bench.rings["cam-3"], bench.session = units, session
    assert bench.desk.run_pending(READY) == 1
    assert len(bench.packet(order)["clip_confirmed"].picture_seconds) == pictures


@pytest.mark.parametrize("away_seconds", [2.5, 60.0], ids=["back before the tail's end", "back later"])
def test_killed_before_the_tail_is_there_the_clip_without_it_goes(bench: Bench, units: tuple[AccessUnit, ...], made_order: Order, away_seconds: float) -> None:
    order = made_order()
    bench.suspect(order, units)
    bench.rings["cam-3"] = units[:60]
    bench.owe(order)
    bench.desk.run_pending(READY - 1)
    bench.rings["cam-3"] = ()
    desk = bench.new_desk()
    desk.owe(order.to_debt())
    bench.rings["cam-3"] = tuple(replace(unit, arrival_seconds=unit.arrival_seconds + away_seconds) for unit in units)
    assert desk.run_pending(READY + 1) == 1
    assert bench.packet(order)["clip_confirmed"].clip_start == bench.wall(1000.0)


def test_the_end_takes_the_held_pictures_with_it(bench: Bench, units: tuple[AccessUnit, ...], made_order: Order) -> None:
    begins, ends = made_order(), made_order(Phase.ENDED, ring_ready_seconds=READY - 1)
    bench.suspect(begins, units)
    bench.owe(begins)
    bench.desk.hold_picture(ends.stay.stay_id, "gone", units[75], bench.wall(1003.0))
    bench.owe(ends)
    assert bench.desk.run_pending(READY - 0.5) == 0, "the end waits for the beginning"
    assert bench.desk.run_pending(READY) == 2
    assert {"keyframe_confirming", "keyframe_gone", "snapshot_gone", "closeup"} <= set(bench.packet(ends))
    assert not bench.held.folder(ends.stay.stay_id).exists()
    first, second = (json.loads((bench.folder / "packets" / one.packet_id / "manifest.json").read_bytes())["manifest"] for one in (begins, ends))
    assert second["chain"] == {"sequence": 2, "previous_sha256": manifest_sha256(first)}
    assert bench.state.debts() == []


def test_an_innocent_stay_leaves_nothing(bench: Bench, units: tuple[AccessUnit, ...], made_order: Order) -> None:
    order = made_order()
    bench.suspect(order, units)
    bench.desk.run_pending(READY)
    bench.desk.drop(order.stay.stay_id)
    bench.desk.run_pending(READY)
    assert not bench.held.folder(order.stay.stay_id).exists()
    assert bench.outbox.standing(0).waiting == 0


def test_a_drop_waits_for_what_is_owed(bench: Bench, units: tuple[AccessUnit, ...], made_order: Order) -> None:
    order = made_order()
    bench.suspect(order, units)
    bench.owe(order)
    bench.desk.drop(order.stay.stay_id)
    bench.desk.run_pending(READY - 0.5)
    assert bench.held.has(order.stay.stay_id, "keyframe_first")
    assert bench.desk.run_pending(READY) == 1
    assert not bench.held.folder(order.stay.stay_id).exists()


def test_force_takes_the_ring_as_it_is(bench: Bench, units: tuple[AccessUnit, ...], made_order: Order) -> None:
    order = made_order(ring_ready_seconds=READY + 100)
    bench.suspect(order, units)
    bench.owe(order)
    assert bench.desk.run_pending(READY, force=True) == 1
    assert "clip_confirmed" in bench.packet(order)


@pytest.mark.parametrize(
    ("changes", "ring", "expected"),
    [
        ({"boot_id": "an earlier boot", "ring_ready_seconds": 9e6}, "ring", False),
        ({"ring_ready_seconds": 900.0}, "ring", False),
        ({}, "no ring", False),
        ({}, "camera left", False),
        ({}, "ring", True),
    ],
    ids=["ordered in another boot", "the ring reaches back no more", "nothing in the ring", "the camera has left", "all well"],
)
def test_after_a_kill_the_packet_comes_with_what_is_left(
    bench: Bench, units: tuple[AccessUnit, ...], made_order: Order, changes: dict[str, Any], ring: str, expected: bool
) -> None:
    order = made_order(**changes)
    bench.suspect(order, units)
    bench.desk.run_pending(0.0)
    bench.state.save([], [order.to_debt()])
    bench.rings = {"ring": {"cam-3": units}, "no ring": {"cam-3": ()}, "camera left": {}}[ring]
    desk = bench.new_desk()
    for debt in bench.state.debts():
        desk.owe(debt)
    assert desk.run_pending(READY) == 1
    assert ("clip_confirmed" in bench.packet(order)) == expected
    assert "clip_suspected" in bench.packet(order)


def test_killed_between_put_and_settle_it_settles_only(bench: Bench, units: tuple[AccessUnit, ...], made_order: Order) -> None:
    order = made_order(Phase.ENDED)
    bench.suspect(order, units)
    bench.owe(order)
    assert bench.desk.run_pending(READY) == 1
    bench.state.save([], [order.to_debt()])
    desk = bench.new_desk()
    desk.owe(order.to_debt())
    assert desk.run_pending(READY) == 0
    assert bench.state.debts() == []
    assert bench.outbox.standing(0).waiting == 1


@pytest.mark.parametrize(("phase", "role"), [(Phase.CONFIRMED, "clip_confirmed"), (Phase.ENDED, "keyframe_gone")])
def test_with_all_lost_what_the_camera_shows_now_goes(bench: Bench, units: tuple[AccessUnit, ...], made_order: Order, phase: Phase, role: str) -> None:
    order = made_order(phase, ring_ready_seconds=900.0)
    bench.owe(order)
    assert bench.desk.run_pending(READY) == 0
    bench.rings["cam-3"] = units
    assert bench.desk.run_pending(READY + AGAIN.first_seconds) == 1
    assert role in bench.packet(order)


def test_a_failing_packet_is_said_in_one_line_and_stops_no_other(
    bench: Bench, units: tuple[AccessUnit, ...], made_order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    good = made_order()
    bad = made_order(one=replace(good.stay, stay_id="0ther57ay"), camera=good.camera.model_copy(update={"id": "cam-9"}), act_id="9" * 32)
    bench.owe(bad)
    bench.suspect(good, units)
    bench.owe(good)
    assert bench.desk.run_pending(READY) == 1
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert lines == [
        f"camera cam-9: the confirmed packet of {'9' * 32} is not made (try 1, goes on): "
        "NothingHeld: camera cam-9: nothing is held of the stay 0ther57ay, so its confirmed packet cannot be built yet"
    ]
    assert [debt.key for debt in bench.state.debts()] == [bad.key]
    bench.rings["cam-9"] = units
    assert bench.desk.run_pending(READY + 1) == 0, "not at once"
    assert bench.desk.run_pending(READY + AGAIN.first_seconds) == 1


def test_a_debt_that_cannot_be_read_is_said_and_stays(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    debt = Debt("k", "cam-3", {"phase": "confirmed"})
    bench.state.save([], [debt])
    bench.desk.owe(debt)
    assert bench.desk.run_pending(READY, force=True) == 0
    assert "camera cam-3: a packet that is owed cannot be read" in caplog.text
    assert bench.state.debts() == [debt]


def test_a_full_disk_waits_in_memory_and_goes_on(
    bench: Bench, units: tuple[AccessUnit, ...], made_order: Order, full_disk: Callable[[int], Any], caplog: pytest.LogCaptureFixture
) -> None:
    order = made_order()
    bench.suspect(order, units)
    bench.owe(order)
    with full_disk(500):
        assert bench.desk.run_pending(READY) == 0
        assert bench.desk.run_pending(READY + 1) == 0
    assert caplog.text.count("held evidence waits in memory") == 1
    assert bench.desk.gauges()["held_waiting"] == 6.0
    bench.rings["cam-3"] = ()  # the ring has long moved on
    assert bench.desk.run_pending(READY + 30) == 1
    assert {"keyframe_first", "clip_suspected", "clip_confirmed"} <= set(bench.packet(order))


def test_what_does_not_fit_into_memory_either_is_given_up_and_counted(
    bench: Bench,
    units: tuple[AccessUnit, ...],
    made_order: Order,
    full_disk: Callable[[int], Any],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(desk_module, "STUCK_BYTES", units[0].size_bytes)
    bench.suspect(made_order(), units)
    with full_disk(500):
        bench.desk.run_pending(READY)
    gauges = bench.desk.gauges()
    assert gauges["held_given_up"] == caplog.text.count("is given up, the disk takes nothing") > 0
    assert gauges["held_waiting"] <= 1.0


def test_pictures_that_make_no_clip_stop_nothing(bench: Bench, units: tuple[AccessUnit, ...], made_order: Order, caplog: pytest.LogCaptureFixture) -> None:
    order = made_order()
    broken = tuple(replace(unit, nals=(b"\x65",), parameter_sets=replace(unit.parameter_sets, sps=(b"\x67",))) for unit in units[:50])
    bench.rings["cam-3"] = broken
    bench.desk.hold_suspected("cam-3", order.stay.stay_id, units[0], bench.wall(1000.0))
    bench.owe(order)
    assert bench.desk.run_pending(READY) == 1
    assert "the clip at suspicion cannot be held" in caplog.text
    assert set(bench.packet(order)) == {"keyframe_first", "snapshot_first", "closeup"}


def test_the_threads_work_by_themselves_and_stop_in_order(bench: Bench, units: tuple[AccessUnit, ...], made_order: Order, wall: Wall) -> None:
    now = time.monotonic()
    live = tuple(replace(unit, arrival_seconds=now - 1003 + unit.arrival_seconds) for unit in units)
    first = made_order(ring_ready_seconds=now + 0.3)
    later = made_order(ring_ready_seconds=now + 60, one=replace(first.stay, stay_id="57ay2"), act_id="2" * 32)
    bench.desk.start()
    bench.suspect(first, live)
    bench.desk.hold_suspected("cam-3", later.stay.stay_id, live[0], wall(1000.0))
    bench.owe(first)
    bench.owe(later)
    while not bench.outbox.holds(first.packet_id) and time.monotonic() < now + 20:
        time.sleep(0.02)
    bench.desk.stop()
    assert bench.outbox.holds(first.packet_id)
    assert not bench.outbox.holds(later.packet_id)
    assert bench.held.has(later.stay.stay_id, "clip_confirmed"), "its clip is saved; the packet is made after the restart"
    assert [debt.key for debt in bench.state.debts()] == [later.key]
    desk = bench.new_desk()
    desk.owe(later.to_debt())
    assert desk.run_pending(now + 61) == 1
    assert packet_id_of(later.act_id, Phase.CONFIRMED) == later.packet_id


def test_copies_that_a_killed_worker_finished_go_into_the_packet(
    tmp_path: Path, worker: WorkerNamed, wall: Wall, made_order: Order, units_of: Callable[[str], tuple[AccessUnit, ...]]
) -> None:
    made = Bench(tmp_path, worker, wall)
    order = made_order()
    made.suspect(order, units_of("hevc"))
    made.owe(order)
    made.desk._hold_due(READY, force=True)
    workspace = made.held.folder(order.stay.stay_id) / "making_confirmed"
    prepare(order, made.held, worker, workspace)  # and then it was killed
    done: list[str] = []

    def transcode(camera_id: str, source: Path, target: Path) -> None:
        done.append(source.name)
        HERE.transcode(camera_id, source, target)

    made.held.tools = replace(HERE, transcode=transcode)
    assert made.desk.run_pending(READY, force=True) == 1
    assert done == []
    files = made.packet(order)
    copy = made.folder / "packets" / order.packet_id / files["clip_h264"].name
    assert sha256_of(copy) == files["clip_h264"].sha256
    assert not workspace.exists()
    made.close()
