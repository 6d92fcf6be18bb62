"""The server's own tasks: in turn, again and again, and one that fails stops nothing."""

from __future__ import annotations

import logging
import threading

import pytest

from api.service import Api
from api.tasks import TASKS, Task, running


@pytest.fixture
def store() -> str:
    """Which store is behind it makes no difference here."""
    return "files"


def test_a_task_that_fails_stops_no_other_and_comes_again(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    failed, done = threading.Semaphore(0), threading.Semaphore(0)

    def fail(_: Api) -> None:
        failed.release()
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR), running(api, [Task("fail", 0.01, fail), Task("work", 0.01, lambda _: done.release())], first_after_seconds=0):
        assert all(failed.acquire(timeout=20) for _ in range(3))
        assert all(done.acquire(timeout=20) for _ in range(3))
    assert "could not fail" in caplog.text


def test_the_server_s_tasks_run_on_an_empty_api(api: Api) -> None:
    for task in TASKS:
        task.run(api)
