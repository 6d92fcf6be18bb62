"""The decoder's process: `python -m streams.decoding.child`. Reads requests from its standard input and answers on its standard output until it ends.

It eats what unknown cameras send, so it is nobody: no secrets in its environment, a bound on its memory, system calls refused that a decoder does not need
(other processes, the network, files), and it dies with its parent. What makes it crash takes one picture of one camera with it. With `--clips` it may write
files, with `--clips FOLDER` in that folder alone.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from streams.clips import write_clips
from streams.confinement import bounded, libraries, only_these_files, shut_in
from streams.decoding import wire
from streams.decoding.clipwork import told_of, unpacked
from streams.decoding.picture import cut_out, decode_one
from streams.decoding.planes import planar
from streams.decoding.soundness import PORTRAIT_SHAPE, Portrait, doubt, portrait_of
from streams.decoding.values import Crop
from streams.decoding.whole import CodedPicture, NotYet, WholeDecoder
from streams.errors import RemuxError, StreamsError
from streams.media import Codec
from streams.remux import transcode_h264

MEMORY_BYTES = 1536 * 1024 * 1024
"""Beyond what the process has when it begins: an 8K picture with its RGB takes 0.3 GB, an H.264 stream of 4K with all sixteen references 0.3."""


class Decoding:
    """What a child does, request by request."""

    def __init__(self, pipe: int) -> None:
        self._pipe = pipe
        self._runs: dict[int, WholeDecoder] = {}
        self._reformatter = VideoReformatter()

    def take(self, told: dict[str, Any], body: memoryview) -> None:
        """Does what is asked and answers."""
        try:
            getattr(self, f"_{told['do']}")(told, body)
        except NotYet as error:
            self._refuse(str(error), wire.NOT_YET)
        except StreamsError as error:
            number = _disk_error(error)
            if number:
                wire.answer(self._pipe, wire.FAILED, number.to_bytes(2, "little") + str(error).encode()[: wire.MAX_TEXT_BYTES])
            else:
                self._refuse(str(error))
        except MemoryError:
            self._refuse("it needs more memory than a decoder may take")
        except Exception as error:  # whatever hostile bytes bring about in here is theirs
            self._refuse(f"{type(error).__name__}: {error}")

    def _key(self, told: dict[str, Any], body: memoryview) -> None:
        """A keyframe."""
        data, before, doubted = _split(body, told["sizes"])
        frame, damage = decode_one(Codec(told["codec"]), bytes(data), coarse=told["coarse"])
        damage = ("gap", *damage) if told["gap"] else damage
        self._show(frame, damage, told, before, doubted)

    def _run(self, told: dict[str, Any], body: memoryview) -> None:
        """The next pictures of a run; `fresh` begins it anew."""
        *coded, before, doubted = _split(body, told["sizes"])
        for over in told["over"]:
            self._runs.pop(over, None)
        if told["fresh"]:
            self._runs[told["run"]] = WholeDecoder(Codec(told["codec"]), told["refresh"])
        decoder = self._runs[told["run"]]
        decoder.feed([CodedPicture(bytes(data), *facts) for data, facts in zip(coded, told["pictures"], strict=True)])
        if told["more"]:
            wire.answer(self._pipe, wire.DONE)
            return
        if told["last"]:
            decoder.finish()
            del self._runs[told["run"]]
        frame, damage = decoder.picture()
        self._show(frame, damage, told, before, doubted)

    def _over(self, told: dict[str, Any], body: memoryview) -> None:
        """Runs that nobody looks at any more."""
        for over in told["over"]:
            self._runs.pop(over, None)
        wire.answer(self._pipe, wire.DONE)

    def _clips(self, told: dict[str, Any], body: memoryview) -> None:
        """Puts pictures into files."""
        units = unpacked(told, [bytes(nal) for nal in _split(body, told["sizes"])])
        made = write_clips(units, Path(told["path"]), requested_start_seconds=told["start"])
        wire.answer(self._pipe, wire.DONE, told_of(made))

    def _copy(self, told: dict[str, Any], body: memoryview) -> None:
        """Makes the H.264 copy of a clip."""
        transcode_h264(Path(told["source"]), Path(told["target"]))
        wire.answer(self._pipe, wire.DONE)

    def _show(self, frame: VideoFrame, damage: tuple[str, ...], told: dict[str, Any], before: memoryview, doubted: memoryview) -> None:
        frame = planar(frame)
        portrait = portrait_of(frame)
        seen = doubt(portrait, _portrait(before), _portrait(doubted))
        crops = [Crop(*crop) for crop in told["crops"]]
        shown = cut_out(frame, crops, (*damage, seen) if seen else damage, self._reformatter)
        wire.answer_picture(self._pipe, shown, portrait, doubted=seen is not None)

    def _refuse(self, told: str, what: int = wire.REFUSED) -> None:
        wire.answer(self._pipe, what, told.encode()[: wire.MAX_TEXT_BYTES])


def _disk_error(error: StreamsError) -> int:
    """The number of the disk's error behind one, else 0. Not in `take`: a cause that is bound there refers, by its traceback, to the frame that it is bound in,
    and each picture that did not decode would keep its planes until the garbage is collected.
    """
    cause = error.__cause__
    number = cause.errno or 0 if isinstance(error, RemuxError) and isinstance(cause, OSError) else 0
    return number if 0 < number < 0x10000 else 0


def _split(body: memoryview, sizes: Sequence[int]) -> list[memoryview]:
    parts, at = [], 0
    for size in sizes:
        parts.append(body[at : at + size])
        at += size
    return parts


def _portrait(data: memoryview) -> Portrait | None:
    return np.frombuffer(data, np.uint8).reshape(PORTRAIT_SHAPE) if len(data) else None


def _shut_in(clips: bool, folder: Path | None) -> None:
    """Gives up what a decoder does not need."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides: it closes the pipe
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bounded(pages * resource.getpagesize() + MEMORY_BYTES)
    if folder is not None:
        only_these_files(read=libraries(), write=[folder])
    shut_in(files=clips)


def main() -> None:
    """The child's life."""
    asked, told = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)  # what a library prints must not be taken for an answer
    _shut_in("--clips" in sys.argv[1:], Path(sys.argv[2]) if len(sys.argv) > 2 else None)
    decoding = Decoding(told)
    try:
        wire.answer(told, wire.READY)
        while (request := wire.next_request(asked)) is not None:
            decoding.take(*request)
    except OSError as error:
        sys.exit(0 if error.errno == errno.EPIPE else 1)


if __name__ == "__main__":
    main()
