"""Basic and digest authentication (RFC 2617, RFC 7616) for both sides: the reader answers challenges, the simulator checks answers.

What the peer sends is kept byte for byte (`surrogateescape`): realms in GB 18030 exist, and their bytes go into the hash.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}
HASHES |= {f"{name}-SESS": function for name, function in HASHES.items()}
"""With `-SESS` the password's hash is bound to the nonces (RFC 7616 3.4.2)."""
STRENGTH = {"MD5": 1, "MD5-SESS": 1, "SHA-256": 2, "SHA-256-SESS": 2}
MAX_FIELD_CHARS = 4096
"""Of a challenge; a real one has 200."""
# Possessive quantifiers: a hostile field costs time in proportion to its length, never to the square of it.
PARAMETER = re.compile(r'(?<![A-Za-z0-9_-])([A-Za-z][A-Za-z0-9_-]*+)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^",\s]++))')
SCHEME = re.compile(r'(?:^|,)\s*+(basic|digest)(?=\s|,|$)|"(?:[^"\\]|\\.)*+"', re.IGNORECASE)
"""A scheme's name at the beginning or behind a comma; quoted strings are passed over whole."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks for: `basic`, or `digest` with its parameters."""

    scheme: str
    parameters: Mapping[str, str]

    @property
    def algorithm(self) -> str:
        """The digest's hash; MD5 where none is named."""
        return self.parameters.get("algorithm", "MD5").upper()

    @property
    def name(self) -> str:
        """What people call it: `basic`, `digest MD5`."""
        return self.scheme if self.scheme == "basic" else f"{self.scheme} {self.algorithm}"

    @property
    def qop(self) -> str:
        """`auth`, or empty for the form of RFC 2069."""
        return "auth" if "auth" in self._protections else ""

    @property
    def stale(self) -> bool:
        """Whether only the nonce was too old; the same password may be tried at once."""
        return self.parameters.get("stale", "").lower() == "true"

    @property
    def answerable(self) -> bool:
        """Whether this reader can prove a password this way; a wrong kind of proof would count as a wrong password."""
        if self.scheme == "basic":
            return True
        bound = self.algorithm.endswith("-SESS")  # needs the client's nonce, which only goes along with a qop
        return "nonce" in self.parameters and self.algorithm in HASHES and (bool(self.qop) if self._protections or bound else True)

    @property
    def _protections(self) -> frozenset[str]:
        return frozenset(word.strip().lower() for word in self.parameters.get("qop", "").split(",") if word.strip())


def parse_challenges(values: tuple[str, ...]) -> list[Challenge]:
    """The challenges of WWW-Authenticate fields that this reader can answer, the strongest first; a field may hold several."""
    found = []
    for value in values:
        text = value[:MAX_FIELD_CHARS]
        places = [match for match in SCHEME.finditer(text) if match[1]]
        for match, following in zip_longest(places, places[1:]):
            challenge = Challenge(match[1].lower(), parse_parameters(text[match.end() : following.start() if following else len(text)]))
            if challenge.answerable:
                found.append(challenge)
    return sorted(found, key=lambda one: 0 if one.scheme == "basic" else -STRENGTH[one.algorithm])


def parse_parameters(text: str) -> dict[str, str]:
    """`name="value", name=value` as a dictionary with lower-case names."""
    found = PARAMETER.finditer(text[:MAX_FIELD_CHARS])
    return {m[1].lower(): m[3] if m[2] is None else re.sub(r"\\(.)", r"\1", m[2]) for m in found}


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


@dataclass(slots=True)
class Credentials:
    """A user name and password with the challenge in force; makes the Authorization field of each request."""

    username: str
    password: str = field(repr=False)
    challenge: Challenge | None = None
    _nonce: str | None = field(default=None, repr=False)
    _count: int = 0

    def header(self, method: str, url: str) -> str | None:
        """The Authorization field, or None before any challenge."""
        if self.challenge is None:
            return None
        if self.challenge.scheme == "basic":
            return "Basic " + base64.b64encode(_bytes(f"{self.username}:{self.password}")).decode()
        given, qop = self.challenge.parameters, self.challenge.qop
        if given["nonce"] != self._nonce:  # the count is of answers to one nonce
            self._nonce, self._count = given["nonce"], 0
        self._count += 1
        count, cnonce = f"{self._count:08x}", secrets.token_hex(8)
        answer = digest(self.username, self.password, method, url, given, qop=qop, count=count, cnonce=cnonce)
        parts = [f"{name}={_quoted(value)}" for name, value in (("username", self.username), ("realm", given.get("realm", "")), ("nonce", given["nonce"]))]
        parts += [f"uri={_quoted(url)}", f'response="{answer}"']
        if "algorithm" in given:
            parts.append(f"algorithm={given['algorithm']}")
        if qop:
            parts += [f"qop={qop}", f"nc={count}", f'cnonce="{cnonce}"']
        if "opaque" in given:
            parts.append(f"opaque={_quoted(given['opaque'])}")
        return "Digest " + ", ".join(parts)


def digest(username: str, password: str, method: str, url: str, given: Mapping[str, str], *, qop: str = "", count: str = "", cnonce: str = "") -> str:
    """The digest answer of RFC 7616 (RFC 2069's form without qop)."""
    algorithm = given.get("algorithm", "MD5").upper()
    h = HASHES[algorithm]
    who = h(_bytes(f"{username}:{given.get('realm', '')}:{password}"))
    if algorithm.endswith("-SESS"):
        who = h(_bytes(f"{who}:{given['nonce']}:{cnonce}"))
    what = h(_bytes(f"{method}:{url}"))
    middle = f"{given['nonce']}:{count}:{cnonce}:{qop}" if qop else given["nonce"]
    return h(_bytes(f"{who}:{middle}:{what}"))


def verify(header: str, method: str, *, username: str, password: str, realm: str, nonce: str) -> bool:
    """Whether an Authorization field proves the password: the server's side."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "basic":
        return hmac.compare_digest(_bytes(rest.strip()), base64.b64encode(_bytes(f"{username}:{password}")))
    given = parse_parameters(rest)
    algorithm = given.get("algorithm", "MD5")
    if scheme.lower() != "digest" or given.get("nonce") != nonce or given.get("username") != username or algorithm.upper() not in HASHES:
        return False
    asked = {"realm": realm, "nonce": nonce, "algorithm": algorithm}
    proof = {"qop": given.get("qop", ""), "count": given.get("nc", ""), "cnonce": given.get("cnonce", "")}
    expected = digest(username, password, method, given.get("uri", ""), asked, **proof)
    return hmac.compare_digest(_bytes(given.get("response", "")), expected.encode())
