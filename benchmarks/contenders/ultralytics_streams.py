"""Ultralytics as its manual has it: `predict` over a `.streams` list with `vid_stride`, which reads with LoadStreams (OpenCV's VideoCapture)."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path

from benchmarks.contenders.protocol import cameras, report_until_told_to_end, task
from benchmarks.contenders.ultralytics_parts import about, load


def main() -> None:
    told = task()
    model = load(told)
    width, height = told["size"]
    urls = cameras(**about(told))
    looks = [0] * len(urls)
    boxes = 0
    streams = Path(tempfile.mkdtemp(prefix="ultralytics-")) / "cameras.streams"
    streams.write_text("\n".join(urls))

    def predict() -> None:
        nonlocal boxes
        device = "cpu" if told["provider"] == "cpu" else 0
        results = model.predict(
            str(streams), stream=True, vid_stride=told["vid_stride"], imgsz=(height, width), device=device, half=device == 0, conf=0.05, verbose=False
        )
        for number, result in enumerate(results):
            looks[number % len(urls)] += 1
            boxes += len(result.boxes)

    threading.Thread(target=predict, daemon=True).start()
    report_until_told_to_end(lambda: {"playing": sum(count > 1 for count in looks), "looks": sum(looks), "boxes": boxes})
    os._exit(0)


if __name__ == "__main__":
    main()
