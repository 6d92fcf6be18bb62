"""That a packet's clip holds what the camera sent: from a camera on the network to the file in the packet, and where it does not, no sum is claimed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from detector.worker.coded import coded_sha256
from detector.worker.held import HeldEvidence
from detector.worker.order import PacketOrder
from detector.worker.packets import prepare
from evidence.coded import coded_of_file
from evidence.packet import WorkerNamed
from streams.media import AccessUnit, Codec
from streams.recorded import read_access_units
from streams.simulator import SimulatorServer
from tests.streams.readers import reading, until

Units = Callable[[str], tuple[AccessUnit, ...]]
Wall = Callable[[float], datetime]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
async def test_what_a_camera_sends_over_rtsp_lies_in_the_packet_bit_for_bit(
    clip_path: Callable[[str], Path], made_order: Callable[..., PacketOrder], wall: Wall, worker: WorkerNamed, tmp_path: Path, codec: str
) -> None:
    sent = [unit.nals for unit in read_access_units(clip_path(codec))]  # what the simulator plays, in a round of a hundred pictures
    async with SimulatorServer([clip_path(codec)], 1) as server, reading() as cameras:
        cameras.add("gate", server.url(1))
        await until(lambda: len(cameras.keyframes["gate"]) >= 3)
        ring = cameras.reader.ring("gate").snapshot()
    order, held = made_order(), HeldEvidence(tmp_path / "held")
    held.hold_clip(order.stay.stay_id, "confirmed", ring, wall, camera_id="gate")
    (file, path), *_ = prepare(order, held, worker, tmp_path / "work").files
    written = coded_of_file(path)
    assert written.pictures >= 50
    first = next(number for number, nals in enumerate(sent) if set(coded(codec, nals)) <= set(coded(codec, ring[0].nals)))
    played = [nal for number in range(written.pictures) for nal in sent[(first + number) % len(sent)]]
    assert file.coded_sha256 == written.sha256 == coded_sha256(Codec(codec), played)
    assert file.coded_missing is None


def coded(codec: str, nals: tuple[bytes, ...]) -> list[bytes]:
    return [nal for nal in nals if ((nal[0] & 0x1F) in range(1, 6) if codec == "h264" else (nal[0] >> 1) & 0x3F <= 31)]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("tail", [b"\x00\x00\x01\x65abc", b"\x00\x00\x01\x02\x01abc"], ids=["a picture inside", "another inside"])
def test_no_sum_is_claimed_of_what_the_file_does_not_hold(
    held: HeldEvidence, units_of: Units, wall: Wall, made_order: Callable[..., PacketOrder], worker: WorkerNamed, tmp_path: Path, codec: str, tail: bytes
) -> None:
    """A unit with a start code inside, which a camera must not send, comes out of the muxer as two."""
    sent = tuple(replace(unit, nals=(*unit.nals[:-1], unit.nals[-1] + tail)) for unit in units_of(codec)[25:])
    order = made_order()
    held.hold_clip(order.stay.stay_id, "confirmed", sent, wall, camera_id="c1")
    (file, path), *_ = prepare(order, held, worker, tmp_path / "work").files
    assert coded_of_file(path).sha256 != coded_sha256(sent[0].codec, (nal for unit in sent for nal in unit.nals))
    assert file.coded_sha256 is None
    assert file.coded_missing is not None
    assert "not those that came" in file.coded_missing


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_pictures_that_came_in_one_go_are_told_apart(held: HeldEvidence, units_of: Units, wall: Wall, codec: str) -> None:
    """A ring begins in the middle of what one datagram brought: the picture before the keyframe has the keyframe's time of arrival, and is not in the clip."""
    units = list(units_of(codec))
    units[24] = replace(units[24], arrival_seconds=units[25].arrival_seconds)
    units[50] = replace(units[50], arrival_seconds=units[49].arrival_seconds)
    held.hold_clip("s1", "suspected", units[24:50], wall, camera_id="c1")
    (clip,) = held.clips("s1")
    assert clip.coded_missing is None
    assert clip.coded_sha256 == coded_sha256(units[0].codec, (nal for unit in units[25:50] for nal in unit.nals)) == coded_of_file(clip.path).sha256


def test_pictures_that_cannot_be_decoded_and_are_left_out_leave_no_sum(held: HeldEvidence, units_of: Units, wall: Wall) -> None:
    units = list(units_of("hevc"))
    skipped = units[26].nals[-1]
    rasl = bytes([(skipped[0] & 0x81) | (8 << 1), *skipped[1:]])
    units[26] = replace(units[26], nals=(rasl,))
    held.hold_clip("s1", "suspected", units[25:60], wall, camera_id="c1")
    (clip,) = held.clips("s1")
    assert (clip.coded_sha256, clip.coded_missing) == (None, "of 35 pictures that came 34 are in the clip: the others cannot be decoded there")
