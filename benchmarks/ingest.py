"""`bench ingest`: what reading a camera costs, this reader beside what others read cameras with, on the same cameras in the same run.

The peers are given only as many cameras as they keep up with on two cores; cost per camera does not fall with more of them (each has a thread or a
process and a decoder of its own). Over UDP this reader is measured twice: datagrams sent one by one, as cameras do, and sent in large pieces that the
kernel cuts (GSO), which arrive coalesced as they do behind a network card that gathers them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from benchmarks.clips import Clip
from benchmarks.conversation import Contender
from benchmarks.errors import BenchmarkError
from benchmarks.live import Plan, Progress, measure_all, row_of
from benchmarks.machine import this_machine
from benchmarks.parts import DECODE, BareParts, bare_decode
from benchmarks.results import Result, code_version
from benchmarks.targets import Target, as_json
from streams.udp import ROUNDS_BYTES, ReceiveBuffer, receive_buffer

FLOOR, LOOK, BARE = "curbwatch-floor", "curbwatch-look", "bare-decode"
SIZE = (640, 384)
READ_MS = {"tcp": 1.0, "udp": 3.0}
LOOK_MS, LOOK_RATIO, MEMORY_MB = 9.0, 1.3, 6.0
ONE_DECODER = 12.0
"""Looks a second that one decoder process gets through on any machine."""
RING_SECONDS = 15.0
"""Until a ring of 12 s and the group that grows on top of it are full: a shorter run tells less memory than a camera takes."""


def contenders(clip: Clip, cameras: Sequence[int], look_seconds: float, transports: Sequence[str] = ("tcp",)) -> list[Contender]:
    """Everybody who reads cameras here; this project's reader first, at each number of cameras (a reader of many wakes up less often per camera)."""
    return [contender for transport in transports for contender in _over(transport, clip, cameras, look_seconds)]


def _over(transport: str, clip: Clip, cameras: Sequence[int], look_seconds: float) -> list[Contender]:
    every, keyframes, looks = ("pictures", clip.rate), ("looks", 1 / clip.keyframe_seconds), ("looks", 1 / look_seconds)
    few = min(cameras)
    looking = {"look_seconds": look_seconds, "size": SIZE, "clip": str(clip.path), "decoders": 1 if few / look_seconds < ONE_DECODER else 2}
    ending = "" if transport == "tcp" else f".{transport}"

    def made(key: str, title: str, script: str, task: Mapping[str, Any], count: int, must: tuple[str, float], *, gso: bool = False) -> Contender:
        return Contender(
            f"{key}{ending}{'-coalesced' if gso else ''}", title, script, task, cameras=count, must=must, transport=transport, segmented=gso
        )  # fmt: skip

    floor = "curbwatch reader, ring kept, nothing decoded"
    sendings = (False,) if transport == "tcp" else (False, True)
    return [
        *(made(f"{FLOOR}@{count}", floor, "curbwatch_reader", {}, count, every, gso=gso) for count in cameras for gso in sendings),
        made(LOOK, f"curbwatch reader, a look decoded per {look_seconds:g} s", "curbwatch_reader", looking, few, looks),
        made("pyav-demux", "PyAV demux, nothing decoded", "pyav_keyframes", {"decode": False}, min(few, 20), every),
        made("pyav-keyframes", "PyAV, every keyframe decoded", "pyav_keyframes", {"size": SIZE}, min(few, 10), keyframes),
        made("ffmpeg-fps1", "ffmpeg process, fps=1", "ffmpeg_fps1", {"size": SIZE}, min(few, 3), ("looks", 1.0)),
        made("opencv", "OpenCV VideoCapture, every picture", "opencv_capture", {}, min(few, 3), every),
        made("motion", "Motion (NVR): every picture decoded and compared, recorded as it came", "motion_nvr", _recorded(clip), min(few, 3), every),
    ]


def _recorded(clip: Clip) -> dict[str, Any]:
    return {"rate": clip.rate, "mbit": clip.mbit}


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
    """A key without its number of cameras and its transport."""
    return key.partition("@")[0].partition(".")[0]


def run(plan: Plan, *, cameras: Sequence[int], look_seconds: float, transports: Sequence[str], only: Collection[str], progress: Progress) -> Result:
    """Measures and tells.

    Raises:
        BenchmarkError: the simulator or this project's own reader fails, or `only` names nobody.
    """
    among = chosen(contenders(plan.clip, cameras, look_seconds, transports), only)
    machine, code = this_machine(), code_version()
    with BareParts([bare_decode(str(plan.clip.path))]) as parts:
        windows, skipped = measure_all(among, plan, progress, parts)
    base = next((key for key in windows if base_key(key) == LOOK), next(iter(windows), None))
    first = row_of(next(one for one in among if one.key == base), windows[base], None)["cpu_ms"] if base else None
    rows = [row_of(one, windows[one.key], first) for one in among if one.key in windows]
    bare = parts.row(BARE, f"bare decode of one keyframe per {look_seconds:g} s, without reading", look_seconds)
    settings = {
        "clip": plan.clip.path.name,
        "clip_mbit": plan.clip.mbit,
        "cameras": list(cameras),
        "look_seconds": look_seconds,
        "seconds": plan.seconds,
        "rounds": plan.rounds,
        "size": SIZE,
        "transports": list(transports),
    }
    notes = [
        f"ratio: to {base}; CPU of the whole process tree by the kernel's account; memory: what the streams added (PSS)",
        f"bare decode of a keyframe: {bare[f'{DECODE}_ms']:.1f} ms (14 to 26 ms where the 9 ms were set)",
    ]
    if "udp" in transports:
        notes.append(receive_buffer_told(receive_buffer()))
    if plan.seconds + plan.warm_up_seconds < RING_SECONDS:
        notes.append(f"memory is too low: the rings fill for {RING_SECONDS:g} s, longer than this run")
    rows.append({**bare, "ratio": round(bare["cpu_ms"] / first, 2) if first else None})
    return Result("ingest", machine, code, plan.clip.subject, settings, rows, skipped, notes, as_json(targets(rows, bare, dearer=parts.dearer)))


def receive_buffer_told(buffer: ReceiveBuffer) -> str:
    """What a UDP socket was granted: with a small one, datagrams are read as they come, which is dearer, and pictures are lost."""
    how = "beyond net.core.rmem_max, as root; other users need that setting" if buffer.forced else "within net.core.rmem_max"
    reading = "in rounds" if buffer.size >= ROUNDS_BYTES else "as they come"
    return f"UDP sockets were granted {buffer.size >> 10} KiB to receive ({how}); datagrams were read {reading}"


def targets(rows: Sequence[Mapping[str, Any]], bare: Mapping[str, Any], *, dearer: bool) -> list[Target]:
    """What is asked of reading (issue "Streams", point 4): at most 1 ms over TCP and 3 ms over UDP, 9 ms with a look per 4 s or 1.3 times bare decoding where
    that is dearer here, 6 MB a camera."""
    found = []
    for row in rows:
        key, way = base_key(str(row["key"])), str(row.get("transport", ""))
        named = f"{row.get('cameras')} cameras over {way.upper() if len(way) == 3 else 'UDP, coalesced'}"
        if key == FLOOR:
            found.append(Target(f"reading {named}", row["cpu_ms"], READ_MS[way[:3]], "ms per camera-second"))
        if key == LOOK:
            what = f"reading and decoding {named}"
            found.append(Target(what, row["cpu_ms"], LOOK_MS, "ms per camera-second", counts=not dearer))
            share = bare["cpu_ms"] * row["looks_per_second"] / bare["looks_per_second"]
            if share:
                found.append(Target(f"{what}, to bare decoding", row["cpu_ms"] / share, LOOK_RATIO, "times", counts=dearer))
        if key in (FLOOR, LOOK):
            found.append(Target(f"memory, {named}{', with looks' if key == LOOK else ''}", row["memory_mb"], MEMORY_MB, "MB per camera"))
    return found
