"""The case API over HTTP: routes, refusals as one sentence each, the OpenAPI document."""

from __future__ import annotations

import logging
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from api.errors import Refusal
from api.metrics import Metrics
from api.middleware import HEADERS, Outermost
from api.page import BUILT_PAGE, mount_page
from api.routes import audit, cameras, cases, deliveries, health, live, people, views
from api.routes.access import COOKIE
from api.service import Api

log = logging.getLogger(__name__)
DESCRIPTION = "Cases of street-order violations with their signed evidence. People sign in with a login link, programs with `Authorization: Bearer TOKEN`."


def create_app(api: Api, page: Path = BUILT_PAGE) -> FastAPI:
    """The application on an opened API."""
    app = FastAPI(title="curbwatch case API", version=_version(), description=DESCRIPTION, docs_url=None, redoc_url=None)
    app.state.api = api
    metrics = Metrics(api)
    for routes in (deliveries, cases, cameras, views, people, live, audit, health):
        app.include_router(routes.router)
    app.include_router(health.metrics_router(metrics))
    _tell_security(app)
    mount_page(app, page)
    app.add_middleware(Outermost, metrics=metrics, largest_body_bytes=api.settings.largest_body_bytes)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _unusable)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OperationalError, _no_database)
    app.add_exception_handler(Exception, _unforeseen)
    return app


def _tell_security(app: FastAPI) -> None:
    """Adds to the OpenAPI document how callers say who they are."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
        schemes |= {"token": {"type": "http", "scheme": "bearer"}, "session": {"type": "apiKey", "in": "cookie", "name": COOKIE}}
        document["security"] = [{"token": []}, {"session": []}]
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return JSONResponse({"detail": error.detail, **error.more}, error.status, headers)


def _unusable(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    fault: Any = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"] if part not in ("body", "query", "path", "header")) or "body"
    what = {"extra_forbidden": "is not a known field", "missing": "is missing"}.get(fault["type"], str(fault["msg"]).removeprefix("Value error, "))
    return JSONResponse({"detail": f"{where}: {what}"}, 422)


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    told = {404: "there is nothing at this address", 405: f"{request.method} is not possible at this address"}
    detail = told.get(error.status_code, error.detail)
    return JSONResponse({"detail": detail}, error.status_code, error.headers)


def _no_database(request: Request, error: Exception) -> JSONResponse:
    log.error("the database does not answer: %s", getattr(error, "orig", error))
    return JSONResponse({"detail": "the database does not answer; nothing was done, try again"}, 503, {"Retry-After": "5"})


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    """Starlette logs the error after this answer."""
    return JSONResponse({"detail": "the case API has failed at this request; its log says why"}, 500, dict(HEADERS))


def _version() -> str:
    try:
        return version("curbwatch")
    except PackageNotFoundError:
        return "0"
