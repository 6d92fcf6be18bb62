"""libavformat's reader by PyAV, a thread per camera: `decode` false demuxes only, else keyframes alone are decoded and scaled to the model's size."""

from __future__ import annotations

import os
import threading

import av
from av.video.reformatter import Interpolation, VideoReformatter

from benchmarks.contenders.protocol import cameras, report_until_told_to_end, task


def main() -> None:
    told = task()
    width, height = told.get("size", (640, 360))
    decode = bool(told.get("decode", True))
    urls = cameras()
    pictures = [0] * len(urls)
    looks = [0] * len(urls)

    def read(number: int, url: str) -> None:
        reformatter = VideoReformatter()
        while True:
            try:
                with av.open(url, options={"rtsp_transport": told["transport"]}, timeout=10.0) as container:
                    stream = container.streams.video[0]
                    stream.codec_context.thread_count = 1
                    stream.codec_context.skip_frame = "NONKEY"
                    for packet in container.demux(stream):
                        pictures[number] += 1
                        for frame in packet.decode() if decode and packet.is_keyframe else ():
                            reformatter.reformat(frame, width, height, "rgb24", interpolation=Interpolation.FAST_BILINEAR, threads=1).to_ndarray()
                            looks[number] += 1
            except av.FFmpegError:
                continue

    for number, url in enumerate(urls):
        threading.Thread(target=read, args=(number, url), daemon=True).start()
    report_until_told_to_end(lambda: {"playing": sum(count > 0 for count in pictures), "pictures": sum(pictures), "looks": sum(looks)})
    os._exit(0)


if __name__ == "__main__":
    main()
