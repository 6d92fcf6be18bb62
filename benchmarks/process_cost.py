"""What a process and all its descendants cost: the kernel's own account in /proc, read from outside.

The same ruler for every contender, whatever it is written in; a contender that measures itself would choose what counts. CPU is in ticks of 10 ms, so
a window of ten seconds is good to 0.1 %. Memory is the proportional set (PSS): pages that processes share count once.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds used so far and memory held now by a tree of processes; `threads` and `processes` in it."""

    cpu_seconds: float
    memory_bytes: int
    threads: int
    processes: int


def cost_of(pid: int) -> Cost:
    """The cost of a process and its living and reaped descendants; zero where it is gone."""
    stats = {int(entry.name): fields for entry in os.scandir("/proc") if entry.name.isdecimal() and (fields := _stat(int(entry.name))) is not None}
    ticks = {one: sum(int(field) for field in fields[11:15]) for one, fields in stats.items()}  # utime, stime, and those of reaped children
    threads = {one: int(fields[17]) for one, fields in stats.items()}
    family = _family(pid, {one: int(fields[1]) for one, fields in stats.items()})
    return Cost(sum(ticks[one] for one in family) / TICKS_PER_SECOND, sum(map(_memory, family)), sum(threads[one] for one in family), len(family))


def memory_of(pid: int) -> int:
    """Bytes (PSS) of one process without its descendants; 0 where it is gone."""
    return _memory(pid)


def open_files(pid: int) -> int:
    """File descriptors that a process and its living descendants hold open."""
    parents = {int(entry.name): int(fields[1]) for entry in os.scandir("/proc") if entry.name.isdecimal() and (fields := _stat(int(entry.name))) is not None}
    count = 0
    for one in _family(pid, parents):
        with suppress(OSError):
            count += len(os.listdir(f"/proc/{one}/fd"))
    return count


def _family(pid: int, parents: dict[int, int]) -> set[int]:
    """A process and its living descendants; empty where it is gone."""
    family = {pid} & parents.keys()
    while grown := {one for one, parent in parents.items() if parent in family} - family:
        family |= grown
    return family


def busy_seconds() -> float:
    """CPU seconds that the whole machine has been busy, for telling how much ran beside a measurement."""
    fields = [int(field) for field in Path("/proc/stat").read_text().partition("\n")[0].split()[1:]]
    return (sum(fields[:3]) + sum(fields[5:8])) / TICKS_PER_SECOND


def _stat(pid: int) -> list[str] | None:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _memory(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
