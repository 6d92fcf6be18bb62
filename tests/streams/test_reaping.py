from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time

import pytest

from streams.reaping import has_ended, killed, until_ended


def sleeping() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"], start_new_session=True)


async def test_it_is_known_to_have_ended_before_it_is_reaped() -> None:
    process = sleeping()
    assert not has_ended(process)
    assert not await until_ended(process, 0.05)
    process.kill()
    assert await until_ended(process, 5.0)
    assert process.returncode is None, "its number is still its own"
    await killed(process, group=True)
    assert process.returncode == -signal.SIGKILL


async def test_one_that_is_reaped_is_not_killed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    process = sleeping()
    process.kill()
    process.wait()
    monkeypatch.setattr("os.killpg", lambda *_: pytest.fail("its number may be another's"))
    await killed(process, group=True)


async def test_one_that_does_not_die_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process whose signals do not arrive stands for one in an uninterruptible call."""
    monkeypatch.setattr("streams.reaping.PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr("os.kill", lambda *_: None)
    process = sleeping()
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    beating = asyncio.create_task(beat())
    began = time.monotonic()
    await killed(process)
    assert time.monotonic() - began < 2.0
    assert beats >= 5
    beating.cancel()
    os.killpg(process.pid, signal.SIGKILL)
    for _ in range(200):
        if process.returncode is not None:
            break
        await asyncio.sleep(0.01)
    assert process.returncode == -signal.SIGKILL, "a thread has waited for it"
