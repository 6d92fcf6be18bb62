"""What most people do: OpenCV's VideoCapture in a thread per camera, every picture decoded to BGR."""

from __future__ import annotations

import os
import threading

from benchmarks.contenders.protocol import cameras, missing, report_until_told_to_end, task


def main() -> None:
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = f"rtsp_transport;{task()['transport']}"
    try:
        import cv2
    except ImportError:
        missing("OpenCV is not installed here")
    urls = cameras()
    pictures = [0] * len(urls)

    def read(number: int, url: str) -> None:
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
        while True:
            found, _ = capture.read()
            if not found:
                capture.open(url, cv2.CAP_FFMPEG)
                continue
            pictures[number] += 1

    for number, url in enumerate(urls):
        threading.Thread(target=read, args=(number, url), daemon=True).start()
    report_until_told_to_end(lambda: {"playing": sum(count > 0 for count in pictures), "pictures": sum(pictures)})
    os._exit(0)


if __name__ == "__main__":
    main()
