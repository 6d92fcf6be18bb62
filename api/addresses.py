"""Addresses that everybody may see: what in one is a secret, wherever it stands, and sentences without any. Pure.

Recorders and cheap cameras take user name and password in the path (`/user=admin&password=…`), in parameters, in the query or behind a `#`. A camera's address
says there `{username}` and `{password}` instead: its holder gets them filled in from its login, which is kept sealed.

Platforms name their secrets as they like (`appKey`, `sign`, `ak`, `sk`, `pin`, `mima`, …), so of a query, of `name=value` in a path, and of what stands behind
a `#`, nothing but what is known to be harmless may be seen: by its name (`channel`, `subtype`, `transport`, …), or as a small number or a word of a few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

SECRET = (
    r"\w*(?:pass|passwd|pwd|psw|token|secret|auth|credential|signature|login(?:use|pas))\w*"
    r"|(?:\w*[_.-])?(?:pw|pas|sig|key|user|usr|username|userid|login|nonce|digest)|\w*api_?key"
)
"""Names under which user names, passwords and keys come."""
NAMED = re.compile(rf"(?<![\w.])({SECRET})(\s*[=:]\s*)([^\s/?&;#,|\"'<>]*)", re.IGNORECASE)
NAMES = (
    "app audio audiocodec begin begintime bitrate cam camera cameraid camid ch channel channelid channelno chid chn chnid codec compress "
    "compression cport dev device deviceid devid end endtime format fps framerate gbid gop h height idc ids inst keyframe line linkmode live main "
    "mode multicast no oid overview playtype port profile profileid proto protocol quality rate real realstream res resolution rtsptransport "
    "schema scheme size source ssrc start starttime stream streamform streamid streamname streamno streamtype sub substream subtype tcp time "
    "track trackid transmode transport transportmode type tz udp unicast vcodec vhost video videocodec vod w width"
)
KNOWN = frozenset(NAMES.split())
"""Names of what tells a stream apart from others, in small letters and without `_` and `-`."""
SMALL = re.compile(
    r"\d{1,3}|[01](?:\.\d)?|true|false|yes|no|on|off|main|sub|real|live|tcp|udp|rtp|rtsp|hls|flv|ws|low|high|auto|none|onvif|h\.?26[45]|mjpe?g", re.IGNORECASE
)
"""Values that are no secret under whatever name."""
VALUED = re.compile(r"([^/?&;#,=|]+)=([^/?&;#,|]*)")
BARE = re.compile(r"[a-z_]{1,20}|(?:/(?:[a-z_]{1,30}|\d{1,3}))+", re.IGNORECASE)
"""What may stand without a value: `real_stream` in a query, and behind the `#` of a resolver where in its answer the address is (`/data/0/url`)."""
PARTED = re.compile(r"(?<=[^_/?&=])_(?=\w+=)")
"""XiongMai's recorders part by underscores: `/user=admin_password=…_channel=1`."""
PAIR = re.compile(r"[/=?&;#,](?:admin|administrator|root|user|guest|operator|viewer|supervisor)[:,][^/?&;#,]+", re.IGNORECASE)
USERINFO = re.compile(r"://[^/\s@]*@")
ADDRESS = re.compile(r"(?P<host>\w+://[^/\s?#]*)(?P<rest>\S*)")
USERNAME, PASSWORD, CAMERA_ID = "{username}", "{password}", "{camera_id}"
HARMLESS = frozenset({"", "…", USERNAME, PASSWORD, CAMERA_ID})
"""What may stand in a secret's place: nothing, a mark that something was left out, and what is filled in for the camera's holder alone."""


def holds_secret(url: str) -> bool:
    """Whether an address holds a user name, password or key.

    Raises:
        ValueError: it is no address.
    """
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return True
    return any(
        USERINFO.search(rest) or PAIR.search(rest) or any(value not in HARMLESS for _, _, value in NAMED.findall(PARTED.sub("&", rest)))
        for rest in _read(parts)
    )


def may_hold_secret(url: str) -> bool:
    """Whether an address holds a secret, or anything of which nobody knows that it is none.

    Raises:
        ValueError: it is no address.
    """
    return holds_secret(url) or any(map(_is_unknown, _read(urlsplit(url))))


def shown(url: str | None) -> str | None:
    """An address without what may be a secret: of what was saved, or announced by a worker, whatever is in it."""
    if url is None or not may_hold_secret(url):
        return url
    parts = urlsplit(url)
    rest = _rest(parts)
    masked = VALUED.sub(lambda found: found[0] if _is_harmless(found[1], found[2]) else f"{found[1]}=…", PARTED.sub("&", rest))
    host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return f"{host}/…" if may_hold_secret(host + masked) else host + masked


def lacks_values(url: str | None) -> bool:
    """Whether values were left out of an address (`…`), so that nobody can ask for it."""
    return url is not None and "…" in url


def _rest(parts: SplitResult) -> str:
    return urlunsplit(("", "", parts.path, parts.query, parts.fragment))


def _read(parts: SplitResult) -> Iterator[str]:
    """Path, query and fragment as they are, and as they read where they were encoded, also twice."""
    rest = _rest(parts)
    for _ in range(3):
        yield rest
        if rest == (rest := unquote(rest)):
            return


def _is_unknown(rest: str) -> bool:
    """Whether path, query or fragment hold what may be a secret."""
    parted = PARTED.sub("&", rest)
    if any(not _is_harmless(name, value) for name, value in VALUED.findall(parted)):
        return True
    asked = parted.replace("#", "?").partition("?")[2]
    bare = (one for one in re.split(r"[?&;#,]", asked) if "=" not in one)
    return any(one not in HARMLESS and not SMALL.fullmatch(one) and not BARE.fullmatch(one) for one in bare)


def _is_harmless(name: str, value: str) -> bool:
    plain = re.sub(r"[_\W]", "", name).lower()
    return value in HARMLESS or (NAMED.match(f"{name}=x") is None and (plain in KNOWN or SMALL.fullmatch(value) is not None))


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
