"""Which of two streams is looked at: the small one while it shows enough and nothing is suspected."""

from __future__ import annotations

import pytest

from detector.worker.two_streams import MAIN_KEPT_SECONDS, StreamChoice, too_small

WHOLE = (0.0, 0.0, 1.0, 1.0)
INPUT = (640, 384)


@pytest.mark.parametrize(
    ("size", "rectangle", "expected"),
    [
        pytest.param((640, 360), WHOLE, False, id="the-size-of-the-input"),
        pytest.param((704, 576), WHOLE, False, id="d1"),
        pytest.param((512, 288), WHOLE, False, id="enlarged-by-a-quarter"),
        pytest.param((352, 288), WHOLE, True, id="cif"),
        pytest.param((640, 360), (0.2, 0.2, 0.6, 0.6), True, id="zones-in-a-corner-of-a-small-picture"),
        pytest.param((1280, 720), (0.2, 0.2, 0.7, 0.7), False, id="zones-in-half-of-a-larger-one"),
        pytest.param((640, 360), (0.5, 0.5, 0.5, 0.5), True, id="an-empty-rectangle"),
    ],
)
def test_whether_the_small_stream_shows_enough(size: tuple[int, int], rectangle: tuple[float, float, float, float], expected: bool) -> None:
    assert too_small(size, rectangle, INPUT) is expected


def look(choice: StreamChoice, now: float, *, size: tuple[int, int] = (640, 360), suspicious: bool = False) -> StreamChoice:
    return choice.after_look(now, size, suspicious=suspicious, rectangle=WHOLE, input_size=INPUT)


def test_the_main_stream_is_wanted_from_suspicion_on_and_for_a_while_after() -> None:
    choice = look(StreamChoice(), 100.0)
    assert not choice.main
    choice = look(choice, 104.0, suspicious=True)
    assert choice.main
    choice = look(choice, 106.0, size=(1920, 1080), suspicious=True)
    assert choice.main
    assert choice.sub_size == (640, 360), "the main stream's size is not taken for the small one's"
    choice = look(choice, 106.0 + MAIN_KEPT_SECONDS - 1, size=(1920, 1080))
    assert choice.main
    choice = look(choice, 106.0 + MAIN_KEPT_SECONDS + 1, size=(1920, 1080))
    assert not choice.main


def test_a_small_stream_that_shows_too_little_is_not_looked_at_again() -> None:
    choice = look(StreamChoice(), 0.0, size=(352, 288))
    for second in range(1, 400, 20):
        assert choice.main
        choice = look(choice, float(second), size=(1920, 1080))


def test_a_view_that_is_drawn_anew_may_be_served_by_the_small_stream_again() -> None:
    choice = StreamChoice((704, 576), main=True)
    near = (0.4, 0.4, 0.7, 0.7)
    assert choice.after_look(1.0, (1920, 1080), suspicious=False, rectangle=near, input_size=INPUT).main
    assert not choice.after_look(1.0, (1920, 1080), suspicious=False, rectangle=WHOLE, input_size=INPUT).main
