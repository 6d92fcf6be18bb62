"""Who may see a camera: the server's side of basic and digest authentication, with what a faulty camera makes of it."""

from __future__ import annotations

from random import Random

from streams.rtsp.auth import parse_parameters, verify
from streams.rtsp.messages import Request
from streams.simulator.faults import Fault

REALM = "curbwatch simulator"


class Gate:
    """One connection's gate; without a user name it is open.

    Args:
        nonce: shared by a server's connections, as cameras do it.
    """

    def __init__(self, username: str | None, password: str, nonce: str, random: Random) -> None:
        self._username, self._password, self._nonce, self._random = username, password, nonce, random
        self.failed = 0
        """Requests with a wrong user name or password."""
        self.proved: str | None = None
        """How the last request that passed proved the password: `basic`, `digest SHA-256 qop=auth`."""

    def passes(self, request: Request, fault: Fault) -> bool:
        """Whether the request proves the password."""
        self.proved = None
        if self._username is None:
            return True
        header = request.headers.get("Authorization", "")
        if not header:
            return False
        if not verify(header, request.method, username=self._username, password=self._password, realm=REALM, nonce=self._nonce):
            self.failed += 1
            return False
        self.proved = kind_of(header)
        if fault.name == "stale_nonce":
            self._nonce = f"{self._random.getrandbits(64):016x}"
        return True

    def challenge(self, request: Request, fault: Fault) -> tuple[tuple[str, str], ...]:
        """The WWW-Authenticate fields of a 401."""
        given = parse_parameters(request.headers.get("Authorization", "").partition(" ")[2]).get("nonce")
        stale = ", stale=true" if fault.name == "stale_nonce" and given not in (None, self._nonce) else ""
        algorithm = "SHA-256" if fault.name == "sha256" else "MD5"
        qop = "" if fault.name == "no_qop" else ', qop="auth"'
        fields = [("WWW-Authenticate", f'Digest realm="{REALM}", nonce="{self._nonce}", algorithm={algorithm}{qop}{stale}')]
        if fault.name == "basic":
            fields.clear()
        if fault.name not in ("stale_nonce", "sha256", "no_qop"):
            fields.append(("WWW-Authenticate", f'Basic realm="{REALM}"'))
        return tuple(fields)


def kind_of(header: str) -> str:
    """How an Authorization field proves the password."""
    scheme, _, text = header.partition(" ")
    if scheme.lower() == "basic":
        return "basic"
    parameters = parse_parameters(text)
    qop = parameters.get("qop")
    return f"digest {parameters.get('algorithm', 'MD5')}" + ("" if qop is None else f" qop={qop}")
