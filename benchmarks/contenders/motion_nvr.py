"""Motion, a video recorder for cameras as distributions ship it: it decodes every picture, compares it with the last, and records the packets as they came.

Its detection is told to see motion always, so that it records without a pause. It does not count pictures aloud; what it recorded tells them, by the
clip's bit rate (in steps of 256 KiB, which is how its file grows).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.contenders.protocol import cameras, missing, report_until_told_to_end, task

SETTINGS = """\
daemon off
log_level 4
webcontrol_port 0
stream_port 0
width 1920
height 1080
framerate {rate}
text_left
text_right
picture_output off
emulate_motion on
movie_output on
movie_passthrough on
movie_codec mp4
movie_max_time 0
movie_filename %t
target_dir {folder}
"""
CAMERA = """\
camera_id {number}
netcam_url {url}
netcam_params rtsp_transport={transport}
"""


def main() -> None:
    told = task()
    program = shutil.which("motion")
    if program is None:
        missing("the program motion is not installed here (Debian's package of that name)")
    urls = cameras(version=_version(program))
    with tempfile.TemporaryDirectory(prefix="motion-") as name:
        folder = Path(name)
        listed = []
        for number, url in enumerate(urls, 1):
            one = folder / f"camera{number}.conf"
            one.write_text(CAMERA.format(number=number, url=url, transport=told["transport"]))
            listed.append(f"camera {one}\n")
        (folder / "motion.conf").write_text(SETTINGS.format(rate=round(told["rate"]), folder=folder) + "".join(listed))
        with (folder / "motion.log").open("w") as log:
            process = subprocess.Popen([program, "-n", "-c", str(folder / "motion.conf")], stdout=log, stderr=log)
        pictures_a_byte = told["rate"] * 8 / (told["mbit"] * 1e6)

        def counters() -> dict[str, int]:
            if process.poll() is not None:
                raise SystemExit(f"motion ended: {(folder / 'motion.log').read_text()[-200:]}")
            sizes = [file.stat().st_size for file in folder.glob("*.mp4")]
            return {"playing": len(sizes), "pictures": round(sum(sizes) * pictures_a_byte)}

        try:
            report_until_told_to_end(counters)
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
    os._exit(0)


def _version(program: str) -> str:
    asked = subprocess.run([program, "-h"], capture_output=True, text=True, check=False)
    return (asked.stdout.splitlines() or ["motion"])[0].partition(",")[0]


if __name__ == "__main__":
    main()
