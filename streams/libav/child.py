"""The child of the fallback: `python -m streams.libav.child` reads one camera through libavformat and sends its access units to the reader.

Its standard input is a socket: one line of JSON comes in (the address with its credentials, so it is in no process list), messages go out
(`framing.py`). Whatever a hostile stream does to libavformat happens here: memory, files and core dumps are limited, so are the
system calls (no programs, no other processes, nothing written) and the files that it may read, and when the reader is gone the process ends itself. Only
pictures leave; no message of libavformat does, since those quote addresses.
"""

from __future__ import annotations

import json
import os
import socket
import ssl
import threading
import time
from pathlib import Path
from typing import Any

import av
import av.logging
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard
from av.video.stream import VideoStream

from streams.confinement import bounded, libraries, only_these_files, shut_in
from streams.libav.framing import Ending, Flag, Kind, message, pack_nals
from streams.libav.options import options_for
from streams.libav.pace import Pace
from streams.libav.times import Timed
from streams.media import CLOCK_RATE, split_annexb

MEMORY_BYTES = 1024 * 1024 * 1024
"""Address space; about 0.4 GiB of it is libraries."""
OPEN_FILES = 64
LATER_SECONDS = 5.0
"""By which the child's own limit lies behind the reader's, which says what happened and kills it."""
READ = ("/etc", "/run/systemd/resolve", "/dev/null", "/dev/urandom")
"""What names are resolved by, and the authorities of certificates; its address comes by the line."""
FILTERS = {"h264": ("h264_mp4toannexb", 1), "hevc": ("hevc_mp4toannexb", 2)}

REFUSALS = {401: Ending.UNAUTHORIZED, 403: Ending.FORBIDDEN, 404: Ending.NOT_FOUND}


class _Over(Exception):
    """The child ends, and says why."""

    def __init__(self, ending: Ending, word: str = "") -> None:
        super().__init__(word)
        self.ending, self.word = ending, word


def main() -> None:
    """Reads until the stream ends or the reader is gone."""
    _limit()
    line = socket.socket(fileno=os.dup(0))
    line.sendall(message(Kind.READY))
    incoming = line.makefile("rb")
    try:
        order = json.loads(incoming.readline(1 << 20) or b"null")
        if not isinstance(order, dict):
            return
        threading.Thread(target=_leave_with_reader, args=(incoming,), daemon=True).start()
        try:
            _read(line, **order)
            over = _Over(Ending.OVER)
        except _Over as told:
            over = told
        except FFmpegError as error:
            over = _told(error)
        except OSError:
            raise
        except Exception as error:  # whatever a stranger's bytes led to is told by its kind alone: its text may quote the address
            over = _Over(Ending.FAILED, type(error).__name__)
        line.sendall(message(Kind.END, over.ending, body=over.word.encode("ascii", errors="replace")[:200]))
        line.shutdown(socket.SHUT_WR)
    except OSError:  # the reader is gone
        pass
    finally:
        os._exit(0)  # libavformat may hang in closing too


def _limit() -> None:
    bounded(MEMORY_BYTES, open_files=OPEN_FILES, file_bytes=0)
    authorities = [Path(place) for place in ssl.get_default_verify_paths() if place and os.path.isabs(place)]
    only_these_files(read=[*libraries(), *map(Path, READ), *authorities])
    shut_in(files=False, network=True)


def _leave_with_reader(incoming: Any) -> None:
    try:
        incoming.read()
    finally:
        os._exit(0)


def _read(line: socket.socket, url: str, transport: str, connect_seconds: float, stale_seconds: float, tls_verify: bool = False) -> None:
    av.logging.set_level(av.logging.WARNING)
    with av.logging.Capture(local=False) as logs, _open(url, transport, connect_seconds, stale_seconds, tls_verify, logs) as container:
        stream = _video(container)
        name, number = FILTERS[stream.codec_context.name]
        line.sendall(message(Kind.STREAM, number, body=pack_nals(_sets(stream.codec_context.extradata or b""))))
        pace = Pace() if url.startswith("http") else None
        annexb = BitStreamFilterContext(name, stream)
        timed: Timed[tuple[Flag, bytes]] = Timed()
        for packet in container.demux(stream):
            missed = any("missed" in text for _, _, text in logs)  # libavformat tells of lost RTP packets nowhere else
            logs.clear()
            for whole in annexb.filter(packet) if packet.size else ():
                nals = split_annexb(bytes(whole))
                if not nals:
                    continue
                shown = whole.pts if whole.pts is not None else whole.dts
                ticks = None if shown is None or whole.time_base is None else round(shown * whole.time_base * CLOCK_RATE)
                flags = Flag.DAMAGED if missed or whole.is_corrupt else Flag.NONE
                for at, body in timed.add(ticks, (flags, pack_nals(nals))):
                    if pace is not None and (pause := pace.pause(at, time.monotonic())) > 0:
                        time.sleep(pause)
                    line.sendall(message(Kind.PICTURE, body[0], at, body[1]))


def _open(url: str, transport: str, connect_seconds: float, stale_seconds: float, tls_verify: bool, logs: list[tuple[int, str, str]]) -> InputContainer:
    authorities = ssl.get_default_verify_paths().cafile if tls_verify else None
    tries = options_for(url, transport, connect_seconds, tls_verify, authorities)
    if not tries:
        raise _Over(Ending.UNSUPPORTED_SCHEME)
    for number, options in enumerate(tries):
        try:
            return av.open(url, options=options, timeout=(connect_seconds + stale_seconds, 2 * stale_seconds + LATER_SECONDS), metadata_errors="replace")
        except FFmpegError:
            for status, ending in REFUSALS.items():  # another way would be the same password once more, and cameras lock accounts
                if any(f"HTTP error {status}" in text for _, _, text in logs):  # of a tunnel libavformat tells nowhere else why it fails
                    raise _Over(ending) from None
            if number == len(tries) - 1:
                raise
    raise AssertionError


def _video(container: InputContainer) -> VideoStream:
    """The largest video that is H.264 or H.265; what else the stream holds is not read."""
    known = [stream for stream in container.streams.video if stream.codec_context is not None and stream.codec_context.name in FILTERS]
    if not known:
        others = [stream.codec_context.name for stream in container.streams.video if stream.codec_context is not None]
        raise _Over(Ending.UNSUPPORTED_CODEC, others[0]) if others else _Over(Ending.NO_VIDEO)
    chosen = max(known, key=lambda stream: stream.codec_context.width * stream.codec_context.height)
    for stream in container.streams:
        if stream.index != chosen.index:
            stream.discard = Discard.all
    return chosen


def _sets(extradata: bytes) -> tuple[bytes, ...]:
    """Parameter sets of a header in Annex B; those of an `avcC` or `hvcC` box are put in the stream by the filter."""
    return split_annexb(extradata)[:64] if extradata[:3] in (b"\x00\x00\x01", b"\x00\x00\x00") else ()


def _told(error: FFmpegError) -> _Over:
    """What an error of libavformat means. Its text holds the address, so only the words of its number are used."""
    word = " ".join((error.strerror or type(error).__name__).split())
    for kind, ending in (
        (av.error.HTTPUnauthorizedError, Ending.UNAUTHORIZED),
        (av.error.HTTPForbiddenError, Ending.FORBIDDEN),
        (av.error.HTTPNotFoundError, Ending.NOT_FOUND),
        (av.error.HTTPError, Ending.REFUSED),
        (av.error.EOFError, Ending.OVER),
        (av.error.ExitError, Ending.TIMEOUT),
        (av.error.TimeoutError, Ending.TIMEOUT),
        (av.error.InvalidDataError, Ending.UNREADABLE),
        (av.error.ArgumentError, Ending.UNREADABLE),  # what a format or protocol that is not allowed comes to
        (av.error.ConnectionRefusedError, Ending.NO_CONNECTION),
        (av.error.ConnectionResetError, Ending.NO_CONNECTION),
        (av.error.OSError, Ending.NO_CONNECTION),
    ):
        if isinstance(error, kind):
            return _Over(ending, word)
    return _Over(Ending.FAILED, word)


if __name__ == "__main__":
    main()
