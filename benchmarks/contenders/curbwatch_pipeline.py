"""This project's whole look: reader, the freshest keyframe of a due camera decoded, the zones' rectangle cut out at the model's size, boxes."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

from benchmarks.contenders.protocol import cameras, missing, refused, report_until_told_to_end, task


def main() -> None:
    told = task()
    try:
        from models.errors import ModelError
        from models.session import open_model
        from streams.camera import CameraSpec
        from streams.decoding import Crop, decode_keyframe
        from streams.media import AccessUnit
        from streams.reader import Reader, ReaderSettings
    except ImportError as error:
        missing(f"{error.name} is not installed here")
    try:
        session = open_model(told["model"], provider=told["provider"], threads=told["threads"], input_size=told.get("size"))
    except ModelError as error:
        refused(str(error))
    x0, y0, x1, y1 = told["zone"]
    crop = Crop(x0, y0, x1, y1, session.input_width_px, session.input_height_px)
    look_seconds: float = told["look_seconds"]
    due: dict[str, float] = {}  # empty until a camera's first keyframe, which only sets its phase: looks are spread over the interval
    freshest: dict[str, AccessUnit] = {}
    news = threading.Condition()
    looks = boxes = 0

    def on_keyframe(camera_id: str, unit: AccessUnit) -> None:
        if camera_id not in due:
            due[camera_id] = unit.arrival_seconds + look_seconds * (len(due) % 100) / 100
        elif unit.arrival_seconds >= due[camera_id]:
            due[camera_id] = unit.arrival_seconds + look_seconds - 0.5
            with news:
                freshest[camera_id] = unit  # replaces an undecoded one: nothing piles up
                news.notify()

    def look() -> None:
        nonlocal looks, boxes
        while True:
            with news:
                news.wait_for(lambda: freshest)
                unit = freshest.pop(next(iter(freshest)))
            decoded = decode_keyframe(unit, (crop,))
            found = session.detect(decoded.crops[0].pixels[None])[0]
            boxes += len(decoded.crops[0].letterbox.to_picture(found.xyxy))
            looks += 1

    threading.Thread(target=look, daemon=True).start()
    about: dict[str, Any] = {"model": session.name, "provider": session.provider, "size": [session.input_width_px, session.input_height_px]}
    with Reader(on_keyframe, ReaderSettings(connects_per_host=32, stagger_seconds=2.0)) as reader:
        for number, url in enumerate(cameras(**about)):
            reader.add(CameraSpec.parse(f"c{number}", url))

        def counters() -> dict[str, int]:
            statuses = reader.statuses().values()
            return {
                "playing": sum(status.pictures > 0 for status in statuses),
                "pictures": sum(status.pictures for status in statuses),
                "keyframes": sum(status.keyframes for status in statuses),
                "lost": sum(status.damaged for status in statuses),
                "looks": looks,
                "boxes": boxes,
            }

        report_until_told_to_end(counters)
    time.sleep(0.1)
    os._exit(0)


if __name__ == "__main__":
    main()
