"""The floors of the house: who may import whom, and that evidence and API do without anything that sees."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPO

ROOMS = ("evidence", "streams", "models", "detector", "api", "curbwatch", "benchmarks")
MAY_IMPORT = {
    "evidence": set[str](),
    "streams": {"evidence"},
    "models": {"evidence"},
    "detector": {"evidence", "streams", "models"},
    "api": {"evidence"},
    "curbwatch": set(ROOMS),
    "benchmarks": set(ROOMS),
}
VISION = ("cv2", "av", "onnxruntime", "numpy")
RUN_BY_ALEMBIC = "api.migrations.env"


def modules_of(room: str) -> Iterator[tuple[str, Path]]:
    """The Python modules of a room by their dotted names; not what lies in the page's node_modules."""
    for path in sorted((REPO / room).rglob("*.py")):
        parts = path.relative_to(REPO).with_suffix("").parts
        if "node_modules" not in parts:
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and module of every import, wherever in the file it stands; a relative one stays in its room."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.lineno, node.module


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_stands_below_it(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room}
    found = [(path, line, name) for _, path in modules_of(room) for line, name in imports_of(path)]
    assert found, f"no module was found in {room}"
    above = [f"{path.relative_to(REPO)}:{line} imports {name}" for path, line, name in found if (top := name.partition(".")[0]) in ROOMS and top not in allowed]
    assert above == []


@pytest.mark.parametrize("room", ["evidence", "api"])
def test_a_room_without_eyes_names_no_vision_library(room: str) -> None:
    found = [f"{path.relative_to(REPO)}:{line}" for _, path in modules_of(room) for line, name in imports_of(path) if name.partition(".")[0] in VISION]
    assert found == []


def test_evidence_and_api_import_where_no_vision_library_is_installed() -> None:
    names = [name for room in ("evidence", "api") for name, _ in modules_of(room) if name != RUN_BY_ALEMBIC]
    assert len(names) > 40
    blocked = f"import sys; sys.modules.update(dict.fromkeys({VISION!r}))"
    program = f"{blocked}\nimport importlib\nfor name in {names!r}: importlib.import_module(name)"
    ran = subprocess.run([sys.executable, "-c", program], cwd=REPO, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
