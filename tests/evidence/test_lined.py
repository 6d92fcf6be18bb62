from __future__ import annotations

import pytest

from evidence.lined import UnreadableYaml, read_lined


def test_every_value_knows_its_line() -> None:
    lined = read_lined("a: 1\nb:\n  - c: off\n  - d: 19:30\n")
    assert lined.data == {"a": 1, "b": [{"c": "off"}, {"d": "19:30"}]}
    assert [lined.line_of(path) for path in (("a",), ("b", 0, "c"), ("b", 1, "d"), ("b", 1, "gone"), ("nowhere",))] == [1, 3, 4, 4, 1]


@pytest.mark.parametrize(
    ("text", "keys", "data"),
    [
        pytest.param("code: 06010", frozenset({"code"}), {"code": "06010"}, id="a number that stays text"),
        pytest.param("code: 6010", frozenset[str](), {"code": 6010}, id="a number"),
        pytest.param("version: 2026.10", frozenset({"version"}), {"version": "2026.10"}, id="a version that keeps its nought"),
        pytest.param("code: ~", frozenset({"code"}), {"code": None}, id="nothing is nothing"),
    ],
)
def test_values_of_some_keys_stay_the_text_that_was_written(text: str, keys: frozenset[str], data: object) -> None:
    assert read_lined(text, keys).data == data


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        pytest.param("", 1, "is empty", id="nothing"),
        pytest.param("a: 1\na: 2", 2, "the key 'a' is there twice (first in line 1)", id="a key twice"),
        pytest.param(
            "x: &a [b, b, b, b, b, b]\ny: &c [*a, *a, *a, *a]\nz: [*c, *c, *c]", 1, "holds more than a file of its length can", id="aliases that multiply"
        ),
        pytest.param("a:\n  - !!binary x", 2, "has a tag that is not used here", id="a tag"),
        pytest.param("\n".join("  " * depth + "a:" for depth in range(20)), 17, "is nested too deeply", id="too deep"),
    ],
)
def test_what_cannot_be_read_names_its_line(text: str, line: int, what: str) -> None:
    with pytest.raises(UnreadableYaml) as caught:
        read_lined(text)
    assert (caught.value.line, caught.value.what[: len(what)]) == (line, what)
