"""What a benchmark found: one JSON object that says what was measured, where, when, on which code and with which clip.

A figure without its machine says nothing, so nothing is written without it. `bench capacity` reads these objects again; those that are kept lie in
benchmarks/ledger, and docs/performance.md tells their story.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.errors import ResultError
from benchmarks.machine import Machine

SCHEMA = "curbwatch.bench/1"
LEDGER = Path(__file__).parent / "ledger"


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one benchmark.

    Attributes:
        bench: `ingest`, `infer`, `pipeline` …
        code: commit that was measured, with `+changes` where the working tree differs; else the package's version.
        subject: the clip or model in a sentence, and `settings` as they were given.
        rows: the figures, a mapping each, with a `key` that programs know them by.
        skipped: contenders that could not run here, by key, with the reason.
        notes: what a reader of the table must know.
        targets: what the figures are held against (targets.py).
    """

    bench: str
    machine: Machine
    code: str
    subject: str
    settings: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    skipped: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()
    targets: Sequence[Mapping[str, Any]] = ()

    def as_json(self) -> dict[str, Any]:
        """The object that is printed and kept."""
        return {"schema": SCHEMA, **asdict(self)}

    @property
    def origin(self) -> str:
        """Where and when, for whoever uses a figure of it elsewhere."""
        return f"bench {self.bench}, {self.machine.processor}, {self.machine.at[:10]}, {self.code}"

    def row(self, key: str) -> Mapping[str, Any]:
        """The first row of this key.

        Raises:
            ResultError: there is none.
        """
        for row in self.rows:
            if row.get("key") == key:
                return row
        raise ResultError(f"the result of bench {self.bench} of {self.machine.at} has no row {key!r}: run the benchmark anew")


def write_result(result: Result, path: Path) -> None:
    """Keeps a result as a file.

    Raises:
        ResultError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(result.as_json(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    except OSError as error:
        raise ResultError(f"the result cannot be written to {path} ({error.strerror})") from error


def read_result(path: Path) -> Result:
    """Reads a kept result.

    Raises:
        ResultError: the file is missing, no JSON, or no result of a benchmark.
    """
    try:
        body = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ResultError(f"the result {path} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise ResultError(f"{path} is not JSON: write it with `curbwatch bench … --out FILE`") from error
    if not isinstance(body, dict) or body.get("schema") != SCHEMA:
        raise ResultError(f"{path} is not a result of `curbwatch bench` (no schema {SCHEMA!r})")
    try:
        machine = Machine(**{**body["machine"], "cards": tuple(body["machine"]["cards"])})
        rows = [dict(row) for row in body["rows"]]
        targets = [dict(target) for target in body.get("targets", ())]
        return Result(body["bench"], machine, body["code"], body["subject"], dict(body["settings"]), rows, dict(body["skipped"]), tuple(body["notes"]), targets)
    except (KeyError, TypeError, ValueError) as error:
        raise ResultError(f"{path} is not a whole result ({type(error).__name__}: {error}): run the benchmark anew") from error


def newest(bench: str, folder: Path = LEDGER) -> Path | None:
    """The newest kept result of a benchmark: files are named by day (`2026-11-25-ingest.json`); variants (`…-ingest-h265.json`) are not taken."""
    kept = sorted(folder.glob(f"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]-{bench}.json"))
    return kept[-1] if kept else None


def code_version() -> str:
    """The commit that runs, else the package's version."""
    root = Path(__file__).parent.parent
    asked = subprocess.run(["git", "-C", str(root), "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=False) if _has_git(root) else None
    if asked is None or asked.returncode != 0:
        from curbwatch import __version__

        return f"version {__version__}"
    measured = ["benchmarks", "streams", "models", "detector"]
    changed = subprocess.run(["git", "-C", str(root), "diff", "--quiet", "HEAD", "--", *measured], capture_output=True, check=False).returncode != 0
    return asked.stdout.strip() + ("+changes" if changed else "")


def _has_git(root: Path) -> bool:
    from shutil import which

    return (root / ".git").exists() and which("git") is not None
