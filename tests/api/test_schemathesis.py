"""schemathesis against the API as it runs, on both pairs of stores: whatever its OpenAPI document allows or forbids is answered as the document says."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from api import tokens
from api.app import create_app
from api.roles import Role
from api.server import bind
from api.service import Api

from .conftest import Clock, Packet, Site

EXAMPLES = int(os.environ.get("CURBWATCH_FUZZ_EXAMPLES", "4"))
"""For each operation, by what the document allows, by what it forbids, and with ids that there are; more where somebody has the time."""
SEED = int(os.environ.get("CURBWATCH_FUZZ_SEED", secrets.randbelow(2**32)))
"""Another one each run, and told where something is found: with it the same is sent again."""
BESIDE = (Role.REVIEWER, Role.OFFICER, Role.AUDITOR)
"""Each operation is sent by the caller that it is for, and by one of these in turn, who may be refused but never breaks anything."""
PATIENCE_SECONDS = 120
"""Far more than it takes: these tests also run beside others on starved machines."""
OF_WORKERS = re.compile(r"^/(blobs|packets|workers/\{name\}/(key|health)|cameras/\{camera_id\}/last-look)")
NOT_SENT = {
    ("GET", "/events"): "it does not end: `test_the_stream_answers_as_the_document_says`",
    ("DELETE", "/tokens/{token_id}"): "it would revoke the caller's own token",
}
PASSED = {200, 201, 202, 204, 206, 303, 304}
REFUSED = {401, 403, 404, 409, 412, 424, 429}
"""There is no such thing, somebody was first, or the role may not: a document cannot say what is in the database."""
SEMANTIC = re.compile(
    "valid integer|"  # 3.0 is an integer to JSON Schema, and none to strict types
    "a name begins with|cannot be seen|belong together|"  # names, and fields that need each other
    "purpose: is missing|cursor: |reason: |kind: |role: |"  # either a header or a query; what belongs to an action; the catalogue
    "(url|sub_url|public_url|resolver|host|signature|public_key|new|old|X-Looked-At|token_id|worker|day|after|q): |"  # addresses, keys, passwords, times
    "(view|permit|manifest)[:.]|is too long, or holds a NUL|last look|polygon|"  # documents with rules of their own
    "Content-|SHA-256|sent"  # bodies of bytes
)
"""What 422 and its like say where a request fits the document, and yet makes no sense: the sentence must be one of these."""


@contextmanager
def running(api: Api) -> Iterator[str]:
    """The API on a port of this machine; its address."""
    listener = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(api), log_config=None, access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        api.hub.close()
        thread.join()
        listener.close()


async def furnished(site: Site) -> dict[str, Any]:
    """Something of everything, and the values of path parameters that lead there."""
    packet = Packet()
    case_id = (await site.deliver(packet))["case_id"]
    async with site.client(Role.ADMIN) as admin:
        await admin.put("/cameras/gate-1", json={"url": "rtsp://gate-1.example/1", "worker": "worker-1"})
        await admin.put("/views/gate-1", json={})
        body = {"camera_id": "gate-1", "polygon": [[0, 0], [0.5, 0], [0, 0.5]], "from": "2026-01-01", "until": "2026-12-31"}
        assert (await admin.put("/permits/permit-1", json=body)).status_code == 200
    return {"case_id": case_id, "camera_id": "gate-1", "permit_id": "permit-1", "sha256": packet.manifest()["files"][0]["sha256"], "version": 1}


def check(case: Case, headers: dict[str, str], mode: GenerationMode) -> None:
    """Sends a request, and checks the answer by everything that schemathesis knows; a refusal of what fits the document must say why."""
    answer = case.call(headers=headers, timeout=PATIENCE_SECONDS)
    case.validate_response(answer, headers=headers, checks=CHECKS.get_by_names([name for name in CHECKS.get_all_names() if name not in JUDGED_HERE]))
    if mode is GenerationMode.POSITIVE and answer.status_code not in PASSED | REFUSED:
        detail = answer.json()["detail"]
        assert answer.status_code in (400, 413, 415, 422), (case.as_curl_command(), answer.status_code, detail)
        assert SEMANTIC.search(detail), (case.as_curl_command(), answer.status_code, detail)


JUDGED_HERE = ("positive_data_acceptance",)


def send_all(operation: Any, headers: dict[str, str], mode: GenerationMode, **options: Any) -> int:
    """Sends what schemathesis makes for an operation; how many requests."""
    sent = 0

    @seed(SEED)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode, **options))
    def send(case: Case) -> None:
        nonlocal sent
        sent += 1
        check(case, headers, mode)

    send()
    return sent


def _told(fault: BaseException) -> str:
    """All of a group of failures."""
    return "; ".join(_told(one) for one in fault.exceptions) if isinstance(fault, BaseExceptionGroup) else str(fault)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_schemathesis_finds_nothing(api: Api, clock: Clock) -> None:
    load_all_checks()
    known = asyncio.run(furnished(Site(api, clock, httpx.ASGITransport(app=create_app(api)))))
    sent: dict[str, int] = {}
    found: list[str] = []
    with api.database.write() as connection:
        beside = [tokens.new_token(connection, role, f"{role.value} beside", clock()) for role in BESIDE]
    with running(api) as address:
        for result in schemathesis.openapi.from_url(f"{address}/openapi.json", timeout=PATIENCE_SECONDS).get_all_operations():
            operation = result.ok()
            named = (operation.method.upper(), operation.path)
            if named in NOT_SENT:
                continue
            is_workers = OF_WORKERS.match(operation.path) and named != ("GET", "/cameras/{camera_id}/last-look")
            headers = {"Authorization": f"Bearer {api.first_tokens[Role.WORKER if is_workers else Role.ADMIN]}"}
            ids = {name: value for name, value in known.items() if f"{{{name}}}" in operation.path}
            other = {"Authorization": f"Bearer {beside[len(sent) % len(BESIDE)]}"}
            rounds: list[tuple[GenerationMode, dict[str, Any], dict[str, str]]] = [(GenerationMode.POSITIVE, {}, headers)]
            if operation.body or operation.query or operation.headers or operation.path_parameters:
                rounds.append((GenerationMode.NEGATIVE, {}, headers))
            if ids:
                rounds.append((GenerationMode.POSITIVE, {"path_parameters": ids}, headers))
            rounds.append((GenerationMode.POSITIVE, {"path_parameters": ids} if ids else {}, other))
            for mode, options, asking in rounds:
                try:
                    sent[operation.label] = sent.get(operation.label, 0) + send_all(operation, asking, mode, **options)
                except Unsatisfiable:
                    pass  # nothing that the document forbids can be sent
                except (AssertionError, BaseExceptionGroup) as fault:
                    found.append(f"{operation.label} ({mode.value}, CURBWATCH_FUZZ_SEED={SEED}): {_told(fault)}")
    assert not found, "\n\n".join(found)
    assert len(sent) > 50, "operations were not sent"
    assert sum(sent.values()) > 100 * EXAMPLES


@pytest.mark.parametrize("store", ["files"], indirect=True)
@pytest.mark.parametrize(
    ("last", "status"),
    [(None, 200), ("0", 200), ("x", 200), ("9" * 40, 200), ("1" * 41, 422)],
    ids=["new", "from the start", "no number", "a long one", "too long"],
)
def test_the_stream_answers_as_the_document_says(api: Api, clock: Clock, last: str | None, status: int) -> None:
    asyncio.run(furnished(Site(api, clock, httpx.ASGITransport(app=create_app(api)))))
    headers = {"Authorization": f"Bearer {api.first_tokens[Role.REVIEWER]}", **({} if last is None else {"Last-Event-ID": last})}
    with (
        running(api) as address,
        httpx.Client(base_url=address, timeout=10, trust_env=False) as client,
        client.stream("GET", "/events", headers=headers) as answer,
    ):
        told = answer.headers["Content-Type"].partition(";")[0]
        documented = client.get("/openapi.json").json()["paths"]["/events"]["get"]["responses"]
        assert (answer.status_code, told) == (status, "text/event-stream" if status == 200 else "application/problem+json")
        assert told in documented[str(status)]["content"]
        if status == 200:
            lines = answer.iter_lines()
            first = [next(lines) for _ in range(3)]
            assert any(line.startswith(("id: ", ": ")) for line in first), first
