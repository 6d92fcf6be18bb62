"""What the tests of evidence share: small real clips read as a camera's access units, and orders for packets of a stay in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from detector.judgement.values import Stay, StayGap, StaySample, Zoom
from detector.worker.held import HeldEvidence
from detector.worker.order import PacketOrder
from evidence.model import Text
from evidence.packet import (
    CameraNamed,
    Clocks,
    Exclusions,
    Grade,
    KindNamed,
    ModelNamed,
    PermitChecked,
    Phase,
    Place,
    RuleApplied,
    WorkerNamed,
    act_id_of,
)  # fmt: skip
from evidence.views import StorefrontLine, ViewDocument, Zone, ZoneKind
from streams.media import AccessUnit
from streams.recorded import read_access_units

RATE = 25
ENCODERS = {"h264": "libx264", "hevc": "libx265"}
BEGIN = 1000.0
"""Arrival of the clips' first picture."""
BOOT = "b0075000-0000-4000-8000-000000000001"
STAY_ID = "5a7e0000000000000001"
BOX = (0.25, 0.3, 0.6, 0.8)


def wall_of(seconds: float) -> datetime:
    return datetime(2026, 11, 25, 8, 0, tzinfo=UTC) + timedelta(seconds=seconds - BEGIN)


def write_clip(path: Path, codec: str, *, seconds: float = 4.0, width: int = 320, height: int = 240) -> Path:
    """Coarse drifting noise with a keyframe each second."""
    extra = "keyint=25:min-keyint=25:scenecut=0:bframes=0"
    options = {"preset": "ultrafast", "crf": "28"} | ({"x265-params": f"log-level=none:{extra}"} if codec == "hevc" else {"x264-params": extra})
    noise = np.random.default_rng(7).integers(0, 255, (height // 8, width // 8, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(ENCODERS[codec], rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, RATE)
        for number in range(round(seconds * RATE)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(noise, 3 * number, axis=1), format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="session")
def clip_path(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The four seconds of `units_of` as a file."""
    folder = tmp_path_factory.mktemp("clips")

    def get(codec: str) -> Path:
        path = folder / f"{codec}.mp4"
        return path if path.exists() else write_clip(path, codec)

    return get


@pytest.fixture(scope="session")
def units_of(clip_path: Callable[[str], Path]) -> Callable[[str], tuple[AccessUnit, ...]]:
    """Four seconds of a camera in `h264` or `hevc`, a keyframe each second, arriving from BEGIN on."""
    made: dict[str, tuple[AccessUnit, ...]] = {}

    def get(codec: str) -> tuple[AccessUnit, ...]:
        if codec not in made:
            made[codec] = tuple(replace(unit, arrival_seconds=BEGIN + unit.arrival_seconds) for unit in read_access_units(clip_path(codec)))
        return made[codec]

    return get


def stay(**changes: Any) -> Stay:
    """A stall seen at each of the clip's keyframes."""
    samples = tuple(StaySample(BEGIN + n, wall_of(BEGIN + n), "looked", "stall", (BOX[0] + n / 100, *BOX[1:]), 0.8, attended=True) for n in range(4))
    unchanged = StaySample(BEGIN + 3.5, wall_of(BEGIN + 3.5), "unchanged")
    made = Stay(
        stay_id=STAY_ID, first_seconds=BEGIN, first_wall=wall_of(BEGIN), last_seconds=BEGIN + 3, last_wall=wall_of(BEGIN + 3), known_seconds=BEGIN + 3.5,
        xyxy=BOX, signature=(0.1, 0.9), votes={"stall": 3.2}, dwell_seconds={"V2": 3.0}, in_place=("V2",), looks=4, attended_looks=4, unchanged=1,
        samples=(*samples, unchanged), gaps=(StayGap(wall_of(900), wall_of(960), "nobody looked"),), suspected=True, halfway=True,
        confirmed_kind="V2", confirmed_wall=wall_of(BEGIN + 2), zoom=Zoom(True, 0.91, BOX),
    )  # fmt: skip
    return replace(made, **changes)


VIEW = ViewDocument(
    camera_id="cam-3", version=4,
    zones=(
        Zone(id="walk", kind=ZoneKind.SIDEWALK, name=Text(zh="人行道", en="sidewalk"), polygon=((0.1, 0.2), (0.9, 0.2), (0.9, 0.9), (0.1, 0.9))),
        Zone(id="window", kind=ZoneKind.PRIVACY_MASK, polygon=((0.0, 0.0), (0.2, 0.0), (0.2, 0.15), (0.0, 0.15))),
    ),
    lines=(StorefrontLine(id="shop-1", shop="水果店", points=((0.1, 0.5), (0.9, 0.5)), outside="left"),),
)  # fmt: skip


def order(phase: Phase = Phase.CONFIRMED, *, one: Stay | None = None, **changes: Any) -> PacketOrder:
    """An order for a packet of `stay()`."""
    one = one or stay()
    made = PacketOrder(
        phase=phase, act_id=act_id_of("cam-3", "main", "V2", one.first_wall, one.stay_id), grade=Grade.B,
        kind=KindNamed(id="V2", name=Text(zh="占道经营", en="stall on the public way"), codes=({"table": "t", "code": "1"},), catalogue_version="2026.11"),
        stay=one, place=Place(xyxy=BOX, zone_ids=("walk",), footprint_share=0.97), view=VIEW,
        camera=CameraNamed(id="cam-3", name=Text(zh="东门", en="east gate")),
        rule=RuleApplied(id="V2", version="2026.11", thresholds={"dwell_seconds": 2.0, "line": None}, text=Text(zh="规则", en="the rule")),
        permits=(PermitChecked(id="p1", version=2, verdict="outside_hours", reason=Text(zh="时间外", en="outside the hours")),),
        exclusions=Exclusions(judged=("permit",), not_judged=("unloading",)),
        model=ModelNamed(name="m", version="1", sha256="ab" * 32, provider="CPUExecutionProvider"),
        clocks=Clocks(kind="system"), ring_ready_seconds=BEGIN + 3.0, boot_id=BOOT,
    )  # fmt: skip
    return replace(made, **changes)


WORKER = WorkerNamed(name="w1", key_id="0" * 16, software="curbwatch", software_version="0", boot_id=BOOT)


@pytest.fixture
def held(tmp_path: Path) -> HeldEvidence:
    return HeldEvidence(tmp_path / "held")


@pytest.fixture
def made_order() -> Callable[..., PacketOrder]:
    return order


@pytest.fixture
def made_stay() -> Callable[..., Stay]:
    return stay


@pytest.fixture
def worker() -> WorkerNamed:
    return WORKER


@pytest.fixture
def wall() -> Callable[[float], datetime]:
    return wall_of


@pytest.fixture
def full_disk() -> Callable[[int], Any]:
    """A context in which no file of this process grows beyond so many bytes, as on a full disk."""
    import resource

    @contextmanager
    def limited(most_bytes: int) -> Iterator[None]:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return limited
