"""What holds for every answer: security headers, a limit on bodies, and the figures."""

from __future__ import annotations

import time

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import Metrics

API_POLICY = "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; "
    "font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # a login link holds a token
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": API_POLICY,
    "Cache-Control": "no-store",  # what may be kept says so itself
}
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
UNKNOWN_ROUTE = "none"


class Outermost:
    """ASGI middleware; plain, so that streams pass through it as they are."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, largest_body_bytes: int) -> None:
        self._app, self._metrics, self._largest_body_bytes = app, metrics, largest_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (HEADERS | OVER_TLS if scope["scheme"] == "https" else HEADERS).items():
                    headers.setdefault(name, value)
                self._count(scope, message["status"], time.perf_counter() - began)
            await send(message)

        if _is_packed(scope):
            receive = _refused
        limited = receive if scope["path"].startswith("/blobs/") else _limited(receive, self._largest_body_bytes)
        await self._app(scope, limited, send_on)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", None) or UNKNOWN_ROUTE
        method = scope["method"] if scope["method"] in ("GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS") else "other"
        self._metrics.requests.labels(method, route, status).inc()
        self._metrics.seconds.labels(method, route).observe(seconds)


def _is_packed(scope: Scope) -> bool:
    """Whether the body is compressed: nothing here unpacks one, so that none can unpack to more than it says."""
    return any(name == b"content-encoding" and value.strip().lower() not in (b"", b"identity") for name, value in scope["headers"])


async def _refused() -> Message:
    raise HTTPException(415, "bodies are taken as they are: send it without Content-Encoding")


def _limited(receive: Receive, largest_bytes: int) -> Receive:
    taken = 0

    async def receive_on() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > largest_bytes:
            raise HTTPException(413, f"a body may have at most {largest_bytes // 1024} KiB here")
        return message

    return receive_on
