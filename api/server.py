"""Runs the case API: binds its address first, so that a port in use is one line, and ends in order within seconds although pages hang on."""

from __future__ import annotations

import errno
import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from api import tasks
from api.app import create_app
from api.errors import StartError
from api.proxies import Proxies
from api.service import Api
from api.telling import Teller

log = logging.getLogger(__name__)
GRACE_SECONDS = 5
"""What is under way may take this long after SIGTERM; then it is cut off (nothing of it was acknowledged)."""


class _Server(uvicorn.Server):
    """Ends the pages' streams as soon as it is told to stop."""

    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_stop()
        super().handle_exit(sig, frame)


def end_on_signals() -> None:
    """SIGTERM and SIGINT end the process in order with status 0, before, while and after it serves (uvicorn raises them again at its end)."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)


def bind(host: str, port: int) -> socket.socket:
    """Takes the address.

    Raises:
        StartError: it is in use, or none of this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=512)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else each answer waits 40 ms for an acknowledgement; connections inherit it
        return listener
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise StartError(f"{host}:{port}: the port is in use; give another --port, or stop what uses it") from None
        raise StartError(f"{host}:{port}: cannot listen there ({error.strerror}); give another --host or --port") from None


def address_of(listener: socket.socket) -> str:
    """The address to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def config_of(api: Api, proxies: Proxies | None = None) -> uvicorn.Config:
    """How the application is served; `proxies` are by default those that the environment names.

    Raises:
        StartError: the environment names none that could be one.
    """
    believed = Proxies.of() if proxies is None else proxies
    return uvicorn.Config(
        believed.before(create_app(api)),
        log_config=None,
        access_log=False,  # a login link holds a token
        proxy_headers=False,  # `api.proxies` instead: nobody is believed unless named
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=30,
        http="h11",  # whose limit on headers is known, whatever else is installed
        h11_max_incomplete_event_size=64 * 1024,
        lifespan="off",
    )


def run(api: Api, listener: socket.socket, proxies: Proxies | None = None) -> None:
    """Serves until SIGTERM or SIGINT; `proxies` as in `config_of`."""
    config = config_of(api, proxies)
    with tasks.running(api), Teller(api):
        _Server(config, api.hub.close).run(sockets=[listener])
