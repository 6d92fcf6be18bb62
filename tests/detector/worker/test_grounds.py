"""The ground of a worker's views: what a look adds, what a restart finds again, and a lead of what no class covers."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from detector.fleet.spec import WatchedCamera
from detector.ground.memory import ground_from_bytes
from detector.judgement.gate import ChangeGate, GateSettings
from detector.judgement.geometry import iou
from detector.judgement.values import Box, Event, Stay, StaySample, Thing
from detector.worker.eye import Eye
from detector.worker.grounds import KEPT_A_TURN, KEPT_EVERY_SECONDS, Grounds
from detector.worker.looks import LookSteps
from detector.worker.order import PacketOrder
from detector.worker.state import StateStore
from detector.worker.violations import order_for
from detector.worker.watched import Watched
from evidence.kinds import Kind, load_catalogue
from evidence.packet import Clocks, Grade, ModelNamed
from evidence.views import KindOverride, ViewDocument, Zone, ZoneKind
from models.detections import Detections
from streams.decoding import LUMA_SHAPE, Crop, Decoded
from streams.media import AccessUnit
from tests.detector.ground.street import EMPTY, HEIGHT, PLACE, WHOLE, WIDTH, Crates, Shown, crop_of

START = datetime(2026, 11, 25, 4, tzinfo=UTC)
CRATES = Shown((Crates(),))
PAVEMENT = Zone(id="pavement", kind=ZoneKind.SIDEWALK, polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)))
SOON = KindOverride(enabled=True, dwell_seconds=120, minimum_looks=5, grace_seconds=60)


def watched(*zones: Zone, camera_id: str = "c1", **kinds: KindOverride) -> Watched:
    view = ViewDocument(camera_id=camera_id, zones=(PAVEMENT, *zones), kinds=kinds)
    return Watched.of(WatchedCamera(camera_id, "x.mp4"), load_catalogue(), view)


def decoded(shown: Shown, number: int = 0) -> Decoded:
    return Decoded(WIDTH, HEIGHT, (crop_of(shown.pixels(number)),), np.full(LUMA_SHAPE, 128, np.uint8), ())


class Watching:
    """Looks at one camera each ten seconds."""

    def __init__(self, grounds: Grounds, camera: Watched, begins: float = 0.0) -> None:
        self.grounds, self.camera, self.at, self.looks = grounds, camera, begins, 0

    def look(self, shown: Shown, things: Sequence[Thing] = ()) -> tuple[Thing, ...]:
        self.at += 10
        self.looks += 1
        return self.grounds.look(self.camera, decoded(shown, self.looks), WHOLE, self.at, things)

    def watch(self, seconds: float, shown: Shown) -> tuple[Thing, ...]:
        things: tuple[Thing, ...] = ()
        for _ in range(round(seconds / 10)):
            things = self.look(shown)
        return things


def test_a_look_has_what_was_put_down_beside_what_was_recognised() -> None:
    watching = Watching(Grounds(), watched(V10=SOON))
    watching.watch(200, EMPTY)
    watching.watch(140, CRATES)
    person = Thing("person", (0.1, 0.5, 0.15, 0.8), 0.9)
    seen, new = watching.look(CRATES, (person,))
    assert seen == person
    assert (new.label, iou(new.xyxy, PLACE) > 0.5) == ("unrecognised", True)
    assert sum(new.signature) == pytest.approx(1, abs=0.01), "so that a thing which people rejected can be told from another one"


def test_where_no_kind_is_made_of_it_nothing_is_added() -> None:
    watching = Watching(Grounds(), watched())
    watching.watch(200, EMPTY)
    assert watching.watch(150, CRATES) == ()


@pytest.mark.parametrize("kind", [ZoneKind.PRIVACY_MASK, ZoneKind.IGNORE])
def test_of_what_is_masked_nothing_is_kept(kind: ZoneKind, tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    mask = Zone(id="mask", kind=kind, polygon=((0.4, 0.5), (0.7, 0.5), (0.7, 0.9), (0.4, 0.9)))
    watching = Watching(grounds, watched(mask, V10=SOON))
    watching.watch(200, EMPTY)
    assert watching.watch(200, CRATES) == ()
    grounds.keep(0.0, everything=True)
    kept = ground_from_bytes((tmp_path / "c1" / "main.ground").read_bytes(), 0.0)
    inside = (slice(48, 78), slice(66, 110))
    assert not kept.known[inside].any()
    assert not kept.candidate[:, *inside].any()


def test_a_restart_finds_the_ground_again(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    watching = Watching(grounds, watched(V10=SOON))
    watching.watch(200, EMPTY)
    (before,) = watching.watch(150, CRATES)
    grounds.keep(0.0, everything=True)
    again = Watching(Grounds(tmp_path), watched(V10=SOON), begins=5.0)
    (after,) = again.look(CRATES)
    assert after.xyxy == before.xyxy


def test_a_broken_file_is_learned_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "c1").mkdir()
    (tmp_path / "c1" / "main.ground").write_bytes(b"\0" * 100)
    watching = Watching(Grounds(tmp_path), watched(V10=SOON))
    watching.look(EMPTY)
    assert ["learned anew" in line and "\n" not in line for line in caplog.messages] == [True]
    watching.watch(200, EMPTY)
    assert len(watching.watch(150, CRATES)) == 1


def test_grounds_are_written_a_few_at_a_time(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    for number in range(KEPT_A_TURN + 2):
        Watching(grounds, watched(camera_id=f"c{number}")).look(EMPTY)
    now = 1e9
    grounds.keep(now)
    assert len(list(tmp_path.glob("*/*"))) == KEPT_A_TURN
    grounds.keep(now + 1)
    assert len(list(tmp_path.glob("*/*"))) == KEPT_A_TURN + 2
    times = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/*")}
    grounds.keep(now + 2 * KEPT_EVERY_SECONDS)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/*")} == times, "nobody has looked since"


def test_a_disk_that_takes_nothing_is_told_once_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "grounds").write_text("a file in its place")
    grounds = Grounds(tmp_path / "grounds")
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            Watching(grounds, watched(camera_id=f"c{number}")).look(EMPTY)
        caplog.clear()
        grounds.keep(0.0, everything=True)
    assert sum("cannot be kept" in line for line in caplog.messages) == 1


def test_what_nobody_has_looked_at_for_a_month_is_deleted(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.ground").write_bytes(b"x")
    month = time.time() - 31 * 86400
    os.utime(tmp_path / "old" / "main.ground", (month, month))
    (tmp_path / "new" / "main.ground.draft").write_bytes(b"half")
    Grounds(tmp_path).open()
    assert [path.relative_to(tmp_path).as_posix() for path in sorted(tmp_path.glob("*/*"))] == ["new/main.ground"]


def order_of(one: Watched, at: AccessUnit, event: Event, kind: Kind) -> PacketOrder:
    model = ModelNamed(name="m", version="1", sha256="ab" * 32, provider="CPUExecutionProvider")
    seconds = at.arrival_seconds
    return order_for(
        event, kind, one.document, one.catalogue, one.named, model, Clocks(kind="system"), seconds, look_seconds=seconds,
        look_wall=START + timedelta(seconds=seconds),
    )  # fmt: skip


@pytest.mark.parametrize(("label", "grade"), [("material_pile", Grade.B), ("unrecognised", Grade.C)])
def test_what_only_the_ground_saw_is_a_lead_though_its_kind_is_proven(label: str, grade: Grade, unit: AccessUnit) -> None:
    camera = watched(V10=SOON)
    kind = camera.catalogue.kind("V10")
    assert kind is not None
    sample = StaySample(0.0, START, "looked", label, PLACE, 0.7)
    one = Stay("s", 0.0, START, 0.0, START, 0.0, PLACE, (), {label: 0.7}, samples=(sample,), confirmed_kind="V10", confirmed_wall=START, in_place=("V10",))
    order = order_of(camera, unit, Event("confirmed", one, "V10"), kind.model_copy(update={"standing": "proven"}))
    assert order.grade is grade
    assert ("a change of the ground shows it" in order.rule.text.en, "仅由地面变化测得" in order.rule.text.zh) == ((label == "unrecognised"),) * 2


class NothingEye(Eye):
    """Recognises nothing, or a car from near."""

    def __init__(self) -> None:
        self.near: tuple[Thing, ...] = ()

    @property
    def aspect(self) -> float:
        return WIDTH / HEIGHT

    def crop(self, rectangle: Box) -> Crop:
        return Crop(*rectangle, WIDTH, HEIGHT)

    def zoom(self, decode: Callable[[Sequence[Crop]], Decoded], place: Box, picture_size: tuple[int, int]) -> tuple[Thing, ...]:
        return self.near


@pytest.fixture
def unit(units_of: Callable[[str], tuple[AccessUnit, ...]]) -> AccessUnit:
    return units_of("h264")[0]


@pytest.mark.parametrize(
    ("near", "grades"),
    [pytest.param((), [Grade.C], id="nothing is recognised from near"), pytest.param((Thing("car", PLACE, 0.6),), [], id="from near it is a car")],
)
def test_what_no_class_covers_becomes_a_lead_of_its_own_kind(near: tuple[Thing, ...], grades: list[Grade], unit: AccessUnit, tmp_path: Path) -> None:
    store = StateStore(tmp_path / "state.sqlite")
    store.open()
    camera, eye = watched(V10=SOON), NothingEye()
    eye.near = near
    orders: list[PacketOrder] = []

    def on_judged(_watched: Watched, _unit: AccessUnit, _decoded: Decoded, _events: Sequence[Event], owed: Sequence[tuple[Event, PacketOrder]]) -> None:
        orders.extend(order for event, order in owed if event.name == "confirmed")

    steps = LookSteps(eye, ChangeGate(GateSettings(enabled=False)), lambda at: START + timedelta(seconds=at), store, order_of, on_judged, grounds=Grounds())
    nothing = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.int64), ("car",))
    for number in range(60):
        picture = decoded(EMPTY if number < 25 else CRATES, number)
        at = replace(unit, arrival_seconds=10.0 * number)
        assert steps.passes_gate(camera, at, picture)
        steps.judge(camera, at, picture, nothing)
    assert [order.grade for order in orders] == grades
    for order in orders:
        assert (order.kind.id, {code["code"] for code in order.kind.codes} >= {"06036"}) == ("V10", True)
        assert {sample.label for sample in order.stay.samples} == {"unrecognised"}
        assert (order.stay.new_share or 0) > 0.8
        assert iou(order.place.xyxy, PLACE) > 0.5
    store.close()
