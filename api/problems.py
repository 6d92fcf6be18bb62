"""Refusals over HTTP: problem documents (RFC 9457), one sentence in English (`detail`) and one in Chinese (`detail_zh`), no word of how this is built."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException

from api import faults
from api.errors import BadRequest, NotFound, Refusal, TooLarge, TooOften, Unusable
from api.middleware import HEADERS

log = logging.getLogger(__name__)
PROBLEM = "application/problem+json"


def handle_problems(app: FastAPI) -> None:
    """Answers everything that goes wrong with a problem document."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _unusable)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OperationalError, _no_database)
    app.add_exception_handler(DataError, _does_not_fit)
    app.add_exception_handler(UnicodeEncodeError, _does_not_fit)
    app.add_exception_handler(Exception, _unforeseen)


def problem(status: int, detail: str, zh: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """A problem document."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, "detail_zh": zh, **more}
    return JSONResponse(body, status, headers, media_type=PROBLEM)


def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if isinstance(error, TooOften):
        headers["Retry-After"] = str(error.retry_after_seconds)
    return problem(error.status, error.detail, error.detail_zh, headers, **error.more)


def _unusable(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem(422, *faults.told(error.errors()[0]))


def _http_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    methods = request.app.state.methods_at(request.url.path)
    if error.status_code in (404, 405) and methods and request.method not in methods:
        allowed = {"Allow": ", ".join(methods)}
        return problem(405, f"{request.method} is not possible at this address", "该地址不支持此操作", allowed)
    told = {
        400: (error.detail, BadRequest.general_zh),
        404: ("there is nothing at this address", NotFound.general_zh),
        405: (f"{request.method} is not possible at this address", "该地址不支持此操作"),
        413: (error.detail, TooLarge.general_zh),
        415: (error.detail, "请求内容不得压缩编码"),
    }
    detail, zh = told.get(error.status_code, (error.detail, Refusal.general_zh))
    return problem(error.status_code, detail, zh, error.headers)


def _no_database(request: Request, error: Exception) -> JSONResponse:
    log.error("the database does not answer: %s", getattr(error, "orig", error))
    return problem(503, "the database does not answer; nothing was done, try again", "数据库没有响应，未执行任何操作，请重试", {"Retry-After": "5"})


def _does_not_fit(request: Request, error: Exception) -> JSONResponse:
    """PostgreSQL minds what SQLite takes: a text too long, a number too large, a text with a NUL. Half a character is no text for either."""
    told = "a text is too long, or holds a NUL or half a character, or a number is too large; nothing was done"
    return problem(422, told, f"{Unusable.general_zh}：内容过长或含非法字符")


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    """Starlette logs the error after this answer."""
    return problem(500, "the case API has failed at this request; its log says why", "服务器处理此请求时出错，原因见服务器日志", dict(HEADERS))
