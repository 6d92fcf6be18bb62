"""The review page calls zones and classes what packets and drawings call them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import api
from evidence.kinds.classes import CLASSES_ZH
from evidence.zones import ZONES_ZH

TEXTS = Path(api.__file__).parent / "console" / "src" / "lib" / "i18n" / "texts.ts"


def table(name: str) -> dict[str, str]:
    """The Chinese half of one of the page's tables."""
    _, found, rest = TEXTS.read_text(encoding="utf-8").partition(f"export const {name}: Record<string, Text> = {{")
    assert found, f"the page has no table {name}"
    rows = re.findall(r"^  '?([\w ]+)'?: \{ zh: '([^']+)', en: ", rest.partition("\n};")[0], re.MULTILINE)
    return dict(rows)


@pytest.mark.parametrize(
    ("name", "names"),
    [pytest.param("ZONE_KINDS", {kind.value: zh for kind, zh in ZONES_ZH.items()}, id="zones"), pytest.param("CLASSES", CLASSES_ZH, id="classes")],
)
def test_the_page_has_the_same_names(name: str, names: dict[str, str]) -> None:
    assert table(name) == names
