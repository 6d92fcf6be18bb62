"""What is refused because of how things stand says so in Chinese too, in words of its own."""

from __future__ import annotations

import ast
from pathlib import Path

import api

FOLDER = Path(api.__file__).parent


def conflicts() -> list[tuple[str, ast.Call]]:
    """Every `Conflict(…)` in the source."""
    every = ((path, node) for path in sorted(FOLDER.rglob("*.py")) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    calls = ((path, node) for path, node in every if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return [(f"{path.relative_to(FOLDER)}:{node.lineno}", node) for path, node in calls if ast.unparse(node.func) == "Conflict"]


def test_every_conflict_has_chinese_words_of_its_own() -> None:
    every = conflicts()
    assert len(every) > 30, "they were not found"
    without = [where for where, node in every if len(node.args) < 2]
    assert not without, "say in Chinese too what does not fit: Conflict(detail, zh)"
    for where, node in every:
        words = ast.unparse(node.args[1])
        assert "冲突" not in words, where
