"""Reverse proxies in front of the API: whose word counts about who asks, and whether over TLS.

`X-Forwarded-For` and `X-Forwarded-Proto` are what anybody may write. They are believed from the proxies alone that `CURBWATCH_PROXIES` names (addresses or
networks: `127.0.0.1, 10.0.3.0/28`), and of the addresses in the first one the last counts that is none of these. A proxy that is named must set both, or add to
the first: one that passes on what a client wrote makes the client's word its own.
"""

from __future__ import annotations

import ipaddress
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.errors import StartError

log = logging.getLogger(__name__)
VARIABLE = "CURBWATCH_PROXIES"
FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that are believed; by default none."""

    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...] = ()

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Those that the environment names.

        Raises:
            StartError: an entry is neither an address nor a network.
        """
        networks = []
        for entry in (text.strip() for text in environment.get(VARIABLE, "").split(",")):
            try:
                networks += [ipaddress.ip_network(entry)] if entry else []
            except ValueError:
                raise StartError(f"{VARIABLE}: {entry!r} is neither an address nor a network of proxies like 10.0.3.0/28") from None
        return cls(tuple(networks))

    def before(self, app: ASGIApp) -> ASGIApp:
        """The application as it is asked through them."""
        if not self.networks:
            return _Unbelieved(app)
        return cast(ASGIApp, ProxyHeadersMiddleware(cast(Any, app), [str(network) for network in self.networks]))


class _Unbelieved:
    """Says once that somebody's word about the client is not believed: without it cookies are not for TLS alone, and all clients of a proxy are one address."""

    def __init__(self, app: ASGIApp) -> None:
        self._app, self._said = app, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._said and scope["type"] == "http" and any(name in FORWARDED for name, _ in scope["headers"]):
            self._said = True
            address = (scope.get("client") or ("somebody", 0))[0]
            log.warning("%s sends X-Forwarded-* headers, which are not believed; if it is your proxy, name it in %s", address, VARIABLE)
        await self._app(scope, receive, send)
