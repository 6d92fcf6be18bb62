"""Times a contender that does a piece of work when it is told to: pictures detected, keyframes decoded.

Contenders of one table are all loaded first and then take turns, round by round, so that a neighbour's load or a change of the processor's clock
meets all of them alike. A round's CPU time is the kernel's account of the whole process (ticks of 10 ms: rounds last a second or more), its wall time
is told by the contender, since only that counts on a GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.conversation import Contender, Conversation
from benchmarks.errors import PeerMissing
from benchmarks.process_cost import busy_seconds, cost_of

ANSWER_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Timing:
    """What pieces of work of one contender cost, in milliseconds a piece (a picture, a keyframe); medians of the rounds.

    Attributes:
        cpu_ms_low, cpu_ms_high: the cheapest and the dearest round.
        wall_ms: of the clock; on a busy CPU it says little, on a GPU it is the figure.
        beside_seconds: CPU seconds that everything else on the machine used during the rounds.
        said: what the contender said of itself when it was ready (`provider`, `model` …).
    """

    key: str
    title: str
    pieces: int
    cpu_ms: float
    cpu_ms_low: float
    cpu_ms_high: float
    wall_ms: float
    beside_seconds: float
    said: dict[str, Any]


def time_jobs(
    contenders: Sequence[Contender], asks: Sequence[dict[str, Any]], *, rounds: int, progress: Callable[[str], None]
) -> tuple[dict[int, list[Timing]], dict[str, str]]:
    """Times every contender on every ask (`{"pieces": n, …}`), in turns.

    Returns:
        For each ask's index the timings in the order of the contenders, and why which contender was skipped.

    Raises:
        BenchmarkError: a contender fails.
    """
    skipped: dict[str, str] = {}
    running: list[tuple[Contender, Conversation]] = []
    timings: dict[int, list[Timing]] = {}
    with ExitStack() as stack:
        for contender in contenders:
            progress(f"loading {contender.title}")
            try:
                running.append((contender, stack.enter_context(Conversation(contender))))
            except PeerMissing as reason:
                skipped[contender.key] = str(reason)
        for index, ask in enumerate(asks):
            measured: dict[str, list[tuple[float, float, float, int]]] = {contender.key: [] for contender, _ in running}
            for number in range(-1, rounds):
                for contender, process in running:
                    if number >= 0:
                        progress(f"{contender.title}: {', '.join(f'{value} {name}' for name, value in ask.items())}, round {number + 1} of {rounds}")
                    one = timed_round(process, ask if number >= 0 else {**ask, "pieces": 1})
                    if number >= 0:  # the first round warms up
                        measured[contender.key].append(one)
            timings[index] = [_timing(contender, process.ready, measured[contender.key]) for contender, process in running]
    return timings, skipped


def timed_round(process: Conversation, ask: dict[str, Any]) -> tuple[float, float, float, int]:
    """CPU and wall milliseconds a piece, seconds beside it, and pieces."""
    cost, busy = cost_of(process.pid).cpu_seconds, busy_seconds()
    said = process.ask(ask, ANSWER_SECONDS)
    cpu, pieces = cost_of(process.pid).cpu_seconds - cost, int(said["pieces"])
    return 1000 * cpu / pieces, 1000 * float(said["wall_seconds"]) / pieces, max(0.0, busy_seconds() - busy - cpu), pieces


def _timing(contender: Contender, ready: dict[str, Any], rounds: list[tuple[float, float, float, int]]) -> Timing:
    cpu = [one[0] for one in rounds]
    said = {name: value for name, value in ready.items() if name != "ready"}
    return Timing(
        contender.key,
        contender.title,
        sum(one[3] for one in rounds),
        median(cpu),
        min(cpu),
        max(cpu),
        median(one[1] for one in rounds),
        sum(one[2] for one in rounds),
        said,
    )
