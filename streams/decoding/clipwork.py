"""Clips and their H.264 copies made in a child process: libavformat parses, and for a copy libavcodec decodes, what unknown cameras sent.

The same child as for pictures, but it may write files, and takes as long as a clip takes. A crash costs the clip. One child is kept for the next clip, another
is started where two are made at once. Any thread asks, but one thread starts the children: the kernel kills a child with the thread that started it, so that
none outlives this process, and that thread stays while one is at work.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeGuard

from streams.clips import MOST_FILES, Clip, part_path
from streams.decoding import wire
from streams.decoding.process import CHILD, ChildFault, DecoderProcess, StartFault
from streams.errors import RemuxError
from streams.media import AccessUnit, Codec, ParameterSets

CLIP_SECONDS = 60.0
"""Deadline of a clip; one of 16 MB is written in 0.1 s, to a disk that is busy in some more."""
COPY_SECONDS = 600.0
"""Of an H.264 copy: 3 s of a core for 15 s of 1080p, and cores are shared."""
MAX_ANSWER_BYTES = 4 * 1024 * 1024


class ClipWork:
    """Makes clips in child processes. Any thread.

    Args:
        on_crash: called with a camera and how the child ended.
        folder: beneath it all clips lie; the children can touch no other files.
    """

    def __init__(self, on_crash: Callable[[str, str], None] | None = None, *, folder: Path | None = None, module: str = CHILD) -> None:
        self._on_crash, self._module = on_crash, module
        self._folder = None if folder is None else folder.absolute()
        self._idle: list[DecoderProcess] = []
        self._starter: ThreadPoolExecutor | None = None
        self._busy = 0
        self._lock = threading.Lock()
        self._closed = False

    def write_clips(self, camera_id: str, units: Sequence[AccessUnit], path: Path, *, requested_start_seconds: float | None = None) -> tuple[Clip, ...]:
        """`streams.clips.write_clips` in a child, of a camera's pictures.

        Raises:
            RemuxError: as there; or the child did not survive it.
        """
        told, body = _packed(units)
        asked = {"do": "clips", "path": str(path.absolute()), "start": requested_start_seconds, **told}
        facts = self._done(asked, body, CLIP_SECONDS, path.name, camera_id)
        try:
            return _clips_told(facts, path, requested_start_seconds)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise RemuxError(f"{path.name}: the process that made the clip answers nonsense") from error

    def transcode_h264(self, camera_id: str, source: Path, target: Path) -> None:
        """`streams.remux.transcode_h264` in a child, of a camera's clip.

        Raises:
            RemuxError: as there; or the child did not survive it.
        """
        self._done({"do": "copy", "source": str(source.absolute()), "target": str(target.absolute())}, (), COPY_SECONDS, source.name, camera_id)

    def close(self) -> None:
        """Ends the children that wait for work; those at work finish it first."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()
        with self._lock:
            self._let_starter_go()

    def __enter__(self) -> ClipWork:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _done(self, asked: Mapping[str, Any], body: Sequence[wire.Bytes], seconds: float, name: str, camera_id: str) -> bytes:
        with self._at_work() as starter:
            return self._answer(starter, asked, body, seconds, name, camera_id)

    @contextmanager
    def _at_work(self) -> Iterator[ThreadPoolExecutor]:
        """The thread that starts children, which does not end within."""
        with self._lock:
            self._busy += 1
            if self._starter is None:
                self._starter = ThreadPoolExecutor(1, "clip children")
            starter = self._starter
        try:
            yield starter
        finally:
            with self._lock:
                self._busy -= 1
                self._let_starter_go()

    def _let_starter_go(self) -> None:
        if self._closed and not self._busy and self._starter is not None:
            self._starter.shutdown(wait=False)
            self._starter = None

    def _answer(self, starter: ThreadPoolExecutor, asked: Mapping[str, Any], body: Sequence[wire.Bytes], seconds: float, name: str, camera_id: str) -> bytes:
        try:
            child = self._child(starter)
            heard = child.ask(asked, body, time.monotonic() + seconds, MAX_ANSWER_BYTES)
        except StartFault as error:
            raise RemuxError(f"{name}: {error}") from error
        except ChildFault as error:
            with suppress(OSError, KeyError):
                Path(asked["target" if asked["do"] == "copy" else "path"]).unlink(missing_ok=True)
            if self._on_crash is not None:
                self._on_crash(camera_id, str(error))
            raise RemuxError(f"{name}: the process that made it {error}") from error
        if heard.what == wire.DONE:
            self._keep(child)
            return heard.facts
        if heard.what == wire.FAILED:
            self._keep(child)
            number = int.from_bytes(heard.facts[:2], "little")
            raise RemuxError(wire.printable(heard.facts[2:])) from OSError(number, os.strerror(number))
        if heard.what == wire.REFUSED:
            self._keep(child)
            raise RemuxError(heard.text)
        child.kill()
        raise RemuxError(f"{name}: the process that made it answers nonsense")

    def _child(self, starter: ThreadPoolExecutor) -> DecoderProcess:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.alive:
                    return child
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
        child = DecoderProcess(self._module, clips=True, folder=self._folder)
        starter.submit(child.start).result()
        return child

    def _keep(self, child: DecoderProcess) -> None:
        with self._lock:
            if not self._idle and not self._closed:
                self._idle.append(child)
                return
        child.end()


def _packed(units: Sequence[AccessUnit]) -> tuple[dict[str, Any], list[bytes]]:
    """Units as plain values and their bytes."""
    sets: dict[int, int] = {}
    kept: list[ParameterSets] = []
    rows = []
    for unit in units:
        key = id(unit.parameter_sets)
        if key not in sets:
            sets[key] = len(kept)
            kept.append(unit.parameter_sets)
        times = (unit.timestamp, unit.arrival_seconds, unit.camera_unix_seconds)
        rows.append([unit.codec.value, *times, unit.keyframe, unit.damaged, unit.recovery, sets[key], len(unit.nals)])
    body = [nal for one in kept for nal in (*one.vps, *one.sps, *one.pps)] + [nal for unit in units for nal in unit.nals]
    told = {"sets": [[one.codec.value, len(one.vps), len(one.sps), len(one.pps)] for one in kept], "units": rows, "sizes": [len(nal) for nal in body]}
    return told, body


def unpacked(told: Mapping[str, Any], nals: Sequence[bytes]) -> list[AccessUnit]:
    """The units again, in the child."""
    at = 0

    def take(count: int) -> tuple[bytes, ...]:
        nonlocal at
        at += count
        return tuple(nals[at - count : at])

    sets = [ParameterSets(Codec(codec), take(vps), take(sps), take(pps)) for codec, vps, sps, pps in told["sets"]]
    return [
        AccessUnit(Codec(codec), take(count), timestamp, keyframe, arrival, camera, sets[number], damaged, recovery)
        for codec, timestamp, arrival, camera, keyframe, damaged, recovery, number, count in told["units"]
    ]


def told_of(clips: Sequence[Clip]) -> bytes:
    """What the child says of the clips that it made."""
    rows = [
        [one.codec.value, one.width, one.height, one.start_arrival_seconds, one.end_arrival_seconds, one.begins, one.picture_seconds, one.keyframes]
        for one in clips
    ]
    return json.dumps(rows).encode()


def _clips_told(facts: bytes, path: Path, requested: float | None) -> tuple[Clip, ...]:
    """The clips, every value checked: the child is not believed."""
    rows = json.loads(facts)
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_FILES:
        raise ValueError("no clips")
    clips = []
    for number, row in enumerate(rows, 1):
        codec, width, height, start, end, begins, pictures, keyframes = row
        sound = begins in ("keyframe", "recovery") and all(isinstance(one, int) and 0 <= one <= 0xFFFF for one in (width, height))
        if not sound or not all(map(_is_number, (start, end, *pictures))) or not all(_is_number(a) and _is_number(b) for a, b in keyframes):
            raise ValueError("not a clip")
        moments = tuple((float(a), float(b)) for a, b in keyframes)
        clips.append(Clip(part_path(path, number), Codec(codec), width, height, requested, start, end, begins, tuple(map(float, pictures)), moments))
    return tuple(clips)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
