"""Event level on recorded footage: no alarm where nothing is sold, and alarms where stalls that were cut from photographs are set into it.

The footage shows nothing that is sold. It is played over and over for two minutes, a keyframe each two seconds, so that whatever stands in it
outlasts the dwell; what it proves is still bounded by its distinct seconds. Stalls come from held-back photographs, one an origin, and
stand from the sixth second on at ten places whose size was read off people and cars in the same pictures.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import av
import cv2
import numpy as np

from benchmarks.errors import BenchmarkError
from benchmarks.events import replay, street_scene
from benchmarks.still_camera import HEIGHT_PX, KEYFRAME_SECONDS, WIDTH_PX, Picture, frame_of, placed, shots, write_shots
from detector.judgement.geometry import iou
from detector.worker.eye import Eye
from evidence.packet import Grade
from models.measuring.lines import end_whole, refuse_others
from models.photographs import PhotoBox, Photograph
from models.photographs.pasting import paste
from models.pictures import read_picture
from models.verifier import files_of

One = TypeVar("One")
PLAYED_SECONDS = 120
STANDS_FROM_SECONDS = 6
FEATHER = 0.06
"""The blended rim of a cut-out, as a share of its short side."""
CUT_MARGIN = 0.03
"""Of a box's sides that are cut out about it."""
SAME_PLACE = 0.2
"""Overlap of a line's box with the stall that was set in, from which it is that stall's."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a stall stands: in pixels of the footage, the middle of its lower edge and its height."""

    clip: str
    x: float
    y: float
    height: float


SPOTS = (
    Spot("pedestrians_h264", 150, 240, 82), Spot("pedestrians_h264", 330, 268, 92), Spot("pedestrians_h264", 560, 305, 102),
    Spot("pedestrians_h264", 680, 232, 80), Spot("pedestrians_h264", 600, 405, 132), Spot("pedestrians_h264", 470, 255, 88),
    Spot("person_bicycle_car_h264", 430, 200, 112), Spot("person_bicycle_car_h264", 560, 340, 160),
    Spot("car_park_h264", 250, 270, 178), Spot("car_park_h264", 520, 345, 196),
)  # fmt: skip
"""A stall is a little taller than a person (72 px where the pedestrians' feet are at 265 px, 105 at 365), and about as high as a car is wide (150 px at 350
in the second clip, 190 at 400 in the third)."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A recording that was replayed: its lines of grade B, whether one of them is of the stall that was set in (None: none was), and the files that looked."""

    clip: str
    stall: str | None
    lines: tuple[Mapping[str, Any], ...]
    found: bool | None
    looked_by: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """A stall that was cut out of a photograph."""

    photograph: Photograph
    box: PhotoBox

    def picture(self, height_px: int) -> Picture:
        """Its pixels (h, w, 3), so high."""
        whole = read_picture(self.photograph.path)
        h, w = whole.shape[:2]
        x0, y0, x1, y1 = self.box.xyxy
        mx, my = (x1 - x0) * CUT_MARGIN, (y1 - y0) * CUT_MARGIN
        part = whole[max(0, round((y0 - my) * h)) : round((y1 + my) * h), max(0, round((x0 - mx) * w)) : round((x1 + mx) * w)]
        width_px = max(8, round(part.shape[1] * height_px / part.shape[0]))
        return np.asarray(cv2.resize(part, (width_px, height_px), interpolation=cv2.INTER_AREA if height_px < part.shape[0] else cv2.INTER_CUBIC), np.uint8)


def stalls(photographs: Sequence[Photograph], count: int) -> list[Cut]:
    """Stalls that stand whole in their photographs, are neither covered nor groups and large enough to be shrunk; one an origin, by a hash.

    Raises:
        BenchmarkError: there are not so many.
    """
    found: dict[str, Cut] = {}
    for photograph in sorted(photographs, key=lambda one: hashlib.sha256(one.id.encode()).hexdigest()):
        for box in photograph.counted:
            x0, y0, x1, y1 = box.xyxy
            width, height = (x1 - x0) * photograph.width, (y1 - y0) * photograph.height
            inside = x0 > 0.01 and y0 > 0.01 and x1 < 0.99 and y1 < 0.99
            if inside and not box.group and not box.covered and height >= 140 and 0.6 <= width / height <= 2.2:
                found.setdefault(photograph.origin, Cut(photograph, box))
    if len(found) < count:
        raise BenchmarkError(f"only {len(found)} origins have a stall that stands whole in its photograph: {count} are needed")
    return list(found.values())[:count]


def frames(clip: Path) -> list[Picture]:
    """The pictures of a recording, RGB, one each two seconds.

    Raises:
        BenchmarkError: it cannot be read.
    """
    found: list[Picture] = []
    try:
        with av.open(str(clip)) as container:
            for frame in container.decode(video=0):
                if (frame.time or 0.0) >= len(found) * KEYFRAME_SECONDS - 1e-3:
                    found.append(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8))
    except (OSError, av.error.FFmpegError) as error:
        raise BenchmarkError(f"{clip} cannot be read as video: {error}") from None
    return found


def played(still: Sequence[Picture], cut: Cut | None, spot: Spot | None, seed: int) -> Iterator[Picture]:
    """Two minutes of the recording as a camera of 1280x720 shows it, with a stall set in where one is given."""
    return shots(_frames(still, cut, spot), seed)


def _frames(still: Sequence[Picture], cut: Cut | None, spot: Spot | None) -> Iterator[Picture]:
    height, width = still[0].shape[:2]
    scale, left, top = placed(width, height)
    bare = [frame_of(picture) for picture in still[: PLAYED_SECONDS // KEYFRAME_SECONDS + 1]]
    stall = None if cut is None or spot is None else cut.picture(round(spot.height * scale))
    for number in range(PLAYED_SECONDS // KEYFRAME_SECONDS + 1):
        frame = bare[number % len(bare)]
        if stall is not None and spot is not None and number * KEYFRAME_SECONDS >= STANDS_FROM_SECONDS:
            frame = frame.copy()
            x, y = _corner(spot, stall.shape[1], stall.shape[0], scale, left, top)
            paste(frame, stall, x, y, feather_px=FEATHER * min(stall.shape[:2]), match=0.5)
        yield frame


def place_of(cut: Cut, spot: Spot, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """Where a stall stands in the frame, in 0..1; `size` is width and height of the footage."""
    scale, left, top = placed(*size)
    height = round(spot.height * scale)
    width = cut.picture(height).shape[1]
    x, y = _corner(spot, width, height, scale, left, top)
    return x / WIDTH_PX, y / HEIGHT_PX, (x + width) / WIDTH_PX, (y + height) / HEIGHT_PX


def plan(photographs: Sequence[Photograph]) -> list[tuple[str, Cut | None, Spot | None]]:
    """What is replayed, in this order: each recording as it is, then each of `SPOTS` with a stall of another origin.

    Raises:
        BenchmarkError: there are too few stalls.
    """
    planned: list[tuple[str, Cut | None, Spot | None]] = [(name, None, None) for name in sorted({spot.clip for spot in SPOTS})]
    return planned + [(spot.clip, cut, spot) for spot, cut in zip(SPOTS, stalls(photographs, len(SPOTS)), strict=True)]


def run(eye: Eye, footage: Path, photographs: Sequence[Photograph], out: Path, progress: Callable[[str], None] = lambda _: None) -> list[Outcome]:
    """Replays each recording as it is, then each of `SPOTS` with a stall of another origin; a line a recording is appended to `out`, and what is there
    is passed over, so a run goes on where it stopped.

    Raises:
        BenchmarkError: a recording is missing, there are too few stalls, or `out` is another run's.
        EvaluationError: `out` holds what another model saw.
    """
    planned = plan(photographs)
    end_whole(out)
    outcomes = read_outcomes(out) if out.exists() else []
    refuse_others(out, (one.looked_by for one in outcomes), files_of(eye.session, eye.verifier))
    if [(one.clip, one.stall) for one in outcomes] != [(name, cut and cut.photograph.id) for name, cut, _ in planned[: len(outcomes)]]:
        raise BenchmarkError(f"{out} is of another run (other photographs or another fold): name another file")
    still = {name: frames(footage / f"{name}.mp4") for name in {name for name, _, _ in planned}}
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8") as file:
        for name, cut, spot in planned[len(outcomes) :]:
            progress(f"{name} as it is" if cut is None or spot is None else f"{name} at ({spot.x:.0f}, {spot.y:.0f}) with a stall of {cut.photograph.id}")
            outcomes.append(_replayed(eye, name, still[name], cut, spot))
            file.write(json.dumps(asdict(outcomes[-1])) + "\n")
            file.flush()
    return outcomes


def read_outcomes(path: Path) -> list[Outcome]:
    """The lines that a run wrote.

    Raises:
        BenchmarkError: the file or a line cannot be read.
    """
    return read_lines(path, Outcome, "events-footage")


def read_lines(path: Path, of: Callable[..., One], command: str) -> list[One]:
    """The lines that a command wrote, each made into one by its fields; `lines` of each is a tuple.

    Raises:
        BenchmarkError: the file or a line cannot be read.
    """
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [of(**{**row, "lines": tuple(row["lines"])}) for row in rows]
    except (OSError, TypeError, ValueError, KeyError) as error:
        raise BenchmarkError(f"{path} is not what `curbwatch bench {command}` wrote ({error}): take its last line off, or begin anew") from None


def _replayed(eye: Eye, name: str, still: Sequence[Picture], cut: Cut | None, spot: Spot | None) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="curbwatch-footage-") as folder:
        clip = Path(folder) / "played.mp4"
        write_shots(played(still, cut, spot, 1), clip)
        lines = [line for line in replay(eye, clip, street_scene()) if line.grade is Grade.B]
    told = tuple(
        {"kind": line.kind, "first_seen": line.first_seen, "confirmed_at": line.confirmed_at, "score": line.score, "xyxy": line.xyxy} for line in lines
    )
    looked_by = files_of(eye.session, eye.verifier)
    if cut is None or spot is None:
        return Outcome(name, None, told, None, looked_by)
    there = place_of(cut, spot, (still[0].shape[1], still[0].shape[0]))
    boxes = [(x0 / WIDTH_PX, y0 / HEIGHT_PX, x1 / WIDTH_PX, y1 / HEIGHT_PX) for x0, y0, x1, y1 in (line.xyxy for line in lines)]
    return Outcome(name, cut.photograph.id, told, any(iou(box, there) >= SAME_PLACE for box in boxes), looked_by)


def distinct_seconds(footage: Path) -> float:
    """Seconds that the recordings really show."""
    seconds = 0.0
    for name in {spot.clip for spot in SPOTS}:
        with av.open(str(footage / f"{name}.mp4")) as container:
            seconds += (container.duration or 0) / 1_000_000
    return seconds


def _corner(spot: Spot, width: int, height: int, scale: float, left: float, top: float) -> tuple[int, int]:
    x, y = round(left + spot.x * scale - width / 2), round(top + spot.y * scale - height)
    return min(max(0, x), WIDTH_PX - width), min(max(0, y), HEIGHT_PX - height)
