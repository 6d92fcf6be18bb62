"""The training set on disk: real photographs by manifest and rendered pictures, split by origin, in Ultralytics' layout."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from models.classes import STREET_CLASSES
from models.measuring.labelled import open_set

KEPT_ASIDE = 5
"""One origin in so many is kept aside for the check; by a hash of its name, so the split is the same everywhere."""


@dataclass(frozen=True, slots=True)
class Split:
    """How many pictures went where, and the origins that were kept aside."""

    train: int
    aside: int
    rendered: int
    aside_origins: tuple[str, ...]


def is_aside(origin: str) -> bool:
    """Whether pictures of this origin are kept aside for the check."""
    return hashlib.sha256(origin.encode()).digest()[0] % KEPT_ASIDE == 0


def lay_out(real: Path, rendered: Iterable[Path], target: Path, *, repeat_rendered: int = 1) -> Split:
    """Links pictures and writes labels and `data.yaml` under `target`; real pictures by `real`/manifest.json, rendered ones from YOLO folders.

    Raises:
        FileNotFoundError: the manifest is not there.
    """
    entries = json.loads((real / "manifest.json").read_text(encoding="utf-8"))
    counts = {"train": 0, "val": 0, "rendered": 0}
    origins: set[str] = set()
    for part in ("train", "val"):
        (target / "images" / part).mkdir(parents=True, exist_ok=True)
        (target / "labels" / part).mkdir(parents=True, exist_ok=True)
    for entry in entries:
        part = "val" if is_aside(entry["origin"]) else "train"
        if part == "val":
            origins.add(entry["origin"])
        lines = []
        for box in entry["boxes"]:
            x0, y0, x1, y1 = (min(1.0, max(0.0, v)) for v in box["box"])
            lines.append(f"{STREET_CLASSES.index(box['class'])} {(x0 + x1) / 2:.5f} {(y0 + y1) / 2:.5f} {x1 - x0:.5f} {y1 - y0:.5f}\n")
        _link(real / entry["file"], target / "images" / part / Path(entry["file"]).name)
        (target / "labels" / part / f"{entry['id']}.txt").write_text("".join(lines), encoding="ascii")
        counts[part] += 1
    for folder in rendered:
        for picture in sorted((folder / "images").glob("*.jpg")):
            label = folder / "labels" / f"{picture.stem}.txt"
            if label.exists():
                for copy in range(repeat_rendered):
                    _link(picture, target / "images" / "train" / f"rendered{copy}_{picture.name}")
                    (target / "labels" / "train" / f"rendered{copy}_{picture.stem}.txt").write_bytes(label.read_bytes())
                counts["rendered"] += 1
    names = "\n".join(f"  {i}: {name}" for i, name in enumerate(STREET_CLASSES))
    (target / "data.yaml").write_text(f"path: {target}\ntrain: images/train\nval: images/val\nnames:\n{names}\n", encoding="utf-8")
    return Split(counts["train"], counts["val"], counts["rendered"], tuple(sorted(origins)))


def _link(source: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    target.symlink_to(source.resolve())


def training_pictures(data: Path, limit: int = 64) -> list[Path]:
    """Up to `limit` pictures of the training split, evenly taken."""
    pictures = list(open_set(data, "train").pictures)
    return pictures[:: max(1, len(pictures) // limit)][:limit]
