from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from models.street.encoding import encode

CODECS = [pytest.param("h264", "h264", id="H.264"), pytest.param("hevc", "hevc", id="H.265")]


@pytest.mark.parametrize(("codec", "name"), CODECS)
def test_a_state_a_second_becomes_25_pictures_with_a_keyframe_every_two_seconds(codec: str, name: str, tmp_path: Path) -> None:
    states = [np.full((64, 128, 3), 40 * second, np.uint8) for second in range(5)]
    target = tmp_path / "clips" / "street.mp4"
    encode(states, target, codec)
    with av.open(str(target)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width, stream.height, stream.average_rate) == (name, 128, 64, 25)
        packets = [packet for packet in container.demux(stream) if packet.pts is not None]
    assert len(packets) == 125
    assert all(packet.pts == packet.dts for packet in packets)
    assert stream.time_base is not None
    assert [float(packet.pts * stream.time_base) for packet in packets if packet.is_keyframe] == [0.0, 2.0, 4.0]
    assert [path.name for path in target.parent.iterdir()] == ["street.mp4"]


def test_the_states_are_told_apart_in_the_pictures(tmp_path: Path) -> None:
    states = [np.full((64, 128, 3), level, np.uint8) for level in (30, 120, 220)]
    encode(states, tmp_path / "street.mp4", "h264")
    with av.open(str(tmp_path / "street.mp4")) as container:
        levels = [float(frame.to_ndarray(format="bgr24").mean()) for frame in container.decode(video=0)]
    assert [levels[second * 25 + 12] for second in range(3)] == pytest.approx([30, 120, 220], abs=4)
