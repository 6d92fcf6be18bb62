"""Four clients at once, who look and decide as people do at their desks, each answer with its time."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from benchmarks.case_api.rows import CAMERAS, DISTRICTS, END, SPAN
from benchmarks.errors import BenchmarkError

SEARCHES = ("占道经营", "解放路 菜市场", "执法队", "盲道", "学校 朝阳", "moved talking", "李娜 医院", "地铁站出口", "cam-00042", "学院路*")
FINDING_LITTLE: tuple[dict[str, Any], ...] = (
    {"held": "true"}, {"held": "true", "state": "confirmed", "order": "value"},
    {"grade": "A"}, {"grade": "A", "order": "value"}, {"grade": "A", "state": "rejected"}, {"state": "disputed"},
    {"state": "confirmed", "kind": "V99"}, {"state": "confirmed", "kind": "V99", "order": "value"}, {"kind": "V99"}, {"kind": "V99", "order": "value"},
    {"district": "nowhere", "state": "confirmed"}, {"district": DISTRICTS[0], "kind": "V99"}, {"district": DISTRICTS[0], "state": "disputed"},
)  # fmt: skip
"""What a page of 50 would be looked for in the whole table for, where no index knows better."""
EACH_FILTER = ("filter that finds little",)
"""Kinds of looks of which each query has a row of its own too: one slow one in thirteen is not to hide among the others."""
DEPTHS = 40
"""Pages into the list that cursors are taken of."""


@dataclass
class Line:
    """One client's connection to the API."""

    port: int
    token: str
    _line: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
        """One request; status and body. A line that the server closed is opened anew."""
        told = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None and not isinstance(body, bytes):
            told["Content-Type"] = "application/json"
        for attempt in range(2):
            if self._line is None:
                self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                self._line.request(method, path, data, told)
                answer = self._line.getresponse()
                return answer.status, answer.read()
            except (http.client.HTTPException, ConnectionError):
                self.close()
                if attempt:
                    raise
        raise AssertionError("unreachable")

    def get(self, path: str) -> Any:
        """What a GET answers, as JSON.

        Raises:
            BenchmarkError: it refuses.
        """
        status, body = self.ask("GET", path)
        if status != 200:
            raise BenchmarkError(f"GET {path} was answered {status}: {body[:200].decode('utf-8', 'replace')}")
        return json.loads(body)

    def close(self) -> None:
        """Closes the connection."""
        if self._line is not None:
            self._line.close()
            self._line = None


@dataclass
class Taken:
    """Seconds of each answer, by what was asked; thread-safe by a list each."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, what: str, seconds: float) -> None:
        """Notes one answer."""
        self.seconds.setdefault(what, []).append(seconds)

    def merge(self, other: Taken) -> None:
        """Takes another client's in."""
        for what, some in other.seconds.items():
            self.seconds.setdefault(what, []).extend(some)

    def rows(self, title: str) -> list[dict[str, Any]]:
        """A row of figures for each that was asked, in milliseconds."""
        found = []
        for what, some in sorted(self.seconds.items()):
            ordered = sorted(some)
            at = [round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2) for share in (0.5, 0.95, 0.99)]
            figures = {"count": len(ordered), "p50_ms": at[0], "p95_ms": at[1], "p99_ms": at[2], "most_ms": round(1000 * ordered[-1], 2)}
            found.append({"key": f"{title}/{what}", "title": title, "what": what, **figures})
        return found


def cursors(line: Line, order: str) -> list[str]:
    """Cursors far into the list."""
    found: list[str] = []
    cursor = None
    for _ in range(DEPTHS):
        asked = {"order": order, "limit": 200, **({} if cursor is None else {"cursor": cursor})}
        cursor = line.get(f"/cases?{urlencode(asked)}")["next_cursor"]
        if cursor is None:
            break
        found.append(cursor)
    return found


def look_and_decide(port: int, tokens: Sequence[str], seconds: float, seed: int = 1) -> Taken:
    """A client for each token, at once, for so long.

    Raises:
        BenchmarkError: something was refused.
    """
    first = Line(port, tokens[0])
    deep = {order: cursors(first, order) for order in ("newest", "value")}
    first.close()

    def work(number: int, taken: Taken) -> None:
        _client(Line(port, tokens[number]), taken, random.Random(seed + number), deep, time.monotonic() + seconds)

    return together("a client", len(tokens), work)


def together(what: str, count: int, work: Callable[[int, Taken], None]) -> Taken:
    """Does work in so many threads at once, each told its number; what all of them took.

    Raises:
        BenchmarkError: one failed.
    """
    every = [Taken() for _ in range(count)]
    faults: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number, every[number])
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise BenchmarkError(f"{what} failed: {faults[0]}") from faults[0]
    taken = Taken()
    for one in every:
        taken.merge(one)
    return taken


def _client(line: Line, taken: Taken, dice: random.Random, deep: Mapping[str, Sequence[str]], until: float) -> None:
    looks: Sequence[tuple[str, Callable[[], dict[str, Any]]]] = (
        ("list", lambda: dice.choice([{"state": "open", "order": "value"}, {"order": "newest"}, {"order": "value"}])),
        ("list deep", lambda: _deep(dice, deep)),
        ("filter", lambda: _filter(dice)),
        ("filter that finds little", lambda: dice.choice(FINDING_LITTLE)),
        ("search", lambda: _search(dice)),
    )
    while time.monotonic() < until:
        for what, asked in looks:
            told = asked()
            path = f"/cases?{urlencode({'limit': 50, **told})}"
            began = time.perf_counter()
            line.get(path)
            spent = time.perf_counter() - began
            taken.add(what, spent)
            if what in EACH_FILTER:
                taken.add(f"{what}: {', '.join(f'{name} {value}' for name, value in told.items())}", spent)
        began = time.perf_counter()
        status, body = line.ask("POST", "/cases/claim", {"count": 1})
        taken.add("claim", time.perf_counter() - began)
        if status != 200:
            raise BenchmarkError(f"claiming was answered {status}: {body[:200].decode()}")
        for case in json.loads(body)["items"]:
            judged: dict[str, Any] = {"action": "confirm"} if dice.random() < 0.6 else {"action": "reject", "reason": "permit"}
            began = time.perf_counter()
            status, body = line.ask("POST", f"/cases/{case['id']}/decisions", judged | {"version": case["version"]})
            taken.add("decide", time.perf_counter() - began)
            if status != 200:
                raise BenchmarkError(f"a decision was answered {status}: {body[:200].decode()}")
    line.close()


def _deep(dice: random.Random, deep: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    order = dice.choice([order for order, some in deep.items() if some] or ["newest"])
    return {"order": order, **({"cursor": dice.choice(deep[order])} if deep[order] else {})}


def _search(dice: random.Random) -> dict[str, Any]:
    narrower = dice.choice([{}, {}, {"state": "open"}, {"state": "rejected"}, {"district": dice.choice(DISTRICTS)}])
    return {"q": dice.choice(SEARCHES), **narrower}


def _filter(dice: random.Random) -> dict[str, Any]:
    day = END - SPAN * dice.random()
    return dice.choice([
        {"state": "rejected", "kind": f"V{dice.randrange(1, 8)}"},
        {"camera": f"cam-{dice.randrange(CAMERAS):05d}"},
        {"district": dice.choice(DISTRICTS), "state": "open", "order": "value"},
        {"district": dice.choice(DISTRICTS), "grade": "C"},
        {"state": "confirmed", "since": (day).isoformat(), "until": (day + SPAN / 60).isoformat()},
        {"kind": f"V{dice.randrange(1, 15)}", "district": dice.choice(DISTRICTS)},
        {"camera": f"cam-{dice.randrange(CAMERAS):05d}", "state": "confirmed", "order": "value"},
    ])  # fmt: skip
