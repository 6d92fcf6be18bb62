"""A folder of real photographs: `manifest.json` beside `images/`, and the project's own corrections to it.

A manifest is a list of pictures with `id`, `file`, `width`, `height`, `origin` (the data set, author or video that a picture comes from, which no
split may cut through), `view`, and `boxes` (`class` and `box` in 0..1 of the picture); without width and height they are read from the picture.
Boxes of others are not beyond doubt: `corrections.json` here names a picture by its id and the SHA-256 of its file, says what is changed and why,
and never holds a picture. A correction of a picture that the folder lacks is passed over, so the same file serves several folders; one whose file
is another picture is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from models.classes import SELLING
from models.errors import TrainingError
from models.pictures import read_picture

CORRECTIONS = Path(__file__).with_name("corrections.json")
"""The corrections of this project, which every reading applies unless it names others or None."""


@dataclass(frozen=True, slots=True)
class PhotoBox:
    """One box: left, top, right, bottom in 0..1 of the picture, and its marks.

    `difficult` boxes are shown to training and not counted when measuring; a `group` box holds several things in one;
    a `covered` one is a closed stall under its sheet.
    """

    xyxy: tuple[float, float, float, float]
    name: str
    difficult: bool = False
    group: bool = False
    covered: bool = False

    @property
    def height(self) -> float:
        """Share of the picture's height."""
        return self.xyxy[3] - self.xyxy[1]


@dataclass(frozen=True, slots=True)
class Photograph:
    """One photograph: `width` and `height` in pixels; `hard_negative` is the reason why it looks like what it is not; `collection` the folder's name.

    `given` are the boxes of the manifest, before corrections: folds are cut by them, so that a later correction moves no origin. A picture that is
    `left_out` is in no side of any fold.
    """

    id: str
    path: Path
    width: int
    height: int
    origin: str
    view: str
    hard_negative: str | None
    boxes: tuple[PhotoBox, ...]
    repository: str = ""
    collection: str = ""
    notes: str = ""
    given: tuple[PhotoBox, ...] = ()
    left_out: bool = False

    @property
    def counted(self) -> tuple[PhotoBox, ...]:
        """The boxes that a measurement of selling counts: of the classes of SELLING, not `difficult`."""
        return counted(self.boxes)

    @property
    def selling(self) -> bool:
        """Whether a counted box of selling is in it: a positive."""
        return bool(self.counted)

    @property
    def empty(self) -> bool:
        """Whether nothing at all is boxed: a negative. Pictures with only parasols or `difficult` boxes are neither."""
        return not self.boxes


def counted(boxes: Iterable[PhotoBox]) -> tuple[PhotoBox, ...]:
    """The boxes of the classes of SELLING that are not `difficult`."""
    return tuple(box for box in boxes if box.name in SELLING and not box.difficult)


def read(folder: Path, corrections: Path | None = CORRECTIONS) -> tuple[Photograph, ...]:
    """The photographs of a folder, by id, after corrections.

    Raises:
        TrainingError: the manifest or the corrections cannot be read, an entry is not understood, a picture is missing, two share an id,
            or a corrected picture is another one than the correction was written for.
        PictureError: a picture whose size the manifest does not tell cannot be read.
    """
    path = folder / "manifest.json"
    entries = _json(path)
    if not isinstance(entries, list):
        raise TrainingError(f"{path} holds no list of pictures, each with id, file, origin and boxes")
    found: dict[str, Photograph] = {}
    for number, entry in enumerate(entries):
        photograph = _photograph(folder, path, number, entry)
        if photograph.id in found:
            raise TrainingError(f"{path}: two pictures have the id {photograph.id}: give one of them another")
        found[photograph.id] = photograph
    if corrections is not None:
        _correct(found, corrections)
    return tuple(found[id_] for id_ in sorted(found))


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TrainingError(f"{path} is not there: a folder of photographs has a manifest.json beside its images/") from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise TrainingError(f"{path} cannot be read as JSON: {' '.join(str(error).split())}") from None


def _photograph(folder: Path, manifest: Path, number: int, entry: Any) -> Photograph:
    try:
        boxes = _boxes(entry["boxes"])
        photograph = Photograph(
            id=str(entry["id"]),
            path=folder / str(entry["file"]),
            width=int(entry.get("width") or 0),
            height=int(entry.get("height") or 0),
            origin=str(entry["origin"]),
            view=str(entry.get("view") or "street_level"),
            hard_negative=entry.get("hard_negative") or None,
            boxes=boxes,
            repository=str(entry.get("source_repo") or ""),
            collection=folder.resolve().name,
            notes=str(entry.get("notes") or ""),
            given=boxes,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TrainingError(f"{manifest}, picture {number}: {type(error).__name__} {error}: it needs id, file, origin and boxes in 0..1") from None
    if not photograph.path.is_file():
        raise TrainingError(f"{photograph.path} is not there, though {manifest} names it")
    if photograph.width <= 0 or photograph.height <= 0:
        height, width = read_picture(photograph.path).shape[:2]
        return replace(photograph, width=width, height=height)
    return photograph


def _boxes(entries: list[Mapping[str, Any]]) -> tuple[PhotoBox, ...]:
    boxes = []
    for entry in entries:
        x0, y0, x1, y1 = (min(1.0, max(0.0, float(value))) for value in entry["box"])
        if x1 <= x0 or y1 <= y0:
            raise ValueError(f"a box without extent: {entry['box']}")
        marks = {mark: bool(entry.get(mark, False)) for mark in ("difficult", "group", "covered")}
        boxes.append(PhotoBox((x0, y0, x1, y1), str(entry["class"]), **marks))
    return tuple(boxes)


def _correct(found: dict[str, Photograph], corrections: Path) -> None:
    """Applies each correction whose picture is here: other `boxes`, indices of `covered` ones, or `leave_out`."""
    for entry in _json(corrections):
        try:
            photograph = found.get(entry["id"])
            if photograph is None:
                continue
            if hashlib.sha256(photograph.path.read_bytes()).hexdigest() != entry["sha256"]:
                raise TrainingError(
                    f"{corrections} corrects {entry['id']}, but {photograph.path} is another picture than it was written for: take the entry out"
                )
            boxes = _boxes(entry["boxes"]) if "boxes" in entry else photograph.boxes
            covered = set(entry.get("covered", ()))
            boxes = tuple(replace(box, covered=True) if i in covered else box for i, box in enumerate(boxes))
            found[photograph.id] = replace(photograph, boxes=boxes, left_out=bool(entry.get("leave_out")))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TrainingError(f"{corrections}: {type(error).__name__} {error}: an entry needs id, sha256, why, and boxes, covered or leave_out") from None
