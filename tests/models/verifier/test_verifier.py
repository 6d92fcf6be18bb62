"""Asking: which boxes, what they get, and that card and file belong together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from models.cards import Fusion, ZoomBinding
from models.detections import Detections
from models.errors import CardError
from models.session import open_model
from models.verifier import MOST_BOXES, VOICES, Verifier, open_verifier, verifier_of
from models.verifier.verifier import askable
from tests.models.verifier.making import bind

NAMES = ("person", "stall", "parasol", "goods_out")
Build = Callable[..., Path]


def found(*rows: tuple[str, float], left: float = 0.0) -> Detections:
    """Boxes of 10 px in a row by class and score."""
    xyxy = np.array([(left + 10 * i, 0, left + 10 * i + 10, 10) for i in range(len(rows))], np.float32).reshape(-1, 4)
    return Detections(xyxy, np.array([score for _, score in rows], np.float32), np.array([NAMES.index(name) for name, _ in rows], np.int64), NAMES)


@pytest.fixture
def verifier(build_model: Build) -> Verifier:
    detector = build_model()
    return open_verifier(bind(detector), detector.parent)


def test_the_eight_highest_that_sell_are_asked_about_and_others_keep_their_scores(verifier: Verifier) -> None:
    rows = [("person", 0.9), ("parasol", 0.8), *[("stall", 0.7 - 0.05 * i) for i in range(9)], ("goods_out", 0.005)]
    picture = np.full((40, 160, 3), 255, np.uint8)
    seen = found(*rows)
    scores = verifier.verify(picture, seen)
    assert MOST_BOXES == 8
    assert scores.dtype == np.float32
    assert scores[[0, 1, 10, 11]].tolist() == seen.scores[[0, 1, 10, 11]].tolist(), "a person, a parasol, the ninth stall, goods below 0.01"
    assert (scores[2:10] > 0.9).all()
    assert (np.diff(scores[2:10]) < 0).all(), "the detector is heard too"


def test_every_voice_is_told_with_the_answer(verifier: Verifier) -> None:
    picture = np.zeros((40, 160, 3), np.uint8)
    picture[:, :60] = 255
    answer = verifier.ask(picture, found(("stall", 0.5), ("person", 0.8), ("goods_out", 0.6), ("stall", 0.4), left=0.0))
    assert answer.asked.tolist() == [2, 0, 3]
    assert tuple(sorted(answer.voices)) == tuple(sorted(VOICES))
    assert answer.voices["detector"][1] == pytest.approx(0.0, abs=1e-6)
    assert len(set(answer.voices["picture"].tolist())) == 1, "the whole picture is seen once"
    assert answer.looks_like == ("stall", "stall", "stall")
    assert 0 < answer.core_seconds < 2


def test_a_thing_that_is_called_a_stall_and_goods_is_asked_about_once_or_as_both() -> None:
    twice = Detections(
        np.array([[0, 0, 20, 20], [1, 0, 21, 20], [40, 0, 60, 20]], np.float32), np.array([0.6, 0.5, 0.4], np.float32), np.array([1, 3, 1]), NAMES
    )
    assert askable(twice).tolist() == [0, 2]
    assert askable(twice, by_class=True).tolist() == [0, 1, 2]


def test_a_thing_that_is_asked_about_as_both_sells_as_both(verifier: Verifier) -> None:
    """What the detector is less sure to call it must not make it sell less: the verifier says that it sells, not what it is."""
    picture = np.full((40, 160, 3), 255, np.uint8)
    boxes = np.array([[0, 0, 20, 20], [1, 0, 21, 20], [100, 0, 120, 20]], np.float32)
    seen = Detections(boxes, np.array([0.6, 0.02, 0.02], np.float32), np.array([1, 3, 3]), NAMES)
    stall, goods, elsewhere = verifier.ask(picture, seen, by_class=True).verified.tolist()
    assert stall == goods > elsewhere


def test_a_dark_box_is_taken_for_less_than_a_bright_one(verifier: Verifier) -> None:
    picture = np.zeros((40, 400, 3), np.uint8)
    picture[:, :40] = 255
    bright, dark = verifier.verify(picture, found(("stall", 0.5))), verifier.verify(picture, found(("stall", 0.5), left=300))
    assert bright[0] > verifier.threshold > dark[0]


def test_nothing_that_sells_asks_nothing(verifier: Verifier) -> None:
    answer = verifier.ask(np.zeros((40, 40, 3), np.uint8), found(("person", 0.9)))
    assert (len(answer.asked), len(answer.verified), answer.voices, answer.looks_like) == (0, 0, {}, ())
    assert askable(Detections.empty(("cat",))).tolist() == []


def test_a_session_opens_the_verifier_that_its_card_binds(build_model: Build) -> None:
    detector = build_model()
    assert verifier_of(open_model(detector, provider="cpu")) is None, "a detector without a card works as before"
    bind(detector, threshold=0.3)
    session = open_model(detector, provider="cpu")
    assert session.min_score == 0.001, "the boxes that the verifier is asked about must come"
    opened = verifier_of(session)
    assert opened is not None
    assert opened.threshold == 0.3


def test_another_verifier_than_the_card_binds_is_refused(build_model: Build) -> None:
    detector = build_model()
    card = bind(detector)
    assert card.verifier is not None
    path = detector.parent / card.verifier.file
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(CardError, match="another verifier"):
        open_verifier(card, detector.parent)
    with pytest.raises(CardError, match="names no verifier"):
        open_verifier(card.model_copy(update={"verifier": None}), detector.parent)


def test_a_zoom_look_is_fused_as_the_card_says_of_zoom_looks(build_model: Build) -> None:
    detector = build_model()
    card = bind(detector, threshold=0.6)
    assert card.verifier is not None
    picture, seen = np.full((40, 160, 3), 255, np.uint8), found(("stall", 0.5))
    plain = open_verifier(card, detector.parent)
    assert plain.ask(picture, seen, zoomed=True).verified == plain.ask(picture, seen).verified
    assert plain.zoom_threshold == 0.6
    zoom = ZoomBinding(threshold=0.3, fusion=Fusion(bias=-1.0, weights={"detector": 1.0}))
    zoomed = open_verifier(card.model_copy(update={"verifier": card.verifier.model_copy(update={"zoom": zoom})}), detector.parent)
    assert zoomed.ask(picture, seen, zoomed=True).verified.tolist() == pytest.approx([1 / (1 + np.e)], abs=1e-4)
    assert zoomed.ask(picture, seen).verified == plain.ask(picture, seen).verified
    assert (zoomed.threshold, zoomed.zoom_threshold) == (0.6, 0.3)
