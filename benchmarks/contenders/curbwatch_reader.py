"""This project's reader; with `look_seconds` it also decodes each camera's freshest keyframe once per so many seconds, to the model's size, by the pool."""

from __future__ import annotations

import os
import time
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from benchmarks.contenders.keyframe_ledger import KeyframeLedger
from benchmarks.contenders.protocol import cameras, report_until_told_to_end, task
from streams.camera import CameraSpec
from streams.decoding import Crop, Decoded, DecoderPool
from streams.descriptors import raise_open_files
from streams.media import AccessUnit
from streams.reader import Reader, ReaderSettings
from streams.recorded import read_access_units


def main() -> None:
    raise_open_files()
    told = task()
    look_seconds: float | None = told.get("look_seconds")
    crop = Crop(0.0, 0.0, 1.0, 1.0, *told.get("size", (640, 384)))
    due: dict[str, float] = {}  # empty until a camera's first keyframe, which only sets its phase: looks are spread over the interval
    ledger = KeyframeLedger(told.get("keyframe_seconds", 2.0))
    pool = DecoderPool(told.get("decoders", 1)) if look_seconds is not None else None
    if pool is not None:  # started and warm before the cameras come, as a peer's model is
        first = next(iter(read_access_units(Path(told["clip"]))))
        for done in [pool.submit("warm-up", first, (crop,)) for _ in range(4 * told.get("decoders", 1))]:
            done.result()
    looks = undecoded = 0

    def on_keyframe(camera_id: str, unit: AccessUnit) -> None:
        ledger.note(camera_id, unit.timestamp, unit.arrival_seconds)
        if look_seconds is None or pool is None:
            return
        if camera_id not in due:
            due[camera_id] = unit.arrival_seconds + look_seconds * (len(due) % 100) / 100
        elif unit.arrival_seconds >= due[camera_id]:
            due[camera_id] = unit.arrival_seconds + look_seconds - 0.5  # keyframes come every 2 s: the next but one is due
            pool.submit(camera_id, unit, (crop,)).add_done_callback(looked)

    def looked(done: Future[Decoded]) -> None:
        nonlocal looks, undecoded
        if done.cancelled() or done.exception() is not None:
            undecoded += 1
        else:
            looks += 1

    with Reader(on_keyframe, ReaderSettings(connects_per_host=32, stagger_seconds=2.0)) as reader:
        for number, url in enumerate(cameras()):
            reader.add(CameraSpec.parse(f"c{number}", url, told["transport"]))

        def counters() -> dict[str, Any]:
            statuses = reader.statuses().values()
            each = {"by_camera": ledger.by_camera()} if told.get("by_camera") else {}
            return {
                **each,
                "playing": sum(status.pictures > 0 for status in statuses),
                "pictures": sum(status.pictures for status in statuses),
                "keyframes": sum(status.keyframes for status in statuses),
                "lost": sum(status.damaged for status in statuses),
                "reconnects": sum(status.reconnects for status in statuses),
                "looks": looks,
                "undecoded": undecoded,
                **ledger.counters(),
            }

        report_until_told_to_end(counters, told.get("report_seconds", 0.25))
    if pool is not None:
        pool.close()
    time.sleep(0.1)
    os._exit(0)


if __name__ == "__main__":
    main()
