"""Reviewers who judge prepared cases by keys, and the account of what they pressed against what the API kept.

What a case deserves follows from its id, so that whoever judges it, and however often it had to be brought back, presses the same: what the API holds
in the end can then be compared to the letter.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.review.browser import Desk, Traffic, chromium, desk

REASONS = 9
TWICE_EVERY = 5
"""So many decisions, and one of them is struck twice."""
THINK_MS = 700.0
"""Between two decisions: twenty times faster than people judge (150 to 250 an hour), and time for the next clip to be read ahead."""
SETTLE_MS = 60_000.0
SETTLED_MS = 2000.0
"""Of quiet, within which a decision is answered and what is read ahead arrives."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a case deserves: `accept`, or the place of a reason to reject, from 1."""

    reason: int | None

    @property
    def key(self) -> str:
        """The one key that says so."""
        return "a" if self.reason is None else f"Shift+Digit{self.reason}"


def verdict_of(case_id: str) -> Verdict:
    """Seven of ten cases are accepted, the others rejected for each reason in turn."""
    number = int(case_id[:8], 16)
    return Verdict(None) if number % 10 < 7 else Verdict(number // 10 % REASONS + 1)


@dataclass
class Judge:
    """A person at a browser of their own, in a thread of their own.

    Attributes:
        pressed: every decision's case, in order; a case that came back is in it again.
        shown_ms, changed_ms: of each decision, from the key to the frame with the next case and its clip's picture, and to the frame with the next case.
        keys: that the page saw this person press.
        struck_twice: decisions whose key was struck twice; the second strike may decide nothing, which `faults_of` would find.
    """

    name: str
    address: str
    login: str
    pressed: list[str] = field(default_factory=list)
    shown_ms: list[float] = field(default_factory=list)
    changed_ms: list[float] = field(default_factory=list)
    keys: int = 0
    struck_twice: int = 0
    traffic: Traffic = field(default_factory=Traffic)
    fault: BaseException | None = None

    def work(self, most: int, between: Callable[[Judge, Desk], None] = lambda judge, desk: None) -> None:
        """Judges until nothing is left for this person or `most` were judged; `between` is called before each."""
        with chromium() as browser, desk(browser, self.address, self.login) as here:
            here.wait_for_case()
            settle(here)
            here.traffic.reset()
            while len(self.pressed) < most:
                here.page.wait_for_timeout(THINK_MS)
                between(self, here)
                if not here.wait_for_case():
                    break
                twice = len(self.pressed) % TWICE_EVERY == TWICE_EVERY - 1
                case_id = here.case_id
                if case_id is None:
                    continue
                entry = here.decide(case_id, verdict_of(case_id).key, twice=twice)
                if entry is None:
                    continue
                self.struck_twice += twice
                self.pressed.append(case_id)
                self.changed_ms.append(entry["changed_ms"])
                if entry["next"] is not None:
                    self.shown_ms.append(entry["shown_ms"])
            settle(here)
            self.traffic, self.keys = here.traffic, here.keys

    def start(self, most: int, between: Callable[[Judge, Desk], None] = lambda judge, desk: None) -> threading.Thread:
        """The same in a thread; what goes wrong in it is kept in `fault`."""

        def run() -> None:
            try:
                self.work(most, between)
            except BaseException as error:
                self.fault = error

        thread = threading.Thread(target=run, name=self.name, daemon=True)
        thread.start()
        return thread


def settle(here: Desk) -> None:
    """Waits until no decision is under way and what is read ahead is there."""
    here.page.wait_for_function("() => !document.querySelector('.waiting')", timeout=SETTLE_MS)
    here.page.wait_for_timeout(SETTLED_MS)


def faults_of(expected: Iterable[str], cases: Mapping[str, Mapping[str, Any]], pressed: Mapping[str, Collection[str]], reasons: list[str]) -> list[str]:
    """Where the API's decisions differ from what the people pressed; a sentence each, none where nothing was lost and nothing doubled.

    Args:
        expected: ids of all cases.
        cases: each as the API tells it, with its decisions.
        pressed: by person, the cases that they decided.
        reasons: ids of the catalogue's reasons, in its order.
    """
    found = []
    for case_id in expected:
        verdict, case = verdict_of(case_id), cases[case_id]
        state = "confirmed" if verdict.reason is None else "rejected"
        reason = None if verdict.reason is None else reasons[verdict.reason - 1]
        made = [one for one in case["decisions"] if not one.get("undone")]
        deciders = Counter(one["by"] for one in made)
        if case["state"] != state:
            found.append(f"case {case_id} is {case['state']}, not {state}")
        found += [f"case {case_id} was decided {count} times by {name}" for name, count in deciders.items() if count > 1]
        found += [f"case {case_id}: {one['by']} decided {one['action']} ({one['reason']})" for one in made if one["reason"] != reason]
        by_key = {name for name, ids in pressed.items() if case_id in ids}
        found += [f"case {case_id}: {name} pressed a key, and the API has no decision of theirs" for name in sorted(by_key - set(deciders))]
        found += [f"case {case_id}: {name} decided it without a key" for name in sorted(set(deciders) - by_key)]
        if len(made) > 1 and not any(one.get("sealed") for one in made):
            found.append(f"case {case_id} was decided by {' and '.join(deciders)}, though it was no double review")
    return found
