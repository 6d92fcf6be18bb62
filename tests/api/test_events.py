"""News for pages over a real server: live, and resumed by Last-Event-ID."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest
import uvicorn
from sqlalchemy import update
from sse_starlette import ServerSentEvent

from api import people, server, sessions, tokens
from api.app import create_app
from api.events import LONGEST_QUEUE, EventHub, News
from api.roles import Caller, Role
from api.routes import live
from api.schema import people as people_table
from api.schema import tokens as tokens_table
from api.service import Api
from api.shapes_people import PersonRequest
from evidence.packet import Phase

from .conftest import Packet, Site
from .desks import person

Event = tuple[str | None, str | None, dict[str, Any]]
"""Id, name, data."""


@pytest.fixture
def address(api: Api) -> Iterator[str]:
    """A real server on the API."""
    listener = server.bind("127.0.0.1", 0)
    running = uvicorn.Server(uvicorn.Config(create_app(api), log_config=None, lifespan="off", timeout_graceful_shutdown=3))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    yield server.address_of(listener)
    api.hub.close()
    running.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


@asynccontextmanager
async def listening(api: Api, address: str, last_event_id: str | None = None, token: str | None = None) -> AsyncIterator[AsyncIterator[Event]]:
    headers = {"Authorization": f"Bearer {token or api.first_tokens[Role.REVIEWER]}", **({"Last-Event-ID": last_event_id} if last_event_id else {})}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=10) as client, client.stream("GET", "/events") as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        events = _events(answer)
        yield events
        await events.aclose()


async def _events(answer: httpx.Response) -> AsyncIterator[Event]:
    event: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line.startswith(": ping"):
            continue  # on a busy machine a test takes longer than the interval of pings
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        elif event:
            yield event.get("id"), event.get("event"), json.loads(event.get("data", "{}"))
            event = {}


async def test_cases_that_come_and_change(site: Site, address: str) -> None:
    async with listening(site.api, address) as events:
        ready = await anext(events)
        assert ready[:2] == ("0", None)
        case_id = (await site.deliver(Packet()))["case_id"]
        created = await anext(events)
        assert (created[1], created[2]["id"], created[2]["state"]) == ("case.created", case_id, "open")
        await site.decide(case_id, action="confirm", version=1)
        updated = await anext(events)
        assert (updated[1], updated[2]["state"], updated[2]["version"]) == ("case.updated", "confirmed", 2)
        assert int(updated[0] or 0) > int(created[0] or 0) > 0


async def test_a_page_resumes_where_it_was(site: Site, address: str) -> None:
    one = (await site.deliver(Packet()))["receipt"]
    async with listening(site.api, address, str(one["log_index"])) as events:
        assert (await anext(events))[0] == str(one["log_index"])
    await site.decide((await site.deliver(Packet()))["case_id"], action="confirm", version=1)
    two = (await site.deliver(Packet(camera="gate-2")))["receipt"]
    async with listening(site.api, address, str(one["log_index"])) as events:
        missed = [await anext(events) for _ in range(2)]
        assert [(name, data["camera_id"], data["version"]) for _, name, data in missed] == [("case.updated", "gate-1", 2), ("case.created", "gate-2", 1)]
        assert (await anext(events))[:2] == (str(two["log_index"]), None)
        await site.deliver(Packet(camera="gate-3"))
        assert (await anext(events))[2]["camera_id"] == "gate-3"


@pytest.mark.parametrize("last_event_id", ["99999999", "x", "-5", "1e3"])
async def test_an_id_that_was_never_given_begins_now(site: Site, address: str, last_event_id: str) -> None:
    await site.deliver(Packet())
    async with listening(site.api, address, last_event_id) as events:
        assert (await anext(events))[1] is None
        await site.deliver(Packet(camera="gate-2"))
        assert (await anext(events))[2]["camera_id"] == "gate-2"


async def test_a_hundred_cases_at_once_come_in_the_order_of_the_log(site: Site, address: str) -> None:
    await site.deliver(Packet())
    async with listening(site.api, address) as events:
        await anext(events)
        packets = [Packet(camera=f"camera-{number}") for number in range(100)]
        await asyncio.gather(*(site.post(packet) for packet in packets))
        ids = [int((await anext(events))[0] or 0) for _ in packets]
    assert ids == sorted(ids)


async def test_a_camera_whose_state_changes(site: Site, address: str) -> None:
    async with listening(site.api, address) as events, site.client(Role.WORKER) as worker:
        await anext(events)
        await worker.put("/cameras/gate-1", json={"name": "Gate", "public_url": "rtsp://192.0.2.7/1", "worker": "worker-1"})
        for state in ("connecting", "connecting", "live"):
            await worker.post("/workers/worker-1/health", json={"cameras": {"gate-1": {"state": state}}})
        told = [await anext(events) for _ in range(2)]
    assert [(event_id, name, data["camera_id"], data["status"]["state"]) for event_id, name, data in told] == [
        (None, "camera.status", "gate-1", "connecting"),
        (None, "camera.status", "gate-1", "live"),
    ]


async def test_news_are_told_within_districts_only(site: Site, address: str) -> None:
    anna = person(site, "anna", districts=frozenset({"lixia"}))
    for camera in ("gate-1", "gate-2"):
        await site.deliver(Packet(camera=camera))
    with site.api.database.write() as connection:
        connection.exec_driver_sql("UPDATE cases SET district = 'lixia' WHERE camera_id = 'gate-2'")
    async with listening(site.api, address, "1", token=anna.token) as events:
        assert (await anext(events))[2]["camera_id"] == "gate-2"  # what was missed
        await anext(events)
        for camera in ("gate-1", "gate-2"):
            await site.deliver(Packet(camera=camera, phase=Phase.CONTINUED, minutes=20))
        assert (await anext(events))[2]["camera_id"] == "gate-2"  # what comes
        (case_id,) = await anna.claim()
        claimed = await anext(events)
    assert (claimed[0], claimed[1], claimed[2]["id"], claimed[2]["claimed_by"]) == (None, "case.claimed", case_id, "anna")


async def test_a_first_decision_under_seal_is_told_to_its_author_only(site: Site, address: str) -> None:
    object.__setattr__(site.api, "settings", replace(site.api.settings, double_review_share=1.0))
    case_id = (await site.deliver(Packet()))["case_id"]
    anna, otto = person(site, "anna"), person(site, "otto")
    async with listening(site.api, address, token=anna.token) as to_anna, listening(site.api, address, token=otto.token) as to_otto:
        await anext(to_anna)
        await anext(to_otto)
        await anna.decide(case_id, action="confirm")
        assert (await anext(to_anna))[2]["state"] == "confirmed"
        other = (await site.deliver(Packet(camera="gate-2")))["case_id"]
        assert (await anext(to_otto))[2]["id"] == other, "of the first decision nobody else hears anything"


async def test_a_case_that_comes_while_the_answer_begins_is_in_the_stream(site: Site) -> None:
    """Whoever has the answer's headers and then reads the list misses nothing: the log's head was read before them."""
    await site.deliver(Packet())
    answer = await live.events(site.api, Caller("anna", Role.REVIEWER), None)
    case_id = (await site.deliver(Packet(camera="gate-2")))["case_id"]  # before the first byte of the stream is asked for
    stream = aiter(answer.body_iterator)
    (first, ready) = [cast(ServerSentEvent, await anext(stream)) for _ in range(2)]
    assert (first.event, json.loads(first.data or "{}")["id"], ready.comment) == ("case.created", case_id, "ready")
    site.api.hub.close()
    assert [one async for one in stream] == []


async def _ended(events: AsyncIterator[Event]) -> None:
    """Reads on until the server ends the stream."""
    async for _ in events:
        pass


@pytest.mark.parametrize("how", ["a token is revoked", "a session is ended", "a person is disabled"])
async def test_a_stream_ends_with_what_it_was_begun_by(site: Site, address: str, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.05)
    anna = person(site, "anna")
    with site.api.database.write() as connection:
        people.add(connection, PersonRequest(name="Li Na", role="reviewer", districts=["*"]), "no password", Caller("x", Role.ADMIN), site.clock())
        connection.execute(update(people_table).values(must_change=False))
        row = people.person(connection, "Li Na")
        own = tokens.new_token_of_person(connection, row, site.clock(), None, "x")
        cookie = sessions.begin(connection, people.caller_of_row(row), site.clock())
    by_session = how == "a session is ended"
    headers = {"Cookie": f"curbwatch_session={cookie}"} if by_session else {"Authorization": f"Bearer {anna.token if 'token' in how else own}"}
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=10) as client, client.stream("GET", "/events") as answer:
        events = _events(answer)
        await anext(events)
        case_id = (await site.deliver(Packet()))["case_id"]
        assert (await anext(events))[2]["id"] == case_id, "it was open until then"
        with site.api.database.write() as connection:
            if how == "a token is revoked":
                connection.execute(update(tokens_table).where(tokens_table.c.name == "anna").values(revoked_at=site.clock()))
            elif by_session:
                sessions.end(connection, cookie)
            else:
                connection.execute(update(people_table).values(disabled_at=site.clock()))
        await asyncio.wait_for(_ended(events), 5)
    assert site.api.hub.pages == 0


async def test_a_stream_goes_on_with_the_districts_of_the_moment(site: Site, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CHECK_SECONDS", 0.05)
    anna = person(site, "anna")
    async with listening(site.api, address, token=anna.token) as events:
        await anext(events)
        with site.api.database.write() as connection:
            connection.execute(update(tokens_table).where(tokens_table.c.name == "anna").values(districts=["lixia"]))
        await asyncio.sleep(0.5)
        site.api.hub.publish(News("camera.status", '{"camera_id": "gate-1"}', district="huaiyin"))
        site.api.hub.publish(News("camera.status", '{"camera_id": "gate-2"}', district="lixia"))
        assert (await anext(events))[2]["camera_id"] == "gate-2"


async def test_an_answer_whose_stream_was_never_begun_leaves_nobody() -> None:
    hub = EventHub()
    subscription = hub.subscribe()
    assert hub.pages == 1
    del subscription
    assert hub.pages == 0


async def test_a_worker_does_not_listen(site: Site, address: str) -> None:
    async with site.client(Role.WORKER) as client:
        assert (await client.get("/events")).status_code == 403
    async with httpx.AsyncClient(base_url=address) as client:
        assert (await client.get("/events")).status_code == 401


async def test_a_page_that_does_not_read_is_let_go() -> None:
    hub = EventHub()
    subscription = hub.subscribe()
    for number in range(LONGEST_QUEUE + 50):
        hub.publish(News("case.updated", "{}", number))
    await asyncio.sleep(0.05)
    received = [subscription.queue.get_nowait() for _ in range(subscription.queue.qsize())]
    assert received[-1] is None
    assert [news.id for news in received[:-1] if news] == list(range(LONGEST_QUEUE))
    hub.leave(subscription)
    assert hub.pages == 0


async def test_after_the_end_nobody_waits() -> None:
    hub = EventHub()
    hub.close()
    subscription = hub.subscribe()
    assert await asyncio.wait_for(subscription.queue.get(), 1) is None
