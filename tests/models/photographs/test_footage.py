from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from models.errors import TrainingError
from models.photographs import folds, read, refuse, refuse_pictures
from models.photographs.footage import NEAR_FRAME, frame_hashes, hashes_in, known_hashes
from models.photographs.hashes import NEAR, distances
from tests.models.photographs.making import blotches, town, write


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with 3 s of a recording that changes each second."""
    folder = tmp_path_factory.mktemp("footage")
    with av.open(str(folder / "walk.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 96, 64, "yuv420p", 2_000_000
        for second in range(3):
            for _ in range(10):
                container.mux(stream.encode(av.VideoFrame.from_ndarray(blotches(900 + second), format="rgb24")))
        container.mux(stream.encode(None))
    return folder


def test_frames_are_hashed_at_their_distance_and_near_ones_listed_once(footage: Path) -> None:
    assert len(list(frame_hashes(footage / "walk.mp4"))) == 30
    found = list(frame_hashes(footage / "walk.mp4", 1.0))
    assert [round(second) for second, _ in found] == [0, 1, 2]
    assert distances([value for _, value in found], [value for _, value in found])[np.triu_indices(3, 1)].min() > NEAR
    assert [place for _, place in hashes_in(footage)] == ["walk.mp4 at 0.0 s", "walk.mp4 at 1.0 s", "walk.mp4 at 2.0 s"]


def test_a_frame_of_the_footage_is_refused_on_any_side(footage: Path, tmp_path: Path) -> None:
    frame, other = write(tmp_path / "frame.jpg", blotches(901, 192, 128), 60), write(tmp_path / "other.jpg", blotches(5))
    refuse_pictures({"train": [other], "val": []}, footage=footage)
    with pytest.raises(TrainingError, match=r"frame\.jpg \(val\) is a frame of footage that is for tests \(walk\.mp4 at 1\.0 s\)"):
        refuse_pictures({"train": [other], "val": [frame]}, footage=footage)


def test_a_sound_fold_passes_beside_footage(footage: Path, tmp_path: Path) -> None:
    refuse(folds(read(town(tmp_path)), 3)[0], footage=footage)


@pytest.mark.parametrize(
    ("content", "message"), [pytest.param(None, "holds no recording", id="none"), pytest.param(b"no video", "cannot be read as a recording", id="broken")]
)
def test_a_folder_without_recordings_is_told(tmp_path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        (tmp_path / "broken.mp4").write_bytes(content)
    with pytest.raises(TrainingError, match=message):
        hashes_in(tmp_path)


@pytest.mark.shared
def test_the_committed_list_tells_the_frames_of_the_shared_footage(shared: Path) -> None:
    known = [value for value, _ in known_hashes()]
    for video in sorted((shared / "footage").glob("*.mp4")):
        values = [value for _, value in islice(frame_hashes(video, 0.5), 8)]
        assert (distances(values, known).min(axis=1) <= NEAR_FRAME).all()
