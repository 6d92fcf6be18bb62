from __future__ import annotations

import subprocess
import sys

from benchmarks.process_cost import busy_seconds, cost_of

BURN = "import time\nuntil = time.process_time() + 0.3\nwhile time.process_time() < until: pass\n"
PARENT = f"""
import subprocess, sys
subprocess.run([sys.executable, '-c', {BURN!r}], check=True)
child = subprocess.Popen([sys.executable, '-c', {BURN + "print('burnt', flush=True)" + chr(10) + "input()"!r}], stdin=subprocess.PIPE)
sys.stdin.read()
"""


def test_children_count_living_and_ended() -> None:
    busy = busy_seconds()
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "burnt\n"
        cost = cost_of(process.pid)
        process.communicate("")
    assert cost.processes == 2
    assert cost.cpu_seconds >= 0.58  # both burnt 0.3 s, ticks are 10 ms
    assert cost.memory_bytes > 1_000_000
    assert busy_seconds() - busy >= 0.5


def test_a_process_that_is_gone_costs_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert cost_of(process.pid).cpu_seconds == 0
