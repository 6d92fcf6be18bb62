"""Which data a run saw, as short hashes for its ledger: the same data give the same, wherever they lie."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from models.errors import TrainingError
from models.measuring.labelled import label_path, open_set

DIGITS = 16


def version_of_manifest(folder: Path, corrections: Path | None = None) -> str:
    """Of a folder of photographs: its manifest, and the corrections to it.

    Raises:
        TrainingError: a file is not there.
    """
    try:
        texts = [(folder / "manifest.json").read_bytes()] + ([corrections.read_bytes()] if corrections else [])
    except OSError as error:
        raise TrainingError(f"{error.filename} cannot be read: {error.strerror}") from None
    return _hash(hashlib.sha256(text).hexdigest() for text in texts)


def version_of_pictures(folder: Path) -> str:
    """Of a folder with images/ and labels/, at any depth: names and sizes of the pictures, and what their labels say."""
    return _hash(_lines(folder))


def version_of_set(data: Path) -> str:
    """Of the training pictures of a `data.yaml`, wherever they lie: names and sizes, what their labels say, and the classes; without the folders above
    their own.

    Raises:
        TrainingError, EvaluationError: the set cannot be opened, or has no pictures.
    """
    labelled = open_set(data, "train")
    return _hash([*sorted(_line(path.name, path, label_path(path)) for path in labelled.pictures), " ".join(labelled.names)])


def version_of_names(names: Iterable[str]) -> str:
    """Of a choice of pictures by their ids."""
    return _hash(sorted(names))


def _lines(folder: Path) -> Iterable[str]:
    for path in sorted((folder / "images").rglob("*")):
        if path.is_file():
            within = path.relative_to(folder / "images")
            yield _line(within.as_posix(), path, folder / "labels" / within.with_suffix(".txt"))


def _line(name: str, picture: Path, label: Path) -> str:
    said = hashlib.sha256(label.read_bytes()).hexdigest() if label.exists() else "-"
    return f"{name} {picture.stat().st_size} {said}"


def _hash(lines: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for line in lines:
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()[:DIGITS]
