"""`kill -9` of worker or API at random moments of the demo: it ends with the same cases, each once, and every packet verifies.

As a script: `python tests/curbwatch/demo/test_chaos.py --kills 20 --rounds 5 --seed 7` prints when what was killed, and the verdict.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from curbwatch.demo.cameras import SHIPPED_CAMERAS, SHIPPED_SCENE, read_cameras, shipped_ids
from curbwatch.demo.house import House, free_port
from curbwatch.demo.run import Goal, Outcome, Run, clip_lengths
from curbwatch.demo.truth import expected_acts, read_truth
from detector.fleet.processes import Keeper

VICTIMS = ("worker", "api")


@dataclass(frozen=True, slots=True)
class Kill:
    """At this second of the run, this part."""

    at_seconds: float
    victim: str


def plan(count: int, seconds: float, seed: int) -> list[Kill]:
    """Kills spread over the whole time, by chance; both parts get their share."""
    random = Random(seed)
    victims = [VICTIMS[i % 2] for i in range(count)]
    random.shuffle(victims)
    return [Kill(at, victim) for at, victim in zip(sorted(random.uniform(2, seconds) for _ in range(count)), victims, strict=True)]


@dataclass(slots=True)
class Killer:
    """Kills what is due; a victim that is just down is killed as soon as it is up again."""

    house: House
    kills: list[Kill]
    say: Callable[[str], None]
    done: list[Kill] = field(default_factory=list)
    _began: float | None = None

    def __call__(self, seconds: float) -> None:
        self._began = seconds if self._began is None else self._began
        while self.kills and seconds - self._began >= self.kills[0].at_seconds:
            process = self.house.parts[self.kills[0].victim].process
            if process is None or process.poll() is not None:
                return
            process.kill()
            process.wait()
            self.done.append(self.kills.pop(0))
            self.say(f"{seconds:6.1f} s  kill {len(self.done)}: {self.done[-1].victim} (pid {process.pid})")


def disturbed(kills: int, *, rounds: float, seed: int, folder: Path, timeout_seconds: float, say: Callable[[str], None]) -> tuple[Outcome, list[Kill]]:
    """A demo that is judged after every clip was looked at `rounds` times, with its kills spread over the time that this takes at the least."""
    cameras = read_cameras(SHIPPED_CAMERAS)
    lengths = clip_lengths(cameras)
    expected = expected_acts(read_truth(), shipped_ids())
    with Keeper() as keeper:
        house = House(cameras, SHIPPED_SCENE, folder, free_port(), keeper)
        began = time.monotonic()
        house.start()
        killer = Killer(house, plan(kills, rounds * max(lengths.values()), seed), say)
        goal = Goal(len(expected), timeout_seconds, rounds)
        run = Run(house, lengths, expected, goal, lambda *_: None, began, disturb=killer)
        outcome = run.follow()
    return outcome, killer.done


def test_a_plan_is_the_same_for_the_same_seed_and_spares_nobody() -> None:
    kills = plan(20, 300, seed=7)
    assert kills == plan(20, 300, seed=7) != plan(20, 300, seed=8)
    assert {kill.victim for kill in kills} == set(VICTIMS)
    assert kills == sorted(kills, key=lambda kill: kill.at_seconds)
    assert kills[0].at_seconds < 60
    assert kills[-1].at_seconds > 240


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_six_kills_change_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    outcome, done = disturbed(6, rounds=2, seed=20261125, folder=tmp_path, timeout_seconds=600, say=said.append)
    assert len(done) == 6, said
    assert outcome.passed, (said, outcome.lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="kills worker and API of a demo at random moments and judges what came of it")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rounds", type=float, default=5.0, help="times that every clip must have been looked at; the kills are spread over that time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=1800.0)
    parser.add_argument("--data-dir", type=Path)
    asked = parser.parse_args()
    folder = asked.data_dir or Path(tempfile.mkdtemp(prefix="curbwatch-chaos-"))

    def say(line: str) -> None:
        print(line, flush=True)

    outcome, done = disturbed(asked.kills, rounds=asked.rounds, seed=asked.seed, folder=folder, timeout_seconds=asked.timeout, say=say)
    print("\n".join(outcome.lines))
    word = "PASSED" if outcome.passed else "FAILED"
    print(f"{word}: {len(done)} kills, {len(outcome.cases)} cases, {outcome.packets} packets, {outcome.seconds:.0f} s, {folder}")
    return 0 if outcome.passed and len(done) == asked.kills else 1


if __name__ == "__main__":
    raise SystemExit(main())
