"""Connects to a camera, in the clear or by TLS, within a deadline; what goes wrong is said in a line."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import TypeVar

from streams.errors import CameraTimeout, RtspError
from streams.tls import tls_error

CLOSE_SECONDS = 1.0
"""How long the other end may take to agree that TLS is over, and to hear that it is left."""

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
                protocol, host, port, ssl=tls, server_hostname=name, ssl_handshake_timeout=handshake, ssl_shutdown_timeout=shutdown
            )
    except TimeoutError:
        raise CameraTimeout(f"no {'' if tls is None else 'encrypted '}connection to {host}:{port} within {limit_seconds:g} s") from None
    except ssl.SSLError as error:
        raise tls_error(error, host, port) from None
    except ConnectionRefusedError:
        raise RtspError(f"{host}:{port} refuses the connection; is the camera on, and the port right?") from None
    except UnicodeError:
        raise RtspError(f"no connection to {host}:{port} (this is no host's name)") from None
    except OSError as error:
        where = " in the TLS handshake" if tls is not None and isinstance(error, ConnectionError) else ""
        raise RtspError(f"no connection to {host}:{port} ({error.strerror or 'it was closed'}{where})") from None
