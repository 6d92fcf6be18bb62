"""Files to which resumable runs append a JSON line for each thing that they looked at."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from models.errors import EvaluationError


def end_whole(path: Path) -> None:
    """Takes off a last line that was cut short."""
    if path.exists():
        data = path.read_bytes()
        if data and not data.endswith(b"\n"):
            path.write_bytes(data[: data.rfind(b"\n") + 1])


def refuse_others(path: Path, there: Iterable[str], looked_by: str) -> None:
    """Sees to it that no file mixes what two models saw; `there` and `looked_by` are as `models.verifier.files_of` names them.

    Raises:
        EvaluationError: a line is another model's.
    """
    if any(one != looked_by for one in there):
        raise EvaluationError(f"{path} holds looks of another model or verifier than this one: name another file")
