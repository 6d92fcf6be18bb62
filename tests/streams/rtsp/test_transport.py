from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import ProtocolViolation
from streams.rtsp.transport import Granted, over_tcp, over_udp, parse_transport


@pytest.mark.parametrize(
    ("text", "granted"),
    [
        ("RTP/AVP/TCP;unicast;interleaved=4-5;ssrc=1", Granted("tcp", (4, 5), None, None, False)),
        ("RTP/AVP/TCP;interleaved=6", Granted("tcp", (6, 7), None, None, False)),
        ("RTP/AVP;unicast;interleaved=0-1", Granted("tcp", (0, 1), None, None, False)),
        ("RTP/AVP/UDP;unicast;client_port=1-2;server_port=6000-6001;source=10.0.0.9", Granted("udp", None, (6000, 6001), "10.0.0.9", False)),
        ('RTP/AVP;unicast;client_port=1-2;server_port=6000;source="cam.example"', Granted("udp", None, (6000, 6001), "cam.example", False)),
        ("RTP/AVP;unicast;client_port=1-2;server_port=0-0", Granted("udp", None, None, None, False)),
        ("RTP/AVP;multicast;destination=224.2.0.1;port=3456-3457", Granted("udp", None, None, None, True)),
        ("", Granted(None, None, None, None, False)),
    ],
    ids=["channels", "one channel", "interleaved without TCP", "ports", "one port, a name", "port 0", "multicast", "nothing"],
)
def test_what_is_granted(text: str, granted: Granted) -> None:
    assert parse_transport(text) == granted


def test_what_is_asked_for_reads_as_itself() -> None:
    assert parse_transport(over_tcp()) == Granted("tcp", (0, 1), None, None, False)
    assert parse_transport(over_udp((5000, 5001))).way == "udp"


@given(st.text(max_size=80))
def test_any_text_grants_something_or_is_refused(text: str) -> None:
    try:
        granted = parse_transport(text)
    except ProtocolViolation:
        return
    assert granted.channels is None or max(granted.channels) < 256
