"""How a worker speaks to a case API: the address and the token, checked before anything is started."""

from __future__ import annotations

import os
import re
from pathlib import Path

import httpx

from curbwatch.terminal import fail
from detector.worker.enrolment import kept_name, kept_token

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def check_api(url: str | None, option: str = "--api") -> None:
    """Whether the option's address may be one of a case API. It may hold a password by mistake, so no message quotes it."""
    if url is None:
        return
    form = "write an address such as http://127.0.0.1:8000"
    try:
        parts = httpx.URL(url)
        parts.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        fail(f"{option}: the address cannot be read; {form}")
    if parts.scheme not in ("http", "https"):
        fail(f"{option}: the address is neither http:// nor https://; {form}")
    if parts.userinfo:
        fail(f"{option}: the address holds a user name or password; {form}, and give the token with --token-file")
    if not parts.host or re.search(r"[\s@%]", parts.host):
        fail(f"{option}: the address names no host; {form}")
    if parts.port is not None and not 1 <= parts.port <= 65535:
        fail(f"{option}: the port {parts.port} is not in 1 to 65535; {form}")
    if parts.query or parts.fragment:
        fail(f"{option}: the address goes on after its path; {form}")


def token_for(file: Path | None, api_url: str | None, folder: Path | None) -> str | None:
    """The worker's token: the file's, the variable's, or the one that the data folder (if it counts) got when its worker was enrolled."""
    if api_url is None:
        return None
    if file is None:
        token = os.environ.get("CURBWATCH_TOKEN", "").strip() or (None if folder is None else kept_token(folder))
        if not token:
            fail("--api needs the worker token: give --token-file, the variable CURBWATCH_TOKEN, or enrol the worker (`curbwatch cameras enroll`)")
        if not is_token(token):
            fail("CURBWATCH_TOKEN holds no token; the API writes it to <data-dir>/tokens/worker.token")
        return token
    return _token_in(file)


def registry_token_for(file: Path | None, folder: Path, enrolled_at: str) -> str:
    """The token of an enrolled worker: the file's, or the one of its data folder; the shared one is told no cameras."""
    token = kept_token(folder) if file is None else _token_in(file)
    if token is None or not is_token(token):
        fail(f"--registry needs an enrolled worker: `curbwatch cameras enroll --api {enrolled_at} --token-stdin --data-dir {folder} --name NAME`")
    return token


def name_for(given: str | None, folder: Path, otherwise: str) -> str:
    """The worker's name: the one that its data folder was enrolled by, which no option can change, or what is given."""
    kept = kept_name(folder)
    if given is not None and kept is not None and given != kept:
        fail(f"--name {given}: the worker of {folder} is enrolled as {kept}; leave --name out, or give another --data-dir")
    return given or kept or otherwise


def _token_in(file: Path) -> str:
    try:
        token = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        fail(f"{file}: the token cannot be read ({error.strerror or 'an error of the disk'})")
    except UnicodeDecodeError:
        token = ""
    if not is_token(token):
        fail(f"{file}: holds no token; the API writes it to <data-dir>/tokens/worker.token")
    return token


def is_token(text: str) -> bool:
    """Whether it can stand in a header: visible ASCII without spaces, of a length that a token has."""
    return re.fullmatch(r"[\x21-\x7e]{1,512}", text) is not None
