"""What network video recorders do: an ffmpeg process per camera with `fps=1`, raw pictures read from its pipe."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading

from benchmarks.contenders.protocol import cameras, missing, report_until_told_to_end, task


def main() -> None:
    told = task()
    program = shutil.which("ffmpeg")
    if program is None:
        missing("the program ffmpeg is not installed here")
    width, height = told.get("size", (640, 360))
    size = width * height * 3 // 2
    urls = cameras()
    pictures = [0] * len(urls)
    processes: list[subprocess.Popen[bytes]] = []

    def read(number: int, url: str) -> None:
        shape = f"fps=1,scale={width}:{height}"
        command = [str(program), "-nostdin", "-loglevel", "error", "-threads", "1", "-rtsp_transport", told["transport"], "-i", url, "-an", "-vf", shape]
        process = subprocess.Popen([*command, "-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:1"], stdout=subprocess.PIPE)
        processes.append(process)
        assert process.stdout is not None
        while len(process.stdout.read(size)) == size:
            pictures[number] += 1

    for number, url in enumerate(urls):
        threading.Thread(target=read, args=(number, url), daemon=True).start()
    report_until_told_to_end(lambda: {"playing": sum(count > 0 for count in pictures), "looks": sum(pictures)})
    for process in processes:
        process.kill()
    os._exit(0)


if __name__ == "__main__":
    main()
