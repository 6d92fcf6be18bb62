"""docs/security.md walks ASVS 5.0.0 point by point: each requirement of levels 1 and 2 once, and each test that it names exists."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs"
PAGE = (DOCS / "security.md").read_text("utf-8")
VERDICTS = {"yes", "page", "built", "partly", "no", "front", "–"}
LAST = {
    1: {1: 2, 2: 9, 3: 11, 4: 3, 5: 2},
    2: {1: 3, 2: 3, 3: 4, 4: 1},
    3: {2: 2, 3: 4, 4: 6, 5: 5, 7: 2},
    4: {1: 3, 2: 1, 3: 2, 4: 4},
    5: {1: 1, 2: 3, 3: 2, 4: 3},
    6: {1: 3, 2: 12, 3: 4, 4: 4, 5: 5, 6: 3, 8: 4},
    7: {1: 3, 2: 4, 3: 2, 4: 5, 5: 2, 6: 2},
    8: {1: 2, 2: 3, 3: 1, 4: 1},
    9: {1: 3, 2: 4},
    10: {1: 2, 2: 2, 3: 4, 4: 11, 5: 5, 6: 2, 7: 3},
    11: {1: 2, 2: 3, 3: 3, 4: 4, 5: 1, 6: 1},
    12: {1: 3, 2: 2, 3: 4},
    13: {1: 1, 2: 5, 3: 2, 4: 5},
    14: {1: 2, 2: 4, 3: 3},
    15: {1: 3, 2: 3, 3: 7},
    16: {1: 1, 2: 5, 3: 4, 4: 3, 5: 3},
    17: {1: 1, 2: 4, 3: 2},
}
"""By chapter and section the number of requirements of levels 1 and 2, which come first in each section (ASVS 5.0.0; those of level 3 alone are left out)."""
REQUIRED = {f"{chapter}.{section}.{number}" for chapter, of in LAST.items() for section, last in of.items() for number in range(1, last + 1)}
ROW = re.compile(r"^\| ([\d.,– ]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = [(match[1], match[2], match[3]) for match in ROW.finditer(PAGE)]
TEST = re.compile(r"`((?:\.\./\w+/|console/)?test_\w+\.py)?(?:::(test_\w+))?`")


def numbers(told: str) -> list[str]:
    """`1.1.1, 1.2.1–1.2.3` one by one."""
    found = []
    for part in told.split(", "):
        first, _, last = part.partition("–")
        section, _, begin = first.rpartition(".")
        end = int(last.rpartition(".")[2]) if last else int(begin)
        assert not last or last.startswith(f"{section}."), part
        found += [f"{section}.{number}" for number in range(int(begin), end + 1)]
    return found


@cache
def defined_in(file: str) -> frozenset[str]:
    path = HERE / file
    return frozenset(re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)) if path.is_file() else frozenset()


def named(text: str) -> list[tuple[str, str | None]]:
    """Files and tests that a text names; `::test` is of the file before."""
    found: list[tuple[str, str | None]] = []
    for file, test in TEST.findall(text):
        if file or test:
            found.append((file or found[-1][0], test or None))
    return found


def test_there_are_as_many_as_the_standard_has() -> None:
    assert len(REQUIRED) == 253


def test_each_requirement_is_walked_once() -> None:
    counts = Counter(number for told, _, _ in ROWS for number in numbers(told))
    assert sorted(REQUIRED - set(counts)) == [], "left out"
    assert sorted(set(counts) - REQUIRED) == [], "of level 3, or of no level"
    assert [number for number, count in counts.items() if count > 1] == []


@pytest.mark.parametrize(("told", "verdict", "how"), ROWS, ids=[row[0].replace(" ", "") for row in ROWS])
def test_what_is_said_can_be_looked_up(told: str, verdict: str, how: str) -> None:
    assert verdict in VERDICTS
    for file, test in named(how):
        assert defined_in(file), f"{file}: there is no such file of tests"
        assert test is None or test in defined_in(file), f"{file}::{test}: there is no such test"
    if verdict == "yes":
        assert named(how), "a test shows it"
    for section in re.findall(r'"([^"]+)"', how) if verdict == "page" else ():
        assert f"**{section}.**" in PAGE, f"{section}: there is no such paragraph"
    for page in re.findall(r"\]\(([\w.]+)\)", how):
        assert (DOCS / page).is_file()
    if verdict in ("partly", "no", "–"):
        assert len(how) > 10, "it is said what is missed, or why it does not apply"


@pytest.mark.parametrize("number", sorted({number for told, verdict, _ in ROWS if verdict == "no" for number in numbers(told)}))
def test_a_miss_stands_among_the_misses(number: str) -> None:
    assert number in PAGE.partition("## Misses")[2]


def test_whatever_test_the_page_names_exists() -> None:
    """Also outside of the tables."""
    for line in PAGE.splitlines():
        for file, test in named(line):
            assert test is None or test in defined_in(file), (file, test)
