"""Verdict geometry: what stands lies in the zone, line or box that its truth claims, by the judge's own measure; no Blender, from an eye across the street."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from curbwatch.street_scene import scene_text
from detector.judgement import geometry
from detector.scene.scene import parse_scene
from evidence.kinds import load_catalogue
from models.street.clips import placing, viewing
from models.street.clips.cast import Cast, cast
from models.street.clips.figures import Staged
from models.street.clips.forms import KINDS
from models.street.clips.making import event_truth
from models.street.clips.script import draw_script
from models.street.lens import Lens
from models.street.seeing import Eye, Seen, eye_of

Box = tuple[float, float, float, float]
SEEDS = [("open", seed) for seed in range(700_002, 700_010)] + [("sealed", seed) for seed in range(2)]


@pytest.fixture(scope="module", params=SEEDS, ids=lambda param: f"{param[0]} {param[1]}")
def played(request: pytest.FixtureRequest) -> Cast:
    split, seed = request.param
    return cast(draw_script(seed, split))


def eye_before(staged: Staged) -> Eye:
    """High before an event. Not far: a parasol's class is of its cloth alone, which a flat view shows behind the pavement, where no clip's camera hangs."""
    return eye_of((staged.x, staged.y - 6.0, 8.0), (staged.x, staged.y, 0.8), 0.0, 80.0, 16 / 9, Lens(0.0))


def box_of(played: Cast, index: int, eye: Eye) -> Box:
    """The extent of an event's goods in the picture."""
    goods = [figure for figure in played.figures if figure.event == index and figure.part == "goods" and not figure.passing]
    points = []
    for figure in goods:
        if figure.first > min(one.first for one in goods) + 1:
            continue
        local, (c, s) = figure.make().arrays().points, (np.cos(figure.turn), np.sin(figure.turn))
        turned = np.stack([c * local[:, 0] - s * local[:, 1], s * local[:, 0] + c * local[:, 1], local[:, 2]], 1)
        points.append(turned + np.array(figure.at))
    flat, _ = eye.project(np.concatenate(points))
    return float(flat[:, 0].min()), float(flat[:, 1].min()), float(flat[:, 0].max()), float(flat[:, 1].max())


def drawn(played: Cast, eye: Eye) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    return viewing.zones(played, eye, 1280), viewing.lines(eye, played.plan.layout, 1280, viewing.notches(played)), viewing.permits(played, eye)


def polygons(things: list[dict[str, Any]], *kinds: str) -> list[list[tuple[float, float]]]:
    return [[(x, y) for x, y in one["polygon"]] for one in things if not kinds or one.get("kind") in kinds]


def test_every_event_stands_where_its_truth_says_by_the_judge_s_geometry(played: Cast) -> None:
    for index, staged in enumerate(played.staged):
        eye, event = eye_before(staged), staged.event
        zones, lines, permits = drawn(played, eye)
        box = box_of(played, index, eye)
        kind = load_catalogue().kind(event.of)
        assert kind is not None
        foot = box if kind.anchor == "box" else geometry.footprint(box)
        judged = geometry.share_in(foot, polygons(zones, *kind.zones))
        told = f"{event.of} {event.asset} {event.reason}"
        if event.violation:
            assert judged >= 0.5, told
            assert geometry.share_in(foot, polygons(zones, *kind.except_zones, "shop_apron")) < 0.5, told
            assert geometry.share_in(foot, polygons([one for one in permits if one["valid"]])) < 0.5, told
        if event.reason == "permit_expired":
            assert geometry.share_in(foot, polygons([one for one in permits if not one["valid"]])) >= 0.5, told
        if event.reason == "permit":
            assert geometry.share_in(foot, polygons([one for one in permits if one["valid"]])) >= 0.5, told
        if event.reason in ("inside_zone", "own_land"):
            assert event.zone is not None
            assert geometry.share_in(foot, polygons(zones, event.zone)) >= 0.5, told
        if event.reason == "off_the_street":
            assert judged < 0.5, told
        if event.reason in ("too_few", "handled", "short", "out_of_hours"):
            assert judged >= 0.5, f"{told}: it would be a violation but for its reason"
        if event.reason in ("beyond_line", "inside_line"):
            nearest = min(lines, key=lambda line: geometry.distance_to_line(geometry.foot_point(foot), [(x, y) for x, y in line["points"]]))
            beyond = geometry.share_beyond(foot, [(x, y) for x, y in nearest["points"]], nearest["outside"])
            assert (beyond >= 0.5) == (event.reason == "beyond_line"), told


def test_clearness_says_so_too(played: Cast) -> None:
    for index, staged in enumerate(played.staged):
        eye = eye_before(staged)
        clear = placing.clearness(staged.event, box_of(played, index, eye), *drawn(played, eye))
        assert clear >= 0.5 / placing.CLEAR_SHARE, f"{staged.event.of} {staged.event.asset} {staged.event.reason}"


def test_the_truth_of_an_event_tells_what_where_when_and_why(played: Cast) -> None:
    for index, staged in enumerate(played.staged):
        eye = eye_before(staged)
        box = box_of(played, index, eye)
        told = event_truth(staged, Seen(box, 1.0, 0.0, False, 10.0), None, *drawn(played, eye))
        event = staged.event
        assert told.get("kind") == event.kind
        assert told.get("of") == (None if event.violation else event.of)
        assert (told["violation"], told["reason"]) == (event.violation, event.reason)
        assert told["why"]
        assert (told["start_second"], told["end_second"]) == (event.start_second, event.end_second)
        xs, ys = zip(*told["ground_metres"], strict=True)
        assert min(xs) <= staged.x <= max(xs)
        assert min(ys) <= staged.y <= max(ys)
        if event.violation:
            assert told["zones"]


def test_permits_hold_at_the_clip_s_hour_or_are_over_as_the_truth_says(played: Cast) -> None:
    began, asked = played.script.began, [staged.event.permit for staged in played.staged if staged.event.permit]
    for staged in (one for one in played.staged if one.event.permit):
        permits = viewing.permits(played, eye_before(staged))
        assert {"valid" if one["valid"] else "expired" for one in permits} <= set(asked)
        for one in permits:
            opens, closes = (int(hour[:2]) for hour in one["hours"].split("-"))
            clock = began.hour + (began.minute + played.script.seconds / 60) / 60
            assert (opens <= clock < closes if opens < closes else clock >= opens or clock < closes) == one["valid"]
            assert one["from"] <= began.date().isoformat() <= one["until"]


def test_the_scene_of_a_clip_is_read_and_means_what_was_drawn(played: Cast) -> None:
    zones, lines, permits = drawn(played, eye_before(played.staged[0]))
    truth = {"camera_id": "a", "dwell_seconds": 60.0, "kinds": list(KINDS), "zones": zones, "lines": lines, "permits": permits}
    scene, faults = parse_scene(scene_text(truth))
    assert not faults
    view = None if scene is None else scene.view("a")
    assert view is not None
    assert [zone.id for zone in view.zones] == [zone["id"] for zone in zones]
    assert len(view.permits) == len(permits)
    assert {kind.id for kind in scene.catalogue(load_catalogue()).kinds if kind.enabled} == set(KINDS)  # type: ignore[union-attr]


def test_what_the_camera_does_not_see_has_no_place(played: Cast) -> None:
    staged: Staged = played.staged[0]
    told = event_truth(staged, None, None, [], [], [])
    assert (told["visible"], told["clearness"], told["zones"]) == (0.0, 0.0, [])


@pytest.mark.parametrize(
    ("box", "share"),
    [
        pytest.param((0.1, 0.1, 0.4, 0.4), 1.0, id="inside"),
        pytest.param((0.6, 0.6, 0.9, 0.9), 0.0, id="outside"),
        pytest.param((0.4, 0.1, 0.6, 0.4), 0.5, id="half"),
    ],
)
def test_shares_agree_with_the_judge_s(box: Box, share: float) -> None:
    square = [[0.0, 0.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5]]
    points = placing._points(box)
    assert placing.share_in(points, [square]) == pytest.approx(share, abs=0.01)
    assert geometry.share_in(box, [[(x, y) for x, y in square]]) == pytest.approx(share, abs=0.01)
    line = {"points": [[0.5, 1.0], [0.5, 0.0]], "outside": "left"}
    assert placing.share_beyond(points, [line]) == pytest.approx(geometry.share_beyond(box, [(0.5, 1.0), (0.5, 0.0)], "left"), abs=0.01)
