"""The worker's line to the case API: views in force, health out, standing orders back, the last look that somebody asked for.

Everything here may fail at any time without any effect on looking: the views last heard are kept (and remembered over a restart by the
state store), and the line is tried again. `/views` and `/orders` are polled by ETag, so an unchanged registry of 400 cameras costs two empty answers.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from detector.errors import DetectorError
from detector.worker.afterwards import Restore
from detector.worker.references import References
from evidence.errors import EvidenceError
from evidence.views import ViewDocument

log = logging.getLogger(__name__)

EXCHANGE_SECONDS = 3.0
"""Between two exchanges: well inside the 30 s in which a saved zone must be obeyed, and inside a person's patience for a last look."""
TIMEOUT_SECONDS = 10.0
REFERENCES_AT_ONCE = 20
"""Pictures fetched in one exchange."""
TRANSIENT = (408, 425, 429)


class RegistryError(DetectorError):
    """The case API refused the worker for good (a wrong token, another API)."""


class NotAllowed(RegistryError):
    """The case API itself (no proxy before it) does not take the worker's token, for this or for anything; `why` is its own sentence."""

    def __init__(self, message: str, why: str) -> None:
        super().__init__(message)
        self.why = why


class Unacceptable(RegistryError):
    """The case API will never take this as it is."""


class Elsewhere(Unacceptable):
    """Another process speaks as this worker: its data folder was copied."""


@dataclass(frozen=True, slots=True)
class Orders:
    """What the API wants of the worker until the next exchange.

    Attributes:
        last_look: cameras whose last look somebody is watching.
        restores: of the API from backups, oldest first, with the places of its log that were lost by each.
    """

    last_look: frozenset[str] = frozenset()
    restores: tuple[Restore, ...] = ()


@dataclass(frozen=True, slots=True)
class HeardViews:
    """The views of record, and the tag by which the API tells whether they changed since."""

    documents: tuple[ViewDocument, ...]
    etag: str | None


@dataclass(frozen=True, slots=True)
class HeardCameras:
    """The cameras that the registry gives the worker and what their hosts bear, as the API says it, with logins; and the tag for the next question."""

    body: Mapping[str, Any] = field(repr=False)
    etag: str | None


@dataclass(frozen=True, slots=True)
class HeardOrders:
    """The standing orders as the API gives them, and the tag by which it tells whether they changed since."""

    items: tuple[Any, ...]
    etag: str | None


@dataclass(slots=True)
class ApiClient:
    """The routes of the case API that a worker uses. The token never appears in a message. `place` names the data folder that the worker runs by.

    Raises:
        RegistryError: the API answered that the worker may not (401, 403), does not know the route, or answers in another shape.
        httpx.HTTPError: the line is broken; try again later.
    """

    base_url: str
    token: str = field(repr=False)
    worker: str
    place: str | None = None
    _client: httpx.Client | None = field(default=None, init=False, repr=False)

    def open(self) -> None:
        """Makes the connection pool; nothing is sent yet."""
        self._client = httpx.Client(base_url=self.base_url, timeout=TIMEOUT_SECONDS, headers={"Authorization": f"Bearer {self.token}"}, follow_redirects=False)

    def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def announce(self, camera_id: str, body: Mapping[str, Any]) -> None:
        """Makes the camera known to the registry (no credentials in `body`)."""
        self._send("PUT", f"/cameras/{camera_id}", json=dict(body))

    def cameras(self, known_etag: str | None = None) -> HeardCameras | None:
        """The cameras that the worker holds, or None where they are still those of `known_etag`."""
        headers = {} if known_etag is None else {"If-None-Match": known_etag}
        if self.place is not None:
            headers["X-Curbwatch-Place"] = self.place
        answer = self._send("GET", f"/workers/{self.worker}/cameras", headers=headers)
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return None
        self._items(answer)
        return HeardCameras(self._json(answer), answer.headers.get("ETag"))

    def views(self, known_etag: str | None = None) -> HeardViews | None:
        """The views of record, or None where they are still those of `known_etag`."""
        headers = {} if known_etag is None else {"If-None-Match": known_etag}
        answer = self._send("GET", "/views", headers=headers)
        if answer.status_code == httpx.codes.NOT_MODIFIED:
            return None
        documents = []
        for item in self._items(answer):
            try:
                documents.append(ViewDocument.model_validate(item))
            except (ValueError, EvidenceError) as error:
                log.warning("a view of the registry is not usable and is passed over: %s", error)
        return HeardViews(tuple(documents), answer.headers.get("ETag"))

    def reference(self, camera_id: str, view_id: str) -> bytes:
        """The picture that a view was drawn on."""
        return self._send("GET", f"/views/{camera_id}/reference", params={"view": view_id}).content

    def standing_orders(self, known_etag: str | None = None) -> HeardOrders | None:
        """The standing orders for this worker's cameras, or None where they are still those of `known_etag`."""
        headers = {} if known_etag is None else {"If-None-Match": known_etag}
        answer = self._send("GET", "/orders", headers=headers, params={"worker": self.worker})
        return None if answer.status_code == httpx.codes.NOT_MODIFIED else HeardOrders(tuple(self._items(answer)), answer.headers.get("ETag"))

    def report(self, body: Mapping[str, Any]) -> Orders:
        """Sends the worker's health and takes its orders."""
        answer = self._json(self._send("POST", f"/workers/{self.worker}/health", json=dict(body)))
        wanted = answer.get("last_look", [])
        looks = frozenset(one for one in wanted if isinstance(one, str)) if isinstance(wanted, list) else frozenset()
        return Orders(looks, Restore.read(answer.get("restores")))

    def send_last_look(self, camera_id: str, jpeg: bytes, looked_at: datetime) -> None:
        """Hands over the picture that somebody on a camera's page is waiting for."""
        headers = {"Content-Type": "image/jpeg", "X-Looked-At": looked_at.isoformat()}
        self._send("PUT", f"/cameras/{camera_id}/last-look", content=jpeg, headers=headers)

    def _items(self, answer: httpx.Response) -> list[Any]:
        items = self._json(answer).get("items")
        if not isinstance(items, list):
            raise RegistryError(f"{answer.url}: the answer holds no list of items; is this the address of a curbwatch case API?")
        return items

    def _json(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise RegistryError(f"{answer.url}: the answer is no JSON object; is this the address of a curbwatch case API?")
        return body

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        if self._client is None:
            raise RegistryError("the line to the case API is not open")
        answer = self._client.request(method, path, **options)
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            why = f"{answer.status_code} {_detail_of(answer)}".rstrip()
            told = f"{self.base_url}: the case API does not accept this worker's token ({why}); give it a worker token with --token-file"
            if answer.headers.get("Content-Type", "").startswith("application/problem+json"):
                raise NotAllowed(told, why)
            raise RegistryError(told)
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise RegistryError(f"{self.base_url}{path}: not found; is this the address of a curbwatch case API?")
        if answer.is_success or answer.status_code == httpx.codes.NOT_MODIFIED:
            return answer
        what = f"{method} {self.base_url}{path}: {answer.status_code} {_detail_of(answer)}".rstrip()
        if answer.is_client_error and answer.status_code not in TRANSIENT:
            raise Elsewhere(what) if answer.status_code == httpx.codes.LOCKED else Unacceptable(what)
        raise RegistryError(what)


def _detail_of(answer: httpx.Response) -> str:
    """The sentence of a problem document, cut to a line; empty where there is none."""
    try:
        detail = answer.json().get("detail", "")
    except (ValueError, AttributeError):
        return ""
    return " ".join(str(detail).split())[:300]


class RegistryLine(threading.Thread):
    """Exchanges with the API every few seconds until it is told to stop; its failures are logged once per outage."""

    def __init__(
        self,
        client: ApiClient,
        *,
        cameras: Callable[[], Mapping[str, Mapping[str, Any]]],
        health: Callable[[], Mapping[str, Any]],
        on_views: Callable[[Sequence[ViewDocument]], None],
        on_orders: Callable[[Orders], None],
        on_standing: Callable[[Sequence[Any]], None],
        poll_cameras: Callable[[], None] | None = None,
        references: References | None = None,
    ) -> None:
        super().__init__(name="registry", daemon=True)
        self._client, self._cameras, self._health = client, cameras, health
        self._on_views, self._on_orders, self._on_standing, self._poll_cameras = on_views, on_orders, on_standing, poll_cameras
        self._references = references
        self._announced: dict[str, Mapping[str, Any]] = {}
        self._views_etag: str | None = None
        """Of the views that are in force; what could not be put in force is asked for again."""
        self._orders_etag: str | None = None
        self._shown: dict[str, tuple[bytes, datetime]] = {}
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self.trouble: str | None = None
        """Why the last exchange failed; None while the line is well."""

    def stop(self) -> None:
        """Ends the thread after the exchange that is under way."""
        self._stopping.set()
        self._wake.set()

    def show(self, camera_id: str, jpeg: bytes, looked_at: datetime) -> None:
        """Has a camera's last look sent; a newer one replaces one that still waits. Costs the caller nothing."""
        self._shown[camera_id] = jpeg, looked_at
        self._wake.set()

    def run(self) -> None:
        self._client.open()
        try:
            while not self._stopping.is_set():
                self._try_exchange()
                self._wake.wait(EXCHANGE_SECONDS)
                self._wake.clear()
        finally:
            self._client.close()

    def _try_exchange(self) -> None:
        try:
            self._exchange()
        except Exception as error:  # the line must outlive whatever one exchange meets
            told = " ".join(str(error).split()) or type(error).__name__
            if self.trouble is None:
                expected = isinstance(error, httpx.HTTPError | DetectorError)
                log.warning("an exchange with the case API failed: %s; looking goes on, trying again", told, exc_info=None if expected else error)
            self.trouble = told
        else:
            if self.trouble is not None:
                log.warning("exchanges with the case API succeed again")
            self.trouble = None

    def _fetch_references(self) -> None:
        """Fetches the pictures that views were drawn on and that are not here; an API that lacks one keeps nobody from the rest."""
        for camera_id, view_id, sha256 in () if self._references is None else self._references.missing[:REFERENCES_AT_ONCE]:
            try:
                picture = self._client.reference(camera_id, view_id)
            except (RegistryError, httpx.HTTPError) as error:
                log.debug("camera %s: a reference picture cannot be fetched: %s", camera_id, error)
                continue
            if self._references is not None:
                self._references.put(sha256, picture)

    def _exchange(self) -> None:
        if self._poll_cameras is not None:
            self._poll_cameras()
        while self._shown:
            camera_id, (jpeg, looked_at) = self._shown.popitem()
            self._client.send_last_look(camera_id, jpeg, looked_at)
        for camera_id, body in self._cameras().items():
            if self._announced.get(camera_id) != body:
                try:
                    self._client.announce(camera_id, body)
                except Unacceptable as error:
                    log.warning("camera %s is not taken into the registry: %s", camera_id, error)
                self._announced[camera_id] = body
        heard = self._client.views(self._views_etag)
        if heard is not None:
            self._on_views(heard.documents)
            self._views_etag = heard.etag
        self._fetch_references()
        standing = self._client.standing_orders(self._orders_etag)
        if standing is not None:
            self._on_standing(standing.items)
            self._orders_etag = standing.etag
        self._on_orders(self._client.report(self._health()))
