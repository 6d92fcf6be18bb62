"""A thing that people have rejected stays quiet, and nothing else does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from detector.judgement.quiet import QuietThing, is_quiet
from detector.judgement.values import Stay

NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
RED, BLUE = (0.9, 0.1, 0.0), (0.0, 0.1, 0.9)
STAY = Stay("s", 0.0, NOW, 0.0, NOW, 0.0, (0.4, 0.4, 0.6, 0.6), RED, {"stall": 1.0})
QUIET = QuietThing("main", "V2", (0.41, 0.4, 0.6, 0.6), RED, NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("stay", "view", "kind", "at", "expected"),
    [
        (STAY, "main", "V2", NOW, True),
        (replace(STAY, signature=(0.7, 0.2, 0.1)), "main", "V2", NOW, True),
        (replace(STAY, signature=BLUE), "main", "V2", NOW, False),
        (replace(STAY, xyxy=(0.0, 0.0, 0.2, 0.2)), "main", "V2", NOW, False),
        (replace(STAY, signature=()), "main", "V2", NOW, False),
        (replace(STAY, signature=(*RED, 0.0)), "main", "V2", NOW, False),
        (STAY, "main", "V3", NOW, False),
        (STAY, "preset-2", "V2", NOW, False),
        (STAY, "main", "V2", NOW + timedelta(days=1), False),
    ],
    ids=[
        "the thing", "the thing in another light", "another thing in its place", "a like thing elsewhere", "a thing of unknown looks",
        "a signature of another make", "as another kind", "in another view", "when the time is over",
    ],
)  # fmt: skip
def test_only_the_thing_itself_is_quiet(stay: Stay, view: str, kind: str, at: datetime, expected: bool) -> None:
    assert is_quiet((QUIET,), view, kind, stay, at) is expected


def test_a_thing_whose_looks_are_not_known_makes_no_place_quiet() -> None:
    assert not is_quiet((replace(QUIET, signature=()),), "main", "V2", STAY, NOW)
