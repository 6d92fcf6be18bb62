"""What the server does by itself beside answering: each task in turn, on one thread, first soon after the start and then at its interval.

A task that fails is logged and comes again at its next turn; it stops nothing else.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from api import heads_kept, housekeeping, revocations, unnamed
from api.service import Api

log = logging.getLogger(__name__)
LONGEST_END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do again and again."""

    name: str
    interval_seconds: float
    run: Callable[[Api], object]


TASKS = (
    Task("sign the log's head", 600, housekeeping.sign_head),
    Task("keep the heads of workers' chains", 600, heads_kept.keep),
    Task("hold room back for a start on a full disk", 60, lambda api: api.database.hold_room()),
    Task("tell outside of the database which rights were taken away", 60, revocations.write),
    Task("delete evidence whose time is over", 3600, housekeeping.retain),
    Task("let second reviews lapse", 3600, housekeeping.lapse),
    Task("end silences whose time is over", 3600, housekeeping.end_silences),
    Task("look how the cases are spread", 24 * 3600, lambda api: api.database.analyze()),
    Task("delete files that no manifest came for", 600, unnamed.drop_awaited),
    Task("delete files that no packet names", 24 * 3600, unnamed.sweep),
)


@contextmanager
def running(api: Api, tasks: Sequence[Task] = TASKS, first_after_seconds: float = 5.0) -> Iterator[None]:
    """Does the tasks while the server runs; at its end the one under way is waited for, for seconds, the log's head is signed, and workers' are kept."""
    stop = threading.Event()
    thread = threading.Thread(target=_work, args=(api, tasks, first_after_seconds, stop), name="tasks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LONGEST_END_SECONDS)
        steps = (
            ("sign the log's head", housekeeping.sign_head),
            ("keep the heads of workers' chains", heads_kept.keep),
            ("tell which rights were taken away", revocations.write),
        )
        for what, step in steps:
            try:
                step(api)
            except Exception:
                log.exception("could not %s at the end", what)


def _work(api: Api, tasks: Sequence[Task], first_after_seconds: float, stop: threading.Event) -> None:
    due = {task.name: time.monotonic() + first_after_seconds for task in tasks}
    while not stop.wait(max(0.0, min(due.values()) - time.monotonic())):
        for task in tasks:
            if time.monotonic() < due[task.name] or stop.is_set():
                continue
            due[task.name] = time.monotonic() + task.interval_seconds
            try:
                task.run(api)
            except Exception:
                log.exception("could not %s; it is tried again in %.0f s", task.name, task.interval_seconds)
