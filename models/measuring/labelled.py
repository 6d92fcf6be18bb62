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
BEYOND = 0.01
"""So far beyond 0..1 a number of a label may lie: Ultralytics' bound, so what is measured is what would be trained on."""


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
        raise EvaluationError(f"{data} has no field {split!r}: say in it where the pictures of that split lie, or ask for another split")
    names = _names(data, fields)
    path = fields.get("path") or ""
    if not isinstance(path, str):
        raise EvaluationError(f"{data}: 'path' is {path!r}, which is no text: name the folder that the splits lie in")
    base = Path(path) if Path(path).is_absolute() else data.parent / path
    pictures = _pictures(base, base / str(fields[split]))
    if not pictures:
        raise EvaluationError(f"{data}: no picture lies under {base / str(fields[split])}: `path` names the folder from which `{split}` is reckoned")
    return LabelledSet(pictures, names, _origins(data.parent / ORIGINS))


def _names(data: Path, fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of a set in the order of their numbers."""
    names = fields["names"]
    if not isinstance(names, list | dict) or not names:
        raise EvaluationError(f"{data}: 'names' is {str(names)[:60]!r}: it must be a list of names, or map numbers from 0 on to names")
    if isinstance(names, dict) and set(names) != set(range(len(names))):
        found = ", ".join(str(number) for number in names)[:60]
        raise EvaluationError(f"{data}: 'names' numbers its classes {found}: number them 0 to {len(names) - 1}, none left out, as the labels do")
    ordered = tuple(str(names[i]) for i in range(len(names)))
    if fields.get("nc", len(ordered)) != len(ordered):
        raise EvaluationError(f"{data}: 'nc' is {str(fields['nc'])[:20]!r}, but 'names' has {len(ordered)}: mend one of them, or leave 'nc' out")
    return ordered


def _pictures(base: Path, place: Path) -> tuple[Path, ...]:
    """The pictures of a folder, or those that a text file lists (relative to `base`, or absolute)."""
    if place.is_dir():
        return tuple(sorted(path for path in place.rglob("*") if path.suffix.lower() in ENDINGS))
    if place.suffix == ".txt" and place.is_file():
        return tuple(base / line.strip() for line in text_lines(place) if line.strip())
    return ()


def text_lines(path: Path) -> list[str]:
    """The lines of a text file that people's programs wrote: with or without a mark of byte order.

    Raises:
        EvaluationError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise EvaluationError(f"{path} is not in UTF-8: write it anew as plain text") from None
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}") from None


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

    A line that stands twice is one label, and a hundredth beyond the picture's edge is borne with, as Ultralytics reads it.

    Raises:
        EvaluationError: the file is not in UTF-8, or a line is not `class x y w h` in 0..1; the message names file and line.
    """
    path = label_path(picture)
    boxes: list[list[float]] = []
    classes: list[int] = []
    seen: set[tuple[str, ...]] = set()
    for number, line in enumerate(text_lines(path) if path.exists() else (), start=1):
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
        if not (all(-BEYOND <= value <= 1 + BEYOND for value in (x, y, w, h)) and w >= 0 and h >= 0):
            raise EvaluationError(f"{path}, line {number}: {line[:60]!r} is no box of a picture: x, y, width and height are shares of it, 0 to 1")
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
