"""A contender's side of the conversation with the benchmark; standard library only, since peers run in environments of their own."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

EVERY_SECONDS = 0.25


def missing(what: str) -> None:
    """Says which part this machine lacks, and ends."""
    print(json.dumps({"missing": what}), flush=True)
    sys.stdin.read()
    raise SystemExit(0)


def task() -> dict[str, Any]:
    """Says that everything is loaded, and waits for the task."""
    print(json.dumps({"ready": True}), flush=True)
    line = sys.stdin.readline()
    if not line:
        raise SystemExit(0)
    told: dict[str, Any] = json.loads(line)
    return told


def report_until_told_to_end(counters: Callable[[], dict[str, int]]) -> None:
    """Prints the counters four times a second until standard input ends."""
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    while not ended.is_set():
        print(json.dumps(counters()), flush=True)
        time.sleep(EVERY_SECONDS)
