"""How a worker speaks to a case API: the address and the token, checked before anything is started."""

from __future__ import annotations

import os
import re
from pathlib import Path

import httpx

from curbwatch.terminal import fail
from detector.worker.enrolment import kept_token


def check_api(url: str | None) -> None:
    """The address may hold a password by mistake, so no message quotes it."""
    if url is None:
        return
    form = "write an address such as http://127.0.0.1:8000"
    try:
        parts = httpx.URL(url)
        parts.host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        fail(f"--api: the address cannot be read; {form}")
    if parts.scheme not in ("http", "https"):
        fail(f"--api: the address is neither http:// nor https://; {form}")
    if parts.userinfo:
        fail(f"--api: the address holds a user name or password; {form}, and give the token with --token-file")
    if not parts.host or re.search(r"[\s@%]", parts.host):
        fail(f"--api: the address names no host; {form}")
    if parts.port is not None and not 1 <= parts.port <= 65535:
        fail(f"--api: the port {parts.port} is not in 1 to 65535; {form}")
    if parts.query or parts.fragment:
        fail(f"--api: the address goes on after its path; {form}")


def token_for(file: Path | None, api_url: str | None, folder: Path) -> str | None:
    """The worker's token: the file's, the variable's, or the one that the data folder got when its worker was enrolled."""
    if api_url is None:
        return None
    if file is None:
        token = os.environ.get("CURBWATCH_TOKEN", "").strip() or kept_token(folder)
        if not token:
            fail("--api needs the worker token: give --token-file, the variable CURBWATCH_TOKEN, or enrol the worker (`curbwatch cameras enroll`)")
        if not is_token(token):
            fail("CURBWATCH_TOKEN holds no token; the API writes it to <data-dir>/tokens/worker.token")
        return token
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
