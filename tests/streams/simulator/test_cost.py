"""What the simulator itself costs: under a millisecond of CPU a stream-second, or benchmarks on one machine would measure it instead of the reader."""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

STREAMS = 100
SECONDS = 6.0


@contextmanager
def simulator(clip: Path) -> Iterator[tuple[int, str]]:
    """Its process id and the first stream's address."""
    command = [sys.executable, "-m", "curbwatch", "simulate", "--clip", str(clip), "--streams", str(STREAMS), "--port", "0", "--spread", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.pid, json.loads(process.stdout.readline())["streams"][0]
        finally:
            process.kill()


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def play(url: str, stream: int, transport: str) -> socket.socket:
    """A connection on which a stream plays; nothing of it is looked at."""
    base, _, _ = url.rpartition("/")
    host, port = base.removeprefix("rtsp://").split(":")
    connection = socket.create_connection((host, int(port)))
    for number, step in enumerate((f"DESCRIBE {base}/{stream}", f"SETUP {base}/{stream}/track1", f"PLAY {base}/{stream}")):
        connection.sendall(f"{step} RTSP/1.0\r\nCSeq: {number}\r\nTransport: {transport}\r\n\r\n".encode())
        connection.recv(65536)
    connection.setblocking(False)
    return connection


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_a_stream_costs_less_than_a_millisecond(make_clip: Callable[..., Path], tmp_path: Path, transport: str, capsys: pytest.CaptureFixture[str]) -> None:
    clip = make_clip(tmp_path / "heavy.mp4", "h264", seconds=8.0, width=640, height=480, keyframe_every=50)
    mbit = 8 * clip.stat().st_size / 8.0 / 1e6
    with simulator(clip) as (pid, url), closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as datagrams, selectors.DefaultSelector() as ready:
        datagrams.bind(("127.0.0.1", 0))
        datagrams.setblocking(False)
        datagrams.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        port = datagrams.getsockname()[1]
        way = "RTP/AVP/TCP;interleaved=0-1" if transport == "tcp" else f"RTP/AVP;unicast;client_port={port}-{port + 1}"
        connections = [play(url, number + 1, way) for number in range(STREAMS)]
        for one in (*connections, datagrams):
            ready.register(one, selectors.EVENT_READ)
        buffer, received = bytearray(1 << 18), 0
        began, cpu = time.monotonic(), cpu_seconds(pid)
        while time.monotonic() - began < SECONDS:
            for key, _ in ready.select(0.1):
                assert isinstance(key.fileobj, socket.socket)
                with suppress(BlockingIOError):
                    for _ in range(500 if key.fileobj is datagrams else 1):
                        received += key.fileobj.recv_into(buffer)
        seconds, cpu = time.monotonic() - began, cpu_seconds(pid) - cpu
        for connection in connections:
            connection.close()
    cost = 1000 * cpu / seconds / STREAMS
    with capsys.disabled():
        print(f"\n{transport}: {cost:.2f} ms of CPU a stream-second, {STREAMS} streams of {mbit:.1f} Mb/s, {received / seconds / 1e6:.0f} MB/s taken")
    kept_up = 0.5 if transport == "tcp" else 0.1  # a socket that all streams share loses most of what comes in one moment
    assert received / seconds > kept_up * STREAMS * mbit * 1e6 / 8, "it kept up"
    assert cost < 1.0 * max(1.0, mbit / 3.0), "of a clip of 3 Mb/s; a larger one costs more"
