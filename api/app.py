"""The case API over HTTP: routes, refusals as one sentence each, the OpenAPI document."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from api.metrics import Metrics
from api.middleware import Outermost
from api.page import BUILT_PAGE, mount_page
from api.problems import PROBLEM, handle_problems
from api.routes import (
    audit,
    blobs,
    cameras,
    cases,
    claims,
    deliveries,
    health,
    keeping,
    live,
    own_tokens,
    people,
    permits,
    quiet,
    sessions,
    training,
    view_pictures,
    views,
    webhooks,
    workers,
)  # fmt: skip
from api.routes.access import COOKIE
from api.service import Api
from api.shapes import Problem

DESCRIPTION = "Cases of street-order violations with their signed evidence. People sign in, programs send `Authorization: Bearer TOKEN`."
OPEN = frozenset({"/healthz", "/metrics", "/login", "/sessions", "/workers/{name}/enrolment"})
"""What needs no one to be signed in."""
ALWAYS = {"400": "not what was announced", "413": "more bytes than are taken", "422": "a field is wrong; it is named", "503": "the database does not answer"}
SIGNED_IN = {"401": "nobody is signed in", "403": "the role may not"}


def create_app(api: Api, page: Path = BUILT_PAGE) -> FastAPI:
    """The application on an opened API."""
    app = FastAPI(title="curbwatch case API", version=_version(), description=DESCRIPTION, docs_url=None, redoc_url=None)
    app.state.api = api
    metrics = Metrics(api)
    for routes in (
        deliveries, blobs, claims, cases, quiet, keeping, training, cameras, views, view_pictures, permits, sessions, own_tokens, people, workers, webhooks,
        live, audit, health,
    ):  # fmt: skip
        app.include_router(routes.router)
    app.include_router(health.metrics_router(metrics))
    _document(app)
    app.state.methods_at = _methods(app)
    mount_page(app, page)
    app.add_middleware(Outermost, metrics=metrics, largest_body_bytes=api.settings.largest_body_bytes)
    handle_problems(app)
    return app


def _methods(app: FastAPI) -> Callable[[str], list[str]]:
    """What tells the methods of an address: of several routes that fit, those with the fewest parameters count. Made when it is first asked."""

    @cache
    def operations() -> list[tuple[int, re.Pattern[str], list[str]]]:
        found = []
        for path, methods in app.openapi()["paths"].items():
            pattern = re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)))
            found.append((path.count("{"), pattern, sorted(method.upper() for method in methods)))
        return sorted(found, key=lambda one: one[0])

    return lambda path: next((methods for _, pattern, methods in operations() if pattern.fullmatch(path)), [])


def _document(app: FastAPI) -> None:
    """Adds to the OpenAPI document how callers say who they are, and what every route may refuse with."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        components = document.setdefault("components", {})
        components.setdefault("securitySchemes", {}).update(
            token={"type": "http", "scheme": "bearer"}, session={"type": "apiKey", "in": "cookie", "name": COOKIE}
        )
        components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        document["security"] = [{"token": []}, {"session": []}]
        for path, methods in document["paths"].items():
            for operation in methods.values():
                if path in OPEN:
                    operation["security"] = []
                told = ALWAYS if path in OPEN else {**ALWAYS, **SIGNED_IN}
                for status, sentence in told.items():
                    if "HTTPValidationError" in str(operation["responses"].get(status)):
                        del operation["responses"][status]
                    operation["responses"].setdefault(status, _problem(sentence))
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _problem(sentence: str) -> dict[str, Any]:
    return {"description": sentence, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _version() -> str:
    try:
        return version("curbwatch")
    except PackageNotFoundError:
        return "0"
