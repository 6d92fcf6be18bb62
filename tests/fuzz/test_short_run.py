"""The short run: every committed input and some hundred mutated ones of each target, under the same bounds as the deep run (`make fuzz`)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random

import pytest

from tests.fuzz.bounds import CutShort, Finding, Target, check, hangs_are_cut, run_once
from tests.fuzz.state import inputs_kept
from tests.fuzz.targets import TARGETS

MUTATED = 300
DEPTH = 4
"""Mutations on top of each other: some faults show only in what is far from every seed."""


@pytest.fixture(autouse=True)
def _cut_hangs() -> Iterator[None]:
    with hangs_are_cut():
        yield


@pytest.mark.parametrize("name", TARGETS)
def test_every_kept_input_stays_within_the_bounds(name: str) -> None:
    kept = inputs_kept(name)
    assert kept, f"no seeds of {name}"
    for path in kept:
        try:
            check(TARGETS[name], path.read_bytes())
        except Finding as finding:
            pytest.fail(f"{path}: {finding}")


@pytest.mark.parametrize("name", TARGETS)
def test_inputs_like_them_stay_within_the_bounds(name: str) -> None:
    target, rng = TARGETS[name], Random(name)
    kept = [path.read_bytes() for path in inputs_kept(name)]
    for number in range(MUTATED):
        data = rng.choice(kept)
        for _ in range(rng.randint(1, DEPTH)):
            data = target.mutate(data, rng)[: target.most_bytes]
        try:
            if number % 10:
                run_once(target, data)
            else:
                check(target, data)
        except Finding as finding:
            pytest.fail(f"{finding}; the input is {data[:2000]!r}")


def endless(data: bytes) -> None:
    while data:
        pass


def gluttonous(data: bytes) -> None:
    assert len(data * 5_000_000)


def slow(data: bytes) -> None:
    began = time.process_time()
    while time.process_time() - began < 0.12:
        pass


def faulty(data: bytes) -> None:
    data.decode("ascii")


@pytest.mark.parametrize(("run", "kind"), [(endless, "hang"), (gluttonous, "memory"), (slow, "slow"), (faulty, "crash")])
def test_the_bounds_hold(run: object, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.bounds.CUT_SECONDS", 0.3 if kind == "hang" else 5.0)
    target = Target("broken", run, lambda data, rng: data, 100, 1024 * 1024, ())
    with pytest.raises(Finding) as found:
        check(target, b"\xff\xff")
    assert found.value.kind == kind
    assert not isinstance(found.value.__cause__, CutShort)
