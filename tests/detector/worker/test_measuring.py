"""A camera whose picture shifts, is turned away and back, goes dark, or goes round its positions: what of it is judged, and on which zones."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from detector.fleet.spec import WatchedCamera
from detector.judgement.drift import Status
from detector.judgement.drift.landmarks import gauge_of
from detector.judgement.values import Look, Thing
from detector.worker import keeping, measuring
from detector.worker.references import References
from detector.worker.report import sight_status
from detector.worker.state import StateStore
from detector.worker.watched import Watched
from evidence.kinds import load_catalogue
from evidence.views import KindOverride, PictureRules, Reference, ViewDocument, Zone, ZoneKind, whole_view
from tests.street_picture import by_night, in_rain, seen, street, with_noise, with_people

Luma = np.ndarray
START = datetime(2026, 11, 25, 4, tzinfo=UTC)
WHOLE = street(1)
ZONE = Zone(id="walk", kind=ZoneKind.SIDEWALK, polygon=((0.2, 0.55), (0.8, 0.55), (0.8, 0.8), (0.2, 0.8)))
SOON = KindOverride(dwell_seconds=40, minimum_looks=3, grace_seconds=12, minimum_score=0.1, attendance="off")
STALL = (0.4, 0.5, 0.5, 0.7)


def view(view_id: str = "main", **changes: object) -> ViewDocument:
    return ViewDocument(camera_id="c1", view_id=view_id, version=1, zones=(ZONE,), kinds={"V2": SOON}).model_copy(update=changes)


class Camera:
    """A camera looked at every four seconds."""

    def __init__(self, *views: ViewDocument, references: References | None = None, rules: PictureRules | None = None) -> None:
        self.watched = Watched.of(WatchedCamera("c1", "x.mp4"), load_catalogue(), *(views or (view(),)), rules=rules)
        self.references, self.seconds, self.number = references, 0.0, 0
        self.events: list[str] = []

    def look(self, picture: Luma, *things: Thing, looks: int = 1, every_seconds: float = 4.0) -> str | None:
        """Why the last of the looks was not judged; None where it was."""
        paused = None
        for _ in range(looks):
            self.seconds += every_seconds
            self.number += 1
            paused = self._one(with_noise(picture, 2, self.number), things)
        return paused

    def _one(self, picture: Luma, things: tuple[Thing, ...]) -> str | None:
        watched, at, wall = self.watched, self.seconds, START + timedelta(seconds=self.seconds)
        fits = True
        if measuring.glance(watched, cv2.resize(picture, (64, 36), interpolation=cv2.INTER_AREA), at):
            fits = measuring.measure(watched, gauge_of(picture, 180), at, wall, self.references)
        if not fits or watched.paused is not None:
            watched.withhold(Look(at, wall, status="away"))
            return watched.paused or "another view"
        look = Look(at, wall, things)
        state, events = watched.judged(look)
        watched.took(look, None, state, written=False)
        self.events += [event.name for event in events]
        return None

    @property
    def status(self) -> Status:
        return self.watched.preset.placement.status


def stall(right: float = 0.0) -> Thing:
    """Where it is seen when the camera has turned by so much."""
    x0, y0, x1, y1 = STALL
    return Thing("stall", (x0 - right, y0, x1 - right, y1), 0.8, (1.0,))


@pytest.mark.parametrize(
    "pictures",
    [[seen(WHOLE)], [with_people(seen(WHOLE), 8, number) for number in range(6)], [in_rain(seen(WHOLE), number) for number in range(4)]],
    ids=["a quiet street", "a busy one", "rain"],
)
def test_a_camera_that_stays_is_judged_at_every_look(pictures: list[Luma]) -> None:
    camera = Camera()
    for number in range(40):
        assert camera.look(pictures[number % len(pictures)]) is None, number
    assert camera.status is Status.IN_PLACE
    assert camera.watched.sight.measures < 12, "a measure is dear"


def test_dusk_is_no_movement() -> None:
    camera = Camera()
    day, night = seen(WHOLE).astype(np.float32), by_night(seen(WHOLE)).astype(np.float32)
    for step in range(60):
        share = min(1.0, step / 45)
        assert camera.look((day * (1 - share) + night * share).astype(np.uint8), every_seconds=30) is None, step
    assert camera.look(by_night(seen(WHOLE, right=0.3), 3)) == "unsure"


def test_a_small_shift_is_followed_and_the_stay_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    camera = Camera()
    camera.look(seen(WHOLE), stall(), looks=4)
    (before,) = camera.watched.state.stays
    camera.look(seen(WHOLE, right=0.03), stall(0.03), looks=2)
    assert camera.look(seen(WHOLE, right=0.03), stall(0.03), looks=3) is None
    assert camera.status is Status.FOLLOWED
    (after,) = camera.watched.state.stays
    assert after.stay_id == before.stay_id
    assert after.xyxy == pytest.approx(stall(0.03).xyxy, abs=0.004)
    assert camera.watched.document.zones[0].polygon[0] == pytest.approx((0.17, 0.55), abs=0.004)
    moved = camera.watched.moved
    assert moved is not None
    assert moved.shift == pytest.approx(0.03, abs=0.004)
    assert [line for line in caplog.messages if "the zones follow" in line]
    camera.look(seen(WHOLE), stall(), looks=4)
    assert (camera.status, camera.watched.moved) == (Status.IN_PLACE, None)
    assert camera.watched.document.zones == (ZONE,)
    assert [stay.stay_id for stay in camera.watched.state.stays] == [before.stay_id]


def test_what_only_stands_there_for_a_moment_is_no_landmark(caplog: pytest.LogCaptureFixture) -> None:
    """Bare asphalt with parked cars that drive off: nothing is left to recognise it by, so nothing is suspended, and that is told."""
    camera = Camera()
    asphalt = np.full((450, 800), 90, np.uint8)
    for number in range(30):
        assert camera.look(with_people(asphalt, 30, number)) is None
    assert camera.status is Status.UNMEASURED
    assert camera.watched.preset.gallery is None
    assert len([line for line in caplog.messages if "shows too little" in line]) == 1
    busy = Camera()
    busy.look(with_people(seen(WHOLE), 25, 1), looks=4)
    busy.look(seen(WHOLE), looks=4)
    assert busy.status is Status.IN_PLACE
    assert busy.look(seen(WHOLE, right=0.3)) == "unsure"


@pytest.mark.parametrize(
    "elsewhere", [seen(WHOLE, right=0.3), seen(street(2)), seen(WHOLE, turn=9), seen(WHOLE, zoom=1.3)],
    ids=["turned away", "another street", "knocked", "zoomed"],
)  # fmt: skip
def test_no_alarm_leaves_a_camera_that_was_moved_and_its_dwell_stops(elsewhere: Luma, caplog: pytest.LogCaptureFixture) -> None:
    camera = Camera()
    camera.look(seen(WHOLE), stall(), looks=6)
    before = camera.watched.state.stays[0].dwell_seconds["V2"]
    assert camera.look(elsewhere, stall()) == "unsure", "the very first look at another picture is not judged"
    for _ in range(30):
        assert camera.look(elsewhere, stall()) is not None
    assert camera.status in (Status.MOVED, Status.UNRECOGNISED)
    assert "zoom_wanted" not in camera.events
    assert [line for line in caplog.messages if "zones are suspended" in line]
    assert sight_status(camera.watched)["paused"] == camera.status.value
    for _ in range(4):
        camera.look(seen(WHOLE), stall())
    assert camera.status is Status.IN_PLACE
    (stay,) = camera.watched.state.stays
    assert stay.dwell_seconds["V2"] <= before + 4 * 4, "what nobody saw is no dwell"
    assert stay.gaps
    camera.look(seen(WHOLE), stall(), looks=8)
    assert "zoom_wanted" in camera.events


def test_a_lorry_before_the_camera_pauses_it_and_is_no_movement() -> None:
    camera = Camera()
    camera.look(seen(WHOLE), looks=3)
    lorry = seen(WHOLE).copy()
    lorry[120:440, 60:560] = 70
    cv2.putText(lorry, "EXPRESS", (120, 300), cv2.FONT_HERSHEY_SIMPLEX, 3.0, 220, 12)
    camera.look(lorry, looks=5)
    assert camera.status in (Status.IN_PLACE, Status.UNSURE, Status.UNRECOGNISED)
    camera.look(seen(WHOLE), looks=3)
    assert camera.status is Status.IN_PLACE


@pytest.mark.parametrize(("grey", "why"), [(110, "covered"), (5, "dark"), (252, "over_exposed")])
def test_a_picture_that_shows_nothing_is_not_judged_and_ends_no_act(grey: int, why: str) -> None:
    bad = np.full((450, 800), grey, np.uint8)
    camera = Camera()
    camera.look(seen(WHOLE), stall(), looks=6)
    for _ in range(20):
        camera.look(bad)
    assert camera.watched.paused == why
    assert sight_status(camera.watched)["faults"] == [why]
    for _ in range(5):
        camera.look(seen(WHOLE), stall())
    assert camera.watched.paused is None
    assert len(camera.watched.state.stays) == 1
    assert "ended" not in camera.events
    assert "dropped" not in camera.events


def test_a_city_may_judge_whatever_the_picture_is() -> None:
    camera = Camera(whole_view("c1"), rules=PictureRules(unseeing_suspends=False))
    assert camera.look(np.full((450, 800), 5, np.uint8), looks=6) is None
    assert sight_status(camera.watched)["faults"] == ["dark"]


def test_a_camera_without_a_scene_may_look_anywhere() -> None:
    camera = Camera(whole_view("c1"))
    assert camera.look(seen(WHOLE), looks=3) is None
    assert camera.look(seen(street(2)), looks=3) is None
    assert camera.status is Status.UNMEASURED


def save(folder: Path, name: str, picture: Luma) -> Path:
    path = folder / name
    cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    return path


def test_a_camera_that_had_moved_before_the_worker_began_is_found_by_its_reference_picture(tmp_path: Path) -> None:
    save(tmp_path, "gate.jpg", seen(WHOLE))
    references = References(tmp_path / "data", tmp_path / "scene.yaml")
    drawn = view(reference=Reference(file="gate.jpg"))
    assert Camera(drawn, references=references).look(seen(WHOLE)) is None
    moved = Camera(drawn, references=references)
    assert moved.look(seen(WHOLE, right=0.25), looks=3) == "moved"
    little = Camera(drawn, references=references)
    assert little.look(seen(WHOLE, right=0.02), looks=3) is None
    assert little.status is Status.FOLLOWED


def test_a_named_picture_that_is_not_there_is_told_once_and_the_camera_is_judged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    references = References(tmp_path / "data", tmp_path / "scene.yaml")
    camera = Camera(view(reference=Reference(file="gone.jpg")), references=references)
    assert camera.look(seen(WHOLE), looks=40, every_seconds=10) is None
    assert len([line for line in caplog.messages if "gone.jpg" in line]) == 1


@pytest.fixture
def turning(tmp_path: Path) -> Camera:
    """A camera with three positions."""
    POSITIONS.update({"left": seen(WHOLE, right=-0.4), "middle": seen(WHOLE), "right": seen(WHOLE, right=0.38)})
    for name, picture in POSITIONS.items():
        save(tmp_path, f"{name}.jpg", picture)
    references = References(tmp_path / "data", tmp_path / "scene.yaml")
    return Camera(*(view(name, reference=Reference(file=f"{name}.jpg")) for name in POSITIONS), references=references)


POSITIONS: dict[str, Luma] = {}


def test_each_position_has_its_zones_and_its_memory_which_pauses_while_it_is_not_seen(turning: Camera) -> None:
    rounds = 0
    for _ in range(4):
        for name in ("left", "middle", "right"):
            things = (stall(),) if name == "middle" else ()
            turning.look(POSITIONS[name], *things, looks=2)
            assert turning.look(POSITIONS[name], *things, looks=3) is None
            assert turning.watched.document.view_id == name
            rounds += 1
    memories = {preset.drawn.view_id: preset.state for preset in turning.watched.presets}
    assert [len(state.stays) for state in memories.values()] == [0, 1, 0]
    (stay,) = memories["middle"].stays
    assert stay.looks >= 12
    assert len(stay.gaps) == 3, "one for each time that it was looked away"
    assert stay.dwell_seconds["V2"] < 70
    assert rounds == 12
    assert "ended" not in turning.events
    assert sight_status(turning.watched)["view_id"] == "right"


def test_between_positions_nothing_is_judged(turning: Camera) -> None:
    turning.look(POSITIONS["left"], looks=3)
    for share in (0.1, 0.2, 0.3):
        assert turning.look(seen(WHOLE, right=-0.4 + share), stall()) is not None
    assert turning.look(POSITIONS["middle"], looks=3) is None


def test_a_position_that_nobody_has_drawn_is_not_judged(turning: Camera) -> None:
    turning.look(POSITIONS["left"], looks=3)
    assert turning.look(seen(street(3)), stall(), looks=6) is not None
    assert turning.watched.preset.state.stays == ()


def test_what_is_known_of_a_view_goes_on_over_a_restart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = StateStore(tmp_path / "state.sqlite")
    store.open()
    camera = Camera()
    camera.look(seen(WHOLE), stall(), looks=4)
    camera.look(seen(WHOLE, right=0.03), stall(0.03), looks=4)
    assert camera.status is Status.FOLLOWED
    keeping.keep_sight(store, camera.watched)
    keeping.keep(store, [camera.watched])
    again = Camera()
    again.seconds = camera.seconds
    keeping.take_up(store, again.watched, camera.seconds, START + timedelta(seconds=camera.seconds))
    assert again.watched.paused == "unsure", "until it is measured anew"
    assert again.look(seen(WHOLE, right=0.03), stall(0.03)) is None
    assert again.status is Status.FOLLOWED
    assert [stay.stay_id for stay in again.watched.state.stays] == [stay.stay_id for stay in camera.watched.state.stays]
    moved = Camera()
    keeping.take_up(store, moved.watched, 0.0, START)
    assert moved.look(seen(WHOLE, right=0.35), looks=3) == "moved", "it was turned while the worker was down"
    redrawn = Camera(view(zones=(ZONE.model_copy(update={"polygon": ZONE.polygon[:3]}),)))
    keeping.take_up(store, redrawn.watched, 0.0, START)
    assert redrawn.look(seen(WHOLE, right=0.35)) is None, "what is drawn now was drawn on what is seen now"
    store.remember("sight/c1/main", {"drawing": 1})
    keeping.take_up(store, Camera().watched, 0.0, START)
    assert store.document("sight/c1/main") is not None
    store.close()


def test_a_new_drawing_begins_anew_and_a_new_permit_does_not() -> None:
    camera = Camera()
    camera.look(seen(WHOLE), looks=3)
    gallery = camera.watched.preset.gallery
    assert camera.watched.take_view(view(version=2, kinds={}))
    assert camera.watched.preset.gallery is gallery
    camera.look(seen(WHOLE, right=0.3), looks=4)
    assert camera.status is Status.MOVED
    assert camera.watched.take_view(view(version=3, zones=(ZONE.model_copy(update={"polygon": ZONE.polygon[:3]}),)))
    assert camera.look(seen(WHOLE, right=0.3)) is None, "an administrator has drawn the zones anew"


def test_a_picture_of_the_registry_is_kept_by_its_hash_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    jpeg = save(tmp_path, "x.jpg", seen(WHOLE)).read_bytes()
    sha256 = hashlib.sha256(jpeg).hexdigest()
    references = References(tmp_path)
    drawn = view(reference=Reference(sha256=sha256))
    references.want([drawn, view("other")])
    assert references.missing == (("c1", "main", sha256),)
    assert references.luma(drawn) is None
    assert not references.put(sha256, jpeg[:-40])
    assert references.put(sha256, jpeg)
    assert references.missing == ()
    luma = references.luma(drawn)
    assert luma is not None
    assert luma.shape == (450, 800)
    wrong = view(reference=Reference(file="x.jpg", sha256="0" * 64))
    assert References(tmp_path, tmp_path / "scene.yaml").luma(wrong) is None
    assert "its hash differs" in caplog.text


def test_the_interval_is_short_in_doubt() -> None:
    camera = Camera()
    camera.look(seen(WHOLE), looks=4)
    assert camera.watched.interval_seconds(10, 4, 2) == 10
    camera.look(seen(WHOLE, right=0.3))
    assert camera.watched.interval_seconds(10, 4, 2) == 2
    camera.look(seen(WHOLE, right=0.3), looks=3)
    assert camera.watched.interval_seconds(10, 4, 2) == 4


@pytest.mark.parametrize("sigma", [10, 20, 40])
@pytest.mark.parametrize("hour", [seen(WHOLE), by_night(seen(WHOLE))], ids=["day", "night"])
def test_nothing_ends_while_the_picture_is_mush_and_all_goes_on_after(hour: Luma, sigma: int, tmp_path: Path) -> None:
    drawn = view(reference=Reference(file="street.jpg"))
    save(tmp_path, "street.jpg", hour)
    camera = Camera(drawn, references=References(tmp_path / "data", tmp_path / "scene.yaml"))
    camera.look(hour, stall(), looks=20)
    (before,) = camera.watched.state.stays
    events = list(camera.events)
    mush = np.asarray(cv2.GaussianBlur(hour, (0, 0), sigma), np.uint8)
    assert [camera.look(mush) for _ in range(40)] == ["blurred"] * 40, "from the first look on"
    assert "blurred" in sight_status(camera.watched)["faults"]
    camera.look(hour, stall(), looks=3)
    assert camera.look(hour, stall()) is None
    assert set(camera.events) == set(events), "nothing ended, lapsed or began anew"
    assert [stay.stay_id for stay in camera.watched.state.stays] == [before.stay_id]


@pytest.mark.parametrize("sigma", [1.5, 3.0])
def test_a_lens_slightly_out_of_focus_is_judged(sigma: float) -> None:
    camera = Camera()
    camera.look(seen(WHOLE), stall(), looks=20)
    soft = np.asarray(cv2.GaussianBlur(seen(WHOLE), (0, 0), sigma), np.uint8)
    assert [camera.look(soft, stall()) for _ in range(40)] == [None] * 40


def test_fog_and_dusk_take_contrast_and_are_judged() -> None:
    camera = Camera()
    camera.look(seen(WHOLE), looks=20)
    fog = (seen(WHOLE) * 0.35 + 110).astype(np.uint8)
    assert [camera.look(fog) for _ in range(20)] == [None] * 20
    assert camera.watched.sight.measures < 8, "a measure is dear"
