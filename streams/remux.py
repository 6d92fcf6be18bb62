"""The derived H.264 copy of an H.265 clip, which browsers need; the clip itself is the original (`streams.clips`)."""

from __future__ import annotations

from pathlib import Path

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from streams.clips import TIME_BASE
from streams.errors import RemuxError
from streams.media import CLOCK_RATE
from streams.recorded import OPTIONS

COPY_WIDTH_PX = 1280
COPY_OPTIONS = {"preset": "superfast", "crf": "24", "bf": "0"}
"""The copy is for looking at, the original is the evidence: at 1080p and `veryfast` a clip of 15 s took 5.1 s of a core, now 3.3, and the case waits for it."""


def transcode_h264(source: Path, target: Path) -> None:
    """Makes the derived H.264 copy of an H.265 clip that browsers need, at most 1280 px wide; the picture times stay the same.

    Raises:
        RemuxError: the clip cannot be read or written.
    """
    try:
        with av.open(str(source), options=OPTIONS) as read, av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as write:
            old = read.streams.video[0]
            new = write.add_stream("libx264", rate=25)
            assert isinstance(new, VideoStream)
            scale = min(1.0, COPY_WIDTH_PX / old.width)
            new.width, new.height, new.pix_fmt = round(old.width * scale / 2) * 2, round(old.height * scale / 2) * 2, "yuv420p"
            new.options = dict(COPY_OPTIONS)
            context = new.codec_context
            assert isinstance(context, VideoCodecContext)
            context.thread_count, context.time_base = 1, TIME_BASE
            old.codec_context.thread_count = 1
            reformatter = VideoReformatter()
            for frame in read.decode(old):
                shown = reformatter.reformat(frame, new.width, new.height, "yuv420p", interpolation=Interpolation.FAST_BILINEAR, threads=1)
                shown.pts = round(float(frame.time or 0.0) * CLOCK_RATE)
                shown.time_base = TIME_BASE
                shown.pict_type = 0
                write.mux(new.encode(shown))
            write.mux(new.encode(None))
    except (FFmpegError, IndexError) as error:
        target.unlink(missing_ok=True)
        raise RemuxError(f"{source.name}: no H.264 copy could be made ({getattr(error, 'strerror', None) or 'no video in it'})") from error
