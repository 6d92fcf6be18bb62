"""Sends webhooks: a thread that looks every two seconds what each address has not heard of. Each address has a thread of its own and ten seconds an
answer, whatever it does meanwhile, so none waits for another.

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
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import anyio
import anyio.to_thread
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
STOP_SECONDS = 3.0
"""What is under way when the API ends may take so long; what was not acknowledged is sent again at the next start."""
MOST_AT_ONCE = 64
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
            raise Unusable("url: is no address", "url 不是有效的地址") from None
        if not host or secret:
            raise Unusable("url: is an address with a host, and without user name and password", "url 须含主机名，且不得含用户名和密码")
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
        return named or _is_public(mapped)


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether an address is one of the public internet, and does not lead through a tunnel or translator to one that may not be."""
    if not address.is_global or address.is_multicast:
        return False
    public = ipaddress.ip_network("2000::/3") if isinstance(address, ipaddress.IPv6Address) else ipaddress.ip_network("0.0.0.0/0")
    return address in public and not any(address in network for network in NOT_TOLD)


NOT_TOLD = tuple(ipaddress.ip_network(text) for text in ("192.88.99.0/24", "2001::/23", "2002::/16", "3fff::/20"))
"""6to4's relays, Teredo and its like, 6to4, and addresses of documents. What translates IPv4 (`64:ff9b::/96`, `::/96`) lies outside of 2000::/3."""


class Telling:
    """Tells every address in a thread of its own.

    Args:
        deadline_seconds: from the look-up of the name to the status of the answer.
    """

    def __init__(self, api: Api, reach: Reach, deadline_seconds: float = TIMEOUT_SECONDS) -> None:
        self._api, self._reach, self._deadline = api, reach, deadline_seconds
        self._tls = httpx.create_ssl_context(trust_env=False)
        self._at_work: dict[str, threading.Thread] = {}
        self.answered = 0
        self.stopping = threading.Event()

    def round(self) -> list[threading.Thread]:
        """Begins to tell whoever is due and is not being told yet."""
        with self._api.database.read() as connection:
            hooks = webhooks.due(connection, self._api.clock())
        self._at_work = {name: thread for name, thread in self._at_work.items() if thread.is_alive()}
        begun = []
        for hook in hooks:
            if hook.name not in self._at_work and len(self._at_work) < MOST_AT_ONCE:
                thread = threading.Thread(target=self._tell, args=(hook,), name=f"webhook {hook.name}", daemon=True)
                self._at_work[hook.name] = thread
                thread.start()
                begun.append(thread)
        return begun

    def wait(self, seconds: float) -> None:
        """Until those at work are done, or that time is over."""
        until = time.monotonic() + seconds
        for thread in self._at_work.values():
            thread.join(max(0.0, until - time.monotonic()))

    def _tell(self, hook: Row[Any]) -> None:
        try:
            self.answered += self._told(hook)
        except Exception as error:  # whatever one address meets, it is tried again
            if not self.stopping.is_set():
                log.warning("the webhook %s was not told: %s; trying again", hook.name, " ".join(str(error).split()) or type(error).__name__)

    def _told(self, hook: Row[Any]) -> int:
        api = self._api
        with api.database.read() as connection:
            waiting, heard = webhooks.messages(connection, hook)
        for number, message in enumerate(waiting):
            if self.stopping.is_set():
                return number
            status, why = anyio.run(self._send, hook.url, message)
            with api.database.write() as connection:
                if why is not None:
                    webhooks.failed(connection, hook, status, why, api.clock())
                    return number
                webhooks.answered(connection, hook.name, message.log_index, status, api.clock())
        with api.database.write() as connection:
            webhooks.answered(connection, hook.name, heard, None, api.clock())
        return len(waiting)

    async def _send(self, url: str, message: webhooks.Message) -> tuple[int | None, str | None]:
        """The status, and why it failed; None where it was taken."""
        try:
            with anyio.fail_after(self._deadline):
                status = await self._status(url, message)
        except TimeoutError:
            return None, f"the address did not answer within {self._deadline:g} s"
        except (ApiError, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return None, " ".join(str(error).split()) or type(error).__name__
        return status, None if 200 <= status < 300 else f"the address answered {status}"

    async def _status(self, url: str, message: webhooks.Message) -> int:
        parts = httpx.URL(url)
        self._reach.check(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await anyio.to_thread.run_sync(self._reach.resolve, parts.host, port, abandon_on_cancel=True)
        headers = {**message.headers(self._api.key, self._api.clock()), "Host": parts.netloc.decode("ascii")}
        extensions = {"sni_hostname": parts.host} if parts.scheme == "https" else {}
        async with httpx.AsyncClient(verify=self._tls, timeout=self._deadline, follow_redirects=False, trust_env=False) as client:
            where = parts.copy_with(host=address)
            async with client.stream("POST", where, content=message.body, headers=headers, extensions=extensions) as answer:
                return answer.status_code


def tell_due(api: Api, reach: Reach, deadline_seconds: float = TIMEOUT_SECONDS) -> int:
    """Tells every address that is due what it has not heard of; how many messages were answered."""
    telling = Telling(api, reach, deadline_seconds)
    for thread in telling.round():
        thread.join()
    return telling.answered


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return None


class Teller(threading.Thread):
    """Looks every two seconds who is to be told, until it is stopped; whatever one round meets, the next one comes."""

    def __init__(self, api: Api, reach: Reach | None = None) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._telling = Telling(api, Reach.of() if reach is None else reach)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._telling.stopping.set()
        self.join(EVERY_SECONDS)
        self._telling.wait(STOP_SECONDS)

    def run(self) -> None:
        while not self._telling.stopping.wait(EVERY_SECONDS):
            try:
                self._telling.round()
            except (ApiError, SQLAlchemyError) as error:
                log.warning("webhooks were not told: %s; trying again", " ".join(str(error).split()))
            except Exception:  # one round must not end the telling
                log.exception("webhooks were not told; trying again")
