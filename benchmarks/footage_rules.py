"""Rules on real pixels: recorded footage under demanding zones, cars that park where they may not, and stalls that permits and hours decide.

Three questions to the footage that `benchmarks.footage_events` plays and sets stalls into. What fires where nothing is sold, with every kind on and
the whole picture each kind of zone in turn, a minute's dwell? Which cars of the car park outlast ten seconds, against a list that was made by eye before
the program was run? And a stall that is found without any permit: is it nothing in its permit's time, a breach out of it, found again where it is over?
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.events import CAMERA, replay, street_scene
from benchmarks.footage_events import SAME_PLACE, SPOTS, Cut, Spot, frames, place_of, played, read_lines, stalls
from benchmarks.still_camera import HEIGHT_PX, WIDTH_PX, Picture, write_shots
from detector.judgement.geometry import Box, iou
from detector.replay import Violation
from detector.scene.scene import Scene
from detector.worker.eye import Eye
from evidence.kinds import load_catalogue
from evidence.views import Zone, ZoneKind
from models.photographs import Photograph

ZONES = (
    ZoneKind.SIDEWALK, ZoneKind.CARRIAGEWAY, ZoneKind.BIKE_LANE, ZoneKind.TACTILE_PAVING, ZoneKind.FIRE_LANE,
    ZoneKind.NO_PARKING, ZoneKind.NO_STALL, ZoneKind.CONTROLLED,
)  # fmt: skip
"""Each is the whole picture once."""
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
DWELL_SECONDS = 60.0
CAR_PARK = "car_park_h264"
CAR_DWELL_SECONDS = 10.0
PARKED_BY_EYE: tuple[str, ...] = ()
"""Cars of `car_park_h264` that stand for ten seconds, by eye from one picture a second, before any run: none. A white one drives through from 4 to 8 s, a
light blue one from 14 to 17 s, a red one from 15 to 18 s, a white one from 25 to 27 s. The dark edge at the top, which stays, is no car that one could name."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a view says of a stall's place, and the kinds of which one must come of it; none: nothing may."""

    name: str
    permit: dict[str, Any] | None
    kinds: tuple[str, ...]


RULES = (
    Rule("no permit", None, ("V1", "V2", "V3")),
    Rule("in its permit's time", {"hours": ["11:00-14:00"]}, ()),
    Rule("out of its permit's hours, which go as 09002", {"hours": ["18:00-22:00"], "breach": "09002"}, ("V18",)),
    Rule("out of its permit's hours, which go as 09006", {"hours": ["18:00-22:00"], "breach": "09006"}, ("V2",)),
    Rule("out of its permit's season", {"season": {"from": "05-01", "until": "08-31"}, "breach": "09002"}, ("V18",)),
    Rule("its permit is over", {"until": "2026-01-31"}, ("V1", "V2", "V3")),
)
"""It is noon of Monday, 2 March 2026."""


@dataclass(frozen=True, slots=True)
class Told:
    """One replay: its question, the recording, what the view said, and the lines that came.

    Attributes:
        stall: the photograph of the stall that was set in.
        right: whether it came as it must; None where nothing is asked, or the stall was not found without any permit.
    """

    question: str
    clip: str
    said: str
    stall: str | None
    lines: tuple[dict[str, Any], ...]
    right: bool | None


@dataclass(frozen=True, slots=True)
class SetIn:
    """A stall, where it stands, and the rule that holds there."""

    cut: Cut
    spot: Spot
    rule: Rule


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a recording: by a scene, or of a stall that is set into it; played over and over, or `as_recorded`, against what was seen by eye."""

    name: str
    clip: str
    said: str
    scene: Scene | None = None
    set_in: SetIn | None = None
    as_recorded: bool = False


def demanding(kind: ZoneKind) -> Scene:
    """Every kind that a class shows on, with a dwell of a minute; the whole picture is one zone of this kind."""
    shown = [one.id for one in load_catalogue().kinds if one.objects]
    on = {name: {"enabled": True, "dwell_seconds": DWELL_SECONDS, "attendance": "off"} for name in shown}
    return _scene(on, [Zone(id="all", kind=kind, polygon=WHOLE).model_dump(mode="json")])


def parking() -> Scene:
    """No car may stand for ten seconds, nothing else is judged."""
    kinds: dict[str, Any] = {one.id: {"enabled": False} for one in load_catalogue().kinds}
    kinds["V4"] = {"enabled": True, "dwell_seconds": CAR_DWELL_SECONDS}
    return _scene(kinds, [Zone(id="park", kind=ZoneKind.NO_PARKING, polygon=WHOLE).model_dump(mode="json")])


def permitted(rule: Rule, place: Box) -> Scene:
    """The scene of `bench events-footage` with the rule's permit about a place, a tenth wider to each side."""
    told = street_scene().model_dump(mode="json", by_alias=True, exclude_unset=True)
    told["kinds"]["V18"] = {"enabled": True, "dwell_seconds": DWELL_SECONDS, "attendance": "off"}
    x0, y0, x1, y1 = place
    wide, high = (x1 - x0) / 10, (y1 - y0) / 10
    left, right, top, bottom = max(0.0, x0 - wide), min(1.0, x1 + wide), max(0.0, y0 - high), min(1.0, y1 + high)
    if rule.permit is not None:
        whole_year = {"id": "pitch", "from": "2026-01-01", "until": "2026-12-31", "polygon": [[left, top], [right, top], [right, bottom], [left, bottom]]}
        told["views"][0]["permits"] = [whole_year | rule.permit]
    return Scene.model_validate(told)


def run(eye: Eye, footage: Path, photographs: Sequence[Photograph], out: Path, progress: Callable[[str], None] = lambda _: None) -> list[Told]:
    """Asks all of it; a line a replay is appended to `out`, and what is there is passed over, so a run goes on where it stopped.

    Raises:
        BenchmarkError: a recording is missing, there are too few stalls, or `out` is another run's.
    """
    done = read_told(out) if out.exists() else []
    still = {name: frames(footage / f"{name}.mp4") for name in sorted({spot.clip for spot in SPOTS})}
    out.parent.mkdir(parents=True, exist_ok=True)
    found: list[Told] = []
    with out.open("a", encoding="utf-8") as file:
        for number, asked in enumerate(_questions(list(still), stalls(photographs, len(SPOTS)))):
            stall = None if asked.set_in is None else asked.set_in.cut.photograph.id
            if number < len(done):
                if (done[number].question, done[number].clip, done[number].said, done[number].stall) != (asked.name, asked.clip, asked.said, stall):
                    raise BenchmarkError(f"{out} is of another run (other photographs or another fold): name another file")
                found.append(done[number])
                continue
            progress(f"{asked.name}: {asked.clip}, {asked.said}" + ("" if stall is None else f", a stall of {stall}"))
            found.append(Told(asked.name, asked.clip, asked.said, stall, *_answer(eye, footage, still[asked.clip], asked, found)))
            file.write(json.dumps(asdict(found[-1]), ensure_ascii=False) + "\n")
            file.flush()
    return found


def read_told(path: Path) -> list[Told]:
    """The lines that a run wrote.

    Raises:
        BenchmarkError: the file or a line cannot be read.
    """
    return read_lines(path, Told, "footage-rules")


def _questions(clips: Sequence[str], cuts: Sequence[Cut]) -> Iterator[Question]:
    for clip in clips:
        for kind in ZONES:
            yield Question("demanding zones", clip, kind.value, scene=demanding(kind))
    yield Question("cars that stand for ten seconds", CAR_PARK, ZoneKind.NO_PARKING.value, scene=parking(), as_recorded=True)
    for spot, cut in zip(SPOTS, cuts, strict=True):
        for rule in RULES:
            yield Question("permits", spot.clip, rule.name, set_in=SetIn(cut, spot, rule))


def _answer(eye: Eye, footage: Path, still: Sequence[Picture], asked: Question, told: Sequence[Told]) -> tuple[tuple[dict[str, Any], ...], bool | None]:
    if asked.set_in is not None:
        return _decided(eye, still, asked.set_in, told)
    assert asked.scene is not None
    if asked.as_recorded:
        lines = _lines(replay(eye, footage / f"{asked.clip}.mp4", asked.scene))
        return lines, len(lines) == len(PARKED_BY_EYE)
    return _lines(_played(eye, still, None, None, asked.scene)), None


def _decided(eye: Eye, still: Sequence[Picture], of: SetIn, told: Sequence[Told]) -> tuple[tuple[dict[str, Any], ...], bool | None]:
    """Whether a rule decided the stall that was set in as it must; the first rule, without a permit, tells whether it is found at all."""
    bare = next((one.right for one in told if one.stall == of.cut.photograph.id and one.said == RULES[0].name), None)
    if of.rule is not RULES[0] and not bare:
        return (), None
    place = place_of(of.cut, of.spot, (still[0].shape[1], still[0].shape[0]))
    came = _lines(_played(eye, still, of.cut, of.spot, permitted(of.rule, place)))
    lines = tuple(line for line in came if iou(_share(line["xyxy"]), place) >= SAME_PLACE)
    kinds = {line["kind"] for line in lines}
    return lines, bool(kinds) == bool(of.rule.kinds) and kinds <= set(of.rule.kinds)


def _played(eye: Eye, still: Sequence[Picture], cut: Cut | None, spot: Spot | None, scene: Scene) -> list[Violation]:
    with tempfile.TemporaryDirectory(prefix="curbwatch-rules-") as folder:
        clip = Path(folder) / "played.mp4"
        write_shots(played(still, cut, spot, 1), clip)
        return list(replay(eye, clip, scene))


def _lines(violations: Iterator[Violation] | Sequence[Violation]) -> tuple[dict[str, Any], ...]:
    return tuple(
        {"kind": one.kind, "grade": one.grade.value, "score": one.score, "first_seen": one.first_seen, "confirmed_at": one.confirmed_at, "xyxy": list(one.xyxy)}
        for one in violations
    )


def _share(xyxy: Sequence[float]) -> Box:
    x0, y0, x1, y1 = xyxy
    return x0 / WIDTH_PX, y0 / HEIGHT_PX, x1 / WIDTH_PX, y1 / HEIGHT_PX


def _scene(kinds: dict[str, Any], zones: list[dict[str, Any]]) -> Scene:
    return Scene.model_validate({"schema": "curbwatch.scene/1", "kinds": kinds, "views": [{"camera_id": CAMERA, "zones": zones}]})
