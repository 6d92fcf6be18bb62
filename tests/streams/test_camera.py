from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.camera import CameraSpec, CameraState, CameraStatus
from streams.errors import CameraSpecError


@pytest.mark.parametrize(
    ("url", "public", "asked", "credentials", "address"),
    [
        ("rtsp://h/1", "rtsp://h/1", "rtsp://h/1", None, ("h", 554)),
        ("rtsp://u:p@h:8554/1", "rtsp://h:8554/1", "rtsp://h:8554/1", ("u", "p"), ("h", 8554)),
        ("rtsp://u@h/1", "rtsp://h/1", "rtsp://h/1", ("u", ""), ("h", 554)),
        ("rtsp://u:p%40%3A%2F@h/1", "rtsp://h/1", "rtsp://h/1", ("u", "p@:/"), ("h", 554)),
        ("rtsp://u:p@ss@h/1", "rtsp://h/1", "rtsp://h/1", ("u", "p@ss"), ("h", 554)),
        ("rtsp://u:p@[2001:db8::1]:554/1", "rtsp://[2001:db8::1]:554/1", "rtsp://[2001:db8::1]:554/1", ("u", "p"), ("2001:db8::1", 554)),
        ("rtsp://h/1?token=secret&x=1", "rtsp://h/1?…", "rtsp://h/1?token=secret&x=1", None, ("h", 554)),
        ("rtsp://h/user=admin&password=secret&channel=1/a", "rtsp://h/user=…/a", "rtsp://h/user=admin&password=secret&channel=1/a", None, ("h", 554)),
        ("rtsp://h/user=admin_password=secret_channel=1_stream=0.sdp", "rtsp://h/user=…", "rtsp://h/user=admin_password=secret_channel=1_stream=0.sdp", None,
         ("h", 554)),
        ("rtsp://h/路口/1", "rtsp://h/路口/1", "rtsp://h/%E8%B7%AF%E5%8F%A3/1", None, ("h", 554)),
        ("rtsp://h/a%20b", "rtsp://h/a%20b", "rtsp://h/a%20b", None, ("h", 554)),
    ],
)  # fmt: skip
def test_an_address_and_what_of_it_is_shown(url: str, public: str, asked: str, credentials: tuple[str, str] | None, address: tuple[str, int]) -> None:
    spec = CameraSpec.parse("a", url)
    assert (spec.public_url, spec.request_url, spec.credentials, spec.address) == (public, asked, credentials, address)
    assert "secret" not in repr(spec)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("ftp://u:topsecret@h/1", "ftp:// is not read here"),
        ("mms://u:topsecret@h/1", "mms:// is not read here"),
        ("rtsps:///topsecret", "names no host"),
        ("http://u:topsecret@h:0/1", "names no host"),
        ("rtsp:///topsecret", "names no host"),
        ("rtsp://u:topsecret@h:0/1", "names no host"),
        ("rtsp://u:topsecret@h:99999/1", "cannot be read"),
        ("rtsp://u:topsecret@[h/1", "cannot be read"),
        ("rtsp://u:topsecret@" + "h" * 64 + "/1", "cannot be read"),
        ("rtsp://u:top/topsecret@h/1", "cannot be read"),
        ("rtsp://u:12/topsecret@h/1", "write %40"),
        ("rtsp://u:12?topsecret@h/1", "write %40"),
        ("rtsp://u:12#topsecret@h/1", "write %40"),
        ("rtsp://u:topsecret@h/a b", "spaces or control characters"),
        ("rtsp://u:topsecret@h/a\r\nb", "spaces or control characters"),
        ("rtsp://u%0d%0aCSeq: 1:topsecret@h/1", "spaces or control characters"),
        ("rtsp://u:topsecret%0d%0a@h/1", "spaces or control characters"),
        ("rtsp://u:topsecret@h/" + "a" * 3000, "more than 2048 characters"),
        ("u:topsecret@h", "neither an rtsp:// address nor a video file"),
        ("rtsp://admin:topse@cret/77x@h/1", "an @ behind the host; write %40"),
        ("rtsp://admin:topsecret/x@h/1", "write %40 for @, and in a password also %2F"),
        ("rtsp:/u:topsecret@h", "neither"),
    ],
)
def test_a_wrong_address_is_refused_without_its_password(url: str, complaint: str) -> None:
    with pytest.raises(CameraSpecError, match=complaint) as caught:
        CameraSpec.parse("a", url)
    assert "topsecret" not in str(caught.value)
    assert "topsecret" not in CameraSpec("a", url).public_url or url.endswith(":///topsecret")


@pytest.mark.parametrize("camera_id", ["", "a b", "-a", "a" * 65, "路口", "a/b", "a\n"])
def test_a_wrong_id_is_refused(camera_id: str) -> None:
    with pytest.raises(CameraSpecError, match="use 1 to 64 letters"):
        CameraSpec.parse(camera_id, "rtsp://h/1")


def test_an_address_in_the_ids_place_is_not_shown() -> None:
    with pytest.raises(CameraSpecError) as caught:
        CameraSpec.parse("rtsp://u:topsecret@h/1", "c1")
    assert "topsecret" not in str(caught.value)


def test_a_transport_that_is_not_known_is_refused() -> None:
    with pytest.raises(CameraSpecError, match="use tcp, udp or libav"):
        CameraSpec.parse("a", "rtsp://h/1", "http")


def test_a_file_is_a_camera_too(tmp_path: Path) -> None:
    path = tmp_path / "clip 1.mp4"
    path.touch()
    for url in (str(path), path.as_uri()):
        spec = CameraSpec.parse("a", url)
        assert (spec.is_file, spec.path, spec.public_url, spec.credentials) == (True, path, "clip 1.mp4", None)


@given(st.text(max_size=60))
def test_any_address_is_read_or_refused(text: str) -> None:
    for url in (text, "rtsp://" + text, "rtsp://u:topsecret@" + text, "rtsp://u:topsecret" + text + "@h/1", "file://" + text):
        message = ""
        try:
            spec = CameraSpec.parse("a", url)
        except CameraSpecError as error:
            message = str(error)
            spec = CameraSpec("a", url)
        else:
            assert spec.is_file or spec.request_url.isascii()
        assert "topsecret" not in message + spec.public_url


@pytest.mark.parametrize(
    ("state", "reason", "sound"),
    [(CameraState.LIVE, None, True), (CameraState.LIVE, "pictures come, but none", False), (CameraState.STALE, "no picture for 12 s", False)],
    ids=["live", "live and yet nothing is seen", "stale"],
)
def test_only_a_live_camera_without_a_complaint_is_sound(state: CameraState, reason: str | None, sound: bool) -> None:
    assert replace(CameraStatus.refused("a", "", 0.0), state=state, reason=reason).sound is sound


@pytest.mark.parametrize("camera_id", ["v1.yaml", "V1.YAML"])
def test_an_id_that_would_name_a_scene_file(camera_id: str) -> None:
    with pytest.raises(CameraSpecError, match=r"must not end in \.yaml"):
        CameraSpec.parse(camera_id, "rtsp://h/1")
