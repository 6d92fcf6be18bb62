"""Where a camera's redirect leads, and whose password may go there. Pure.

A camera is not trusted with other hosts: the password of its address goes only to the same host, and never out of an encrypted connection into a
plain one; a redirect leads to no address of this machine itself unless the camera is there too.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from streams import address
from streams.errors import CameraSpecError, RequestRefused

MOST_REDIRECTS = 5


def redirected(url: str, location: str) -> str:
    """The address that `Location` names, seen from `url` (each with its credentials, if any).

    Raises:
        RequestRefused: it cannot or must not be followed; the reason names no credentials.
    """
    try:
        target = _absolute(url, location.strip())
        address.check(target)
    except ValueError:  # a bracket that is not closed, say
        raise RequestRefused("the camera redirects to an address that cannot be read") from None
    except CameraSpecError as error:
        raise RequestRefused(f"the camera redirects to an address that cannot be used: {error}") from None
    if address.scheme_of(target) not in address.OWN_SCHEMES:
        raise RequestRefused(f"the camera redirects to {address.public(target)}; put that address into the camera list if it is right")
    here, there = address.host_and_port(url)[0], address.host_and_port(target)[0]
    if is_this_machine(there) and not is_this_machine(here):
        raise RequestRefused(f"the camera redirects to {there}, which is this machine itself; that is not followed")
    known = address.credentials(url)
    if known is None or address.credentials(target) is not None or here != there:
        return target
    if address.scheme_of(url) == "rtsps" and address.scheme_of(target) == "rtsp":
        return target
    parts = urlsplit(target)
    who = quote(known[0], safe="") + ":" + quote(known[1], safe="")
    return urlunsplit(parts._replace(netloc=f"{who}@{parts.netloc}"))


def _absolute(url: str, location: str) -> str:
    if "://" in location[:16]:
        return location
    plain = urlsplit(address.request_url(url))
    joined = urlsplit(urljoin(urlunsplit(plain._replace(scheme="http")), location))  # urljoin knows http whatever Python's version
    return urlunsplit(joined._replace(scheme=plain.scheme, netloc=joined.netloc or plain.netloc))


def is_this_machine(host: str, own: str | None = None) -> bool:
    """Whether a host, as a name or a number in any form that resolvers take (`127.1`, `0x7f000001`), is this machine itself or what serves only it.

    A name that resolves there is not known by its looks: once connected, ask again with the peer's address, and `own`, that of this end.
    """
    if host.lower().rstrip(".") == "localhost" or host.lower().rstrip(".").endswith(".localhost"):
        return True
    number = _number(host)
    if number is None:
        return False
    return number.is_loopback or number.is_link_local or number.is_unspecified or (own is not None and number == _number(own))


def _number(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        number = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
        except (OSError, UnicodeError):
            return None
    return getattr(number, "ipv4_mapped", None) or number
