"""Small JSON files that people write beside pictures: a name each, and a word about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from models.errors import EvaluationError


def read_names(path: Path, maps: str) -> Mapping[str, str]:
    """A JSON object of names and words; `maps` says in an error what is to be mapped to what.

    Raises:
        EvaluationError: it cannot be read.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path} cannot be read as JSON: {' '.join(str(error).split())}") from None
    if not isinstance(fields, dict):
        raise EvaluationError(f"{path} must map {maps}")
    return {str(name): str(word) for name, word in fields.items()}
