"""The clip's keyframes decoded by PyAV and nothing else: the part of a look that no reader can save."""

from __future__ import annotations

import time

from benchmarks.contenders.protocol import asks, done, missing, task


def main() -> None:
    told = task()
    try:
        import av
    except ImportError:
        missing("PyAV is not installed here")
    with av.open(told["clip"]) as container:
        stream = container.streams.video[0]
        keyframes = [packet for packet in container.demux(stream) if packet.is_keyframe and packet.size]
        context = stream.codec_context
        context.thread_count = 1
        for asked in asks(keyframes=len(keyframes)):
            began = time.monotonic()
            for number in range(asked["pieces"]):
                decoded = context.decode(keyframes[number % len(keyframes)])
                decoded += context.decode(None)
                assert len(decoded) == 1
                context.flush_buffers()
            done(asked["pieces"], time.monotonic() - began)


if __name__ == "__main__":
    main()
