"""Servers that are not there, or are not what they should be: each says why in words."""

from __future__ import annotations

import socket
import threading

import httpx
import pytest

from streams.unreached import why_unreached


def refusing() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def mumbling() -> str:
    """The address of a server that answers what is no HTTP and no TLS."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with server, server.accept()[0] as line:
            line.recv(4096)
            line.sendall(b"SSH-2.0-mumble\r\n")

    threading.Thread(target=answer, daemon=True).start()
    return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def silent() -> socket.socket:
    """A server that takes the line and says nothing."""
    return socket.create_server(("127.0.0.1", 0))


def why(url: str) -> str:
    with pytest.raises((httpx.HTTPError, httpx.InvalidURL)) as caught:
        httpx.get(url, timeout=httpx.Timeout(5.0, read=0.2), trust_env=False)
    assert isinstance(caught.value, httpx.HTTPError | httpx.InvalidURL)
    return why_unreached(caught.value)


def test_nobody_listens() -> None:
    assert why(f"http://{refusing()}/") == "Connection refused"


def test_a_name_that_nobody_has() -> None:
    assert why("http://cases.invalid/") == "its name is not known"


def test_what_is_no_http_and_no_tls(mumbling: str) -> None:
    assert why(f"http://{mumbling}/") == "what answers there speaks no HTTP, or broke off"


def test_what_is_no_tls(mumbling: str) -> None:
    assert why(f"https://{mumbling}/") == "it speaks no TLS that this machine knows"


def test_an_answer_that_does_not_come(silent: socket.socket) -> None:
    with silent:
        assert why(f"http://127.0.0.1:{silent.getsockname()[1]}/") == "it answers too slowly"


@pytest.mark.parametrize(("url", "told"), [("ftp://h/", "the address begins with neither http:// nor https://"), ("http://[::1", "the address cannot be read")])
def test_an_address_that_is_none(url: str, told: str) -> None:
    assert why(url) == told
