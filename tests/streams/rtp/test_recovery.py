"""A real stream without keyframes (x264's intra refresh), joined in the middle: what comes out decodes. x265 here writes no recovery points."""

from __future__ import annotations

from struct import pack

import av
import numpy as np

from streams.blind import with_prelude
from streams.media import AccessUnit, Codec, ParameterSets, split_annexb
from streams.ring import Ring
from streams.rtp.receiver import VideoReceiver

RATE, PICTURES = 25, 150
CODEC = Codec.H264


def encode() -> list[bytes]:
    encoder = av.CodecContext.create("libx264", "w")
    options = {"preset": "ultrafast", "x264-params": "keyint=25:intra-refresh=1:bframes=0:scenecut=0"}
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt, encoder.options = 320, 240, "yuv420p", options
    encoder.framerate = RATE
    noise = np.random.default_rng(7).integers(0, 255, (30, 40, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    made = []
    for number in range(PICTURES):
        frame = av.VideoFrame.from_ndarray(np.roll(noise, 3 * number, axis=1), format="rgb24").reformat(format="yuv420p")
        frame.pts = number
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return made + [bytes(packet) for packet in encoder.encode(None)]


def decode(pictures: list[bytes]) -> list[np.ndarray]:
    decoder = av.CodecContext.create(CODEC.value, "r")
    assert isinstance(decoder, av.VideoCodecContext)
    frames = [frame for data in pictures for frame in decoder.decode(av.Packet(data))]
    return [frame.to_ndarray(format="gray") for frame in (*frames, *decoder.decode(None))]


def test_joined_in_the_middle_it_decodes_from_a_recovery_point() -> None:
    pictures = encode()
    reference = decode(pictures)
    assert len(reference) == PICTURES
    sets = ParameterSets(CODEC)
    for nal in split_annexb(pictures[0]):
        sets = sets.updated(nal)
    assert sets.complete
    ring = Ring()
    ring.blind = True
    units: list[AccessUnit] = []
    receiver = VideoReceiver(CODEC, 96, sets, units.append)
    joined, sequence = 40, 0
    for number, data in enumerate(pictures[joined:]):
        nals = split_annexb(data)
        for index, nal in enumerate(nals):
            marker = 0x80 if index == len(nals) - 1 else 0
            receiver.packet(memoryview(pack("!BBHII", 0x80, 96 | marker, sequence, 3600 * number, 7) + nal), number / RATE)
            sequence += 1
    assert not any(unit.keyframe for unit in units), "the encoder sends none but the first"
    sound = [unit for unit in units if not unit.damaged]
    assert sound[0].recovery
    assert len(sound) > 60
    for unit in sound:
        ring.push(unit)
    whole = with_prelude(sound[-1], ring.snapshot())
    assert whole is not None
    assert whole.prelude[0].recovery
    begin, *rest = whole.prelude
    shown = decode([begin.annexb(with_parameter_sets=True), *(unit.annexb(with_parameter_sets=False) for unit in (*rest, whole))])
    difference = np.abs(shown[-1].astype(int) - reference[-1].astype(int)).mean()
    assert difference < 2.0
