"""Whose password is tried when: cameras and recorders lock an account after five wrong ones, and a recorder has 64 cameras with one password. Pure.

A password that a host has not taken within the last minute is tried by one camera at a time; where it is refused, no camera tries it there again until
the pause is over. So a wrong password costs one failed login per pause, however many cameras share it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from streams.backoff import REFUSED, Backoff
from streams.errors import LoginPaused

PROOF_SECONDS = 60.0
"""How long a login speaks for the next ones; passwords are changed, and then all sessions end at once."""

Account = tuple[str, int, str, str]
"""Host, port, user name, a hash of the password."""


def account(address: tuple[str, int], credentials: tuple[str, str]) -> Account:
    """The key of an account with one password."""
    return (*address, credentials[0], hashlib.sha256(credentials[1].encode("utf-8", "surrogateescape")).hexdigest())


@dataclass(slots=True)
class _Attempts:
    trying: object | None = None
    proved_seconds: float | None = None
    refusals: int = 0
    pause_until: float = 0.0


@dataclass(slots=True)
class Logins:
    """The accounts that are in use; times are of the monotonic clock."""

    backoff: Backoff = REFUSED
    _accounts: dict[Account, _Attempts] = field(default_factory=dict, repr=False)

    def claim(self, key: Account, who: object, now: float) -> bool:
        """Whether `who` may send the password now; False while another's login is under way.

        Raises:
            LoginPaused: it was refused, and the pause is not over.
        """
        one = self._accounts.setdefault(key, _Attempts())
        if one.trying is who:
            return True
        if now < one.pause_until:
            raise LoginPaused(f"this user name and password were refused by {key[0]} (401); they are tried again in {one.pause_until - now:.0f} s")
        if one.proved_seconds is not None and now - one.proved_seconds < PROOF_SECONDS:
            return True
        if one.trying is not None:
            return False
        one.trying = who
        return True

    def accepted(self, key: Account, who: object, now: float) -> None:
        """The host took the password."""
        one = self._accounts.setdefault(key, _Attempts())
        one.proved_seconds, one.refusals, one.pause_until = now, 0, 0.0
        self.release(key, who)

    def refused(self, key: Account, who: object, now: float, random: float) -> None:
        """The host refused it; `random` in 0..1 as for `Backoff.pause`."""
        one = self._accounts.setdefault(key, _Attempts())
        one.refusals += 1
        one.proved_seconds, one.pause_until = None, now + self.backoff.pause(one.refusals, random)
        self.release(key, who)

    def release(self, key: Account, who: object) -> None:
        """`who` has ended, with or without an answer."""
        one = self._accounts.get(key)
        if one is not None and one.trying is who:
            one.trying = None
