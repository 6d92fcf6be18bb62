"""Addresses that everybody may see: what in one is a secret, wherever it stands, and sentences without any. Pure.

Recorders and cheap cameras take user name and password in the path (`/user=admin&password=…`), in parameters, in the query or behind a `#`. A camera's address
says there `{username}` and `{password}` instead: its holder gets them filled in from its login, which is kept sealed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit, urlunsplit

SECRET = (
    r"\w*(?:pass|passwd|pwd|psw|token|secret|auth|credential|signature|login(?:use|pas))\w*"
    r"|(?:\w*[_.-])?(?:pw|pas|sig|key|user|usr|username|userid|login|nonce|digest)|\w*api_?key"
)
"""Names under which user names, passwords and keys come."""
NAMED = re.compile(rf"(?<![\w.])({SECRET})(\s*[=:]\s*)([^\s/?&;#,|\"'<>]*)", re.IGNORECASE)
PARTED = re.compile(r"(?<=[^_/?&=])_(?=\w+=)")
"""XiongMai's recorders part by underscores: `/user=admin_password=…_channel=1`."""
PAIR = re.compile(r"[/=?&;#,](?:admin|administrator|root|user|guest|operator|viewer|supervisor)[:,][^/?&;#,]+", re.IGNORECASE)
USERINFO = re.compile(r"://[^/\s@]*@")
ADDRESS = re.compile(r"(?P<host>\w+://[^/\s?#]*)(?P<rest>\S*)")
USERNAME, PASSWORD = "{username}", "{password}"
HARMLESS = frozenset({"", "…", USERNAME, PASSWORD})
"""What may stand in a secret's place: nothing, a mark that something was left out, and what is filled in for the camera's holder alone."""


def holds_secret(url: str) -> bool:
    """Whether an address holds a user name, password or key.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return True
    rest = urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    for _ in range(3):
        if USERINFO.search(rest) or PAIR.search(rest) or any(value not in HARMLESS for _, _, value in NAMED.findall(PARTED.sub("&", rest))):
            return True
        if rest == (rest := unquote(rest)):
            break
    return False


def has_blanks(url: str | None) -> bool:
    """Whether an address has places for the login."""
    return url is not None and (USERNAME in url or PASSWORD in url)


def with_login(url: str | None, login: Mapping[str, str] | None) -> str | None:
    """An address as the camera's holder asks for it: the login in its blanks, or as user information where it has none."""
    if url is None or login is None:
        return url
    username, password = quote(login["username"], safe=""), quote(login["password"], safe="")
    if has_blanks(url):
        return url.replace(USERNAME, username).replace(PASSWORD, password)
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{username}:{password}@{parts.netloc}"))


def without_secrets(text: str) -> str:
    """A sentence with the user names, passwords and keys of its addresses left out."""
    return ADDRESS.sub(lambda found: found["host"] + _without(found["rest"]), USERINFO.sub("://…@", text))


def _without(rest: str) -> str:
    parted = PARTED.sub("&", rest)
    return NAMED.sub(r"\1\2…", parted) if NAMED.search(parted) else rest
