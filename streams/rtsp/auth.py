"""Basic and digest authentication (RFC 2617, RFC 7616) for both sides: the reader answers challenges, the simulator checks answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}
PARAMETER = re.compile(r'([A-Za-z][A-Za-z0-9_-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))')


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks for: `basic`, or `digest` with its parameters."""

    scheme: str
    parameters: Mapping[str, str]

    @property
    def stale(self) -> bool:
        """Whether only the nonce was too old; the same password may be tried at once."""
        return self.parameters.get("stale", "").lower() == "true"


def parse_challenges(values: tuple[str, ...]) -> list[Challenge]:
    """The challenges of WWW-Authenticate fields that this reader can answer, the strongest first."""
    found = []
    for value in values:
        scheme, _, rest = value.strip().partition(" ")
        parameters = parse_parameters(rest)
        if scheme.lower() == "basic":
            found.append((0, Challenge("basic", parameters)))
        elif scheme.lower() == "digest" and "nonce" in parameters and parameters.get("algorithm", "MD5").upper() in HASHES:
            found.append((2 if parameters.get("algorithm", "").upper() == "SHA-256" else 1, Challenge("digest", parameters)))
    return [challenge for _, challenge in sorted(found, key=lambda one: -one[0])]


def parse_parameters(text: str) -> dict[str, str]:
    """`name="value", name=value` as a dictionary with lower-case names."""
    return {m[1].lower(): (m[2] if m[2] is not None else m[3]).replace('\\"', '"') for m in PARAMETER.finditer(text[:8192])}


@dataclass(slots=True)
class Credentials:
    """A user name and password with the challenge in force; makes the Authorization field of each request."""

    username: str
    password: str = field(repr=False)
    challenge: Challenge | None = None
    _count: int = 0

    def header(self, method: str, url: str) -> str | None:
        """The Authorization field, or None before any challenge."""
        if self.challenge is None:
            return None
        if self.challenge.scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        self._count += 1
        given = self.challenge.parameters
        count, cnonce = f"{self._count:08x}", hashlib.sha256(f"{given['nonce']}{self._count}".encode()).hexdigest()[:16]
        qop = "auth" if "auth" in [word.strip() for word in given.get("qop", "").split(",")] else ""
        answer = digest(self.username, self.password, method, url, given, qop=qop, count=count, cnonce=cnonce)
        parts = [f'username="{self.username}"', f'realm="{given.get("realm", "")}"', f'nonce="{given["nonce"]}"', f'uri="{url}"', f'response="{answer}"']
        if "algorithm" in given:
            parts.append(f"algorithm={given['algorithm']}")
        if qop:
            parts += [f"qop={qop}", f"nc={count}", f'cnonce="{cnonce}"']
        if "opaque" in given:
            parts.append(f'opaque="{given["opaque"]}"')
        return "Digest " + ", ".join(parts)


def digest(username: str, password: str, method: str, url: str, given: Mapping[str, str], *, qop: str = "", count: str = "", cnonce: str = "") -> str:
    """The digest answer of RFC 7616 (RFC 2069's form without qop)."""
    h = HASHES[given.get("algorithm", "MD5").upper()]
    who = h(f"{username}:{given.get('realm', '')}:{password}".encode())
    what = h(f"{method}:{url}".encode())
    middle = f"{given['nonce']}:{count}:{cnonce}:{qop}" if qop else given["nonce"]
    return h(f"{who}:{middle}:{what}".encode())


def verify(header: str, method: str, *, username: str, password: str, realm: str, nonce: str) -> bool:
    """Whether an Authorization field proves the password: the server's side."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "basic":
        expected = base64.b64encode(f"{username}:{password}".encode()).decode()
        return hmac.compare_digest(rest.strip(), expected)
    given = parse_parameters(rest)
    if scheme.lower() != "digest" or given.get("nonce") != nonce or given.get("username") != username or given.get("algorithm", "MD5").upper() not in HASHES:
        return False
    asked = {"realm": realm, "nonce": nonce, "algorithm": given.get("algorithm", "MD5")}
    expected = digest(
        username, password, method, given.get("uri", ""), asked, qop=given.get("qop", ""), count=given.get("nc", ""), cnonce=given.get("cnonce", "")
    )
    return hmac.compare_digest(given.get("response", ""), expected)
