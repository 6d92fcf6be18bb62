"""Labelled pictures in Ultralytics' layout: `images/…` and `labels/…` side by side, class names in a `data.yaml`.

A split is a folder or a text file with one picture a line. Where an `origins.json` lies beside the `data.yaml` (picture's name without ending: origin),
intervals resample those; else each picture is its own origin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models.errors import EvaluationError
from models.looking import look_at
from models.measuring.looked import Labels, Looked
from models.measuring.names import read_names
from models.pictures import read_picture
from models.session import Detector

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})
ORIGINS = "origins.json"


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Pictures of a set, with the class names that its labels number, and the origin of each picture by its name without ending."""

    pictures: tuple[Path, ...]
    names: tuple[str, ...]
    origins: Mapping[str, str] = field(default_factory=dict)

    def origin(self, picture: Path) -> str:
        """Where a picture comes from; its own name where that is not told."""
        return self.origins.get(picture.stem, picture.stem)


def open_set(data: Path, split: str = "val") -> LabelledSet:
    """Opens the `split` of a set by its `data.yaml`.

    Raises:
        EvaluationError: the file, the names or the pictures are not there.
    """
    try:
        fields: Any = yaml.safe_load(data.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise EvaluationError(f"{data} cannot be read as YAML: {' '.join(str(error).split())}") from None
    if not isinstance(fields, dict) or "names" not in fields:
        raise EvaluationError(f"{data} has no field 'names': it must map class ids to names, as Ultralytics' data sets do")
    if split not in fields:
        raise EvaluationError(f"{data} has no field {split!r}: name one of its splits with --split")
    names = fields["names"]
    ordered = tuple(str(names[i]) for i in sorted(names)) if isinstance(names, dict) else tuple(str(name) for name in names)
    base = Path(fields.get("path") or "")
    base = base if base.is_absolute() else data.parent / base
    pictures = _pictures(base, base / str(fields[split]))
    if not pictures:
        raise EvaluationError(f"{data}: no picture lies under {base / str(fields[split])}")
    return LabelledSet(pictures, ordered, _origins(data.parent / ORIGINS))


def _pictures(base: Path, place: Path) -> tuple[Path, ...]:
    """The pictures of a folder, or those that a text file lists (relative to `base`, or absolute)."""
    if place.is_dir():
        return tuple(sorted(path for path in place.rglob("*") if path.suffix.lower() in ENDINGS))
    if place.suffix == ".txt" and place.is_file():
        return tuple(base / line.strip() for line in place.read_text(encoding="utf-8").splitlines() if line.strip())
    return ()


def _origins(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    return read_names(path, "the name of each picture to its origin")


def label_path(picture: Path) -> Path:
    """The label file of a picture: the last folder `images` of its path replaced by `labels`, the ending by `.txt`."""
    parts = list(picture.parts)
    at = len(parts) - 1 - parts[::-1].index("images") if "images" in parts else None
    if at is None:
        raise EvaluationError(f"{picture} does not lie under a folder 'images', so its labels cannot be found")
    parts[at] = "labels"
    return Path(*parts).with_suffix(".txt")


def read_labels(picture: Path, width: int, height: int, ids: Sequence[int | None]) -> Labels:
    """The labels of a picture of this size in pixels; `ids` maps a label's class to the model's, None leaves it out. No file: no labels.

    A line that stands twice is one label, as Ultralytics reads it.

    Raises:
        EvaluationError: a line that is not `class x y w h` in 0..1; the message names file and line.
    """
    path = label_path(picture)
    boxes: list[list[float]] = []
    classes: list[int] = []
    seen: set[tuple[str, ...]] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else (), start=1):
        words = tuple(line.split())
        if not words or words in seen:
            continue
        seen.add(words)
        try:
            class_text, *numbers = words
            x, y, w, h = (float(value) for value in numbers)
            own = ids[int(class_text)] if int(class_text) >= 0 else ids[len(ids)]
        except (ValueError, IndexError):
            raise EvaluationError(f"{path}, line {number}: {line[:60]!r} is not 'class x y width height' of a known class") from None
        if own is not None:
            boxes.append([(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height])
            classes.append(own)
    return Labels(np.asarray(boxes, np.float32).reshape(-1, 4), np.asarray(classes, np.int64))


def looks(detector: Detector, labelled: LabelledSet, only: Collection[str] = ()) -> Iterator[Looked]:
    """Looks at every picture of a set; only classes that both know count, and of those `only` the named ones, if any are.

    Raises:
        EvaluationError: the model and the set share no class.
        PictureError: a picture cannot be read.
    """
    ids = [detector.names.index(name) if name in detector.names and (not only or name in only) else None for name in labelled.names]
    known = {i for i in ids if i is not None}
    if not known:
        raise EvaluationError(f"the model knows none of the set's classes ({', '.join(only or labelled.names[:8])})")
    for path in labelled.pictures:
        picture = read_picture(path)
        height, width = picture.shape[:2]
        found = look_at(detector, picture)
        labels = read_labels(path, width, height, ids)
        yield Looked(path, labelled.origin(path), width, height, found[np.isin(found.class_ids, sorted(known))], labels)
