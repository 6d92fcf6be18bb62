"""`bench ingest`: what reading a camera costs, this reader beside what others read cameras with, on the same cameras in the same run.

The peers are given only as many cameras as they keep up with on two cores; cost per camera does not fall with more of them (each has a thread or a
process and a decoder of its own).
"""

from __future__ import annotations

from collections.abc import Collection

from benchmarks.clips import Clip
from benchmarks.conversation import Contender
from benchmarks.errors import BenchmarkError
from benchmarks.live import Plan, Progress, measure_all, row_of
from benchmarks.machine import this_machine
from benchmarks.results import Result, code_version

FLOOR, LOOK = "curbwatch-floor", "curbwatch-look"
SIZE = (640, 384)


def contenders(clip: Clip, cameras: int, look_seconds: float) -> list[Contender]:
    """Everybody who reads cameras here; this project's reader first."""
    every, keyframes = ("pictures", clip.rate), ("looks", 1 / clip.keyframe_seconds)
    return [
        Contender(FLOOR, "curbwatch reader, ring kept, nothing decoded", "curbwatch_reader", cameras=cameras, must=every),
        Contender(
            LOOK,
            f"curbwatch reader, one look decoded per {look_seconds:g} s",
            "curbwatch_reader",
            {"look_seconds": look_seconds, "size": SIZE},
            cameras=cameras,
            must=("looks", 1 / look_seconds),
        ),
        Contender("pyav-demux", "PyAV demux, nothing decoded", "pyav_keyframes", {"decode": False}, cameras=min(cameras, 20), must=every),
        Contender(
            "pyav-keyframes",
            "PyAV, every keyframe decoded",
            "pyav_keyframes",
            {"size": SIZE},
            cameras=min(cameras, 10),
            must=keyframes,
        ),
        Contender("ffmpeg-fps1", "ffmpeg process, fps=1", "ffmpeg_fps1", {"size": SIZE}, cameras=min(cameras, 3), must=("looks", 1.0)),
        Contender("opencv", "OpenCV VideoCapture, every picture", "opencv_capture", cameras=min(cameras, 3), must=every),
    ]


def chosen(all_of_them: list[Contender], only: Collection[str]) -> list[Contender]:
    """The contenders that were asked for, all where none was named.

    Raises:
        BenchmarkError: a name that there is not.
    """
    known = {contender.key for contender in all_of_them}
    for name in only:
        if name not in known:
            raise BenchmarkError(f"no contender {name!r}: there are {', '.join(contender.key for contender in all_of_them)}")
    return [contender for contender in all_of_them if not only or contender.key in only]


def run(plan: Plan, *, cameras: int, look_seconds: float, only: Collection[str], progress: Progress) -> Result:
    """Measures and tells.

    Raises:
        BenchmarkError: the simulator or this project's own reader fails, or `only` names nobody.
    """
    among = chosen(contenders(plan.clip, cameras, look_seconds), only)
    machine, code = this_machine(), code_version()
    windows, skipped = measure_all(among, plan, progress)
    base = next((LOOK if LOOK in windows else key for key in windows), None)
    first = row_of(next(one for one in among if one.key == base), windows[base], None)["cpu_ms"] if base else None
    rows = [row_of(one, windows[one.key], first) for one in among if one.key in windows]
    settings = {
        "clip": plan.clip.path.name,
        "clip_mbit": plan.clip.mbit,
        "cameras": cameras,
        "look_seconds": look_seconds,
        "seconds": plan.seconds,
        "rounds": plan.rounds,
        "size": SIZE,
        "transport": "tcp",
    }
    notes = [f"ratio: to {base}; CPU of the whole process tree by the kernel's account; memory: what the streams added (PSS)"]
    return Result("ingest", machine, code, plan.clip.subject, settings, rows, skipped, notes)
