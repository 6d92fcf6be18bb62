"""Why a server was not reached, in words that say what to look at: no names of a library's classes."""

from __future__ import annotations

import os
import socket
import ssl

import httpx

BY_KIND: tuple[tuple[type[Exception], str], ...] = (
    (httpx.ConnectTimeout, "it does not answer in time"),
    (httpx.TimeoutException, "it answers too slowly"),
    (httpx.UnsupportedProtocol, "the address begins with neither http:// nor https://"),
    (httpx.InvalidURL, "the address cannot be read"),
    (httpx.RemoteProtocolError, "what answers there speaks no HTTP, or broke off"),
    (httpx.ConnectError, "no connection"),
    (httpx.NetworkError, "the connection broke off"),
)
"""What an error says by its kind, the narrower first; where the system said more, that is told instead."""


def why_unreached(error: httpx.HTTPError | httpx.InvalidURL) -> str:
    """A few words, without the address: `Connection refused`, `its name is not known`, `its certificate is not trusted (…)`."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"it answers {error.response.status_code}"
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted ({cause.verify_message})"
        if isinstance(cause, ssl.SSLError):
            return "it speaks no TLS that this machine knows"
        if isinstance(cause, socket.gaierror):
            return "its name is not known"
        if isinstance(cause, OSError) and not isinstance(cause, TimeoutError) and cause.errno:
            return os.strerror(cause.errno)  # its own text may quote the address
        cause = cause.__cause__ or cause.__context__
    return next((told for kind, told in BY_KIND if isinstance(error, kind)), "no answer that can be used")
