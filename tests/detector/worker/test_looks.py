"""Looks: judged, written and put in force as one step; and many cameras of which one is of no use."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.fleet.spec import WatchedCamera
from detector.judgement.gate import ChangeGate, GateSettings
from detector.judgement.memory import state_from_json
from detector.judgement.quiet import QuietThing
from detector.judgement.values import Box, Event, Thing, Zoom
from detector.worker import keeping
from detector.worker.eye import Eye
from detector.worker.looker import Intervals, Looker
from detector.worker.looks import LookSteps
from detector.worker.mailbox import Mailbox
from detector.worker.order import PacketOrder
from detector.worker.state import Debt, SavedView, StateFault, StateStore
from detector.worker.violations import order_for
from detector.worker.watched import Watched
from evidence.kinds import Kind, load_catalogue
from evidence.packet import Clocks, ModelNamed
from evidence.views import KindOverride, whole_view
from models.detections import Detections
from streams.decoding import Crop, Decoded, DecodedCrop, DecoderPool, decode_keyframe
from streams.errors import DecodeError
from streams.media import AccessUnit

START = datetime(2026, 11, 25, 4, tzinfo=UTC)
SOON = KindOverride(dwell_seconds=4, minimum_looks=3, grace_seconds=30, minimum_score=0.1, attendance="off")
STALL = np.array([[20, 12, 44, 36]], np.float32)
"""In pixels of the crop of 64x48."""


class StallEye(Eye):
    """Sees one stall in every picture, without a model."""

    def __init__(self) -> None:
        self.zooms = 0
        self.zoom_failures = 0

    @property
    def aspect(self) -> float:
        return 4 / 3

    def crop(self, rectangle: Box) -> Crop:
        return Crop(*rectangle, 64, 48)

    def detect(self, crops: Sequence[DecodedCrop]) -> list[Detections]:
        return [Detections(STALL, np.array([0.8], np.float32), np.array([0]), ("stall",)) for _ in crops]

    def zoom(self, decode: Callable[[Sequence[Crop]], Decoded], place: Box, picture_size: tuple[int, int]) -> tuple[Thing, ...]:
        self.zooms += 1
        if self.zooms <= self.zoom_failures:
            raise DecodeError("the keyframe\nis broken")
        return (Thing("stall", place, 0.8),)


class FailingStore(StateStore):
    """Its disk is full for the next `failures` writes."""

    failures = 0

    def save(self, views: Iterable[SavedView], debts: Iterable[Debt] = ()) -> None:
        if self.failures:
            self.failures -= 1
            raise StateFault("state.sqlite: cannot be written (database or disk is full)")
        super().save(views, debts)


class Street:
    """One camera before a stall, a look every two seconds."""

    def __init__(self, folder: Path, unit: AccessUnit) -> None:
        self.unit, self.eye, self.store = unit, StallEye(), FailingStore(folder / "state.sqlite")
        self.store.open()
        view = whole_view("c1").model_copy(update={"kinds": {"V2": SOON}})
        self.watched = Watched.of(WatchedCamera("c1", "x.mp4"), load_catalogue(), view)
        self.told: list[str] = []
        gate = ChangeGate(GateSettings(enabled=False))
        self.steps = LookSteps(self.eye, gate, lambda seconds: START + timedelta(seconds=seconds), self.store, order_of, self._told)
        self.seconds = 0.0

    def look(self) -> None:
        self.seconds += 2
        unit = replace(self.unit, arrival_seconds=self.seconds)
        decoded = decode_keyframe(unit, self.steps.crops(self.watched))
        assert self.steps.passes_gate(self.watched, unit, decoded)
        self.steps.judge(self.watched, unit, decoded, self.eye.detect(decoded.crops)[0])

    def until(self, event: str) -> None:
        for _ in range(20):
            if event in self.told:
                return
            self.look()
        raise AssertionError(f"no {event} among {self.told}")

    def stored_state(self) -> object:
        saved = self.store.view("c1", "main")
        return None if saved is None else state_from_json(saved.state)

    @property
    def confirmed(self) -> list[str | None]:
        return [stay.confirmed_kind for stay in self.watched.state.stays]

    def _told(self, _watched: Watched, _unit: AccessUnit, _decoded: Decoded, events: Sequence[Event], owed: Sequence[tuple[Event, PacketOrder]]) -> None:
        self.told += [event.name for event in events]
        assert {order.key for _, order in owed} <= {debt.key for debt in self.store.debts()}, "what is owed is on disk before anybody hears of it"


def order_of(watched: Watched, unit: AccessUnit, event: Event, kind: Kind) -> PacketOrder:
    model = ModelNamed(name="m", version="1", sha256="ab" * 32, provider="CPUExecutionProvider")
    return order_for(
        event, kind, watched.document, watched.catalogue, watched.named, model, Clocks(kind="system"), unit.arrival_seconds,
        look_seconds=unit.arrival_seconds, look_wall=datetime(2026, 11, 25, 8, tzinfo=UTC) + timedelta(seconds=unit.arrival_seconds),
    )  # fmt: skip


@pytest.fixture
def street(tmp_path: Path, units_of: Callable[[str], tuple[AccessUnit, ...]]) -> Street:
    return Street(tmp_path, units_of("h264")[0])


def test_a_confirmation_lies_on_disk_with_its_debt(street: Street) -> None:
    street.until("confirmed")
    assert len(street.store.debts()) == 1
    assert street.stored_state() == street.watched.state
    assert not street.watched.dirty


def test_a_confirmation_that_the_disk_did_not_take_is_made_by_the_next_look(street: Street, caplog: pytest.LogCaptureFixture) -> None:
    street.until("halfway")
    before, told = street.watched.state, list(street.told)
    street.store.failures = 2
    street.look()
    street.look()
    assert street.eye.zooms == 2, "these looks were to confirm"
    assert (street.watched.state, street.told, street.store.debts()) == (before, told, [])
    assert [line.count("\n") for line in caplog.messages if "cannot be kept" in line] == [0], "one line an outage"
    keeping.keep(street.store, [street.watched])  # once a second the worker does this, and must not write what is not owed yet
    assert street.stored_state() == before
    street.look()
    assert street.confirmed == ["V2"]
    assert street.told.count("confirmed") == 1
    assert len(street.store.debts()) == 1
    street.look()
    assert len(street.store.debts()) == 1


def test_a_zoom_look_that_fails_is_a_refusal_of_that_stay_and_is_tried_again(street: Street, caplog: pytest.LogCaptureFixture) -> None:
    street.eye.zoom_failures = 1
    street.until("zoom_wanted")
    assert street.confirmed == [None]
    assert [stay.zoom for stay in street.watched.state.stays] == [Zoom(False, None)]
    assert street.watched.state.last_look_seconds == street.seconds, "the look itself counts"
    assert "the keyframe is broken" in caplog.text
    street.until("confirmed")
    assert (street.eye.zooms, len(street.store.debts())) == (2, 1)


def test_a_thing_that_shall_be_quiet_is_no_act_until_the_order_goes(street: Street) -> None:
    street.until("suspected")
    stay = street.watched.state.stays[0]
    street.watched.hush.order((QuietThing("main", "V2", stay.xyxy, stay.signature, START + timedelta(days=1)),))
    for _ in range(15):
        street.look()
    assert "zoom_wanted" in street.told
    assert (street.confirmed, street.eye.zooms) == ([None], 0)
    street.watched.hush.order(())
    street.until("confirmed")


def test_a_place_is_asked_about_once_a_minute_where_a_verifier_decides(street: Street) -> None:
    street.eye.needed = {"stall": 0.9}  # it sees 0.8
    asked = []
    for _ in range(50):
        before = street.eye.zooms
        street.look()
        asked += [street.seconds] * (street.eye.zooms - before)
    assert len(asked) == 2
    assert asked[1] - asked[0] >= 60
    assert street.confirmed == [None]
    street.eye.needed = {"stall": 0.7}
    while street.confirmed == [None] and street.seconds < 400:
        street.look()
    assert street.confirmed == ["V2"]


@pytest.mark.parametrize(
    ("other", "crowded"),
    [((46, 12, 62, 36), True), ((53, 12, 63, 36), False), (None, False)],
    ids=["beside it", "further off", "nothing"],
)
def test_the_order_of_an_end_says_whether_another_thing_touches_its_place(
    street: Street, monkeypatch: pytest.MonkeyPatch, other: tuple[int, int, int, int] | None, crowded: bool
) -> None:
    beside = np.array([] if other is None else [other], np.float32).reshape(-1, 4)

    def sees(boxes: NDArray[np.float32]) -> None:
        found = Detections(boxes, np.full(len(boxes), 0.8, np.float32), np.zeros(len(boxes), int), ("stall",))
        monkeypatch.setattr(street.eye, "detect", lambda crops: [found for _ in crops])

    sees(np.concatenate([STALL, beside]))
    street.until("confirmed")
    sees(beside)
    for _ in range(40):
        street.look()
    (ended,) = [debt for debt in street.store.debts() if debt.body["phase"] == "ended"]
    assert (ended.body["crowded"], ended.body["ending"]["reason"]) == (crowded, "gone")


def test_an_act_of_a_kind_that_is_gone_ends_without_a_packet_and_stops_nothing(street: Street, caplog: pytest.LogCaptureFixture) -> None:
    street.until("confirmed")
    rest = tuple(kind for kind in street.watched.catalogue.kinds if kind.id != "V2")
    street.watched.preset.catalogue = street.watched.catalogue.model_copy(update={"kinds": rest})
    gone = [Event("ended", stay, "V2") for stay in street.watched.state.stays]
    assert street.steps._owing(street.watched, gone) == []
    assert "no kind 'V2' any more" in caplog.text


def undecodable(unit: AccessUnit, _watched: Watched) -> AccessUnit:
    return replace(unit, nals=tuple(bytes([nal[0]]) + b"\xff" * 40 for nal in unit.nals))


def no_size(unit: AccessUnit, watched: Watched) -> AccessUnit:
    watched.picture_size = (16, 0)
    return unit


def turns_of(street: Street, cameras: dict[str, Watched], units: dict[str, AccessUnit], seconds: float, interval: float, pool: DecoderPool) -> list[str]:
    """Whose turn it was, of cameras that send these pictures without end."""
    pool.decode("warm", street.unit, ())  # its process takes a while to come up
    mailbox, stop = Mailbox(), threading.Event()
    steps = replace(street.steps, on_judged=lambda *_: None)
    looker = Looker(
        cameras, mailbox, steps, Intervals(interval, interval, interval), pool=pool, detectors=[steps], batch=1, is_shown=lambda _: False
    )  # fmt: skip
    turns: list[str] = []
    take = mailbox.take
    mailbox.take = lambda name: (turns.append(name), take(name))[1]  # type: ignore[method-assign, func-returns-value]

    def feed() -> None:
        while not stop.wait(0.002):
            for name, unit in units.items():
                mailbox.put(name, replace(unit, arrival_seconds=time.monotonic()))

    feeder = threading.Thread(target=feed)
    feeder.start()
    looker.start()
    try:
        time.sleep(seconds)
    finally:
        stop.set()
        feeder.join()
        looker.stop()
    return turns


@pytest.mark.parametrize("spoil", [undecodable, no_size], ids=["keyframes that do not decode", "a picture of no height"])
def test_a_camera_of_no_use_has_its_turns_and_leaves_the_others_theirs(
    street: Street, spoil: Callable[[AccessUnit, Watched], AccessUnit], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)  # a traceback each time is right, and of no interest here
    cameras = {name: Watched.of(WatchedCamera(name, "x.mp4"), load_catalogue(), whole_view(name)) for name in ("bad", "g1", "g2", "g3")}
    units = dict.fromkeys(cameras, street.unit) | {"bad": spoil(street.unit, cameras["bad"])}
    seconds, interval = 1.2, 0.1
    with DecoderPool(1) as pool:
        turns = turns_of(street, cameras, units, seconds, interval, pool)
    most = seconds / interval + 3
    assert 2 <= turns.count("bad") <= most
    for name in ("g1", "g2", "g3"):
        assert cameras[name].looks + cameras[name].unchanged >= 0.4 * seconds / interval, turns


def test_a_camera_that_takes_more_than_its_share_of_the_decoders_is_looked_at_less_often(street: Street) -> None:
    cameras = {name: Watched.of(WatchedCamera(name, "x.mp4"), load_catalogue(), whole_view(name)) for name in ("dear", "g1", "g2")}
    seconds, interval = 1.5, 0.2
    with DecoderPool(1) as pool:
        for name in cameras:
            pool._shares.charge(name, 9.0 if name == "dear" else 0.01, time.monotonic())
        turns = turns_of(street, cameras, dict.fromkeys(cameras, street.unit), seconds, interval, pool)
    assert turns.count("dear") == 1
    for name in ("g1", "g2"):
        assert cameras[name].looks + cameras[name].unchanged >= 0.4 * seconds / interval, turns


def test_cameras_without_keyframes_leave_the_others_their_places(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    cameras = {name: Watched.of(WatchedCamera(name, "x.mp4"), load_catalogue(), whole_view(name)) for name in ("b1", "b2", "b3", "b4", "g1", "g2")}
    units = {name: replace(street.unit, prelude=(street.unit,)) if name.startswith("b") else street.unit for name in cameras}
    hanging: list[Future[Decoded]] = []
    seconds, interval = 1.5, 0.2
    with DecoderPool(1) as pool:
        submit = pool.submit

        def never_done(camera_id: str, unit: AccessUnit, crops: Sequence[Crop], **more: Any) -> Future[Decoded]:
            if not unit.prelude:
                return submit(camera_id, unit, crops, **more)
            hanging.append(Future())
            return hanging[-1]

        monkeypatch.setattr(pool, "submit", never_done)
        turns = turns_of(street, cameras, units, seconds, interval, pool)
    assert len(hanging) == 1, "half of the places there are"
    for name in ("g1", "g2"):
        assert cameras[name].looks + cameras[name].unchanged >= 0.4 * seconds / interval, turns
