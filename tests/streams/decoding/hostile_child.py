"""The real child, but words in a picture make it do what hostile bytes might: really crash, hang, eat memory, or lie to its parent."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import stat
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from av.video.frame import VideoFrame

from streams.clips import Clip
from streams.decoding import child, wire
from streams.media import AccessUnit, Codec

decode_one, write_clips = child.decode_one, child.write_clips
LIES = {
    b"LIE-SIZE": (wire.PICTURE, wire.PICTURE_FACTS.pack(60_000, 60_000, 1, 0) + bytes(wire.MAX_FACTS_BYTES - wire.PICTURE_FACTS.size), 0),
    b"LIE-FACTS": (wire.PICTURE, b"\x01", 0),
    b"LIE-PIXELS": (wire.PICTURE, b"", 1 << 60),
    b"LIE-KIND": (wire.DONE, b"", 0),
    b"LIE-HUGE": (wire.REFUSED, None, 0),
}


def hostile(codec: Codec, data: bytes, *, coarse: bool = False) -> tuple[VideoFrame, tuple[str, ...]]:
    if b"SEGV-NOW" in data:
        ctypes.string_at(0)
    if b"ABORT-NOW" in data:
        os.abort()
    if b"HANG-NOW" in data:
        time.sleep(1000)
    if b"EXIT-NOW" in data:
        os._exit(3)
    if b"EAT-MEMORY" in data:
        bytearray(64 << 30)
    if b"TALK-NOW" in data:
        raise ValueError("\x1b[31mred\nlines" * 1000)
    if b"ESCAPE-NOW" in data:
        raise ValueError(escapes())
    if b"PRINT-NOW" in data:
        print("a library prints", flush=True)
        os.write(1, b"and writes")
    for word, (what, facts, pixels) in LIES.items():
        if word in data:
            size = 0xFFFFFFFF if facts is None else len(facts)
            pipe = max(number for number in range(64) if is_pipe(number))
            os.write(pipe, struct.pack("<4sBIQ", wire.MAGIC, what, size, pixels) + (facts or b""))
            time.sleep(1000)
    return decode_one(codec, data, coarse=coarse)


def hostile_clips(units: list[AccessUnit], path: Path, *, requested_start_seconds: float | None = None) -> tuple[Clip, ...]:
    said = b"".join(units[0].nals)
    if b"SEGV-NOW" in said:
        path.write_bytes(b"half a clip")
        ctypes.string_at(0)
    if b"SLOW-CLIP" in said or b"HANG-CLIP" in said:
        path.with_suffix(".begun").touch()
        time.sleep(0.5 if b"SLOW-CLIP" in said else 1000)
    made = write_clips(units, path, requested_start_seconds=requested_start_seconds)
    if b"LIE-CLIP" in said:
        path.unlink()
        return tuple(replace(one, width=-1) for one in made)
    return made


def is_pipe(number: int) -> bool:
    try:
        return stat.S_ISFIFO(os.fstat(number).st_mode)
    except OSError:
        return False


def escapes() -> str:
    """What a child that is taken over might try; each is refused by the kernel."""
    tries: dict[str, Callable[[], object]] = {
        "kill its parent": lambda: os.kill(os.getppid(), signal.SIGTERM),
        "signal its parent by handle": lambda: os.pidfd_open(os.getppid()),
        "read a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
        "write a file": lambda: os.open("/tmp/escaped", os.O_WRONLY | os.O_CREAT),
        "remove a file": lambda: os.unlink("/tmp/escaped"),
        "speak to the network": lambda: socket.socket(),
        "have a child": os.fork,
        "run a program": lambda: os.execv("/bin/true", ["/bin/true"]),
        "bound its parent": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (1, 1)),
    }
    done = []
    for name, attempt in tries.items():
        try:
            attempt()
        except PermissionError:
            continue
        except OSError as error:
            done.append(f"{name}: {error}")
        else:
            done.append(name)
    return "; ".join(done) or "all refused"


child.decode_one = hostile
child.write_clips = hostile_clips  # type: ignore[assignment]
if __name__ == "__main__":
    sys.exit(child.main())
