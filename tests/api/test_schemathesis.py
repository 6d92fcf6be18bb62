"""schemathesis against the API as it runs, on both pairs of stores: whatever its OpenAPI document allows or forbids is answered as the document says."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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

from .conftest import Clock, Site
from .matrix import RULES
from .test_matrix import House
from .test_matrix import _furnished as furnished_house
from .test_names import CSRF

EXAMPLES = int(os.environ.get("CURBWATCH_FUZZ_EXAMPLES", "4"))
"""For each operation, by what the document allows, by what it forbids, and with ids that there are; more where somebody has the time."""
schemathesis.serializer.alias("application/x-tar", "application/octet-stream")
SEED = int(os.environ.get("CURBWATCH_FUZZ_SEED", secrets.randbelow(2**32)))
"""Another one each run, and told where something is found: with it the same is sent again."""
BESIDE = (Role.REVIEWER, Role.OFFICER, Role.AUDITOR)
"""Each operation is sent by the caller that it is for, and by one of these in turn, who may be refused but never breaks anything."""
PATIENCE_SECONDS = 120
"""Far more than it takes: these tests also run beside others on starved machines."""
NOT_SENT = {("GET", "/events"): "it does not end: `test_the_stream_answers_as_the_document_says`"}
LAST = ("DELETE", "/tokens/{token_id}")
"""It may revoke the callers' own tokens."""
WHO = {(rule.method, rule.path): rule for rule in RULES}
"""Who may: the authorisation matrix says so."""
PERSON = "P"
"""At the keyboard, signed in by password: what a token may not."""
PASSWORDS = ("four words by the river", "four words over the hills")
PASSED = {200, 201, 202, 204, 206, 303, 304}
REFUSED = {401, 403, 404, 409, 412, 423, 424, 429}
"""There is no such thing, somebody was first, or the role may not: a document cannot say what is in the database."""
SEMANTIC = re.compile(
    "valid integer|"  # 3.0 is an integer to JSON Schema, and none to strict types
    "a name begins with|cannot be seen|belong together|"  # names, and fields that need each other
    "purpose: is missing|cursor: |reason: |kind: |role: |"  # either a header or a query; what belongs to an action; the catalogue
    "(url|sub_url|public_url|resolver|host|signature|public_key|new|old|X-Looked-At|token_id|worker|day|after|since|q): |"  # addresses, keys, passwords, times
    "(view|permit|manifest)[:.]|is too long, or holds a NUL|last look|polygon|"  # documents with rules of their own
    "Content-|SHA-256|sent|the bundle "  # bodies of bytes
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


@dataclass
class Callers:
    """Who asks: the matrix' own callers, and a person at the keyboard."""

    house: House
    person: dict[str, str]
    own_token: dict[str, Any]

    def of(self, method: str, path: str) -> tuple[str, dict[str, str]]:
        """Whom an operation is for, and the headers by which that one asks; of several the one who may do most, and no worker where a person may."""
        who = WHO[method, path].who
        caller = next((f"{letter}@*" if letter in "AROU" else letter for letter in "AROUEWF" if letter in who), PERSON)
        return caller, self.person if caller == PERSON else {"Authorization": f"Bearer {self.house.tokens[caller]}"}

    def ids(self, path: str, caller: str) -> dict[str, Any]:
        """Values of the path's parameters that lead to something."""
        known = {**self.house.values, "version": 1, "name": "worker-2" if caller == "W" else "worker-1", "day": "2026-11-25"}
        known["name"] = {"/people": "Li Na", "/webhooks": "city"}.get("/" + path.split("/")[1], known["name"])
        if path == "/workers/{name}":
            known["name"] = "worker-9"
        if path.startswith("/me/"):
            known["token_id"] = self.own_token["about"]["id"]
        known |= {"token_id": int(known["token_id"]), "quiet_id": 1}
        return {name: value for name, value in known.items() if f"{{{name}}}" in path}

    def good(self, method: str, path: str, caller: str) -> dict[str, Any]:
        """A request that is answered well."""
        if caller != PERSON:
            return self.house.request(WHO[method, path], caller)
        bodies: dict[tuple[str, str], Any] = {
            ("POST", "/sessions"): {"name": "Wang Wei", "password": PASSWORDS[0]},
            ("POST", "/login"): {"token": self.house.tokens["R@*"]},
            ("PUT", "/me/password"): {"old": PASSWORDS[0], "new": PASSWORDS[1]},
            ("POST", "/me/tokens"): {"days": 1},
        }
        query = f"?token={self.house.tokens['R@*']}" if (method, path) == ("GET", "/login") else ""
        url = path.format(**self.ids(path, caller)) + query
        headers = {} if path in ("/sessions", "/login") else self.person  # signing in ends the session that was
        return {"method": method, "url": url, "headers": headers, "json": bodies.get((method, path))}


NEEDS_MORE = {
    ("POST", "/workers/{name}/enrolment"): "a one-time token and a signature over it: `test_enrolments.py`",
}
"""What no single request is answered well by."""


async def furnished(site: Site) -> Callers:
    """Something of everything, and who asks for it."""
    house = await furnished_house(site)
    async with site.client(Role.ADMIN) as admin:
        first = (await admin.post("/people", json={"name": "Wang Wei", "role": "reviewer", "districts": ["*"]})).json()["password"]
    async with site.client(headers=CSRF) as client:
        assert (await client.post("/sessions", json={"name": "Wang Wei", "password": first})).status_code == 200
        assert (await client.put("/me/password", json={"old": first, "new": PASSWORDS[0]})).status_code == 204
        own = (await client.post("/me/tokens", json={})).json()
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return Callers(house, {**CSRF, "Cookie": cookie}, own)


def send_good(operation: Any, client: httpx.Client, request: dict[str, Any]) -> int:
    """Sends a request that has what it takes, and checks its answer against the document; its status."""
    answer = client.request(**request)
    client.cookies.clear()
    operation.validate_response(answer)
    return answer.status_code


def check(case: Case, headers: dict[str, str], mode: GenerationMode) -> None:
    """Sends a request, and checks the answer by everything that schemathesis knows; a refusal of what fits the document must say why."""
    answer = case.call(headers=headers, timeout=PATIENCE_SECONDS)
    others = [*JUDGED_HERE]
    if "Cookie" in headers:
        others.append("ignored_auth")  # a session's cookie is sent whatever is made up in its place
    if not case.operation.body:
        # In queries and headers much that is wrong is never sent: null, an object, an `Authorization` in the place of which the caller's goes.
        others.append("negative_data_rejection")
    case.validate_response(answer, headers=headers, checks=CHECKS.get_by_names([name for name in CHECKS.get_all_names() if name not in others]))
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
    callers = asyncio.run(furnished(Site(api, clock, httpx.ASGITransport(app=create_app(api)))))
    sent: dict[str, int] = {}
    found: list[str] = []
    closed: dict[str, int] = {}
    with api.database.write() as connection:
        beside = [tokens.new_token(connection, role, f"{role.value} beside", clock()) for role in BESIDE]
    with running(api) as address, httpx.Client(base_url=address, timeout=PATIENCE_SECONDS, trust_env=False, follow_redirects=False) as client:
        loaded = schemathesis.openapi.from_url(f"{address}/openapi.json", timeout=PATIENCE_SECONDS)
        operations = [result.ok() for result in loaded.get_all_operations()]
        by_name = {(operation.method.upper(), operation.path): operation for operation in operations}
        for named, operation in sorted(by_name.items(), key=lambda one: list(WHO).index(one[0])):
            if named in NOT_SENT or named in NEEDS_MORE:
                continue
            try:
                status = send_good(operation, client, callers.good(*named, callers.of(*named)[0]))
                if status not in PASSED:
                    closed[operation.label] = status
            except (AssertionError, BaseExceptionGroup) as fault:
                found.append(f"{operation.label} (what the matrix asks): {_told(fault)}")
        for named, operation in sorted(by_name.items(), key=lambda one: one[0] == LAST):
            if named in NOT_SENT:
                continue
            caller, headers = callers.of(*named)
            ids = callers.ids(operation.path, caller)
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
    assert closed == {}, "nobody got into these operations, so nothing was tried there"
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
