"""Records the seeds that come from real conversations: clips of real encoders, played by the simulator to the reader's own session.

Run `python -m tests.fuzz.record` after a change of what goes over the wire; what is written by hand (`sdp`, `auth`, `cameras`) stays.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from streams.media import AccessUnit, Codec
from streams.recorded import read_access_units
from streams.rtsp.client import ClientSession, Step
from streams.simulator.server import SimulatorServer
from tests.fuzz.packets import Record, payloads_of, rtp, write_records
from tests.fuzz.stream import SENDER_REPORT, frame, segments
from tests.streams.conftest import write_clip

SEEDS = Path(__file__).parent / "seeds"
MOST_STREAM_BYTES = 12_000
PICTURES = 4
CODECS = {"h264": Codec.H264, "hevc": Codec.H265}


def write(folder: str, name: str, data: bytes) -> None:
    """One seed."""
    (SEEDS / folder).mkdir(parents=True, exist_ok=True)
    (SEEDS / folder / name).write_bytes(data)


def packets_of_clip(units: list[AccessUnit], most: int, *, aggregate: bool, markers: bool = True) -> list[bytes]:
    """The first pictures of a clip as RTP packets of at most `most` bytes."""
    packets: list[bytes] = []
    for number, unit in enumerate(units[:PICTURES]):
        sets = unit.parameter_sets
        nals = [*sets.vps, *sets.sps, *sets.pps, *unit.nals] if unit.keyframe else [*unit.nals]
        payloads = payloads_of([nal[:2400] for nal in nals], h264=unit.codec is Codec.H264, most=most, aggregate=aggregate)
        for index, payload in enumerate(payloads):
            packets.append(rtp(payload, 65_530 + len(packets), 3600 * number, marker=markers and index == len(payloads) - 1))
    return packets


def record_packets(codec: str, units: list[AccessUnit]) -> None:
    """Seeds of the depacketisers: the same pictures cut in several ways, whole and with losses."""
    folder = "h264" if codec == "h264" else "h265"
    for most, aggregate, markers in ((200, True, True), (60, False, True), (1380, True, False)):
        packets = packets_of_clip(units, most, aggregate=aggregate, markers=markers)
        records = [Record(bytearray(packet)) for packet in packets]
        write(folder, f"pictures-of-{most}", write_records(records))
        write(folder, f"losses-of-{most}", write_records(records[:3] + records[4:9] + records[8:]))
    bomb = Record(bytearray(packets_of_clip(units, 60, aggregate=False)[-2]), 255, 255)
    write(folder, "huge", write_records([Record(bytearray(packets[0])), bomb]))


async def record_session(codec: str, clip: Path, password: str) -> bytes:
    """What the simulator sends in one session with the reader, up to some pictures."""
    async with SimulatorServer([clip], 1, username="admin" if password else None, password=password) as server:
        session = ClientSession(f"rtsp://127.0.0.1:{server.port}/1", ("admin", password) if password else None, lambda unit: None)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(session.start())
        heard = bytearray()
        async with asyncio.timeout(20):
            while len(heard) < MOST_STREAM_BYTES:
                data = await reader.read(2000)
                heard += data
                writer.write(session.receive(data, 1.0))
        assert session.step is Step.PLAYING
        writer.close()
    return bytes(heard[:MOST_STREAM_BYTES])


def record() -> None:
    """Writes the seeds of messages, rtcp, framer, client and both depacketisers."""
    with tempfile.TemporaryDirectory() as folder:
        for codec in CODECS:
            clip = write_clip(Path(folder) / f"{codec}.mp4", codec, seconds=1.0, width=96, height=64, keyframe_every=5)
            units = list(read_access_units(clip))
            record_packets(codec, units)
            for password in ("", "secret"):
                heard = asyncio.run(record_session(codec, clip, password))
                name = f"{codec}-{'login' if password else 'open'}"
                write("client", name, bytes((1 if password else 0,)) + heard)
                write("client", f"{name}-pieces", bytes((5 if password else 4,)) + heard[: MOST_STREAM_BYTES // 2])
                write("framer", name, b"\x01" + heard[:6000])
                for number, part in enumerate(segments(heard)):
                    if part.startswith(b"RTSP"):
                        write("messages", f"{name}-{number}", part)
            small = [frame(packet) for packet in packets_of_clip(units, 120, aggregate=True)]
            write("framer", f"{codec}-small", b"\x11" + b"".join(small[:20]) + frame(SENDER_REPORT, 1) + b"\x01$\x00garbage" + b"".join(small[20:40]))
    write("rtcp", "sender-report", SENDER_REPORT)
    write("rtcp", "compound", bytes.fromhex("80c9000100000007") + SENDER_REPORT + bytes.fromhex("81ca000400000007010663616d657261000000"))
    write("rtcp", "goodbye", SENDER_REPORT + bytes.fromhex("81cb000100000007"))


if __name__ == "__main__":
    record()
