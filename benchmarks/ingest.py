"""`bench ingest`: what reading a camera costs, this reader beside what others read cameras with, on the same cameras in the same run.

The peers are given only as many cameras as they keep up with on two cores; cost per camera does not fall with more of them (each has a thread or a
process and a decoder of its own).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from benchmarks.clips import Clip
from benchmarks.conversation import Contender
from benchmarks.errors import BenchmarkError
from benchmarks.live import Plan, Progress, measure_all, row_of
from benchmarks.machine import this_machine
from benchmarks.results import Result, code_version

FLOOR, LOOK = "curbwatch-floor", "curbwatch-look"
SIZE = (640, 384)


def contenders(clip: Clip, cameras: Sequence[int], look_seconds: float) -> list[Contender]:
    """Everybody who reads cameras here; this project's reader first, at each number of cameras (a reader of many wakes up less often per camera)."""
    every, keyframes = ("pictures", clip.rate), ("looks", 1 / clip.keyframe_seconds)
    few = min(cameras)
    looking = {"look_seconds": look_seconds, "size": SIZE}
    own = [Contender(f"{FLOOR}@{count}", "curbwatch reader, ring kept, nothing decoded", "curbwatch_reader", cameras=count, must=every) for count in cameras]
    return [
        *own,
        Contender(LOOK, f"curbwatch reader, a look decoded per {look_seconds:g} s", "curbwatch_reader", looking, cameras=few, must=("looks", 1 / look_seconds)),
        Contender("pyav-demux", "PyAV demux, nothing decoded", "pyav_keyframes", {"decode": False}, cameras=min(few, 20), must=every),
        Contender("pyav-keyframes", "PyAV, every keyframe decoded", "pyav_keyframes", {"size": SIZE}, cameras=min(few, 10), must=keyframes),
        Contender("ffmpeg-fps1", "ffmpeg process, fps=1", "ffmpeg_fps1", {"size": SIZE}, cameras=min(few, 3), must=("looks", 1.0)),
        Contender("opencv", "OpenCV VideoCapture, every picture", "opencv_capture", cameras=min(few, 3), must=every),
    ]


def chosen(all_of_them: list[Contender], only: Collection[str]) -> list[Contender]:
    """The contenders that were asked for, all where none was named.

    Raises:
        BenchmarkError: a name that there is not.
    """
    known = [base_key(contender.key) for contender in all_of_them]
    for name in only:
        if name not in known:
            raise BenchmarkError(f"no contender {name!r}: there are {', '.join(dict.fromkeys(known))}")
    return [contender for contender, key in zip(all_of_them, known, strict=True) if not only or key in only]


def base_key(key: str) -> str:
    """A key without its number of cameras."""
    return key.partition("@")[0]


def run(plan: Plan, *, cameras: Sequence[int], look_seconds: float, only: Collection[str], progress: Progress) -> Result:
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
        "cameras": list(cameras),
        "look_seconds": look_seconds,
        "seconds": plan.seconds,
        "rounds": plan.rounds,
        "size": SIZE,
        "transport": "tcp",
    }
    notes = [f"ratio: to {base}; CPU of the whole process tree by the kernel's account; memory: what the streams added (PSS)"]
    return Result("ingest", machine, code, plan.clip.subject, settings, rows, skipped, notes)
