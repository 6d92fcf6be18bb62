"""News for open pages as server-sent events; a page that lost the line resumes where it was by Last-Event-ID."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent

from api import log, summaries
from api.events import News, Subscription
from api.roles import Caller, Right
from api.routes.access import Reader, TheApi, caller_again
from api.service import Api
from api.sight import Seen

router = APIRouter(tags=["events"])
AT_ONCE = 200
PING_SECONDS = 15
CHECK_SECONDS = 3.0
"""So often a stream asks whether its session or token still holds."""
NOTHING = News("")
"""Nothing came meanwhile."""


@router.get(
    "/events",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {"example": 'id: 42\nevent: case.updated\ndata: {"id": "3f0c…", "version": 2}\n\n'}}}},
)
async def events(api: TheApi, caller: Reader, last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=40)] = None) -> EventSourceResponse:
    """`case.created`, `case.updated` (a case summary each), `case.claimed` (id, claimed_by, claimed_until) and `camera.status` (a camera).

    Only what lies in the caller's districts.
    """
    seen = int(last_event_id) if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit() else None
    subscription = api.hub.subscribe()
    newest = await run_sync(_head, api)  # before the answer begins: whoever has it, and then reads the list, misses nothing
    at = newest if seen is None or seen > newest else seen
    return EventSourceResponse(_stream(api, caller, subscription, at, newest), ping=PING_SECONDS, sep="\n", headers={"Cache-Control": "no-store"})


async def _stream(api: Api, caller: Caller, subscription: Subscription, at: int, newest: int) -> AsyncIterator[ServerSentEvent]:
    """What came after `at` and what comes from now on, until the caller's session or token ends."""
    try:
        while missed := await run_sync(_missed, api, at):
            for at, is_new, case in missed:
                if (event := _event(News("case.created" if is_new else "case.updated", id=at, seen=case), caller)) is not None:
                    yield event
        at = max(at, newest)
        yield ServerSentEvent(comment="ready", id=str(at))
        checked_at = time.monotonic()
        while True:
            try:
                news = await asyncio.wait_for(subscription.queue.get(), CHECK_SECONDS)
            except TimeoutError:
                news = NOTHING
            if time.monotonic() - checked_at >= CHECK_SECONDS:
                again = await run_sync(_still, api, caller)
                if again is None:
                    return
                caller, checked_at = again, time.monotonic()
            if news is None:
                return
            if news is not NOTHING and (news.id is None or news.id > at) and (event := _event(news, caller)) is not None:
                yield event
    finally:
        api.hub.leave(subscription)


def _still(api: Api, caller: Caller) -> Caller | None:
    """The caller with the rights of the moment; None where there is nothing more to tell. A database that does not answer ends the stream: it resumes."""
    try:
        again = caller_again(api, caller)
    except SQLAlchemyError:
        return None
    return again if again is not None and again.may(Right.READ) else None


def _head(api: Api) -> int:
    with api.database.read() as connection:
        return log.head(connection).index


def _missed(api: Api, log_index: int) -> list[tuple[int, bool, Seen]]:
    with api.database.read() as connection:
        return summaries.changed_since(connection, log_index, AT_ONCE)


def _event(news: News, caller: Caller) -> ServerSentEvent | None:
    data = news.told_to(caller)
    return None if data is None else ServerSentEvent(data=data, event=news.name, id=None if news.id is None else str(news.id))
