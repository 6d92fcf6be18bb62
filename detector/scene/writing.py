"""A view as a person would write it in a scene file: one line a zone, line and permit."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from detector.scene.scene import SCHEMA
from evidence.lined import TEXT_KEYS
from evidence.views import ViewDocument

PLAIN = re.compile(r"^[A-Za-z\u4e00-\u9fff_][\w\u4e00-\u9fff.-]*$")
"""Text that needs no quotes in YAML, also within brackets."""
WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")


def scene_text(views: Iterable[ViewDocument], note: str | None = None) -> str:
    """A scene file of these views."""
    head = [f"schema: {SCHEMA}"] if note is None else [f"schema: {SCHEMA}", f"note: {_scalar(note)}"]
    return "\n".join([*head, "views:", *(line for view in views for line in view_lines(view))]) + "\n"


def view_lines(view: ViewDocument) -> list[str]:
    """The lines of one view as an entry of a scene file's `views`; what is as it is by default is left out."""
    lines: list[str] = []
    for key, value in view.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True).items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"  - {flow(item)}" for item in value)]
        elif key == "kinds" and isinstance(value, dict):
            lines += [f"{key}:", *(f"  {name}: {flow(item)}" for name, item in value.items())]
        else:
            lines.append(f"{key}: {flow(value, key)}")
    return [f"  {'-' if number == 0 else ' '} {line}" for number, line in enumerate(lines)]


def flow(value: Any, key: str | None = None) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {flow(item, name)}" for name, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(flow(item) for item in value) + "]"
    return _scalar(value, key)


def _scalar(value: Any, key: str | None = None) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    if isinstance(value, int):
        return str(value)
    text = str(value)
    if text.lower() not in WORDS and (PLAIN.match(text) or (key in TEXT_KEYS and ID.match(text))):
        return text
    return json.dumps(text, ensure_ascii=False)
