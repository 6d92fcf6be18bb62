"""Connects to a camera, in the clear or by TLS, within a deadline; what goes wrong is said in a line."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import ssl
from collections.abc import Callable
from typing import TypeVar

from streams.descriptors import SHORT_OF_FILES, too_many_open_files
from streams.errors import CameraTimeout, RtspError
from streams.tls import tls_error

CLOSE_SECONDS = 1.0
"""How long the other end may take to agree that TLS is over, and to hear that it is left."""
NEXT_ADDRESS_SECONDS = 0.25
"""After which the next of a name's addresses is tried beside the first (RFC 8305 5)."""
NUMBER = re.compile(r"\[Errno (\d+)\]")

ProtocolT = TypeVar("ProtocolT", bound=asyncio.BaseProtocol)


async def dial(
    protocol: Callable[[], ProtocolT], address: tuple[str, int], limit_seconds: float, tls: ssl.SSLContext | None
) -> tuple[asyncio.Transport, ProtocolT]:
    """Connects to a host and port; with `tls`, until the handshake is done.

    Raises:
        CameraTimeout: not within `limit_seconds`.
        RtspError: it is refused, or there is no way; `TlsRefused` and `CertificateRefused` for what TLS finds.
    """
    host, port = address
    handshake, shutdown, name = (None, None, None) if tls is None else (limit_seconds, CLOSE_SECONDS, host)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(limit_seconds):
            return await loop.create_connection(
                protocol, host, port, ssl=tls, server_hostname=name, ssl_handshake_timeout=handshake, ssl_shutdown_timeout=shutdown,
                happy_eyeballs_delay=NEXT_ADDRESS_SECONDS,
            )  # fmt: skip
    except TimeoutError:
        raise CameraTimeout(f"no {'' if tls is None else 'encrypted '}connection to {host}:{port} within {limit_seconds:g} s") from None
    except ssl.SSLError as error:
        raise tls_error(error, host, port) from None
    except UnicodeError:
        raise RtspError(f"no connection to {host}:{port} (this is no host's name)") from None
    except OSError as error:
        numbers = _numbers(error)
        if numbers and all(number == errno.ECONNREFUSED for number in numbers):
            raise RtspError(f"{host}:{port} refuses the connection; is the camera on, and the port right?") from None
        if any(number in SHORT_OF_FILES for number in numbers):
            raise RtspError(f"no connection to {host}:{port}: {too_many_open_files()}") from None
        where = " in the TLS handshake" if tls is not None and isinstance(error, ConnectionError) else ""
        reason = error.strerror or (os.strerror(numbers[0]) if numbers else "it was closed")
        raise RtspError(f"no connection to {host}:{port} ({reason}{where})") from None


def _numbers(error: OSError) -> list[int]:
    """The system's error numbers: one, or those of all addresses of a name, which asyncio puts into the text of one error."""
    return [error.errno] if error.errno is not None else [int(number) for number in NUMBER.findall(str(error))]
