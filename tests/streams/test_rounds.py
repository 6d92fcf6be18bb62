from __future__ import annotations

import asyncio
import time

import pytest

from streams.rounds import HOLD_SECONDS, MEMBERS_PER_GLANCE, MEMBERS_PER_SLOT, READ_SECONDS, SLOTS, Rounds, rounds_of_this_loop


class Member:
    def __init__(self) -> None:
        self.visits: list[float] = []

    def visit(self, now_seconds: float) -> None:
        self.visits.append(now_seconds)


async def test_each_is_visited_once_a_round() -> None:
    rounds = rounds_of_this_loop()
    assert rounds is rounds_of_this_loop()
    members = [Member() for _ in range(3 * MEMBERS_PER_SLOT)]
    began = time.monotonic()
    for member in members:
        rounds.join(member)
        rounds.join(member)
    await asyncio.sleep(8 * READ_SECONDS)
    passed = (time.monotonic() - began) / READ_SECONDS
    assert all(1 <= len(member.visits) <= passed + 1 for member in members)
    assert len({member.visits[-1] for member in members}) <= 3, "those of one slot come at one moment"
    for member in members:
        rounds.leave(member)
        rounds.leave(member)
        member.visits.clear()
    await asyncio.sleep(2 * READ_SECONDS)
    assert not any(member.visits for member in members)
    assert len(rounds) == 0


async def test_whose_buffer_is_small_is_visited_twice_a_round() -> None:
    rounds = Rounds(asyncio.get_running_loop())
    once, twice = Member(), Member()
    rounds.join(once)
    rounds.join(twice, twice=True)
    await asyncio.sleep(6 * READ_SECONDS)
    rounds.leave(once)
    rounds.leave(twice)
    assert len(twice.visits) >= 1.5 * len(once.visits) >= 3
    between = [later - earlier for earlier, later in zip(twice.visits, twice.visits[1:], strict=False)]
    assert min(between) > READ_SECONDS / 4
    assert not any(rounds._slots)


async def test_many_are_spread_evenly() -> None:
    rounds = Rounds(asyncio.get_running_loop())
    for _ in range(400):
        rounds.join(Member())
    sizes = [len(slot) for slot in rounds._slots]
    assert len(sizes) == len(SLOTS)
    assert max(sizes) <= 100
    assert min(sizes) >= 20


async def test_a_member_may_leave_during_its_visit_and_a_late_loop_catches_up_once() -> None:
    rounds = Rounds(asyncio.get_running_loop())

    class Leaver(Member):
        def visit(self, now_seconds: float) -> None:
            super().visit(now_seconds)
            rounds.leave(self)

    leaver, stayer = Leaver(), Member()
    rounds.join(leaver)
    rounds.join(stayer)
    await asyncio.sleep(2 * READ_SECONDS)
    before = len(stayer.visits)
    time.sleep(10 * READ_SECONDS)  # noqa: ASYNC251 the loop is held up on purpose
    await asyncio.sleep(READ_SECONDS / 2)
    assert len(leaver.visits) == 1
    assert len(stayer.visits) - before <= 2
    rounds.leave(stayer)


async def test_a_member_that_raises_stops_no_other_and_is_visited_no_more(caplog: pytest.LogCaptureFixture) -> None:
    rounds = Rounds(asyncio.get_running_loop())

    class Broken(Member):
        def visit(self, now_seconds: float) -> None:
            super().visit(now_seconds)
            raise RuntimeError("one member's fault")

    broken, innocent, later = Broken(), Member(), Member()
    rounds.join(broken)
    rounds.join(innocent)
    await asyncio.sleep(4 * READ_SECONDS)
    rounds.join(later)
    await asyncio.sleep(3 * READ_SECONDS)
    assert len(broken.visits) == 1
    assert len(innocent.visits) >= 3
    assert later.visits
    assert len(rounds) == 2
    assert "one member's fault" in caplog.text
    rounds.leave(innocent)
    rounds.leave(later)


async def test_the_loop_has_its_turn_between_long_visits() -> None:
    loop = asyncio.get_running_loop()
    rounds = Rounds(loop)
    turns: list[str] = []

    class Slow(Member):
        def visit(self, now_seconds: float) -> None:
            super().visit(now_seconds)
            turns.append("visit")
            time.sleep(1.5 * HOLD_SECONDS)
            loop.call_soon(turns.append, "loop")

    members = [Slow() for _ in range(3 * MEMBERS_PER_GLANCE)]
    for member in members:
        rounds.join(member)
    await asyncio.sleep(READ_SECONDS + 2.0 * len(members) * HOLD_SECONDS)
    for member in members:
        rounds.leave(member)
    first = turns.index("loop")
    assert first == MEMBERS_PER_GLANCE, "others have their turn before all are visited"
    assert all(member.visits for member in members)
