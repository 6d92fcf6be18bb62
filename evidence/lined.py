"""YAML as plain data that remembers its lines, so that a fault can name the line at which a person must mend it.

Read as YAML 1.2 reads scalars: `off`, `on`, `yes` and `no` are words (the catalogue's `attendance: off` means what it says) and 19:30 is no number.
Ids and names stay the text that was written, so a camera's twenty digits need no quotes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

TEXT_KEYS = frozenset({"camera_id", "view_id", "id", "shop", "holder", "note", "time_zone", "zh", "en"})
"""Keys of a scene whose values stay the text that was written."""
MAX_DEPTH = 16
PathKey = tuple[str | int, ...]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The safe loader with YAML 1.2's scalars."""


_RESOLVED = {
    "tag:yaml.org,2002:null": (re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    "tag:yaml.org,2002:bool": (re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")),
    "tag:yaml.org,2002:int": (re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")),
    "tag:yaml.org,2002:float": (re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"), list("-+.0123456789")),
}
_Loader.yaml_implicit_resolvers = {}
for _tag, (_pattern, _first) in _RESOLVED.items():
    _Loader.add_implicit_resolver(_tag, _pattern, _first)


class UnreadableYaml(ValueError):
    """The text is no YAML, or says a thing twice; `line` tells where."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line, self.what = line, what


@dataclass(frozen=True, slots=True)
class Lined:
    """Data and the lines that its values were written on."""

    data: Any
    lines: dict[PathKey, int]

    def line_of(self, path: Sequence[str | int]) -> int:
        """The line of the value at `path`, or of the nearest that was written."""
        for length in range(len(path), -1, -1):
            line = self.lines.get(tuple(path[:length]))
            if line is not None:
                return line
        return 1


def read_lined(text: str, text_keys: frozenset[str] = TEXT_KEYS) -> Lined:
    """YAML as data with its lines; a key's line stands for its value.

    Args:
        text_keys: keys whose values stay the text that was written.

    Raises:
        UnreadableYaml: no YAML, a key twice in one mapping, nested too deeply, or aliases that multiply.
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        why = " ".join(str(getattr(error, "problem", None) or error).split())
        raise UnreadableYaml(1 if mark is None else mark.line + 1, f"is no YAML ({why})") from None
    except RecursionError:
        raise UnreadableYaml(1, "is nested too deeply") from None
    if root is None:
        raise UnreadableYaml(1, "is empty")
    builder = _Builder(len(text) + 1, text_keys)
    data = builder.build(root, (), root.start_mark.line + 1)
    return Lined(data, builder.lines)


class _Builder:
    """Makes data of nodes and notes their lines."""

    def __init__(self, max_nodes: int, text_keys: frozenset[str]) -> None:
        self._max_nodes = max_nodes  # no value is written in less than a character; more of them are aliases that multiply
        self._text_keys = text_keys
        self.lines: dict[PathKey, int] = {}
        self._scalars = yaml.constructor.SafeConstructor()

    def build(self, node: yaml.Node, path: PathKey, line: int) -> Any:
        self.lines[path] = line
        if len(path) > MAX_DEPTH:
            raise UnreadableYaml(line, "is nested too deeply")
        if len(self.lines) > self._max_nodes:
            raise UnreadableYaml(line, "holds more than a file of its length can; aliases repeat too much")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*path, index), item.start_mark.line + 1) for index, item in enumerate(node.value)]
        if path and path[-1] in self._text_keys and node.tag != "tag:yaml.org,2002:null":
            return str(node.value)
        if node.tag in _RESOLVED:
            return self._scalars.construct_object(node)
        if node.tag == "tag:yaml.org,2002:str":
            return str(node.value)
        raise UnreadableYaml(line, f"has a tag that is not used here ({node.tag})")

    def _mapping(self, node: yaml.MappingNode, path: PathKey) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise UnreadableYaml(line, "has a key that is no text")
            if key.value in made:
                raise UnreadableYaml(line, f"the key {key.value!r} is there twice (first in line {self.lines[(*path, key.value)]})")
            made[key.value] = self.build(value, (*path, key.value), line)
        return made
