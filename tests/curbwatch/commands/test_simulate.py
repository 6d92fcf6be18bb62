from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clips") / "grey.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"preset": "ultrafast", "x264-params": "keyint=10"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = 160, 96, "yuv420p", Fraction(1, 10)
        for number in range(20):
            picture = np.full((96, 160, 3), 10 * number, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@contextmanager
def curbwatch(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "curbwatch", *(str(argument) for argument in arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_its_addresses_are_cameras_until_it_is_told_to_end(clip: Path) -> None:
    with curbwatch("simulate", "--streams", 2, "--clip", clip, "--sub", clip, "--port", 0, "--json", "--username", "u", "--password", "hunter2") as server:
        assert server.stdout is not None
        addresses = json.loads(server.stdout.readline())
        assert [len(addresses["streams"]), len(addresses["sub"])] == [2, 2]
        assert "hunter2" not in str(addresses)
        url = addresses["sub"][1].replace("rtsp://", "rtsp://u:hunter2@")
        with curbwatch("cameras", "probe", url, "--json", "--timeout", 5) as probe:
            report = json.loads(probe.communicate(timeout=30)[0])
        assert (report["ok"], report["codec"], report["width"], report["height"]) == (True, "h264", 160, 96)
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=10) == 0


def test_a_port_in_use_and_a_broken_clip_are_one_line(clip: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(clip.read_bytes()[:300])
    with curbwatch("simulate", "--clip", clip, "--port", 0) as first:
        assert first.stdout is not None
        port = first.stdout.readline().split(":")[2].split("/")[0]
        for options, complaint in (
            (("--clip", clip, "--port", port), f"127.0.0.1:{port} is not free"),
            (("--clip", broken, "--port", 0), "broken.mp4: cannot be read as video"),
        ):
            with curbwatch("simulate", *options) as second:
                _, errors = second.communicate(timeout=30)
            assert second.returncode == 2
            assert len(errors.splitlines()) == 1
            assert complaint in errors


def test_the_faults_are_listed() -> None:
    with curbwatch("simulate", "--faults") as process:
        text = process.communicate(timeout=30)[0]
    assert "hang_describe" in text
    assert "writes random bytes between the packets" in text


def test_with_tls_each_camera_has_a_second_address(clip: Path) -> None:
    with curbwatch("simulate", "--clip", clip, "--port", 0, "--tls", "--no-gso", "--json") as server:
        assert server.stdout is not None
        (address,) = json.loads(server.stdout.readline())["tls"]
        assert address.startswith("rtsps://127.0.0.1:")
        with curbwatch("cameras", "probe", address, "--json", "--timeout", 5) as probe:
            report = json.loads(probe.communicate(timeout=30)[0])
        assert report["ok"]


def test_the_table_of_faults_is_listed(clip: Path) -> None:
    with curbwatch("simulate", "--faults") as listing:
        lines = listing.communicate(timeout=30)[0].splitlines()
    names = [line.split()[0] for line in lines]
    assert {"stall", "redirect_loop", "455_play", "no_udp", "huge_picture", "never_keyframe"} <= set(names)
    assert all(len(line.split()) > 2 for line in lines), "each says what it does"
