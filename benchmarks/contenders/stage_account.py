"""Where a worker's CPU time goes: its threads by name, its child processes, and within the detector's thread the steps of a look.

Clocks of threads are the kernel's and cost nothing; the steps are timed by a wrapper each, a microsecond a call, and only where a profile is asked for.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from benchmarks.process_cost import cost_of

STAGES = {
    "reader": "reading: sockets, RTP, rings",
    "dispatcher": "choosing the camera that is due",
    "decoder": "decoders' pipes, in the worker",
    "detector": "detector's thread, the rest of it",
    "worker": "saving the state, the diary",
    "MainThread": "the benchmark's own account",
    "children": "decoding, in processes of its own",
}
"""Threads of a worker by the beginning of their names, as a person would call them."""
STEPS = {
    "run": "onnxruntime", "detect": "detection about it: batch, thresholds, boxes", "sees": "picture health, whether the camera has moved",
    "gate": "change gate", "judge": "judging, state, orders",
}  # fmt: skip


class StageAccount:
    """CPU seconds by stage since the process began; `steps` adds the detector's."""

    def __init__(self) -> None:
        self._steps: defaultdict[str, float] = defaultdict(float)

    def watch_steps(self) -> None:
        """Wraps the steps of a look, for every look from now on."""
        from detector.worker.eye import Eye
        from detector.worker.looks import LookSteps
        from models import session

        session.run = self._timed("run", session.run)
        Eye.detect = self._timed("detect", Eye.detect)  # type: ignore[method-assign]
        LookSteps.sees = self._timed("sees", LookSteps.sees)  # type: ignore[method-assign]
        LookSteps.passes_gate = self._timed("gate", LookSteps.passes_gate)  # type: ignore[method-assign]
        LookSteps.judge = self._timed("judge", LookSteps.judge)  # type: ignore[method-assign]

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            began = time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                self._steps[name] += time.thread_time() - began

        return call

    def read(self) -> dict[str, float]:
        """CPU seconds by stage."""
        told: defaultdict[str, float] = defaultdict(float)
        for thread in threading.enumerate():
            if thread.ident is not None:
                name = re.split(r"[-_\d]", thread.name)[0]
                told[STAGES.get(name, "other threads")] += time.clock_gettime(time.pthread_getcpuclockid(thread.ident))
        steps = dict(self._steps)
        within = {"detect": steps.get("run", 0.0), "gate": steps.get("sees", 0.0)}
        detector = STAGES["detector"]
        for step, name in STEPS.items():
            seconds = steps.get(step, 0.0) - within.get(step, 0.0)
            told[name] += seconds
            told[detector] -= seconds
        own = time.process_time()
        told[STAGES["children"]] += max(0.0, cost_of(os.getpid()).cpu_seconds - own)
        told["whole"] = sum(told.values())
        return dict(told)
