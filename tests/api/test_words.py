"""What is refused because of how things stand says so in Chinese too, in words of its own."""

from __future__ import annotations

import ast
from pathlib import Path

import api
from api.faults import FORMS, OWN_FAULTS

FOLDER = Path(api.__file__).parent


def refusals(name: str) -> list[tuple[str, ast.Call]]:
    """Every `Conflict(…)`, or refusal of another name, in the source."""
    every = ((path, node) for path in sorted(FOLDER.rglob("*.py")) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    calls = ((path, node) for path, node in every if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return [(f"{path.relative_to(FOLDER)}:{node.lineno}", node) for path, node in calls if ast.unparse(node.func) == name]


def test_every_conflict_has_chinese_words_of_its_own() -> None:
    every = refusals("Conflict")
    assert len(every) > 30, "they were not found"
    without = [where for where, node in every if len(node.args) < 2]
    assert not without, "say in Chinese too what does not fit: Conflict(detail, zh)"
    for where, node in every:
        words = ast.unparse(node.args[1])
        assert "冲突" not in words, where


def test_what_is_wrong_with_a_field_is_said_in_chinese_too() -> None:
    """But for what another part found, in its own words."""
    every = refusals("Unusable")
    assert len(every) > 40, "they were not found"
    own = [(where, node) for where, node in every if isinstance(node.args[0], ast.Constant | ast.JoinedStr | ast.Name)]
    without = [where for where, node in own if len(node.args) < 2 and not any(found in ast.unparse(node.args[0]) for found in ("fault", "error", "{what}"))]
    assert not without, "say in Chinese too what is wrong: Unusable(detail, zh)"


def test_every_pattern_of_the_shapes_has_words() -> None:
    """A refusal never shows the bare regular expression."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.rglob("*.py"))]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Field", "Query", "Path")]
    told = [word.value for call in calls for word in call.keywords if word.arg == "pattern"]
    assert len(told) > 10, "they were not found"
    assert [one.value for one in told if isinstance(one, ast.Constant) and one.value not in FORMS] == []


def test_what_validators_say_themselves_has_chinese_words() -> None:
    """Of shapes and routes; a permit is read by `evidence`."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (*FOLDER.glob("shapes*.py"), *FOLDER.glob("routes/*.py"))]
    raised = [node.exc for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)]
    told = [call.args[0] for call in raised if ast.unparse(call.func) == "ValueError" and call.args]
    assert len(told) > 2, "they were not found"
    assert [ast.unparse(one) for one in told if not (isinstance(one, ast.Constant) and one.value in OWN_FAULTS)] == []
