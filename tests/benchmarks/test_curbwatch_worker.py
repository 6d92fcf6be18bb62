from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from benchmarks.cameras import simulated_cameras
from benchmarks.contender import measure
from benchmarks.contenders.stage_account import STAGES, StageAccount
from benchmarks.conversation import Contender, Conversation
from models.session import DEFAULT_MODEL

TASK = {"model": DEFAULT_MODEL, "provider": "cpu", "look_seconds": 1.0, "zone": (0.1, 0.2, 0.9, 0.8), "cameras": 2, "keyframe_seconds": 1.0}


@pytest.mark.slow
def test_the_worker_of_watch_is_measured_by_stage_and_observed(small_clip: Path) -> None:
    worker = Contender("worker", "worker", "curbwatch_worker", {**TASK, "profile": True, "observe": 0.5, "report_seconds": 0.5}, cameras=2)
    with simulated_cameras([small_clip], 2) as cameras:
        window = measure(worker, cameras, warm_up_seconds=3.0, seconds=5.0)
        with Conversation(worker) as running:
            running.say({"urls": list(cameras.urls)})
            running.wait(lambda said: said.get("looks", 0) >= 8, 30.0, "does not look")
            observed = running.latest("observed")
    assert window.rate("looks") == pytest.approx(1.0, abs=0.35)
    assert window.counts["keyframes_missing"] == window.counts["lost"] == window.counts["undecodable"] == 0
    assert window.said["size"] == [640, 384]
    assert window.accounts["onnxruntime"] > 0.1
    assert window.accounts[STAGES["children"]] > 0
    assert window.accounts["whole"] == pytest.approx(window.cpu_seconds, abs=0.3)
    assert observed["interval_median"] == pytest.approx(1.0, abs=0.5)


def test_a_thread_is_accounted_for_by_its_name() -> None:
    account, ended = StageAccount(), threading.Event()

    def work() -> None:
        until = time.thread_time() + 0.2
        while time.thread_time() < until:
            pass
        ended.wait(10)

    before = account.read()
    thread = threading.Thread(target=work, name="reader", daemon=True)
    thread.start()
    while (now := account.read())[STAGES["reader"]] - before.get(STAGES["reader"], 0.0) < 0.19:
        time.sleep(0.02)
    ended.set()
    thread.join()
    assert now["whole"] >= now[STAGES["reader"]]
