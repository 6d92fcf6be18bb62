from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from click.testing import CliRunner

from curbwatch.commands.evidence import evidence
from evidence.coded import coded_of_file


@pytest.fixture
def packet(tmp_path: Path) -> Path:
    """A packet's folder with a clip, and the part of its manifest that is about it."""
    with av.open(str(tmp_path / "clip_confirmed.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=10, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 64, 64, "yuv420p", Fraction(1, 10)
        for number in range(3):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((64, 64, 3), 60 * number, np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
    tell(tmp_path, coded_sha256=coded_of_file(tmp_path / "clip_confirmed.mp4").sha256)
    return tmp_path


def tell(folder: Path, **said: str | None) -> None:
    file = {"name": "clip_confirmed.mp4", "original": True, **said}
    (folder / "manifest.json").write_text(json.dumps({"manifest": {"files": [file]}}))


@pytest.mark.parametrize("which", ["", "clip_confirmed.mp4"], ids=["the folder", "the clip"])
def test_a_clip_that_holds_what_the_camera_sent_is_told_so(packet: Path, which: str) -> None:
    done = CliRunner().invoke(evidence, ["coded", str(packet / which)])
    assert done.exit_code == 0, done.output
    assert "h264, 3 pictures" in done.stdout
    assert done.stdout.strip().endswith("as the camera sent them")


def test_another_sum_is_a_no(packet: Path) -> None:
    tell(packet, coded_sha256="0" * 64)
    done = CliRunner().invoke(evidence, ["coded", str(packet), "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["ok"] is False


def test_why_there_is_no_sum_is_told(packet: Path) -> None:
    tell(packet, coded_sha256=None, coded_missing="of 9 pictures that came 3 are in the clip")
    done = CliRunner().invoke(evidence, ["coded", str(packet)])
    assert (done.exit_code, "of 9 pictures that came" in done.stdout) == (0, True)


def test_a_folder_without_clips_is_wrong_use(tmp_path: Path) -> None:
    assert CliRunner().invoke(evidence, ["coded", str(tmp_path)]).exit_code == 2
