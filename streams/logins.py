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
OTHERS_FIRST = 1.1
"""By which factor a path that was refused waits longer than its account: if only that path is wrong, another one proves the password meanwhile."""
MOST_PATHS = 256
"""Remembered of an account; addresses may hold tokens that are new each time."""

Account = tuple[str, int, str, str]
"""Host, port, user name, a hash of the password."""


def account(address: tuple[str, int], credentials: tuple[str, str]) -> Account:
    """The key of an account with one password."""
    return (*address, credentials[0], hashlib.sha256(credentials[1].encode("utf-8", "surrogateescape")).hexdigest())


@dataclass(slots=True)
class _Path:
    """A path that the host refused the password for."""

    refusals: int
    pause_until: float
    strange: bool
    """Whether the host took the password for other paths: then it is the path that is wrong."""


@dataclass(slots=True)
class _Attempts:
    trying: object | None = None
    proved_seconds: float | None = None
    trusted: bool = False
    """Whether the host took the password once and has not refused it since."""
    doubted: bool = False
    """Whether a path was refused since then that had not been refused before."""
    refusals: int = 0
    pause_until: float = 0.0
    paths: dict[str, _Path] = field(default_factory=dict)


@dataclass(slots=True)
class Logins:
    """The accounts that are in use; times are of the monotonic clock. A path is a request's address without credentials.

    A 401 of an account that the host has taken before belongs to the path: a recorder's channel that this user may not see, say. The next login then goes
    alone; where it is refused too, for another path, the password was changed, and the account has its pause.
    """

    backoff: Backoff = REFUSED
    _accounts: dict[Account, _Attempts] = field(default_factory=dict, repr=False)

    def claim(self, key: Account, who: object, now: float, *, path: str = "") -> bool:
        """Whether `who` may send the password for this path now; False while another's login is under way.

        Raises:
            LoginPaused: it was refused, and the pause is not over.
        """
        one = self._accounts.setdefault(key, _Attempts())
        if one.trying is who:
            return True
        if now < one.pause_until:
            left = one.pause_until - now
            raise LoginPaused(f"this user name and password were refused by {key[0]} (401); they are tried again in {left:.0f} s", left)
        known = one.paths.get(path)
        if known is not None and now < known.pause_until:
            left = known.pause_until - now
            raise LoginPaused(f"this user name and password were refused by {key[0]} for this path (401); they are tried again in {left:.0f} s", left)
        if one.proved_seconds is not None and now - one.proved_seconds < PROOF_SECONDS:
            return True
        if one.trying is not None:
            return False
        one.trying = who
        return True

    def accepted(self, key: Account, who: object, now: float, *, path: str = "") -> None:
        """The host took the password."""
        one = self._accounts.setdefault(key, _Attempts())
        one.proved_seconds, one.refusals, one.pause_until = now, 0, 0.0
        one.trusted, one.doubted = True, False
        one.paths.pop(path, None)
        self.release(key, who)

    def refused(self, key: Account, who: object, now: float, random: float, *, path: str = "") -> None:
        """The host refused it; `random` in 0..1 as for `Backoff.pause`."""
        one = self._accounts.setdefault(key, _Attempts())
        known = one.paths.pop(path, None)
        refusals = 1 if known is None else known.refusals + 1
        if one.trusted and (not one.doubted or (known is not None and known.strange)):
            if known is None or not known.strange:
                one.doubted, one.proved_seconds = True, None
            pause_until, strange = now + self.backoff.pause(refusals, random), True
        else:
            one.refusals += 1 + 2 * one.trusted  # the one that was the path's, and a longer pause for having been two
            one.trusted, one.proved_seconds = False, None
            pause = self.backoff.pause(one.refusals, random)
            one.pause_until = now + pause
            pause_until, strange = now + OTHERS_FIRST * pause, False
            for other in one.paths.values():
                other.strange = False
        one.paths[path] = _Path(refusals, pause_until, strange)
        if len(one.paths) > MOST_PATHS:
            del one.paths[next(iter(one.paths))]
        self.release(key, who)

    def release(self, key: Account, who: object) -> None:
        """`who` has ended, with or without an answer."""
        one = self._accounts.get(key)
        if one is not None and one.trying is who:
            one.trying = None
