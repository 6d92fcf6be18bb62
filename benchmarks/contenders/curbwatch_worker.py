"""This project's whole worker, as `curbwatch watch` runs it: reader, due keyframe, decoders, gate, detection, judging, state, evidence."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contenders.keyframe_ledger import KeyframeLedger
from benchmarks.contenders.protocol import cameras, missing, refused, report_until_told_to_end, task


def main() -> None:
    told = task()
    try:
        from benchmarks.contenders.look_observer import LookObserver
        from benchmarks.contenders.stage_account import StageAccount
        from benchmarks.contenders.worker_inside import WorkerInside, write_scene
        from detector.errors import DetectorError
        from detector.fleet.spec import WorkerSpec
        from models.errors import ModelError
    except ImportError as error:
        missing(f"{error.name} is not installed here")
    account = StageAccount() if told.get("profile") else None
    if account is not None:
        account.watch_steps()
    ledger = KeyframeLedger(told.get("keyframe_seconds", 2.0))
    with tempfile.TemporaryDirectory(prefix="curbwatch-bench-") as folder:
        scene = write_scene(Path(folder) / "scene.yaml", told["zone"], told["cameras"]) if told.get("zone") else None
        spec = WorkerSpec(
            name="bench", data_dir=folder, cameras=(), scene=None if scene is None else str(scene), model=told["model"], provider=told["provider"],
            detector_threads=told.get("detectors", 1), decoder_threads=told.get("decoders", 1), calm_seconds=told["look_seconds"],
            busy_seconds=told["look_seconds"], suspicious_seconds=told.get("suspicious_seconds", told["look_seconds"]), gated=told.get("gated", False),
        )  # fmt: skip
        observer = LookObserver(told["look_seconds"], spec.suspicious_seconds, warm_up_seconds=told["observe"]) if told.get("observe") else None
        worker = WorkerInside(
            spec,
            on_keyframe=lambda camera_id, unit: ledger.note(camera_id, unit.timestamp, unit.arrival_seconds),
            on_taken=None if observer is None else observer.taken,
        )
        try:
            worker.start()
        except (DetectorError, ModelError) as error:
            refused(str(error))
        urls = cameras(**worker.model)
        worker.want(urls, told["transport"])
        if observer is not None:
            observer.start(worker)

        def counters() -> dict[str, Any]:
            statuses, watched = worker.statuses().values(), worker.watched.values()
            looks = sum(one.looks for one in watched)
            said: dict[str, Any] = {
                "playing": sum(status.pictures > 0 for status in statuses),
                "pictures": sum(status.pictures for status in statuses),
                "keyframes": sum(status.keyframes for status in statuses),
                "lost": sum(status.damaged for status in statuses),
                "reconnects": sum(status.reconnects for status in statuses),
                "looks": looks + sum(one.unchanged for one in watched),
                "detected": looks,
                "undecodable": sum(one.undecodable for one in watched),
                "suspicious": sum(one.state.suspicious for one in watched),
                **ledger.counters(),
            }
            if account is not None:
                said["accounts"] = account.read()
            if observer is not None:
                said["observed"] = observer.summary()
            return said

        report_until_told_to_end(counters, told.get("report_seconds", 0.25))
        worker.stop()
    os._exit(0)


if __name__ == "__main__":
    main()
