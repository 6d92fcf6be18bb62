"""Real pictures through the steps of a look while the camera shifts, is turned away and comes back: what leaves, and with which zones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from detector.fleet.spec import WatchedCamera
from detector.judgement.drift import Status
from detector.judgement.gate import ChangeGate, GateSettings
from detector.judgement.values import Box, Event, Thing
from detector.worker.eye import Eye
from detector.worker.looks import LookSteps
from detector.worker.order import PacketOrder
from detector.worker.packets import view_named
from detector.worker.state import StateStore
from detector.worker.violations import order_for
from detector.worker.watched import Watched
from evidence.canonical import canonical_json, sha256_hex
from evidence.kinds import Kind, load_catalogue
from evidence.packet import Clocks, ModelNamed
from evidence.views import KindOverride, ViewDocument, Zone, ZoneKind
from models.detections import Detections
from streams.decoding import Crop, Decoded, DecodedCrop, decode_keyframe
from streams.media import AccessUnit
from streams.recorded import read_access_units
from tests.street_picture import SEEN, seen, street, with_noise

WHOLE = street(1)
POSITIONS = {"in place": seen(WHOLE), "a little": seen(WHOLE, right=0.03), "away": seen(WHOLE, right=0.3)}
STALL: Box = (0.4, 0.5, 0.5, 0.75)
ZONE = Zone(id="walk", kind=ZoneKind.SIDEWALK, polygon=((0.15, 0.5), (0.85, 0.5), (0.85, 0.9), (0.15, 0.9)))
VIEW = ViewDocument(
    camera_id="c1", version=3, zones=(ZONE,),
    kinds={"V2": KindOverride(dwell_seconds=20, minimum_looks=3, grace_seconds=12, minimum_score=0.1, attendance="off")},
)  # fmt: skip


class StallEye(Eye):
    """Sees a stall at the same place of the street, wherever the camera looks."""

    def __init__(self) -> None:
        self.right = 0.0

    @property
    def aspect(self) -> float:
        return 16 / 9

    def crop(self, rectangle: Box) -> Crop:
        return Crop(*rectangle, 320, 180)

    def detect(self, crops: Sequence[DecodedCrop]) -> list[Detections]:
        found = []
        for crop in crops:
            box, (width, height) = crop.letterbox, SEEN
            x0, y0, x1, y1 = ((v - self.right * (i % 2 == 0)) * side for i, (v, side) in enumerate(zip(STALL, (width, height, width, height), strict=True)))
            shift = np.array([box.origin_x, box.origin_y] * 2)
            xyxy = (np.array([x0, y0, x1, y1]) - shift) * box.scale + np.array([box.pad_x, box.pad_y] * 2)
            found.append(Detections(xyxy[None].astype(np.float32), np.array([0.8], np.float32), np.array([0]), ("stall",)))
        return found

    def zoom(self, decode: Callable[[Sequence[Crop]], Decoded], place: Box, picture_size: tuple[int, int]) -> tuple[Thing, ...]:
        return (Thing("stall", place, 0.8),)


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[AccessUnit]]:
    """Some keyframes of each position, with a sensor's noise."""
    made = {}
    for name, picture in POSITIONS.items():
        path = tmp_path_factory.mktemp("clips") / "clip.mp4"
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libx264", rate=5, options={"preset": "ultrafast", "crf": "24", "x264-params": "keyint=1"})
            stream.width, stream.height, stream.pix_fmt, stream.time_base = *SEEN, "yuv420p", Fraction(1, 5)  # type: ignore[assignment]
            for number in range(4):
                grey = with_noise(picture, 3, number)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.dstack([grey] * 3), format="rgb24")))
            container.mux(stream.encode(None))
        made[name] = list(read_access_units(path))
    return made


class Street:
    """One camera before a stall, a look every four seconds."""

    def __init__(self, folder: Path, units: dict[str, list[AccessUnit]]) -> None:
        self.units, self.eye, self.store = units, StallEye(), StateStore(folder / "state.sqlite")
        self.store.open()
        self.watched = Watched.of(WatchedCamera("c1", "x.mp4"), load_catalogue(), VIEW)
        self.orders: list[PacketOrder] = []
        self.decoded = 0
        gate = ChangeGate(GateSettings(enabled=False))
        self.steps = LookSteps(self.eye, gate, self.wall, self.store, order_of, self._told, self._decode)
        self.seconds, self.number = 1000.0, 0

    def wall(self, seconds: float) -> datetime:
        return datetime(2026, 11, 25, 4, tzinfo=UTC) + timedelta(seconds=seconds)

    def look(self, where: str, looks: int = 1) -> None:
        self.eye.right = {"in place": 0.0, "a little": 0.03, "away": 0.3}[where]
        for _ in range(looks):
            self.seconds += 4
            self.number += 1
            unit = replace(self.units[where][self.number % 4], arrival_seconds=self.seconds)
            decoded = decode_keyframe(unit, self.steps.crops(self.watched, at_seconds=self.seconds))
            if self.steps.passes_gate(self.watched, unit, decoded):
                self.steps.judge(self.watched, unit, decoded, self.eye.detect(decoded.crops[:1])[0])

    def _decode(self, camera_id: str, unit: AccessUnit, crops: Sequence[Crop]) -> Decoded:
        self.decoded += 1
        return decode_keyframe(unit, crops)

    def _told(self, _watched: Watched, _unit: AccessUnit, _decoded: Decoded, _events: Sequence[Event], owed: Sequence[tuple[Event, PacketOrder]]) -> None:
        self.orders += [order for _, order in owed]


def order_of(watched: Watched, unit: AccessUnit, event: Event, kind: Kind) -> PacketOrder:
    model = ModelNamed(name="m", version="1", sha256="ab" * 32, provider="CPUExecutionProvider")
    return order_for(
        event, kind, watched.document, watched.catalogue, watched.named, model, Clocks(kind="system"), unit.arrival_seconds,
        look_seconds=unit.arrival_seconds, look_wall=datetime(2026, 11, 25, 8, tzinfo=UTC) + timedelta(seconds=unit.arrival_seconds),
    )  # fmt: skip


def test_a_packet_of_a_camera_in_place_names_its_zones_as_they_were_drawn(tmp_path: Path, units: dict[str, list[AccessUnit]]) -> None:
    street = Street(tmp_path, units)
    street.look("in place", 12)
    (order,) = street.orders
    named = view_named(order.view, order.moved)
    assert named.moved is None
    assert named.zones == (ZONE,)
    assert street.decoded <= 1, "a picture is decoded anew for a measure only where nobody could expect one"


def test_a_packet_of_a_camera_that_shifted_says_so_and_has_its_zones_where_they_lie(tmp_path: Path, units: dict[str, list[AccessUnit]]) -> None:
    street = Street(tmp_path, units)
    street.look("in place", 3)
    street.look("a little", 14)
    (order,) = street.orders
    again = PacketOrder.from_json(order.to_json())
    assert again == order
    named = view_named(again.view, again.moved)
    assert named.moved is not None
    assert named.moved.shift == pytest.approx(0.03, abs=0.004)
    assert named.sha256 == sha256_hex(canonical_json(VIEW.to_json())), "the hash is of what was drawn"
    assert named.zones[0].polygon[0] == pytest.approx((0.12, 0.5), abs=0.004)
    assert order.place.xyxy[0] == pytest.approx(0.37, abs=0.01)
    assert order.stay.samples[0].xyxy != pytest.approx(order.stay.samples[-1].xyxy, abs=0.02), "each sample is of its own picture"


def test_no_packet_leaves_a_camera_that_is_turned_away(tmp_path: Path, units: dict[str, list[AccessUnit]]) -> None:
    street = Street(tmp_path, units)
    street.look("in place", 4)
    street.look("away", 30)
    assert street.orders == []
    assert street.watched.preset.placement.status is Status.MOVED
    assert street.watched.withheld == 30
    assert street.watched.looks == 4
    street.look("in place", 12)
    (order,) = street.orders
    assert order.moved is None
    assert order.stay.gaps
    assert street.store.document("sight/c1/main") is not None
