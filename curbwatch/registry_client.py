"""The registry of the case API, as an administrator's command line writes it: cameras of a file registered, and given to workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from detector.camera_rows import RegisteredCamera
from detector.errors import DetectorError
from streams import address
from streams.resolver import runs_a_command
from streams.unreached import why_unreached

TIMEOUT_SECONDS = 20.0
KEPT = (
    "name", "public_url", "district", "gb28181_id", "url", "sub_url", "resolver", "transport", "tls_verify", "look_interval_seconds", "latitude", "longitude",
    "crs", "address", "enabled",
)  # fmt: skip
"""What stays of a camera that is given to another worker; its login stays by not being said."""


class NotRegistered(DetectorError):
    """A camera could not be registered or assigned; the others are not concerned."""


class RegistryAway(DetectorError):
    """The case API is not there, or not for whoever asks."""


@dataclass(slots=True)
class RegistryClient:
    """An administrator's line to the registry; a context manager. No message has its token, or a camera's login."""

    base_url: str
    token: str = field(repr=False)
    _client: httpx.Client | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> RegistryClient:
        self._client = httpx.Client(base_url=self.base_url, timeout=TIMEOUT_SECONDS, headers={"Authorization": f"Bearer {self.token}"}, follow_redirects=False)
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            self._client.close()

    def register(self, camera: RegisteredCamera, *, worker: str | None, district: str | None, replace: bool = False) -> None:
        """Registers a camera with its login; one that is registered already only with `replace`.

        Raises:
            NotRegistered: it cannot be. RegistryAway: the API is away, or says no to everything.
        """
        body = {**request_of(camera), "worker": worker, "district": district}
        answer = self._send("PUT", camera.camera_id, json=body, headers={} if replace else {"If-None-Match": "*"})
        if answer.status_code == httpx.codes.PRECONDITION_FAILED:
            raise NotRegistered(f"camera {camera.camera_id}: is registered already; --force replaces it, `curbwatch cameras assign` gives it to another worker")
        self._check(answer, camera.camera_id)

    def assign(self, camera_id: str, worker: str | None) -> str | None:
        """Gives a camera to a worker, or to none; which had it before.

        Raises:
            NotRegistered, RegistryAway: as `register`.
        """
        found = self._send("GET", camera_id)
        self._check(found, camera_id)
        told = found.json()
        if not told.get("version"):
            raise NotRegistered(f"camera {camera_id}: was only announced by its worker; register it first (`curbwatch cameras register`)")
        body = {name: told.get(name) for name in KEPT} | {"worker": worker, "district": told.get("district") or None}
        self._check(self._send("PUT", camera_id, json=body, headers={"If-Match": found.headers.get("ETag", "*")}), camera_id)
        before = told.get("worker")
        return before if isinstance(before, str) else None

    def _send(self, method: str, camera_id: str, **options: Any) -> httpx.Response:
        assert self._client is not None, "the line is open within `with` alone"
        try:
            answer = self._client.request(method, f"/cameras/{camera_id}", **options)
        except httpx.HTTPError as error:
            raise RegistryAway(f"{self.base_url}: cannot be reached ({why_unreached(error)})") from None
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise RegistryAway(f"{self.base_url}: needs an administrator's token ({answer.status_code}{_detail(answer)})")
        return answer

    def _check(self, answer: httpx.Response, camera_id: str) -> None:
        if not answer.is_success:
            raise NotRegistered(f"camera {camera_id}: {answer.status_code}{_detail(answer)}")


def request_of(camera: RegisteredCamera) -> dict[str, Any]:
    """A camera as the registry takes it: its addresses without the login, the login beside them.

    Raises:
        NotRegistered: it is a file or has a command for a resolver, or its streams have different logins.
    """
    if runs_a_command(camera.resolver) or (camera.url and address.is_file(camera.url)):
        raise NotRegistered(f"camera {camera.camera_id}: a file or a command of this machine is nothing that a registry can give to workers")
    url, sub_url = camera.url or None, camera.sub_url
    logins = {address.credentials(one) for one in (url, sub_url) if one is not None}
    if len(logins) > 1:
        raise NotRegistered(f"camera {camera.camera_id}: its streams have different logins; the registry keeps one a camera")
    login = next(iter(logins), None)
    name: Mapping[str, str] | None = None
    if camera.name_zh or camera.name_en:
        name = {"zh": camera.name_zh or camera.name_en or "", "en": camera.name_en or camera.name_zh or ""}
    return {
        "name": name, "url": _bare(url), "sub_url": _bare(sub_url), "resolver": camera.resolver, "transport": camera.transport, "tls_verify": camera.tls_verify,
        "look_interval_seconds": camera.look_interval_seconds, "gb28181_id": camera.gb28181_id, "latitude": camera.latitude, "longitude": camera.longitude,
        "crs": camera.crs, "address": camera.address, "login": None if login is None else {"username": login[0], "password": login[1]},
    }  # fmt: skip


def _bare(url: str | None) -> str | None:
    return None if url is None else address.request_url(url)


def _detail(answer: httpx.Response) -> str:
    """The sentence of a problem document, cut to a line."""
    try:
        told = " ".join(str(answer.json().get("detail", "")).split())[:300]
    except (ValueError, AttributeError):
        told = ""
    return f" {told}" if told else ""
