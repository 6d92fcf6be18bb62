"""What a worker makes of a detection: its place in the whole picture, and its signature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from detector.judgement.appearance import SAME_LOOK, similarity
from detector.judgement.values import Box
from detector.worker.eye import LEAST_ZOOM, Eye, signature_of, things_of
from models.cards import Fusion
from models.detections import Detections
from models.session import open_model
from models.verifier import verifier_of
from streams.decoding import Crop, Decoded, DecodedCrop, Letterbox, cut_still, decode_keyframe
from streams.media import AccessUnit
from tests.models.conftest import build_model  # noqa: F401  # the tiny detectors of the models' tests
from tests.models.verifier.making import bind

NAMES = ("person", "stall")


def picture(colour: tuple[int, int, int], *, noise: float = 0.0, gain: float = 1.0) -> NDArray[np.uint8]:
    """A patterned thing of a colour on grey ground, (120, 160, 3) RGB."""
    random = np.random.default_rng(1)
    canvas = np.full((120, 160, 3), 120.0)
    canvas[30:100, 40:120] = colour
    canvas[50:60, 40:120] = (230, 230, 230)
    return np.asarray(np.clip(canvas * gain + random.normal(0, noise, canvas.shape), 0, 255), np.uint8)


BOX = np.array([40, 30, 120, 100], np.float32)
NOBODY = np.empty((0, 4), np.float32)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (picture((200, 40, 40)), True),
        (picture((200, 40, 40), noise=12), True),
        (picture((200, 40, 40), gain=0.92), True),
        (picture((40, 60, 200)), False),
        (picture((30, 30, 30)), False),
    ],
    ids=["the same", "noisier", "a cloud before the sun", "a blue one", "a black one"],
)
def test_a_signature_tells_things_apart_and_bears_noise_and_light(other: NDArray[np.uint8], same: bool) -> None:
    here = signature_of(picture((200, 40, 40)), BOX, NOBODY)
    assert sum(here) == pytest.approx(1, abs=0.01)
    assert (similarity(here, signature_of(other, BOX, NOBODY)) >= SAME_LOOK) is same


def test_people_in_front_do_not_change_the_signature() -> None:
    alone = signature_of(picture((200, 40, 40)), BOX, NOBODY)
    crowded = picture((200, 40, 40))
    crowded[20:110, 60:100] = (20, 90, 20)
    people = np.array([[60, 20, 100, 110]], np.float32)
    assert similarity(alone, signature_of(crowded, BOX, people)) > 0.9
    assert similarity(alone, signature_of(crowded, BOX, NOBODY)) < 0.7


def test_a_thing_wholly_hidden_has_no_signature_and_agrees_with_anything() -> None:
    hidden = signature_of(picture((200, 40, 40)), BOX, np.array([[0, 0, 160, 120]], np.float32))
    assert hidden == ()
    assert similarity(hidden, (1.0, 0.0)) == 1.0


def test_boxes_of_a_crop_lie_rightly_in_the_whole_picture() -> None:
    # The crop began at (200, 100) of a 1000x500 picture, was scaled by 0.5 and padded by 10 px at the top.
    crop = DecodedCrop(np.zeros((120, 160, 3), np.uint8), Letterbox(0.5, 0.0, 10.0, 200.0, 100.0))
    found = Detections(np.array([[20, 30, 70, 60]], np.float32), np.array([0.7], np.float32), np.array([1]), NAMES)
    (thing,) = things_of(found, crop, 1000, 500)
    assert thing.label == "stall"
    assert thing.xyxy == pytest.approx((0.24, 0.28, 0.34, 0.4))


def decoder_of(shown: NDArray[np.uint8]) -> tuple[Callable[[Sequence[Crop]], Decoded], list[Crop]]:
    """Gives native crops of a picture as the pool does, and notes what it was asked."""
    asked: list[Crop] = []

    def decode(crops: Sequence[Crop]) -> Decoded:
        asked.extend(crops)
        return cut_still(shown, crops)

    return decode, asked


@pytest.mark.parametrize(("grey", "agreed"), [(255, True), (150, False)], ids=["the verifier takes it for a stall", "it does not"])
def test_a_zoom_look_has_the_verifiers_score(build_model: Callable[..., Path], grey: int, agreed: bool) -> None:  # noqa: F811
    detector = build_model()
    bind(detector, threshold=0.97)
    session = open_model(detector, provider="cpu")
    eye = Eye(session, verifier_of(session))
    place: Box = (0.1, 0.15, 0.35, 0.5)
    decode, asked = decoder_of(np.full((320, 480, 3), grey, np.uint8))
    things = eye.zoom(decode, place, (480, 320))
    assert [crop.width_px for crop in asked] == [None, None], "native pixels"
    stalls = [thing for thing in things if thing.label == "stall"]
    assert stalls[0].xyxy == pytest.approx((0.125, 0.1875, 0.2917, 0.4375), abs=0.01)
    assert (stalls[0].score >= eye.needed["stall"]) is agreed
    assert len(stalls) == 1, "both cuts saw it, and it is one"
    assert [thing.score for thing in things if thing.label == "parasol"] == pytest.approx([0.8 * grey / 255], abs=0.02), "not asked about"


def test_a_real_keyframe_is_cut_for_the_verifier(build_model: Callable[..., Path], units_of: Callable[[str], tuple[AccessUnit, ...]]) -> None:  # noqa: F811
    detector = build_model()
    bind(detector, fusion=Fusion(bias=0.0, weights={"picture": 1.0}))
    session = open_model(detector, provider="cpu")
    unit = units_of("h264")[0]
    things = Eye(session, verifier_of(session)).zoom(lambda crops: decode_keyframe(unit, crops), (0.1, 0.15, 0.35, 0.5), (320, 240))
    (stall,) = (thing for thing in things if thing.label == "stall")
    brightness = decode_keyframe(unit, [Crop(0.0, 0.0, 1.0, 1.0)]).crops[0].pixels.mean() / 255
    assert stall.score == pytest.approx(1 / (1 + np.exp(-8 * brightness)), abs=0.02), "the whole keyframe, as the cut reaches its edges"


def test_what_sells_elsewhere_in_the_cut_is_not_asked_about(build_model: Callable[..., Path]) -> None:  # noqa: F811
    detector = build_model()
    bind(detector)
    session = open_model(detector, provider="cpu")
    decode, _ = decoder_of(np.full((320, 480, 3), 255, np.uint8))
    things = Eye(session, verifier_of(session)).zoom(decode, (0.6, 0.6, 0.9, 0.95), (480, 320))
    assert {thing.label for thing in things} == {"parasol"}


def test_an_8k_cut_is_made_smaller_for_the_verifier(build_model: Callable[..., Path]) -> None:  # noqa: F811
    detector = build_model()
    bind(detector)
    session = open_model(detector, provider="cpu")
    decode, asked = decoder_of(np.zeros((320, 480, 3), np.uint8))
    Eye(session, verifier_of(session)).zoom(decode, (0.3, 0.3, 0.5, 0.6), (7680, 4320))
    assert {crop.width_px for crop in asked} == {1920}


def test_a_small_thing_is_seen_twice_as_large_and_no_larger(build_model: Callable[..., Path]) -> None:  # noqa: F811
    session = open_model(build_model(), provider="cpu")
    width, height = 4 * session.input_width_px, 9 * session.input_width_px // 4
    asked: list[Crop] = []

    def decode(crops: Sequence[Crop]) -> Decoded:
        asked.extend(crops)
        return cut_still(np.zeros((height, width, 3), np.uint8), crops)

    Eye(session).zoom(decode, (0.5, 0.5, 0.5 + 2 / width, 0.5 + 2 / height), (width, height))
    assert [round((crop.x1 - crop.x0) * width / session.input_width_px, 2) for crop in asked] == [LEAST_ZOOM, LEAST_ZOOM]


def test_without_a_verifier_nothing_more_is_asked_of_a_zoom_look(build_model: Callable[..., Path]) -> None:  # noqa: F811
    session = open_model(build_model(), provider="cpu")
    assert Eye(session).needed == {}


def test_a_thing_by_two_names_is_one_thing_in_a_look() -> None:
    """A table of goods that is called a stall too would stand there twice, and be two acts."""
    names = ("person", "stall", "goods_out")
    boxes = np.array([[10, 10, 50, 50], [11, 10, 51, 50], [11, 10, 51, 50], [80, 10, 120, 50]], np.float32)
    found = Detections(boxes, np.array([0.5, 0.6, 0.9, 0.4], np.float32), np.array([2, 1, 0, 2]), names)
    session = SimpleNamespace(names=names, card=SimpleNamespace(score_thresholds=dict.fromkeys(names, 0.1)), detect=lambda batch: [found])
    crop = SimpleNamespace(pixels=np.zeros((64, 128, 3), np.uint8))
    (seen,) = Eye(session).detect([crop])  # type: ignore[arg-type, list-item]
    assert seen.classes() == ("stall", "person", "goods_out")
    assert seen.scores.tolist() == pytest.approx([0.6, 0.9, 0.4])
