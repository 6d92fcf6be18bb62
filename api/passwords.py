"""Passwords: argon2id with the parameters of OWASP's Password Storage Cheat Sheet and more, and what a new one must be.

A new password has at least 12 characters and is not one of those that everybody tries first; there is no rule about digits and signs, and none that
it must change with time (NIST SP 800-63B, 3.1.1). Hashing takes 46 MiB and a twentieth of a second; at most two run at once.
"""

from __future__ import annotations

import re
import secrets
import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from api.errors import Unusable

SHORTEST, LONGEST = 12, 256
LEAST_DIFFERENT = 5
"""Different characters; fewer are a key that was held down."""
_COMMON = """
    password passw0rd p@ssw0rd p@ssword administrator qwertyuiop qwertyuiopasdfghjkl asdfghjkl zxcvbnm 1qaz2wsx3edc 1q2w3e4r5t6y qazwsxedc qwerty letmein
    welcome iloveyou changeme default superman trustno1 sunshine princess football baseball monkey dragon master shadow michael superuser
    woaini woaini1314 5201314 1314520 admin123 root123 abc123 a123456 qwe123 zxcvbn aa123456 123qwe admin
"""
COMMON = tuple(sorted(_COMMON.split(), key=len, reverse=True))
"""Of the common ones those that grow to 12 characters by a few digits, by one another or by being written twice; in small letters, the longest first."""
LEAST_BESIDE = 8
"""Characters that a password must have beside common ones, spaces not counted."""
HERE = ("curbwatch", "千里眼", "chengguan", "城管", "jiankong", "监控", "camera", "摄像", "hikvision", "海康", "dahua", "大华")
"""What everybody tries first here; no password holds one, wherever and however it is spaced."""
RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "09876543210987654321", "zyxwvutsrqponmlkjihgfedcba")
_HASHER = PasswordHasher(time_cost=2, memory_cost=46 * 1024, parallelism=1)
_TURN = threading.BoundedSemaphore(2)
"""A burst of tries waits in line; it does not take the memory of the whole service."""


def hashed(password: str) -> str:
    """The password as it is kept: argon2id with salt and parameters."""
    with _TURN:
        return _HASHER.hash(_normal(password))


def fits(password: str, kept: str | None) -> bool:
    """Whether it is the password; where there is none (`kept` is None) it takes as long to say no."""
    with _TURN:
        try:
            return _HASHER.verify(kept or _nobodys(), _normal(password)) and kept is not None
        except (Argon2Error, InvalidHashError):
            return False


def is_outdated(kept: str) -> bool:
    """Whether it was hashed with other parameters than those of today."""
    return _HASHER.check_needs_rehash(kept)


def new_password() -> str:
    """A first password, to be told once and changed at the first signing in: 100 random bits."""
    return "-".join(secrets.token_hex(5)[:5] for _ in range(5))


def check_new(password: str, *about: str | None) -> None:
    """Whether a password will do; `about` are words that stand beside it (the person's name and unit).

    Raises:
        Unusable: why not; the password is not repeated.
    """
    plain = _normal(password).lower()
    if len(plain) < SHORTEST:
        raise Unusable(f"new: a password has at least {SHORTEST} characters; four words are easy to remember", f"新密码至少 {SHORTEST} 个字符")
    if len(plain) > LONGEST:
        raise Unusable(f"new: a password has at most {LONGEST} characters", f"新密码最多 {LONGEST} 个字符")
    close = re.sub(r"[\W_]+", "", plain)
    if any(word in close for word in HERE):
        raise Unusable(f"new: holds a word that everybody tries first here ({', '.join(HERE)})", f"新密码不得包含本系统的常用词（{'、'.join(HERE)}）")
    is_run = any(plain[start : start + 8] in run for run in RUNS for start in range(len(plain) - 7))
    if len(set(plain)) < LEAST_DIFFERENT or is_run or _is_common(plain) or not re.sub(r"\d+", "", close):
        raise Unusable("new: this is one of the passwords that everybody tries first; take four words that do not belong together", "新密码过于常见")
    if any(_holds(plain.casefold(), text) for text in about if text):
        raise Unusable("new: holds the name or the unit; take words that have nothing to do with you", "新密码不得包含姓名或单位")


def _holds(plain: str, text: str) -> bool:
    """Whether a password holds a name or unit: a word of it that is no mere syllable, or the whole, however spaced; where that is a syllable, as a word."""
    told = _normal(text).casefold()
    if any(word in plain for word in re.split(r"[\s._-]+", told) if len(word) >= _shortest(word)):
        return True
    whole = re.sub(r"[\W_]+", "", told)
    if len(whole) >= _shortest(whole):
        return whole in re.sub(r"[\W_]+", "", plain)
    return whole != "" and re.search(rf"(?<![^\W_]){re.escape(whole)}(?![^\W_])", plain) is not None


def _shortest(word: str) -> int:
    """Letters of a word that is looked for within others too."""
    return 3 if word.isascii() else 2


def _is_common(plain: str) -> bool:
    """Whether a password has little beside common ones."""
    rest = plain
    for word in COMMON:
        rest = rest.replace(word, " ")
    return rest != plain and len(re.sub(r"\s+", "", rest)) < LEAST_BESIDE


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _nobodys() -> str:
    """A hash that no password fits, made once."""
    global _nobody
    if _nobody is None:
        _nobody = _HASHER.hash(secrets.token_hex(16))
    return _nobody


_nobody: str | None = None
