"""Sealed clips: their seeds follow from a commit that nobody could choose for them, and they are made only where nothing that judges them changed since.

Seed of clip i is the first digits of sha256(commit + i): whoever set the thresholds could not know the streets, and a set that was seen once is made anew by
a later commit. What judges is data and code in the repository: the kinds, their exclusions and codes, the rules, how a look comes about and how its boxes
are taken, the shipped model and what its card decides (not what the card tells: its figures may change).
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import yaml

from models.errors import StreetError

ROOT = Path(__file__).resolve().parents[3]
JUDGED_BY = (
    "evidence/catalogue.yaml", "evidence/exclusions.yaml", "evidence/codes.yaml", "evidence/kinds", "evidence/permits.py", "detector/judgement",
    "detector/ground", "detector/worker/eye.py", "detector/worker/looks.py", "detector/worker/sight.py", "detector/worker/violations.py",
    "curbwatch/street_scene.py", "models/looking.py", "models/overlap.py", "models/verifier", "models/zoo",
)  # fmt: skip
"""Files and folders of the repository whose change would change a verdict."""
CARDS = "models/zoo/"
CARD_DECIDES = ("sha256", "classes", "score_thresholds", "duplicate_iou", "input_size", "verifier")
"""What of a model's card judges."""
SEED_DIGITS = 8
MOST_TOLD = 12


def seed_of(commit: str, index: int) -> int:
    """The seed of sealed clip `index` of a commit (its 40 digits)."""
    return int(hashlib.sha256(f"{commit}{index}".encode()).hexdigest()[:SEED_DIGITS], 16)


def seeds_of(name: str, count: int, root: Path = ROOT) -> tuple[str, tuple[int, ...]]:
    """The full name of a commit and its first `count` seeds.

    Raises:
        StreetError: no such commit, it lies on another branch, or what judges has changed since; the message names what.
    """
    commit = full_name(name, root)
    changed = changed_since(commit, root)
    if changed:
        more = f" and {len(changed) - MOST_TOLD} more" if len(changed) > MOST_TOLD else ""
        told = "; ".join(changed[:MOST_TOLD]) + more
        raise StreetError(f"thresholds or rules changed since {commit[:12]}, so its clips are no longer sealed: {told}. Name a later commit")
    return commit, tuple(seed_of(commit, index) for index in range(count))


def full_name(name: str, root: Path = ROOT) -> str:
    """The 40 digits of a commit that this checkout stands on.

    Raises:
        StreetError: there is none of that name, or it is no ancestor of what is checked out.
    """
    try:
        commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}").decode().strip()
    except StreetError:
        raise StreetError(f"there is no commit {name!r} in {root}: name one of this branch, or fetch it") from None
    try:
        _git(root, "merge-base", "--is-ancestor", commit, "HEAD")
    except StreetError:
        raise StreetError(f"{commit[:12]} is no ancestor of what is checked out: sealed clips are of a commit of this branch") from None
    return commit


def changed_since(commit: str, root: Path = ROOT) -> list[str]:
    """Which files by which clips are judged differ from a commit's, each in words; by the hashes of what lies in the folder, committed or not."""
    before, now = _then(commit, root), _now(root)
    told = []
    for path in sorted({*before, *now}):
        if path not in now:
            told.append(f"{path} is gone")
        elif path not in before:
            told.append(f"{path} is new")
        elif before[path] != now[path]:
            told.append(f"{path} was {before[path][:12]} and is {now[path][:12]}")
    return told


def _then(commit: str, root: Path) -> Mapping[str, str]:
    """Paths and hashes (Git's, of the content) as of a commit."""
    entries = _git(root, "ls-tree", "-r", "-z", commit, "--", *JUDGED_BY).decode().split("\0")
    found = (entry.partition("\t") for entry in entries if entry)
    blobs = {path: facts.split()[2] for facts, _, path in found if _judges(path)}
    return {path: _of_card(_git(root, "cat-file", "blob", blob), blob) if _is_card(path) else blob for path, blob in blobs.items()}


def _now(root: Path) -> Mapping[str, str]:
    """Paths and hashes (Git's, of the content) as they lie in the folder."""
    files = [path for named in JUDGED_BY for path in ((root / named).rglob("*") if (root / named).is_dir() else [root / named]) if path.is_file()]
    paths = [path.relative_to(root).as_posix() for path in files]
    blobs = {path: _blob(root / path) for path in paths if _judges(path)}
    return {path: _of_card((root / path).read_bytes(), blob) if _is_card(path) else blob for path, blob in blobs.items()}


def _judges(path: str) -> bool:
    return path.endswith((".py", ".yaml", ".onnx"))


def _is_card(path: str) -> bool:
    return path.startswith(CARDS) and path.endswith(".yaml")


def _of_card(content: bytes, blob: str) -> str:
    """A hash of what a card decides; the file's own where it cannot be read as one."""
    try:
        card = yaml.safe_load(content)
    except yaml.YAMLError:
        return blob
    if not isinstance(card, dict):
        return blob
    decides = {name: card.get(name) for name in CARD_DECIDES}
    return hashlib.sha256(json.dumps(decides, sort_keys=True, default=str).encode()).hexdigest()


def _blob(path: Path) -> str:
    """The name that Git gives a file's content."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _git(root: Path, *arguments: str) -> bytes:
    """What Git says.

    Raises:
        StreetError: it failed, or is not there.
    """
    try:
        return subprocess.run(("git", "-C", str(root), *arguments), check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise StreetError("git is not installed: sealed clips need the repository's history") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise StreetError(f"git {arguments[0]} failed in {root}: {said or 'no such thing'}") from None
