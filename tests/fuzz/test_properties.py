"""What must hold for any input of a form: what is written is read, and a cut, a loss or another order never makes a sound picture of other bytes."""

from __future__ import annotations

import base64
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.media import AccessUnit, Codec, ParameterSets
from streams.rtp.receiver import VideoReceiver
from streams.rtp.reorder import Reorder
from streams.rtp.rtcp import SenderReport, parse_bye, parse_sender_report, write_receiver_report, write_sender_report
from streams.rtsp.auth import Challenge, Credentials, parse_challenges, parse_parameters, verify
from streams.rtsp.client import ClientSession
from streams.rtsp.messages import Headers, Request, Response, parse_message, wanted_bytes
from streams.rtsp.sdp import parse_description
from tests.fuzz.packets import PAYLOAD_TYPE, payloads_of, rtp
from tests.fuzz.state import FUZZ
from tests.fuzz.targets.depacketiser import SETS
from tests.fuzz.targets.framer import Heard

words = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,15}", fullmatch=True)
texts = st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), max_size=40).map(str.strip)
fields = st.lists(st.tuples(words.filter(lambda name: name.lower() != "content-length"), texts), max_size=8).map(tuple)
bodies = st.binary(max_size=200)
requests = st.builds(lambda method, url, items, body: Request(method, url, Headers(items), body), st.from_regex(r"[A-Z]{1,10}(_[A-Z]{1,9})?", fullmatch=True),
                     st.from_regex(r"rtsp://[!-~]{1,40}", fullmatch=True), fields, bodies)  # fmt: skip
answers = st.builds(lambda status, items, body: Response(status, Headers(items), body), st.integers(100, 999), fields, bodies)
messages = st.one_of(requests, answers)


def same(one: Request | Response, other: Request | Response) -> bool:
    items = [(name, one.headers.all(name)) for name in one.headers]
    head = (one.method, one.url) if isinstance(one, Request) else one.status
    return head == ((other.method, other.url) if isinstance(other, Request) else other.status) and one.body == other.body and all(
        other.headers.all(name) == values for name, values in items
    )  # fmt: skip


@given(messages)
def test_a_message_written_is_read(message: Request | Response) -> None:
    data = message.encode()
    parsed = parse_message(data + b"$\x00")
    assert parsed is not None
    assert parsed[1] == len(data)
    assert same(message, parsed[0])


@given(messages, st.data())
def test_every_part_of_a_message_is_incomplete(message: Request | Response, data: st.DataObject) -> None:
    whole = message.encode()
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert parse_message(part) is None
    assert len(part) < wanted_bytes(part) <= len(whole)


frames = st.tuples(st.integers(0, 15), st.binary(min_size=6, max_size=80).map(lambda rest: b"\x80\x60" + rest))
OURS = ("OPTIONS", "ANNOUNCE", "GET_PARAMETER", "SET_PARAMETER", "REDIRECT", "TEARDOWN", "PAUSE")
heard = st.one_of(frames, answers, st.builds(lambda one, method: Request(method, one.url, one.headers, one.body), requests, st.sampled_from(OURS)))


@given(st.lists(heard, max_size=12), st.lists(st.integers(0, 4000), max_size=12), st.booleans())
def test_a_connection_in_any_pieces_is_the_same(sent: list[tuple[int, bytes] | Request | Response], cuts: list[int], in_place: bool) -> None:
    data = b"".join(
        bytes((0x24, one[0])) + len(one[1]).to_bytes(2, "big") + one[1] if isinstance(one, tuple) else one.encode() + b"\r\n" * (index % 3)
        for index, one in enumerate(sent)
    )
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    pieces = [data[start:end] for start, end in pairwise(places)]
    got = Heard().feed_in_place(pieces, 2000) if in_place else Heard().feed(pieces)
    assert got.framer.garbage_bytes == 0
    assert got.frames == [one for one in sent if isinstance(one, tuple)]
    ours = [one for one in sent if not isinstance(one, tuple)]
    assert len(got.messages) == len(ours)
    assert all(same(one, other) for one, other in zip(ours, got.messages, strict=True))


@given(st.lists(frames, min_size=1, max_size=5), st.binary(min_size=1, max_size=300), st.integers(1, 50))
def test_behind_garbage_the_frames_are_found_again(before: list[tuple[int, bytes]], garbage: bytes, piece: int) -> None:
    """Not the first ones, where the garbage looks like the head of a frame; but those beyond what it can claim."""
    good = bytes((0x24, 0, 0, 40)) + b"\x80\x60" + bytes(38)
    data = b"".join(bytes((0x24, channel)) + len(payload).to_bytes(2, "big") + payload for channel, payload in before) + b"\x01" + garbage + good * 1700
    got = Heard().feed(data[at : at + 1400 * piece] for at in range(0, len(data), 1400 * piece))
    assert got.frames[: len(before)] == before
    assert got.frames[-50:] == [(0, good[4:])] * 50


@given(
    st.sampled_from(["H264", "H265", "HEVC", "h264"]), st.integers(0, 127), texts.filter(lambda text: text.isprintable() and text.isascii()),
    st.binary(min_size=3, max_size=30), st.booleans(),
)  # fmt: skip
def test_a_description_written_is_read(name: str, payload_type: int, control: str, rest: bytes, padded: bool) -> None:
    h264 = name.upper() == "H264"
    nals = [bytes((0x67,)) + rest, bytes((0x68,)) + rest] if h264 else [bytes((kind << 1, 1)) + rest for kind in (32, 33, 34)]
    encoded = [text if padded else text.rstrip("=") for text in map(_b64, nals)]
    names = ("sprop-vps", "sprop-sps", "sprop-pps")
    fmtp = "sprop-parameter-sets=" + ",".join(encoded) if h264 else ";".join(f"{key}={text}" for key, text in zip(names, encoded, strict=True))
    lines = ["v=0", "m=audio 0 RTP/AVP 8", "a=control:a", f"m=video 0 RTP/AVP {payload_type}", f"a=rtpmap:{payload_type} {name}/90000",
             f"a=fmtp:{payload_type} packetization-mode=1; {fmtp}", f"a=control:{control}"]  # fmt: skip
    video = parse_description("\r\n".join(lines)).video
    sets = video.parameter_sets
    assert (video.codec, video.payload_type, video.control) == (Codec.H264 if h264 else Codec.H265, payload_type, control)
    assert [*sets.vps, *sets.sps, *sets.pps] == nals


def _b64(nal: bytes) -> str:

    return base64.b64encode(nal).decode()


values = st.text(st.characters(exclude_characters="\r\n", exclude_categories=("Cs",)), max_size=30)


@given(st.dictionaries(words.map(str.lower), values, max_size=6))
def test_parameters_quoted_are_read(given_values: dict[str, str]) -> None:
    text = ", ".join(f'{name}="' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for name, value in given_values.items())
    assert parse_parameters(text) == given_values


@given(values, values, values, values, st.sampled_from(["MD5", "SHA-256", "md5"]), st.sampled_from(["", "auth", "auth,auth-int"]))
def test_a_digest_proves_its_password_and_no_other(username: str, password: str, realm: str, nonce: str, algorithm: str, qop: str) -> None:
    challenge = Challenge("digest", {"realm": realm, "nonce": nonce, "algorithm": algorithm} | ({"qop": qop} if qop else {}))
    answer = Credentials(username, password, challenge).header("DESCRIBE", "rtsp://h/1")
    assert answer is not None
    assert verify(answer, "DESCRIBE", username=username, password=password, realm=realm, nonce=nonce)
    assert not verify(answer, "DESCRIBE", username=username, password=password + "x", realm=realm, nonce=nonce)
    assert not verify(answer, "PLAY", username=username, password=password, realm=realm, nonce=nonce)


@given(st.permutations(['Basic realm="a"', 'Digest realm="b", nonce="1"', 'Digest realm="c", nonce="2", algorithm=SHA-256, qop="auth"']), st.booleans())
def test_the_strongest_challenge_is_first_in_any_order(offered: list[str], together: bool) -> None:
    found = parse_challenges((", ".join(offered),) if together else tuple(offered))
    assert [(one.scheme, one.algorithm) for one in found] == [("digest", "SHA-256"), ("digest", "MD5"), ("basic", "MD5")]


@given(st.integers(0, 2**32 - 1), st.floats(0, 2_085_900_000), st.integers(0, 2**32 - 1), st.booleans())
def test_a_sender_report_written_is_read(ssrc: int, unix_seconds: float, ticks: int, behind_another: bool) -> None:
    other = write_receiver_report(5, 6, highest=1, lost=0, report=None, delay_seconds=0.0) if behind_another else b""
    report = parse_sender_report(other + write_sender_report(ssrc, unix_seconds, ticks, 1, 2))
    assert isinstance(report, SenderReport)
    assert (report.ssrc, report.ticks) == (ssrc, ticks)
    assert abs(report.unix_seconds - unix_seconds) < 1e-4


@given(st.lists(st.integers(0, 2**32 - 1), max_size=31), st.text(max_size=60))
def test_a_goodbye_written_is_read(sources: list[int], reason: str) -> None:
    text = reason.encode()[:255]
    body = b"".join(source.to_bytes(4, "big") for source in sources) + bytes((len(text),)) + text
    body += bytes(-len(body) % 4)
    goodbye = parse_bye(bytes((0x80 | len(sources), 203)) + (len(body) // 4).to_bytes(2, "big") + body)
    assert goodbye is not None
    assert goodbye.sources == tuple(sources)
    assert goodbye.reason == "".join(sign for sign in text.decode("utf-8", "replace") if sign.isprintable())[:60]


def picture(codec: Codec, number: int, sizes: list[int], *, key: bool) -> tuple[bytes, ...]:
    """A picture of as many slices as sizes; its bytes name it."""
    first = (bytes((0x65 if key else 0x41,)),) if codec is Codec.H264 else (bytes((20 << 1 if key else 1 << 1, 1)),)
    return tuple(first[0] + bytes((0x80 if not index else 0x00,)) + (b"%d/%d." % (number, index)) * size for index, size in enumerate(sizes))


pictures = st.lists(st.tuples(st.booleans(), st.lists(st.integers(1, 60), min_size=1, max_size=3)), min_size=1, max_size=8)


class Sent:
    """Pictures cut into packets."""

    def __init__(self, codec: Codec, shapes: list[tuple[bool, list[int]]], most: int, *, aggregate: bool, markers: bool, sequence: int, ticks: int) -> None:
        self.codec = codec
        self.pictures = [picture(codec, number, sizes, key=key or number == 0) for number, (key, sizes) in enumerate(shapes)]
        self.packets: list[bytes] = []
        for number, nals in enumerate(self.pictures):
            payloads = payloads_of(nals, h264=codec is Codec.H264, most=most, aggregate=aggregate)
            for index, payload in enumerate(payloads):
                at = sequence + len(self.packets)
                self.packets.append(rtp(payload, at, ticks + 3600 * number, marker=markers and index == len(payloads) - 1))
        closing = rtp(self.pictures[0][0], sequence + len(self.packets), ticks + 3600 * len(shapes), marker=False)
        self.end = closing  # a new timestamp ends the last picture

    def received(self, packets: list[bytes], *, over_udp: bool = False, now: float = 0.0) -> list[AccessUnit]:
        units: list[AccessUnit] = []
        receiver = VideoReceiver(self.codec, PAYLOAD_TYPE, SETS[self.codec], units.append)
        receiver.reorder = Reorder() if over_udp else None
        for index, packet in enumerate(packets):
            receiver.packet(memoryview(packet), now * index)
        return units


def cut_up(codec: Codec, shapes: list[tuple[bool, list[int]]], most: int, aggregate: bool, markers: bool, sequence: int, ticks: int) -> Sent:
    return Sent(codec, shapes, most, aggregate=aggregate, markers=markers, sequence=sequence, ticks=ticks)


starts = st.sampled_from([0, 1, 65_530, 40_000])
times = st.sampled_from([0, 2**32 - 5000, 2**31 - 100, 77])
sent = st.builds(cut_up, st.sampled_from(list(Codec)), pictures, st.integers(8, 300), st.booleans(), st.booleans(), starts, times)


@given(sent)
def test_pictures_are_received_as_they_were_sent(stream: Sent) -> None:
    units = stream.received([*stream.packets, stream.end])
    assert [unit.nals for unit in units] == stream.pictures
    assert not any(unit.damaged for unit in units)
    assert all(after.timestamp - before.timestamp == 3600 for before, after in pairwise(units))


@settings(max_examples=200)
@given(sent, st.lists(st.tuples(st.sampled_from(["lose", "double", "swap", "late"]), st.integers(0, 10_000)), max_size=8), st.booleans())
def test_a_picture_that_is_not_marked_is_one_that_was_sent(stream: Sent, faults: list[tuple[str, int]], over_udp: bool) -> None:
    """Whatever a network does with packets, but for changing them."""
    packets = list(stream.packets)
    for fault, number in faults:
        if not packets:
            break
        at = number % len(packets)
        if fault == "lose":
            del packets[at]
        elif fault == "double":
            packets.insert(at, packets[at])
        elif fault == "swap":
            packets.insert(max(0, at - 1), packets.pop(at))
        else:
            packets.insert(min(len(packets), at + number % 7), packets.pop(at))
    for unit in stream.received([*packets, stream.end], over_udp=over_udp, now=0.01):
        assert unit.damaged or unit.nals in stream.pictures


@given(sent, st.randoms(use_true_random=False), st.integers(1, 20))
def test_over_udp_packets_out_of_order_lose_nothing(stream: Sent, random: object, window: int) -> None:
    """The first packet comes first: before it nothing is known of the order."""
    order = sorted(range(1, len(stream.packets)), key=lambda index: index + random.random() * window)  # type: ignore[attr-defined]
    packets = [stream.packets[index] for index in [0, *order]]
    units = stream.received([*packets, stream.end], over_udp=True)
    assert [unit.nals for unit in units] == stream.pictures
    assert not any(unit.damaged for unit in units)


@settings(max_examples=30)
@given(st.sampled_from(["h264-open", "hevc-open"]), st.lists(st.integers(0, 100_000), max_size=20))
def test_a_recorded_session_in_any_pieces_is_the_same(name: str, cuts: list[int]) -> None:
    data = (FUZZ / "seeds" / "client" / name).read_bytes()[1:]
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})

    def play(pieces: list[bytes]) -> tuple[list[tuple[bytes, ...]], bytes, ParameterSets | None]:
        units: list[AccessUnit] = []
        session = ClientSession("rtsp://127.0.0.1/1", None, units.append)
        out = session.start() + b"".join(session.receive(piece, 1.0) for piece in pieces)
        assert session.garbage_bytes == 0
        return [unit.nals for unit in units], out, None if session.video is None else session.video.parameter_sets

    whole = play([data])
    assert len(whole[0]) > 3
    assert play([data[start:end] for start, end in pairwise(places)]) == whole
