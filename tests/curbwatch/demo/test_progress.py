from __future__ import annotations

import pytest

from curbwatch.demo.progress import CameraProgress, fitted, in_place, one_line
from evidence.model import Text

SHOWS = Text(zh="摊位", en="a stall")
CAMERAS = (CameraProgress("cam1", 1.4, "live", ("V2",), SHOWS), CameraProgress("cam10", 0.5, "backing_off", (), SHOWS))


def test_in_place_has_a_line_for_each_camera_and_one_of_sums() -> None:
    first, second, sums = in_place(61.2, CAMERAS, None).splitlines()
    assert first == "  cam1   ████████████  100%  live         V2     摊位 a stall"
    assert second == "  cam10  ██████░░░░░░   50%  backing_off  -      摊位 a stall"
    assert sums == "    61 s  cases 案件: 1 (cam1 V2)"


def test_a_line_for_a_log_has_it_all() -> None:
    assert one_line(5, CAMERAS, "the API does not answer") == "   5 s  looked at 已看: cam1 100%  cam10 50%  cases 案件: 1 (cam1 V2)  (the API does not answer)"


@pytest.mark.parametrize(
    ("line", "columns", "cut"),
    [
        pytest.param("a stall", 7, "a stall", id="as wide as the terminal"),
        pytest.param("a stall", 6, "a stal", id="wider"),
        pytest.param("摊位 a", 5, "摊位 ", id="a Chinese sign takes two columns"),
        pytest.param("摊位", 3, "摊", id="half a sign is none"),
    ],
)
def test_a_line_is_cut_to_the_terminal(line: str, columns: int, cut: str) -> None:
    assert fitted(line, columns) == cut
