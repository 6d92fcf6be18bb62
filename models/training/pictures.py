"""The training set of one fold on disk, in Ultralytics' layout: real photographs, copies of them small and far, rendered pictures.

`images/train`, `images/val` (the calibration fifth: measured while training, never trained on), `labels/…` and a `data.yaml`. Photographs and rendered
pictures are links. A file's name begins with where it comes from: the folder of photographs (`street_real_`, `street_kinds_`), `half_`, `third_`, `rendered0_`.
Beside them `pictures.json` says of each training picture which classes are boxed completely in it, so that a loss can pass over the others:
photographs of stalls have no boxes of laundry, and in photographs of garbage not all stalls are boxed. `origins.json` names the origin of each
picture, by which an evaluation resamples.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from models.classes import STREET_CLASSES
from models.errors import EvaluationError, PictureError, TrainingError
from models.measuring.labelled import ORIGINS, open_set, read_labels, text_lines
from models.photographs import Fold, PhotoBox, Photograph, refuse, refuse_pictures
from models.photographs.hashes import hashes_of
from models.pictures import claimed_size
from models.training.small_copies import make_copy, plan_copies

COMPLETE = {
    "street_real": ("stall", "goods_out", "vendor_vehicle", "parasol"),
    "street_kinds": ("garbage_pile", "bin_overflow", "material_pile", "laundry", "open_grill", "banner", "bikes_row"),
}
"""Classes of which every thing is boxed, by folder of photographs; of a folder that is not named here, all."""
LABELLED = "pictures.json"
"""Beside data.yaml: file name → the classes that are boxed completely in it; a picture that it does not name has all."""
SMALLEST_PX = 10
"""Ultralytics passes over pictures with a shorter side."""


@dataclass(frozen=True, slots=True)
class LaidOut:
    """What lies in the folder now: the `data.yaml`, how many pictures of which sort train, what `val` holds (`calibration`), and the origins of both sides."""

    data: Path
    photographs: int
    small: int
    rendered: int
    calibration: int
    origins: tuple[str, ...]
    calibration_origins: tuple[str, ...]


def lay_out(
    fold: Fold,
    target: Path,
    *,
    rendered: Sequence[Path] = (),
    repeat_rendered: int = 1,
    small_copies: float = 1.0,
    footage: Path | None = None,
    classes: Sequence[str] = STREET_CLASSES,
    told: Callable[[int, int], None] | None = None,
) -> LaidOut:
    """Writes one fold for training: `fold = folds(read(real), 3, others=read(kinds))[n]`, or `whole(read(real), others=read(kinds))` for the shipped model.

    Args:
        rendered: folders with images/ and labels/ in YOLO form (ids by the names of their data.yaml, or in the order of `classes` without one);
            the training side only; a picture without a label file is still being rendered and is passed over.
        repeat_rendered: how often each rendered picture counts.
        small_copies: the share of the photographs of the training side that are also set small into other streets, at a half and at a third
            (1.0: two more pictures for each one; 0: none).
        footage: folder of recorded footage whose frames are refused; the committed list of their hashes is asked without it too.
        classes: names in the order of the label ids; boxes of other names are left out.
        told: called with the copies made and the copies to make, now and then.

    Run again, it keeps the copies that are there and takes away what does not belong to this fold.

    Raises:
        TrainingError: the fold shares an origin or a near-duplicate across its sides, holds frames of footage, or a rendered folder is not one.
        EvaluationError: a label of a rendered folder is not in UTF-8.
        PictureError: a photograph cannot be read.
    """
    refuse(fold, footage=footage)
    train, val = _Side(target, "train", tuple(classes)), _Side(target, "val", tuple(classes))
    for side, photographs in ((train, fold.train), (val, fold.calibration)):
        for photograph in photographs:
            stem = f"{photograph.collection}_{photograph.id}"
            side.link(photograph.path, stem, photograph.origin, photograph.boxes, _complete(photograph, classes))
    copies = plan_copies(fold.train, small_copies)
    for done, copy in enumerate(copies):
        path = train.images / f"{copy.name}.jpg"
        if not path.is_file():
            make_copy(copy, path)
        train.label(path, copy.photograph.origin, copy.boxes, _complete(copy.photograph, classes))
        if told is not None:
            told(done + 1, len(copies))
    shown = sum(_link_rendered(folder, train, repeat_rendered) for folder in rendered)
    train.finish()
    val.finish()
    names = dict(enumerate(classes))
    data = target / "data.yaml"
    data.write_text(
        yaml.safe_dump({"path": str(target.resolve()), "train": "images/train", "val": "images/val", "names": names}, sort_keys=False), encoding="utf-8"
    )
    (target / LABELLED).write_text(json.dumps(train.complete, indent=0), encoding="utf-8")
    (target / ORIGINS).write_text(json.dumps(train.origins | val.origins, indent=0), encoding="utf-8")
    origins, calibration_origins = (tuple(sorted({p.origin for p in side})) for side in (fold.train, fold.calibration))
    return LaidOut(data, len(fold.train), len(copies), shown, len(fold.calibration), origins, calibration_origins)


@dataclass(slots=True)
class _Side:
    """`images/…` and `labels/…` of one split, and the files that belong there."""

    target: Path
    name: str
    classes: tuple[str, ...]
    kept: set[str] = field(default_factory=set)
    complete: dict[str, list[str]] = field(default_factory=dict)
    """By file name: the classes of which everything is boxed."""
    origins: dict[str, str] = field(default_factory=dict)
    """By file name without its ending."""

    def __post_init__(self) -> None:
        self.images.mkdir(parents=True, exist_ok=True)
        self.labels.mkdir(parents=True, exist_ok=True)

    @property
    def images(self) -> Path:
        return self.target / "images" / self.name

    @property
    def labels(self) -> Path:
        return self.target / "labels" / self.name

    def link(self, source: Path, stem: str, origin: str, boxes: Iterable[PhotoBox], complete: Iterable[str]) -> None:
        path = self.images / f"{stem}{source.suffix.lower()}"
        path.unlink(missing_ok=True)
        path.symlink_to(source.resolve())
        self.label(path, origin, boxes, complete)

    def label(self, picture: Path, origin: str, boxes: Iterable[PhotoBox], complete: Iterable[str]) -> None:
        lines = []
        for box in boxes:
            if box.name in self.classes:
                x0, y0, x1, y1 = box.xyxy
                lines.append(f"{self.classes.index(box.name)} {(x0 + x1) / 2:.5f} {(y0 + y1) / 2:.5f} {x1 - x0:.5f} {y1 - y0:.5f}\n")
        (self.labels / f"{picture.stem}.txt").write_text("".join(lines), encoding="ascii")
        self.kept |= {picture.name, f"{picture.stem}.txt"}
        self.complete[picture.name] = list(complete)
        self.origins[picture.stem] = origin

    def finish(self) -> None:
        """Takes away what an earlier layout left."""
        for path in (*self.images.iterdir(), *self.labels.iterdir()):
            if path.name not in self.kept:
                path.unlink()


def _complete(photograph: Photograph, classes: Sequence[str]) -> list[str]:
    wanted = COMPLETE.get(photograph.collection, tuple(classes))
    return [name for name in classes if name in wanted]


def _link_rendered(folder: Path, side: _Side, repeat: int) -> int:
    """Links the finished pictures of a rendered folder; how many there are.

    Raises:
        TrainingError: no such folder, or a label is not understood.
        EvaluationError: a label is not in UTF-8.
    """
    if not (folder / "images").is_dir() or not (folder / "labels").is_dir():
        raise TrainingError(f"{folder} holds no images/ and labels/: name a folder that `curbwatch street dataset` wrote")
    names = _names_of(folder) or side.classes
    found = 0
    for picture in sorted((folder / "images").glob("*.jpg")):
        label = folder / "labels" / f"{picture.stem}.txt"
        if not label.is_file():
            continue
        boxes = tuple(_rendered_box(label, line, names) for line in text_lines(label) if line.strip())
        name = f"{folder.resolve().name}_{picture.stem}"
        for copy in range(repeat):
            side.link(picture, f"rendered{copy}_{name}", name.rsplit("_", 1)[0], boxes, [known for known in side.classes if known in names])
        found += 1
    return found


def _names_of(folder: Path) -> tuple[str, ...]:
    path = folder / "data.yaml"
    if not path.is_file():
        return ()
    try:
        names: Any = yaml.safe_load(path.read_text(encoding="utf-8"))["names"]
        return tuple(str(names[i]) for i in range(len(names)))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} names no classes: {' '.join(str(error).split())}") from None


def _rendered_box(label: Path, line: str, names: Sequence[str]) -> PhotoBox:
    try:
        number, *values = line.split()
        x, y, w, h = (float(value) for value in values)
        if int(number) < 0:
            raise IndexError(number)
        return PhotoBox((x - w / 2, y - h / 2, x + w / 2, y + h / 2), names[int(number)])
    except (ValueError, IndexError):
        raise TrainingError(f"{label}: {line[:60]!r} is not 'class x y width height' of a class of its data.yaml") from None


def refuse_set(data: Path, *, footage: Path | None = None) -> None:
    """The refusals for a set of one's own, by its data.yaml: other classes, what cannot be read, near-duplicates between `train` and `val`, and frames of
    footage that is for tests.

    Where both name the same pictures nothing is held back, and only footage is refused.

    Raises:
        TrainingError: the classes are others, a picture or its labels cannot be read, a picture of `train` is nearly one of `val`, or a frame of the footage.
        EvaluationError: the file or its pictures are not there.
        PictureError: a recording of the footage cannot be read.
    """
    refuse_other_classes(data)
    refuse_unusable(data)
    train, val = (open_set(data, split).pictures for split in ("train", "val"))
    refuse_pictures({"train": train} | ({} if set(train) == set(val) else {"val": val}), footage=footage)


def refuse_other_classes(data: Path) -> None:
    """A label is a number: a set that means another class by it would be learned as the branch's.

    Raises:
        TrainingError: the names are not the branch's, or the first of them, in their order.
        EvaluationError: as `open_set`.
    """
    names = open_set(data, "train").names
    if names != STREET_CLASSES[: len(names)]:
        where, found = next(((i, name) for i, name in enumerate(names) if STREET_CLASSES[i : i + 1] != (name,)))
        wanted = ", ".join(STREET_CLASSES)
        raise TrainingError(
            f"{data}: calls class {where} {found!r}; number the labels, and write names, in this order: {wanted} (some of the first are enough)"
        )


def refuse_unusable(data: Path) -> None:
    """What Ultralytics would pass over without a word: pictures of both splits that cannot be read, and labels that are none.

    Raises:
        TrainingError: there are some; the first is named with its reason, the others are counted.
        EvaluationError: as `open_set`.
    """
    train, val = (open_set(data, split) for split in ("train", "val"))
    pictures = dict.fromkeys((*train.pictures, *val.pictures))
    faults = [fault for picture in pictures if (fault := _fault(picture, len(train.names)))]
    if faults:
        more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise TrainingError(f"{data}: {faults[0]}{more}; {len(faults)} of {len(pictures)} pictures would be passed over: mend them or leave them out")


def _fault(picture: Path, classes: int) -> str:
    """Why a picture cannot be trained on; nothing where it can."""
    try:
        hashes_of(picture)
        width, height = claimed_size(picture.read_bytes()) or (SMALLEST_PX, SMALLEST_PX)
        if min(width, height) < SMALLEST_PX:
            return f"{picture} is {width}x{height} pixels, and training takes {SMALLEST_PX} a side or more"
        read_labels(picture, width, height, range(classes))
    except (PictureError, EvaluationError) as error:
        return str(error)
    return ""


def lay_out_set(data: Path, target: Path) -> Path:
    """Writes a set of one's own for Ultralytics, which looks for relative paths where it is called: lists of full paths, and the data.yaml that is returned.

    That names all the branch's classes: a set that names the first of them only says nothing about the others, and its pictures are told to be so.

    Raises:
        TrainingError: `pictures.json` beside the data.yaml cannot be read.
        EvaluationError: as `open_set`.
    """
    target.mkdir(parents=True, exist_ok=True)
    names: tuple[str, ...] = ()
    trained: tuple[Path, ...] = ()
    for split in ("train", "val"):
        labelled = open_set(data, split)
        names = labelled.names
        trained = trained or tuple(labelled.pictures)
        (target / f"{split}.txt").write_text("".join(f"{path.absolute()}\n" for path in labelled.pictures), encoding="utf-8")
    complete = data.with_name(LABELLED)
    try:
        said = json.loads(complete.read_bytes()) if complete.exists() else {}
    except (OSError, ValueError) as error:
        raise TrainingError(f"{complete} cannot be read as JSON: {' '.join(str(error).split())}") from None
    if len(names) < len(STREET_CLASSES):
        said = {path.name: list(names) for path in trained} | said
    (target / LABELLED).write_text(json.dumps(said, indent=0), encoding="utf-8")
    laid = target / "data.yaml"
    fields = {"path": str(target.resolve()), "train": "train.txt", "val": "val.txt", "names": dict(enumerate(STREET_CLASSES))}
    laid.write_text(yaml.safe_dump(fields, sort_keys=False), encoding="utf-8")
    return laid


def training_pictures(data: Path, limit: int = 64) -> list[Path]:
    """Up to `limit` pictures of the training split, evenly taken."""
    pictures = list(open_set(data, "train").pictures)
    return pictures[:: max(1, len(pictures) // limit)][:limit]
