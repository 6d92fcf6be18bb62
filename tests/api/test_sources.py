"""What the sources of the API and of its page never do, so that no input can make them do it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

API = Path(__file__).parents[2] / "api"
PAGE = API / "console" / "src"
NEVER = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "pickle.loads", "pickle.load", "marshal.loads", "yaml.load", "yaml.unsafe_load"}
PROGRAMS = {"subprocess", "pickle", "marshal", "shelve", "pty"}
PATTERNS = {"re.compile", "re.match", "re.fullmatch", "re.search", "re.sub", "re.findall", "re.finditer", "re.split"}
STORAGE = re.compile(
    r"localStorage|sessionStorage|indexedDB|IndexedDB|document\.cookie|cookieStore|caches\b|serviceWorker|navigator\.storage|showSaveFilePicker"
)
STORED = {
    ("lib/i18n/language.svelte.ts", "localStorage"): "the language, which stays on the computer",
    ("lib/review/judgements.ts", "sessionStorage"): "decisions that can be undone, which go with the window and with signing out",
}
"""Where the page's sources name a place that keeps something in the browser, and what for."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    files = [file for file in API.rglob("*.py") if "node_modules" not in file.parts]
    assert len(files) > 50
    for file in files:
        yield str(file.relative_to(API)), ast.parse(file.read_text("utf-8"))


def page_sources() -> dict[str, str]:
    found = {str(file.relative_to(PAGE)): file.read_text("utf-8") for file in PAGE.rglob("*") if file.suffix in (".svelte", ".ts", ".js")}
    assert len(found) > 10
    return found


def test_the_api_starts_no_program_and_runs_no_text() -> None:
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                assert ast.unparse(node.func) not in NEVER, (file, node.lineno)
            if isinstance(node, ast.Import):
                assert not {alias.name.partition(".")[0] for alias in node.names} & PROGRAMS, (file, node.lineno)
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] not in PROGRAMS, (file, node.lineno)


def is_written_down(pattern: ast.expr) -> bool:
    """Whether it is a constant, a constant's name, escaped, or made of these."""
    if isinstance(pattern, ast.JoinedStr):
        return all(is_written_down(part) for part in pattern.values)
    if isinstance(pattern, ast.FormattedValue):
        return is_written_down(pattern.value)
    if isinstance(pattern, ast.Call):
        return "re.escape(" in ast.unparse(pattern)
    return isinstance(pattern, ast.Constant) or (isinstance(pattern, ast.Name) and pattern.id.isupper())


def test_patterns_are_written_down() -> None:
    """Each pattern is a text of the source, or made of names of such in capitals."""
    for file, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in PATTERNS:
                assert is_written_down(node.args[0]), (file, node.lineno, ast.unparse(node.args[0]))


def test_the_page_renders_texts_as_texts() -> None:
    for file, text in page_sources().items():
        for never in ("{@html", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "postMessage", "eval(", "new Function("):
            assert never not in text, (file, never)


def test_the_page_stores_its_language_and_what_can_be_undone_alone() -> None:
    named = {(file, match[0]) for file, text in page_sources().items() if not file.endswith(".test.ts") for match in STORAGE.finditer(text)}
    assert named == set(STORED)
