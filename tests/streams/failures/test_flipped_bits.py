"""Flipped bits, which no gap shows: the share that is caught is told, and no case comes of the rest.

The clips' own packets go through the real depacketiser with a bit flipped in some of them, and then the way of every look: decoded in a child, checked,
detected, judged. The scene makes it easy for a false case: three seconds and two looks make an act, anywhere in the picture, nobody need attend.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from random import Random

import av
import numpy as np
import pytest

from detector.replay import Replay, ReplaySettings, Violation
from detector.scene.scene import read_scene
from detector.worker.eye import Eye
from models.session import open_model
from streams.decoding import WHOLE, DecoderPool
from streams.errors import DecodeError
from streams.media import AccessUnit
from streams.rtp.receiver import VideoReceiver
from streams.simulator.packet_faults import flip_bits
from streams.simulator.packets import PAYLOAD_TYPE, PreparedClip, prepare

RENDERED = Path(__file__).parents[2] / "media" / "stall_extra.mp4"
MINUTE = 60.0
VISIBLE_LEVELS = 2.0
"""Mean difference of the luma from the sound picture, from which one sees it."""
SCENE = """
schema: curbwatch.scene/1
kinds:
  V2: {dwell_seconds: 3, minimum_looks: 2, grace_seconds: 20, attendance: "off"}
  V3: {dwell_seconds: 3, minimum_looks: 2, grace_seconds: 20, attendance: "off"}
views:
  - camera_id: street
    version: 1
    zones: [{id: pavement, kind: sidewalk, polygon: [[0, 0], [1, 0], [1, 1], [0, 1]]}]
"""


def received(clip: PreparedClip, share: float, seed: int, seconds: float) -> Iterator[tuple[AccessUnit, bool]]:
    """What a reader makes of a clip, played over and over, and whether a bit of the picture was flipped."""
    random, units, rounds, sequence = Random(seed), list[AccessUnit](), 0, 0
    receiver = VideoReceiver(clip.codec, PAYLOAD_TYPE, clip.parameter_sets, units.append)
    while True:
        for picture in clip.pictures:
            at = rounds * clip.seconds + picture.seconds
            if at >= seconds:
                return
            sound = picture.split(picture.address(sequence, (rounds * clip.loop_ticks + picture.ticks) & 0xFFFFFFFF, 7))
            sent = flip_bits(sound, share, random, clip.codec)
            sequence += picture.packets
            for packet in sent:
                receiver.packet(memoryview(packet), at)
            for unit in units:
                yield unit, sent != sound
            units.clear()
        rounds += 1


@dataclass
class Caught:
    """Of keyframes with flipped bits: how many were called damaged and by what, and how much the rest differs from the sound picture."""

    flipped: int = 0
    by_reader: int = 0
    by_decoder: int = 0
    by_check: int = 0
    missed: int = 0
    visible: int = 0
    false_alarms: int = 0

    @property
    def share(self) -> float:
        """Of all that were flipped, whether or not one sees it: those that were called damaged."""
        return (self.flipped - self.missed) / max(1, self.flipped)


def catch(clip: PreparedClip, share: float, seeds: range) -> Caught:
    caught = Caught()
    with DecoderPool(2) as pool:
        sound = {unit.timestamp: unit for unit, _ in received(clip, 0.0, 0, clip.seconds) if unit.keyframe}
        lumas = {stamp: pool.decode("sound", unit, (WHOLE,)).luma for stamp, unit in sound.items()}
        for seed in seeds:
            for unit, flipped in received(clip, share, seed, clip.seconds):
                if not unit.keyframe or unit.timestamp not in lumas:
                    continue
                caught.flipped += flipped
                reason, luma = "", None
                try:
                    decoded = pool.decode(f"flipped-{seed}", unit, (WHOLE,))
                    reason, luma = ", ".join(decoded.damage), decoded.luma
                except DecodeError:
                    reason = "decoder"
                if not flipped:
                    caught.false_alarms += bool(reason)
                elif unit.damaged:
                    caught.by_reader += 1
                elif reason in ("decoder", "corrupt"):
                    caught.by_decoder += 1
                elif reason:
                    caught.by_check += 1
                else:
                    assert luma is not None
                    caught.missed += 1
                    caught.visible += float(np.abs(luma.astype(np.int16) - lumas[unit.timestamp]).mean()) > VISIBLE_LEVELS
    return caught


def as_h265(path: Path, into: Path, seconds: float) -> Path:
    """The beginning of a clip, smaller and in H.265, a keyframe every two seconds."""
    with av.open(str(path)) as source, av.open(str(into), "w") as target:
        rate = source.streams.video[0].average_rate or Fraction(25)
        every = round(2 * rate)
        options = {"preset": "ultrafast", "crf": "26", "x265-params": f"log-level=none:keyint={every}:min-keyint={every}:scenecut=0:bframes=0"}
        stream = target.add_stream("libx265", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for frame in source.decode(video=0):
            if frame.time is not None and frame.time >= seconds:
                break
            target.mux(stream.encode(frame.reformat(640, 360, "yuv420p")))
        target.mux(stream.encode(None))
    return into


@pytest.fixture(scope="module")
def rendered_h265(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_h265(RENDERED, tmp_path_factory.mktemp("flipped") / "rendered.mp4", 30.0)


@pytest.fixture(scope="module")
def eye() -> Eye:
    return Eye(open_model(provider="cpu"))


@pytest.mark.shared
@pytest.mark.parametrize(("name", "least"), [("pedestrians_h264", 0.95), ("pedestrians_h265", 0.75)])
def test_the_share_that_is_caught_is_told(shared: Path, name: str, least: float, capsys: pytest.CaptureFixture[str]) -> None:
    caught = catch(prepare(shared / "footage" / f"{name}.mp4"), 0.01, range(1, 4))
    with capsys.disabled():
        print(f"\n{name}: {caught.share:.0%} of {caught.flipped} keyframes with flipped bits are called damaged: by the reader {caught.by_reader}, ", end="")
        print(f"the decoder {caught.by_decoder}, the check of the picture {caught.by_check}; {caught.missed} are not, of them {caught.visible} visibly other")
    assert caught.flipped > 30
    assert caught.share >= least
    assert caught.visible <= caught.flipped // 10
    assert caught.false_alarms <= caught.missed, "only the picture after one that was not caught is doubted in its place"


class TestNoCase:
    """What the real looking makes of a minute with flipped bits."""

    def violations(self, eye: Eye, folder: Path, path: Path, share: float, seed: int, monkeypatch: pytest.MonkeyPatch) -> tuple[list[Violation], Replay]:
        clip = prepare(path)
        monkeypatch.setattr("detector.replay.read_access_units", lambda video: (unit for unit, _ in received(clip, share, seed, MINUTE)))
        scene = folder / "scene.yaml"
        scene.write_text(SCENE, encoding="utf-8")
        into = folder / f"{share}-{seed}"
        into.mkdir()
        replay = Replay(eye, ReplaySettings("street", datetime(2026, 11, 25, tzinfo=UTC), 2.0, gated=False), read_scene(scene), into)
        return list(replay.run(path)), replay

    @pytest.mark.shared
    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["pedestrians_h264", "pedestrians_h265"])
    def test_of_a_street_where_nothing_stands(self, eye: Eye, shared: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        path = shared / "footage" / f"{name}.mp4"
        assert self.violations(eye, tmp_path, path, 0.0, 0, monkeypatch)[0] == []
        for seed in range(1, 5):
            found, replay = self.violations(eye, tmp_path, path, 0.003, seed, monkeypatch)
            assert found == []
            assert 0 < replay.looks < 30, "some looks were flipped and some were not"

    def test_of_a_stall_one_and_no_other(self, eye: Eye, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        found, replay = self.violations(eye, tmp_path, RENDERED, 0.02, 1, monkeypatch)
        assert [(one.kind, round(one.xyxy[0], -1), round(one.xyxy[3], -1)) for one in found] == [("V2", 530.0, 520.0)], "the stall that stands there"
        assert 5 < replay.looks < 30, "some looks were flipped and some were not"

    @pytest.mark.slow
    @pytest.mark.timeout(900)
    def test_of_a_stall_in_h265_one_and_no_other(self, eye: Eye, tmp_path: Path, rendered_h265: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        sound, _ = self.violations(eye, tmp_path, rendered_h265, 0.0, 0, monkeypatch)
        for seed in range(1, 5):
            found, replay = self.violations(eye, tmp_path, rendered_h265, 0.01, seed, monkeypatch)
            assert len(found) <= len(sound)
            for one in found:
                assert min(max(abs(a - b) for a, b in zip(one.xyxy, other.xyxy, strict=True)) for other in sound) < 20, "where a thing really stands"
            assert 0 < replay.looks < 30, "some looks were flipped and some were not"

    @pytest.mark.slow
    def test_of_h265_is_caught_what_can_be_seen(self, rendered_h265: Path, capsys: pytest.CaptureFixture[str]) -> None:
        caught = catch(prepare(rendered_h265), 0.03, range(1, 6))
        with capsys.disabled():
            print(f"\nrendered street: {caught}, {caught.share:.0%} caught")
        assert caught.flipped > 20
        assert caught.share >= 0.7
        assert caught.false_alarms <= caught.missed, "only the picture after one that was not caught is doubted in its place"
