"""A contender's side of the conversation with the benchmark; standard library only, since peers run in environments of their own."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

EVERY_SECONDS = 0.25


def task() -> dict[str, Any]:
    """What it is to do, before anything is loaded."""
    told = _line()
    if told is None:
        raise SystemExit(0)
    return told


def missing(what: str) -> NoReturn:
    """Says which part this machine lacks, and ends."""
    _last_words("missing", what)


def refused(why: str) -> NoReturn:
    """Says why it cannot do what it was told, and ends."""
    _last_words("refused", why)


def cameras(**about: object) -> list[str]:
    """Says that everything is loaded, with what is to be known about itself, and waits for the addresses."""
    print(json.dumps({"ready": True, **about}), flush=True)
    told = _line()
    if told is None:
        raise SystemExit(0)
    urls: list[str] = told["urls"]
    return urls


def report_until_told_to_end(counters: Callable[[], dict[str, Any]], every_seconds: float = EVERY_SECONDS) -> None:
    """Prints the counters, four times a second, until standard input ends; what is no whole number beside them is told too."""
    ended = threading.Event()

    def wait_for_end() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=wait_for_end, daemon=True).start()
    while not ended.is_set():
        print(json.dumps(counters()), flush=True)
        ended.wait(every_seconds)


def asks(**about: object) -> Iterator[dict[str, Any]]:
    """Says that everything is loaded, and then what is asked for, until standard input ends; answer each with `done`."""
    print(json.dumps({"ready": True, **about}), flush=True)
    while (told := _line()) is not None:
        yield told


def done(pieces: int, wall_seconds: float) -> None:
    """Answers what was asked for."""
    print(json.dumps({"pieces": pieces, "wall_seconds": wall_seconds}), flush=True)


def _line() -> dict[str, Any] | None:
    line = sys.stdin.readline()
    if not line:
        return None
    told: dict[str, Any] = json.loads(line)
    return told


def _last_words(kind: str, text: str) -> NoReturn:
    print(json.dumps({kind: " ".join(text.split())}), flush=True)
    sys.stdin.read()
    raise SystemExit(0)
