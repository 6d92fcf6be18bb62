"""Labelled pictures in Ultralytics' layout: `images/…` and `labels/…` side by side, class names in a `data.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models.detections import Detections
from models.errors import EvaluationError
from models.measuring.precision import Labels
from models.looking import look_at
from models.pictures import read_picture
from models.session import Detector

ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Pictures of a set, with the class names that its labels number."""

    pictures: tuple[Path, ...]
    names: tuple[str, ...]


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
    folder = Path(fields.get("path") or "")
    folder = (folder if folder.is_absolute() else data.parent / folder) / str(fields[split])
    pictures = tuple(sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)) if folder.is_dir() else ()
    if not pictures:
        raise EvaluationError(f"{data}: no picture lies under {folder}")
    return LabelledSet(pictures, ordered)


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

    Raises:
        EvaluationError: a line that is not `class x y w h` in 0..1; the message names file and line.
    """
    path = label_path(picture)
    boxes: list[list[float]] = []
    classes: list[int] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path.exists() else (), start=1):
        if not line.strip():
            continue
        try:
            class_text, *numbers = line.split()
            x, y, w, h = (float(value) for value in numbers)
            own = ids[int(class_text)] if int(class_text) >= 0 else ids[len(ids)]
        except (ValueError, IndexError):
            raise EvaluationError(f"{path}, line {number}: {line[:60]!r} is not 'class x y width height' of a known class") from None
        if own is not None:
            boxes.append([(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height])
            classes.append(own)
    return Labels(np.asarray(boxes, np.float32).reshape(-1, 4), np.asarray(classes, np.int64))


def looks(detector: Detector, labelled: LabelledSet) -> Iterator[tuple[Detections, Labels]]:
    """Looks at every picture of a set and yields what was found beside what is there; only classes that both know count.

    Raises:
        EvaluationError: the model and the set share no class.
    """
    ids = [detector.names.index(name) if name in detector.names else None for name in labelled.names]
    known = {i for i in ids if i is not None}
    if not known:
        raise EvaluationError(f"the model knows none of the set's classes ({', '.join(labelled.names[:8])})")
    for path in labelled.pictures:
        picture = read_picture(path)
        found = look_at(detector, picture)
        yield found[np.isin(found.class_ids, sorted(known))], read_labels(path, picture.shape[1], picture.shape[0], ids)
