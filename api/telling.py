"""Sends webhooks: a thread that looks every two seconds what each address has not heard of, and waits for nobody.

An address is one of the public internet over TLS, unless `CURBWATCH_WEBHOOK_HOSTS` names its host or network (`hooks.example.org, 10.20.0.0/16`): whoever
writes a webhook must not make the API ask its own machine or its neighbours for something. The name is resolved once, checked, and that very address
is connected to; redirects are not followed, and of the answer the status alone is read.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from sqlalchemy import Row
from sqlalchemy.exc import SQLAlchemyError

from api import webhooks
from api.errors import ApiError, StartError, Unusable
from api.service import Api

log = logging.getLogger(__name__)
VARIABLE = "CURBWATCH_WEBHOOK_HOSTS"
EVERY_SECONDS = 2.0
TIMEOUT_SECONDS = 10.0
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NotAllowedAddress(ApiError):
    """The address is none that may be told."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where webhooks may go beside the public internet: names of hosts, and networks."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """What the environment allows.

        Raises:
            StartError: an entry is neither a host's name nor a network.
        """
        hosts, networks = set(), []
        for entry in (text.strip() for text in environment.get(VARIABLE, "").split(",")):
            try:
                networks.append(ipaddress.ip_network(entry)) if entry else None
            except ValueError:
                if "/" in entry or " " in entry:
                    raise StartError(f"{VARIABLE}: {entry!r} is neither a host's name nor a network like 10.20.0.0/16") from None
                hosts.add(entry.lower())
        return cls(frozenset(hosts), tuple(networks))

    def check(self, url: str) -> None:
        """Whether an address may be saved, as far as it tells by itself.

        Raises:
            Unusable: why not.
        """
        try:
            parts = urlsplit(url)
            host, secret = parts.hostname, parts.username or parts.password
            _ = parts.port
        except ValueError:
            raise Unusable("url: is no address") from None
        if not host or secret:
            raise Unusable("url: is an address with a host, and without user name and password")
        if parts.scheme != "https" and not self._is_named(host):
            raise Unusable(f"url: begins with https://; plain http goes to hosts of {VARIABLE} only", "推送地址必须使用 https")
        literal = _literal(host)
        if literal is not None and not self._may(host, literal):
            raise Unusable(f"url: lies in a network that is not told; {VARIABLE} would allow it", "该地址不在允许推送的网络内")

    def resolve(self, host: str, port: int) -> str:
        """The address to connect to.

        Raises:
            NotAllowedAddress: the name leads nowhere, or into a network that is not told.
        """
        try:
            found = {info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except (OSError, UnicodeError):
            raise NotAllowedAddress("the name of the host is not known") from None
        for text in found:
            literal = _literal(str(text))
            if literal is None or not self._may(host, literal):
                raise NotAllowedAddress(f"the host lies in a network that is not told; {VARIABLE} would allow it")
        return str(min(found, key=str))

    def _is_named(self, host: str) -> bool:
        literal = _literal(host)
        return host.lower() in self.hosts or (literal is not None and any(literal in network for network in self.networks))

    def _may(self, host: str, literal: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        mapped = getattr(literal, "ipv4_mapped", None) or literal
        named = host.lower() in self.hosts or any(mapped in network for network in self.networks)
        return named or (mapped.is_global and not mapped.is_multicast)


def tell_due(api: Api, client: httpx.Client, reach: Reach) -> int:
    """Tells every address that is due what it has not heard of; how many messages were answered."""
    with api.database.read() as connection:
        hooks = webhooks.due(connection, api.clock())
    return sum(_tell(api, hook, client, reach) for hook in hooks)


def _tell(api: Api, hook: Row[Any], client: httpx.Client, reach: Reach) -> int:
    with api.database.read() as connection:
        waiting, heard = webhooks.messages(connection, hook)
    for number, message in enumerate(waiting):
        status, why = _send(api, hook.url, message, client, reach)
        with api.database.write() as connection:
            if why is not None:
                webhooks.failed(connection, hook, status, why, api.clock())
                return number
            webhooks.answered(connection, hook.name, message.log_index, status, api.clock())
    with api.database.write() as connection:
        webhooks.answered(connection, hook.name, heard, None, api.clock())
    return len(waiting)


def _send(api: Api, url: str, message: webhooks.Message, client: httpx.Client, reach: Reach) -> tuple[int | None, str | None]:
    """The status, and why it failed; None where it was taken."""
    parts = httpx.URL(url)
    try:
        reach.check(url)
        address = reach.resolve(parts.host, parts.port or (443 if parts.scheme == "https" else 80))
        headers = {**message.headers(api.key, api.clock()), "Host": parts.netloc.decode("ascii")}
        extensions = {"sni_hostname": parts.host} if parts.scheme == "https" else {}
        with client.stream("POST", parts.copy_with(host=address), content=message.body, headers=headers, extensions=extensions) as answer:
            status = answer.status_code
    except (ApiError, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return None, " ".join(str(error).split()) or type(error).__name__
    return status, None if 200 <= status < 300 else f"the address answered {status}"


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return None


class Teller(threading.Thread):
    """Tells what is due until it is stopped; whatever one round meets, the next one comes."""

    def __init__(self, api: Api, reach: Reach | None = None) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._api, self._reach = api, Reach.of() if reach is None else reach
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stopping.set()
        self.join(TIMEOUT_SECONDS + 1)

    def run(self) -> None:
        with httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False) as client:
            while not self._stopping.wait(EVERY_SECONDS):
                try:
                    tell_due(self._api, client, self._reach)
                except (ApiError, SQLAlchemyError) as error:
                    log.warning("webhooks were not told: %s; trying again", " ".join(str(error).split()))
                except Exception:  # one round must not end the telling
                    log.exception("webhooks were not told; trying again")
