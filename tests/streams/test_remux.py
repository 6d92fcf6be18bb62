from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from streams.clips import write_clips
from streams.errors import RemuxError
from streams.media import CLOCK_RATE, Codec
from streams.recorded import read_access_units
from streams.remux import transcode_h264


def test_the_copy_for_browsers_shows_the_same_pictures_at_the_same_times(clip: Callable[[str], Path], tmp_path: Path) -> None:
    (own,) = write_clips(list(read_access_units(clip("hevc"))), tmp_path / "own.mp4")
    transcode_h264(own.path, tmp_path / "copy.mp4")
    copied = list(read_access_units(tmp_path / "copy.mp4"))
    assert copied[0].codec is Codec.H264
    assert [one.timestamp / CLOCK_RATE for one in copied] == pytest.approx(own.picture_seconds)


def test_a_copy_of_what_is_no_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a clip")
    with pytest.raises(RemuxError, match=r"text\.mp4: no H\.264 copy"):
        transcode_h264(tmp_path / "text.mp4", tmp_path / "copy.mp4")
    assert not (tmp_path / "copy.mp4").exists()
