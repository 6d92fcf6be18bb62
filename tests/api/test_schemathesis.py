"""schemathesis against the API as it runs, on both pairs of stores: whatever its OpenAPI document allows or forbids is answered as the document says."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from api.app import create_app
from api.roles import Role
from api.server import bind
from api.service import Api

from .conftest import Clock, Packet, Site

EXAMPLES = int(os.environ.get("CURBWATCH_FUZZ_EXAMPLES", "4"))
"""For each operation, by what the document allows, by what it forbids, and with ids that there are; more where somebody has the time."""
PATIENCE_SECONDS = 120
"""Far more than it takes: these tests also run beside others on starved machines."""
OF_WORKERS = re.compile(r"^/(blobs|packets|workers/\{name\}/(key|health)|cameras/\{camera_id\}/last-look)")
NOT_SENT = {("GET", "/events"): "it does not end", ("DELETE", "/tokens/{token_id}"): "it would revoke the caller's own token"}
PASSED = {200, 201, 202, 204, 206, 303, 304}
REFUSED = {401, 403, 404, 409, 412, 424, 429}
"""There is no such thing, somebody was first, or the role may not: a document cannot say what is in the database."""
SEMANTIC = re.compile(
    "valid integer|"  # 3.0 is an integer to JSON Schema, and none to strict types
    "a name begins with|cannot be seen|belong together|"  # names, and fields that need each other
    "purpose: is missing|cursor: |reason: |kind: |role: |"  # either a header or a query; what belongs to an action; the catalogue
    "(url|sub_url|public_url|resolver|host|signature|public_key|new|old|X-Looked-At|token_id|worker|day|after|q): |"  # addresses, keys, passwords, times
    "(view|permit|manifest)[:.]|is too long or holds a NUL|last look|polygon|"  # documents with rules of their own
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

    @settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
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
    with running(api) as address:
        for result in schemathesis.openapi.from_url(f"{address}/openapi.json", timeout=PATIENCE_SECONDS).get_all_operations():
            operation = result.ok()
            named = (operation.method.upper(), operation.path)
            if named in NOT_SENT:
                continue
            is_workers = OF_WORKERS.match(operation.path) and named != ("GET", "/cameras/{camera_id}/last-look")
            headers = {"Authorization": f"Bearer {api.first_tokens[Role.WORKER if is_workers else Role.ADMIN]}"}
            ids = {name: value for name, value in known.items() if f"{{{name}}}" in operation.path}
            rounds: list[tuple[GenerationMode, dict[str, Any]]] = [(GenerationMode.POSITIVE, {})]
            if operation.body or operation.query or operation.headers or operation.path_parameters:
                rounds.append((GenerationMode.NEGATIVE, {}))
            if ids:
                rounds.append((GenerationMode.POSITIVE, {"path_parameters": ids}))
            for mode, options in rounds:
                try:
                    sent[operation.label] = sent.get(operation.label, 0) + send_all(operation, headers, mode, **options)
                except Unsatisfiable:
                    pass  # nothing that the document forbids can be sent
                except (AssertionError, BaseExceptionGroup) as fault:
                    found.append(f"{operation.label} ({mode.value}): {_told(fault)}")
    assert not found, "\n\n".join(found)
    assert len(sent) > 50, "operations were not sent"
    assert sum(sent.values()) > 100 * EXAMPLES
