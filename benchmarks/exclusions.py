"""How well a verifier recognises what excuses: the exclusions that it shows, on rendered pictures whose every box is known.

It is asked about the true box of each thing, so that what a detector misses or frames badly is not counted here: a recall is of the verifier alone. A thing
has a question of its own, for boxes that lie together would share a cut. The cut about a box is the one of a zoom look, which shows the place at the picture's
own resolution with far more about it than the verifier looks at. What is hardly visible or smaller than 20 px is left out, as it is from training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors import BenchmarkError
from benchmarks.tables import table
from detector.judgement.exclusions import COVERED, COVERED_FROM
from evidence.kinds import Exclusion
from evidence.model import Text
from models.classes import SELLING
from models.detections import Detections
from models.measuring.origins import Interval, intervals
from models.pictures import read_picture
from models.training.verifier.examples import Example, rendered_examples
from models.verifier import Verifier
from models.verifier.network import LOOK_ALIKES

LEAST_CASES = 10
"""Of fewer cases no share is told."""
SURE = 1.96
"""Standard deviations about a share that hold 95 % of a normal distribution."""
ANY = "any"
Ask = Callable[[NDArray[np.uint8], NDArray[np.float32]], tuple[str, float]]
"""Answers for a picture (h, w, 3) uint8 RGB and a box (4,) float32 in its pixels what it looks like most, and the probability (0..1) that it is covered."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing and what the verifier said of it.

    Attributes:
        scene: which scene its picture shows; pictures of one scene show the same things, from elsewhere.
        look: what it is: a class of SELLING or one of LOOK_ALIKES.
        covered: whether it is closed or covered.
        looks_like: what the verifier says that it looks like most.
        covered_share: the probability (0..1) that it gives it of being covered.
    """

    scene: str
    look: str
    covered: bool
    looks_like: str
    covered_share: float

    @property
    def is_open(self) -> bool:
        """Whether it sells and is open: nothing that the verifier shows may excuse it."""
        return self.look in SELLING and not self.covered


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many.

    Attributes:
        counted: None where there are fewer than LEAST_CASES.
        value: counted / n in 0..1, None likewise.
        interval: 95 %, by resampling scenes; by Wilson's formula where all or none count, of which every resampling says the same. None where there are
            too few cases, or fewer than three scenes.
    """

    n: int
    counted: int | None = None
    value: float | None = None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class ExclusionFigures:
    """An exclusion as the verifier shows it.

    Attributes:
        shows: the look-alikes, or `covered`, by which it shows.
        recognised: of its real cases, those in which it shows.
        wrong: of what sells and is open, what it would excuse. Whether the fused score had confirmed that is another question.
        taken_for: what the verifier says that its cases look like → how many, most first; empty where there are too few.
    """

    id: str
    name: Text
    shows: tuple[str, ...]
    recognised: Share
    wrong: Share
    taken_for: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """All exclusions that a verifier shows.

    Attributes:
        model: name and version of the detector, with what names its and the verifier's file.
        pictures, scenes: in which something was asked about.
        learned: how many of the pictures show a scene that the model was trained on.
        wrong: of what sells and is open, what any of them would excuse.
    """

    model: str
    pictures: int
    scenes: int
    learned: int
    exclusions: tuple[ExclusionFigures, ...]
    wrong: Share


def shown_by_verifier(exclusions: Sequence[Exclusion]) -> tuple[Exclusion, ...]:
    """Those of them that a verifier shows by a look-alike or by `covered`, in their order."""
    return tuple(one for one in exclusions if one.seen_by == "verifier" and not {*LOOK_ALIKES, COVERED}.isdisjoint(one.shows))


def is_case(one: Exclusion, thing: Seen) -> bool:
    """Whether a thing really is what the exclusion excuses."""
    return thing.look in one.shows or (COVERED in one.shows and thing.look in SELLING and thing.covered)


def is_recognised(one: Exclusion, thing: Seen) -> bool:
    """Whether what the verifier said of a thing shows the exclusion, as judging reads it."""
    return thing.looks_like in one.shows or (COVERED in one.shows and thing.covered_share >= COVERED_FROM)


def share_of(things: Sequence[Seen], counts: Callable[[Seen], bool]) -> Share:
    """How many of the things count, with the interval; their number alone where there are fewer than LEAST_CASES."""
    n = len(things)
    if n < LEAST_CASES:
        return Share(n)
    marks = np.array([counts(thing) for thing in things], np.float64)
    counted = int(marks.sum())
    spread = intervals([thing.scene for thing in things], lambda chosen: {"share": float(marks[chosen].mean())}).get("share")
    if spread is not None and counted in (0, n):
        spread = wilson(counted, n)
    return Share(n, counted, counted / n, spread)


def wilson(counted: int, n: int) -> Interval:
    """Between these lies a share of which `counted` of `n` (> 0) were drawn, 95 % (E. B. Wilson, 1927)."""
    share, spread = counted / n, SURE * SURE / n
    middle, half = share + spread / 2, SURE * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    return Interval(max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread)))


def figures_of(exclusions: Sequence[Exclusion], things: Sequence[Seen]) -> tuple[tuple[ExclusionFigures, ...], Share]:
    """The figures of each exclusion, and what any of them would wrongly excuse."""
    selling = [thing for thing in things if thing.is_open]
    wrong = share_of(selling, lambda thing: any(is_recognised(one, thing) for one in exclusions))
    return tuple(_figures(one, things, selling) for one in exclusions), wrong


def _figures(one: Exclusion, things: Sequence[Seen], selling: Sequence[Seen]) -> ExclusionFigures:
    cases = [thing for thing in things if is_case(one, thing)]
    taken: dict[str, int] = {}
    for thing in cases if len(cases) >= LEAST_CASES else ():
        taken[thing.looks_like] = taken.get(thing.looks_like, 0) + 1
    ordered = dict(sorted(taken.items(), key=lambda item: (-item[1], item[0])))
    found, excused = share_of(cases, lambda thing: is_recognised(one, thing)), share_of(selling, lambda thing: is_recognised(one, thing))
    return ExclusionFigures(one.id, one.name, one.shows, found, excused, ordered)


def things_in(folders: Sequence[Path]) -> list[Example]:
    """The look-alikes and what sells in rendered folders (images/, meta/), each folder once.

    Raises:
        BenchmarkError: a folder holds no labelled pictures, or there is nothing to measure in any.
        TrainingError: a label is not what is written there.
    """
    found: list[Example] = []
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        if not any((folder / "meta" / f"{path.stem}.json").is_file() for path in (folder / "images").glob("*.jpg")):
            raise BenchmarkError(f"{folder} holds no pictures with labels (images/*.jpg, meta/*.json): make some with `curbwatch street dataset`")
        found += (one for one in rendered_examples(folder) if one.look in SELLING or one.look in LOOK_ALIKES)
    if not any(one.covered or one.look in LOOK_ALIKES for one in found):
        raise BenchmarkError("there is nothing to measure: no look-alike and nothing covered that is visible and of 20 px at least")
    return found


def asked_of(verifier: Verifier, names: tuple[str, ...]) -> Ask:
    """Asks a verifier as a worker's zoom look does, about one box.

    Args:
        names: the detector's classes; at least one of them is of SELLING.
    """
    called = np.array([next(index for index, name in enumerate(names) if name in SELLING)], np.int64)

    def ask(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> tuple[str, float]:
        answer = verifier.ask(picture, Detections(box[None], np.ones(1, np.float32), called, names), by_class=True, zoomed=True)
        return answer.looks_like[0], float(answer.covered[0])

    return ask


def listen(ask: Ask, things: Sequence[Example], tick: Callable[[], None] = lambda: None) -> Iterator[Seen]:
    """What is said of each thing; those of one picture lie together. `tick` is called after each.

    Raises:
        PictureError: a picture cannot be read.
    """
    shown: Path | None = None
    picture = np.empty((0, 0, 3), np.uint8)
    for thing in things:
        if thing.path != shown:
            picture, shown = read_picture(thing.path), thing.path
        height, width = picture.shape[:2]
        looks_like, covered = ask(picture, np.array(thing.box, np.float32) * np.array([width, height] * 2, np.float32))
        yield Seen(_scene(thing.path), thing.look, thing.covered, looks_like, covered)
        tick()


def run(model: str, folders: Sequence[Path], begin: Callable[[int], Callable[[], None]] = lambda _: lambda: None) -> Figures:
    """Measures the shipped catalogue's exclusions with a model by name or path.

    Args:
        begin: is told how many things are asked about, and gives what is called after each.

    Raises:
        BenchmarkError: a folder holds no labelled pictures, there is nothing to measure, or the model has no verifier or no class that sells.
        ModelError: the model, a label or a picture cannot be read.
    """
    from evidence.kinds import load_catalogue
    from models.session import open_model
    from models.verifier import files_of, verifier_of

    things = things_in(folders)
    session = open_model(model, provider="cpu")
    verifier = verifier_of(session)
    if verifier is None:
        raise BenchmarkError(f"{model} has no verifier, and nothing else shows these exclusions: train one with `curbwatch models train-verifier`")
    if not any(name in SELLING for name in session.names):
        raise BenchmarkError(f"{model} has none of the classes {', '.join(SELLING)}, of which a verifier is asked")
    seen = list(listen(asked_of(verifier, session.names), things, begin(len(things))))
    each, wrong = figures_of(shown_by_verifier(load_catalogue().exclusions), seen)
    pictures, card = {one.path for one in things}, session.card
    learned = sum(card is not None and (seed := _seed(path)) is not None and card.saw_seed(seed) for path in pictures)
    told = f"{session.name} {session.version} ({files_of(session, verifier)})"
    return Figures(told, len(pictures), len({_scene(path) for path in pictures}), learned, each, wrong)


def _scene(path: Path) -> str:
    """A picture is named by its scene's seed and its number among the scene's pictures."""
    return f"{path.parent.parent}/{path.stem.rpartition('_')[0] or path.stem}"


def _seed(path: Path) -> int | None:
    seed = path.stem.rpartition("_")[0]
    return int(seed) if seed.isdecimal() else None


def as_text(found: Figures) -> str:
    """The figures as a table for a person."""
    learned = f"; {found.learned} of the pictures show scenes that it was trained on" if found.learned else ""
    rows = [[one.id, one.name.zh, one.name.en, *_cells(one.recognised), *_cells(one.wrong)[1:]] for one in found.exclusions]
    rows.append([ANY, "任一", "any of them", None, None, "", *_cells(found.wrong)[1:]])
    header = ("id", "名称", "name", "cases", "recognised", "recall", "wrong", f"of {found.wrong.n} open")
    lines = (
        f"{found.model}, {found.pictures} pictures of {found.scenes} scenes{learned}",
        "recall: of the true cases; wrong: things that sell openly and would be excused; 95 % intervals by resampling scenes",
        "",
        table(header, rows),
    )
    return "\n".join(lines)


def _cells(share: Share) -> tuple[int, int | None, str]:
    if share.value is None:
        return share.n, None, f"fewer than {LEAST_CASES}"
    spread = f" ({share.interval.low:.2f} to {share.interval.high:.2f})" if share.interval else ""
    return share.n, share.counted, f"{share.value:.3f}{spread}"
