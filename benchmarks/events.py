"""Event level on real pixels: every held-back photograph as a still camera through `curbwatch replay`'s own code.

The zone is the lower three quarters of the picture for all; of V1 to V3 the proven kinds, with a dwell of a minute, attendance off, no storefront line. A hit
is a line of grade B. A positive counts where one of its boxes that is neither `difficult` nor covered touches the ground in the zone.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.still_camera import HEIGHT_PX, WIDTH_PX, placed, write_still
from detector.judgement.geometry import footprint, share_in
from detector.replay import Replay, ReplaySettings, Violation
from detector.scene.scene import Scene
from detector.worker.eye import Eye
from evidence.kinds import load_catalogue
from evidence.packet import Grade
from evidence.views import KindOverride, ViewDocument, Zone, ZoneKind
from models.measuring.lines import end_whole, refuse_others
from models.measuring.origins import Interval, intervals
from models.photographs import Photograph
from models.pictures import read_picture
from models.verifier import files_of

CAMERA = "still"
JUDGED = ("V1", "V2", "V3")
DWELL_SECONDS = 60.0
LOWER = ((0.0, 0.25), (1.0, 0.25), (1.0, 1.0), (0.0, 1.0))
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
"""Noon in China: permits and hours play no part, and the figure does not hang on when it was taken."""
Sort = Literal["positive", "negative", "covered", "out of the zone", "neither"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One photograph's recording: what it is, the lines that `replay` gave (kind, first_seen, confirmed_at, grade, score), and the files that looked."""

    photograph: str
    origin: str
    fold: int
    sort: Sort
    lines: tuple[Mapping[str, Any], ...]
    looked_by: str = ""

    @property
    def alarmed(self) -> bool:
        """Whether a line of grade B came of it."""
        return any(line["grade"] == Grade.B.value for line in self.lines)


@dataclass(frozen=True, slots=True)
class EventFigures:
    """Shares of the positives and of the negatives with a line of grade B, their 95 % intervals by origin, and the median delay after the dwell."""

    positives: int
    hit: float
    negatives: int
    alarmed: float
    left_out: Mapping[str, int]
    delay_seconds: float | None
    intervals: Mapping[str, Interval]


def street_scene(dwell_seconds: float = DWELL_SECONDS) -> Scene:
    """The scene of every still camera."""
    catalogue = load_catalogue()
    proven = {kind.id for kind in catalogue.kinds if not kind.leads_only}
    judged = {name: KindOverride(dwell_seconds=dwell_seconds, attendance="off", enabled=True) for name in JUDGED if name in proven}
    others = {kind.id: KindOverride(enabled=False) for kind in catalogue.kinds if kind.id not in judged}
    view = ViewDocument(camera_id=CAMERA, zones=(Zone(id="street", kind=ZoneKind.SIDEWALK, polygon=LOWER),))
    return Scene.model_validate({"schema": "curbwatch.scene/1", "kinds": judged | others, "views": (view,)})


def sort_of(photograph: Photograph) -> Sort:
    """How a photograph counts."""
    if photograph.empty:
        return "negative"
    if not photograph.selling:
        return "neither"
    standing = [box for box in photograph.counted if not box.covered]
    if not standing:
        return "covered"
    scale, left, top = placed(photograph.width, photograph.height)
    for box in standing:
        x0, y0, x1, y1 = (
            (side * length * scale + shift) / whole
            for side, length, shift, whole in zip(box.xyxy, (photograph.width, photograph.height) * 2, (left, top) * 2, (WIDTH_PX, HEIGHT_PX) * 2, strict=True)
        )
        if share_in(footprint((x0, y0, x1, y1)), [LOWER]) >= 0.5:
            return "positive"
    return "out of the zone"


def replay(eye: Eye, clip: Path, scene: Scene) -> Iterator[Violation]:
    """The lines that `curbwatch replay CLIP --scene …` prints."""
    with tempfile.TemporaryDirectory(prefix="curbwatch-events-") as folder:
        yield from Replay(eye, ReplaySettings(CAMERA, NOON), scene, Path(folder)).run(clip)


def watch(eye: Eye, photographs: Sequence[Photograph], fold: int, out: Path, progress: Callable[[], None] = lambda: None) -> None:
    """Replays each photograph and appends a JSON line to `out`; those that are there are passed over, so a run goes on where it stopped.

    Raises:
        BenchmarkError: `out` cannot be read.
        EvaluationError: `out` holds what another model saw.
        PictureError: a photograph cannot be read.
    """
    end_whole(out)
    there, looked_by = read_seen([out]) if out.exists() else [], files_of(eye.session, eye.verifier)
    refuse_others(out, (one.looked_by for one in there), looked_by)
    done = {one.photograph for one in there}
    scene = street_scene()
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a", encoding="utf-8") as file, tempfile.TemporaryDirectory(prefix="curbwatch-stills-") as folder:
        for photograph in photographs:
            progress()
            if photograph.id in done:
                continue
            clip = Path(folder) / "still.mp4"
            write_still(read_picture(photograph.path), clip, crc32(photograph.id.encode()))
            lines = [
                {
                    "kind": one.kind,
                    "first_seen": one.first_seen,
                    "confirmed_at": one.confirmed_at,
                    "grade": one.grade.value,
                    "score": one.score,
                    "xyxy": one.xyxy,
                }
                for one in replay(eye, clip, scene)
            ]
            seen = Seen(photograph.id, photograph.origin, fold, sort_of(photograph), tuple(lines), looked_by)
            file.write(json.dumps(asdict(seen), ensure_ascii=False) + "\n")
            file.flush()


def read_seen(paths: Sequence[Path]) -> list[Seen]:
    """The lines that `watch` wrote.

    Raises:
        BenchmarkError: a file or a line cannot be read.
    """
    found = []
    for path in paths:
        try:
            for line in path.read_text(encoding="utf-8").splitlines():
                fields = json.loads(line)
                for one in fields["lines"]:
                    _ = one["grade"], one["confirmed_at"], one["first_seen"]
                found.append(Seen(**{**fields, "lines": tuple(fields["lines"])}))
        except (OSError, TypeError, ValueError, KeyError) as error:
            raise BenchmarkError(f"{path} is not what `curbwatch bench events` wrote ({error}): take its last line off, or begin anew") from None
    return found


def figures(seen: Sequence[Seen]) -> EventFigures:
    """Hits and false alarms over all folds.

    Raises:
        BenchmarkError: no positive, or no negative.
    """
    told = [one for one in seen if one.sort in ("positive", "negative")]
    positive = np.array([one.sort == "positive" for one in told], np.bool_)
    alarmed = np.array([one.alarmed for one in told], np.bool_)
    if positive.all() or not positive.any():
        raise BenchmarkError(f"{len(told)} photographs of one sort: event figures need positives and negatives")

    def drawn(chosen: NDArray[np.int64]) -> Mapping[str, float]:
        own, hit = positive[chosen], alarmed[chosen]
        if own.all() or not own.any():
            raise ValueError("one sort only was drawn")
        return {"hit": float(hit[own].mean()), "alarmed": float(hit[~own].mean())}

    delays = [line["confirmed_at"] - line["first_seen"] - DWELL_SECONDS for one in told if one.sort == "positive" for line in one.lines]
    left_out: dict[str, int] = {}
    for one in seen:
        if one.sort not in ("positive", "negative"):
            left_out[one.sort] = left_out.get(one.sort, 0) + 1
    return EventFigures(
        int(positive.sum()), float(alarmed[positive].mean()), int((~positive).sum()), float(alarmed[~positive].mean()), left_out,
        float(np.median(delays)) if delays else None, intervals([one.origin for one in told], drawn),
    )  # fmt: skip
