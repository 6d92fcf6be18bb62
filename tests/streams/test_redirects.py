from __future__ import annotations

import pytest

from streams.errors import RequestRefused
from streams.redirects import is_this_machine, redirected


@pytest.mark.parametrize(
    ("url", "location", "leads_to"),
    [
        ("rtsp://u:p@h/1", "rtsp://h:8554/2", "rtsp://u:p@h:8554/2"),
        ("rtsp://u:p%40%2F@h/1", "rtsp://H/2", "rtsp://u:p%40%2F@H/2"),
        ("rtsp://u:p@h/1", "rtsp://other/2", "rtsp://other/2"),
        ("rtsp://u:p@h/1", "rtsp://x:y@other/2", "rtsp://x:y@other/2"),
        ("rtsp://u:p@h/1", "rtsp://x:y@h/2", "rtsp://x:y@h/2"),
        ("rtsp://u:p@h/1", "rtsps://h/2", "rtsps://u:p@h/2"),
        ("rtsps://u:p@h/1", "rtsp://h/2", "rtsp://h/2"),
        ("rtsp://u:p@h:8554/a/1", "/2", "rtsp://u:p@h:8554/2"),
        ("rtsp://u:p@h:8554/a/1", "2?x=1", "rtsp://u:p@h:8554/a/2?x=1"),
        ("rtsp://u:p@h/1", "//other/2", "rtsp://other/2"),
        ("rtsp://u:p@127.0.0.1/1", "rtsp://127.0.0.1:8554/2", "rtsp://u:p@127.0.0.1:8554/2"),
    ],
    ids=["other port", "same host in capitals", "other host", "other host with its own", "same host with its own", "into TLS", "out of TLS", "absolute path",
         "relative path", "no scheme", "this machine to itself"],
)  # fmt: skip
def test_where_it_leads_and_whose_password_goes_along(url: str, location: str, leads_to: str) -> None:
    assert redirected(url, location) == leads_to


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://other/x?token=topsecret", "redirects to http://other/x"),
        ("ftp://u:topsecret@other/x", "ftp:// is not read here"),
        ("file:///etc/passwd", "redirects to"),
        ("rtsp://", "names no host"),
        ("rtsp://u:topsecret@[x/1", "cannot be read"),
        ("rtsp://127.0.0.1/1", "this machine itself"),
        ("rtsp://localhost:6379/1", "this machine itself"),
        ("rtsp://[::1]/1", "this machine itself"),
        ("rtsp://127.1:6379/1", "this machine itself"),
        ("rtsp://2130706433/1", "this machine itself"),
        ("rtsp://0x7f000001/1", "this machine itself"),
        ("rtsp://017700000001/1", "this machine itself"),
        ("rtsp://[::ffff:127.0.0.1]/1", "this machine itself"),
        ("rtsp://127.0.0.1./1", "this machine itself"),
        ("rtsp://a.localhost./1", "this machine itself"),
        ("rtsp://0/1", "this machine itself"),
        ("rtsp://169.254.169.254/latest", "this machine itself"),
        ("rtsp://other/" + "a" * 3000, "more than 2048"),
        ("rtsp://other/a\r\nX: y", "control characters"),
    ],
)
def test_what_is_not_followed(location: str, reason: str) -> None:
    with pytest.raises(RequestRefused, match=reason) as caught:
        redirected("rtsp://u:topsecret@camera/1", location)
    assert "topsecret" not in str(caught.value)


@pytest.mark.parametrize(
    ("peer", "own", "here"),
    [("10.0.0.9", "10.0.0.5", False), ("10.0.0.5", "10.0.0.5", True), ("::ffff:10.0.0.5", "10.0.0.5", True), ("fe80::1%eth0", "fe80::2%eth0", True)],
    ids=["another", "by its own address", "by its own address in another form", "link-local"],
)
def test_who_is_at_the_other_end(peer: str, own: str, here: bool) -> None:
    assert is_this_machine(peer, own) is here
