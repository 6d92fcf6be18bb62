from __future__ import annotations

from pathlib import Path

import pytest

from curbwatch.demo.errors import TruthError
from curbwatch.demo.truth import expected_acts, read_truth
from curbwatch.demo.verdict import ExpectedAct

PLACE = (0.42, 0.48, 0.59, 0.72)


def test_acts_are_expected_of_the_demos_cameras_alone(truth_file: Path) -> None:
    truth = read_truth(truth_file)
    assert list(truth) == ["cam1.mp4", "cam2.mp4", "cam5.mp4", "extra.mp4"]
    assert expected_acts(truth, {"cam1", "cam2", "cam5"}) == (ExpectedAct("cam1", "V2", PLACE), ExpectedAct("cam2", "V3", PLACE))
    assert truth["cam5.mp4"].baits[0].end_second == 60
    assert len(truth["cam5.mp4"].permit_boxes) == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("{", "cannot be read as the clips' ground truth", id="not JSON"),
        pytest.param("[]", "cannot be read as the clips' ground truth", id="a list"),
        pytest.param('{"clips": [{"file": "a.mp4"}]}', "camera_id: is missing", id="a clip without its camera"),
    ],
)
def test_a_truth_that_is_not_usable_is_one_line(text: str, complaint: str, tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TruthError, match=complaint) as caught:
        read_truth(path)
    assert "\n" not in str(caught.value)
