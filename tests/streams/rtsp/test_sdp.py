from __future__ import annotations

import base64
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import NoVideo, Unsupported
from streams.media import Codec
from streams.rtsp.sdp import control_url, control_urls, parse_description

SPS, PPS = bytes.fromhex("6764001eacd940a03da1"), bytes.fromhex("68ebecb22c")
VPS5, SPS5, PPS5 = bytes((0x40, 1, 9)), bytes((0x42, 1, 9)), bytes((0x44, 1, 0xC1))


def b64(nal: bytes, *, padded: bool = True) -> str:
    text = base64.b64encode(nal).decode()
    return text if padded else text.rstrip("=")


def video(rtpmap: str = "H264/90000", fmtp: str = "", control: str = "trackID=1", payload_type: int = 96) -> str:
    lines = [f"m=video 0 RTP/AVP {payload_type}", f"a=rtpmap:{payload_type} {rtpmap}", f"a=control:{control}"]
    return "\r\n".join([*lines, *([f"a=fmtp:{payload_type} {fmtp}"] if fmtp else [])]) + "\r\n"


HEAD = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\na=control:*\r\n"
AUDIO = "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=control:trackID=2\r\n"


@pytest.mark.parametrize("padded", [True, False])
def test_h264_with_its_parameter_sets(padded: bool) -> None:
    fmtp = f"packetization-mode=1; profile-level-id=64001E; sprop-parameter-sets={b64(SPS, padded=padded)},{b64(PPS, padded=padded)}"
    described = parse_description(HEAD + AUDIO + video(fmtp=fmtp))
    assert described.control == "*"
    assert (described.video.codec, described.video.payload_type, described.video.control) == (Codec.H264, 96, "trackID=1")
    assert (described.video.parameter_sets.sps, described.video.parameter_sets.pps) == ((SPS,), (PPS,))
    assert not described.video.interleaved_pictures


@pytest.mark.parametrize("name", ["H265", "h265", "HEVC"])
def test_h265_with_its_parameter_sets(name: str) -> None:
    found = parse_description(HEAD + video(f"{name}/90000", f"sprop-vps={b64(VPS5)};sprop-sps={b64(SPS5)}; sprop-pps={b64(PPS5)}")).video
    assert (found.codec, found.parameter_sets.complete) == (Codec.H265, True)


@pytest.mark.parametrize(
    ("rtpmap", "fmtp"),
    [("H264/90000", "packetization-mode=2"), ("H265/90000", "sprop-max-don-diff=2"), ("H265/90000", "sprop-max-don-diff=0")],
)
def test_pictures_out_of_order_are_told(rtpmap: str, fmtp: str) -> None:
    assert parse_description(video(rtpmap, fmtp)).video.interleaved_pictures is (not fmtp.endswith("=0"))


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("", "only nothing"),
        ("not a description", "only nothing"),
        (AUDIO, "only audio/PCMA"),
        (video("MP4V-ES/90000") + AUDIO, "only video/MP4V-ES, audio/PCMA"),
        ("m=video 0 RTP/AVP 26\r\n", "only video/JPEG"),
        ("m=application 0 RTP/AVP 107\r\na=rtpmap:107 H264/90000\r\n", "only application/H264"),
        ("m=video 0 RTP/AVP 96\r\na=rtpmap:96 \x1b[31m" + "x" * 99 + "/1\r\n", "only video/?[31mxx"),
    ],
    ids=["empty", "text", "audio only", "another codec", "JPEG", "metadata", "an escape in a name"],
)
def test_what_cannot_be_read_is_named(text: str, offered: str) -> None:
    with pytest.raises(Unsupported) as caught:
        parse_description(text)
    assert offered in str(caught.value)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("base", "controls", "url"),
    [
        ("rtsp://h/1/", ("*", "track1"), "rtsp://h/1/track1"),
        ("rtsp://h/1", ("", "track1"), "rtsp://h/1/track1"),
        ("rtsp://h/1", ("rtsp://h/1/all", "track1"), "rtsp://h/1/all/track1"),
        ("rtsp://h/1", ("", "rtsp://h:554/1/track1"), "rtsp://h:554/1/track1"),
        ("rtsp://h:8554/a/b", ("", "/other"), "rtsp://h:8554/other"),
        ("rtsp://[h", ("", "/other"), "rtsp://[h/other"),
        ("rtsp://h/1?token=x", ("", "track1"), "rtsp://h/1?token=x/track1"),
        ("rtsp://h/1", ("*", ""), "rtsp://h/1"),
    ],
)
def test_a_tracks_address(base: str, controls: tuple[str, ...], url: str) -> None:
    assert control_url(base, *controls) == url


@pytest.mark.parametrize(
    ("base", "session", "track", "urls"),
    [
        ("rtsp://h/1/", "*", "t", ["rtsp://h/1/t"]),
        ("rtsp://h/1?c=2", "*", "t", ["rtsp://h/1?c=2/t", "rtsp://h/1/t?c=2", "rtsp://h/1/t"]),
        ("rtsp://h/1?c=2/", "", "t", ["rtsp://h/1?c=2/t", "rtsp://h/1/t?c=2", "rtsp://h/1/t"]),
        ("rtsp://h/1?c=2", "*", "rtsp://h/x", ["rtsp://h/x"]),
        ("rtsp://h/1?c=2", "*", "*", ["rtsp://h/1?c=2"]),
        ("rtsp://h/1", "rtsp://h/all?c=3", "t", ["rtsp://h/all?c=3/t", "rtsp://h/all/t?c=3", "rtsp://h/all/t"]),
    ],
)
def test_the_addresses_to_try_for_a_track(base: str, session: str, track: str, urls: list[str]) -> None:
    assert list(control_urls(base, session, track)) == urls


def test_audio_is_named_and_left_alone() -> None:
    named = "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000\r\n"
    described = parse_description(HEAD + AUDIO + video() + named + "m=audio 0 RTP/AVP 0\r\n")
    assert (described.audio, described.video.control) == (("PCMA", "MPEG4-GENERIC", "PCMU"), "trackID=1")


def test_no_video_at_all_is_told_apart_from_another_codec() -> None:
    for text, none in ((AUDIO, True), (video("MP4V-ES/90000"), False), ("m=video 0 RTP/AVP 33\r\n", False)):
        with pytest.raises(Unsupported) as caught:
            parse_description(text)
        assert isinstance(caught.value, NoVideo) is none


def test_a_gigantic_description_costs_little() -> None:
    text = ("m=video 0 RTP/AVP " + " ".join(str(number % 1000) for number in range(3000)) + "\r\n" + "a=x\r\n" * 30) * 80
    began = time.process_time()
    with pytest.raises(Unsupported):
        parse_description(text)
    assert time.process_time() - began < 1.0


@given(st.text(max_size=300))
def test_any_text_is_a_description_or_is_refused(text: str) -> None:
    for whole in (text, HEAD + text, video(fmtp=text), video(rtpmap=text), f"m=video 0 RTP/AVP 96\r\n{text}"):
        with suppress(Unsupported):
            control_url("rtsp://h/1", parse_description(whole).video.control)
