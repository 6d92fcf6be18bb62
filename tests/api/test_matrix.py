"""The authorisation matrix: every route, every role, in its own and in another district. It is made from `matrix.RULES`; a route without a rule fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from sqlalchemy import insert
from starlette.routing import BaseRoute

from api import orders, tokens
from api.app import create_app
from api.roles import Role
from api.schema import quiet_things
from api.service import opened
from api.settings import Settings
from evidence.bundles import write_bundle

from .conftest import Clock, Packet, Site
from .matrix import RULES, Rule, Scope
from .stores import bucket_url_at, empty
from .test_enrolments import enrolled, enrolment
from .test_worker_chains import given_up

ROLES = {"R": Role.REVIEWER, "O": Role.OFFICER, "A": Role.ADMIN, "U": Role.AUDITOR}
CALLERS = [*(f"{letter}@{where}" for letter in ROLES for where in ("east", "west", "*")), "W", "E", "F", "-"]
"""Everything under test lies in the district east."""
REFUSED, HIDDEN, UNKNOWN, CONFLICT = 403, 404, 401, 409
PASSED = {200, 201, 202, 204, 206, 303, 304}


@dataclass
class House:
    """An API with something of everything in the district east, and a token for each caller."""

    site: Site
    tokens: dict[str, str]
    values: dict[str, str]
    packet: dict[str, Any]
    blob: bytes

    def request(self, rule: Rule, caller: str) -> dict[str, Any]:
        """The arguments of a request that has what the route takes."""
        worker = "worker-2" if caller == "W" else "worker-1"
        values = {**self.values, "worker": worker, "fresh": f"somebody {caller} {rule.path}"}
        values["name"] = {"/people": "Li Na", "/webhooks": "city", "/workers": worker}.get("/" + rule.path.split("/")[1], "x")
        if (rule.method, rule.path) == ("DELETE", "/workers/{name}"):
            values["name"] = "worker-9"
        url = rule.path.format(**values) + (f"?{rule.query.format(**values)}" if rule.query else "")
        headers = {"Authorization": f"Bearer {self.tokens[caller]}"} if caller != "-" else {}
        content: dict[str, Any] = {"json": rule.body}
        if rule.body == "{packet}":
            content = {"json": self.packet}
        elif rule.body == "{bundle}":
            content = {"content": write_bundle(json.dumps(self.packet).encode(), [])}
        elif rule.body == "{given_up}":
            chain = {"sequence": 901 if caller == "W" else 900, "previous_sha256": "0" * 64}
            lost = Packet(worker=worker, camera="gate-9", stay="lost", changes={"chain": chain})
            content = {"json": given_up(self.site, lost, worker=worker)}
        elif rule.body == b"{blob}":
            content = {"content": self.blob}
        elif isinstance(rule.body, bytes):
            content = {"content": rule.body}
        elif isinstance(rule.body, dict):
            content = {"json": json.loads(json.dumps(rule.body).replace("{key}", values["key"]).replace("{fresh}", values["fresh"]))}
        if rule.path == "/cameras/{camera_id}" and caller in ("W", "E", "F"):
            content = {"json": {"worker": worker}}
        return {"method": rule.method, "url": url, "headers": {**headers, **dict(rule.headers)}, **content}


@pytest.fixture(scope="module", params=["files", pytest.param("server", marks=pytest.mark.slow)])
def house(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[House]:
    clock, places = Clock(), {}
    with pytest.MonkeyPatch.context() as patched:
        if request.param == "server":
            database_url = request.getfixturevalue("postgres_server").get_uri("cases")
            empty(database_url)
            places = {"database_url": database_url, "evidence_url": bucket_url_at(request.getfixturevalue("bucket_server"), patched)}
        with opened(Settings.of(tmp_path_factory.mktemp("matrix") / "data", **places), clock) as api:
            site = Site(api, clock, httpx.ASGITransport(app=create_app(api)))
            yield asyncio.run(_furnished(site))


async def _furnished(site: Site) -> House:
    packet = Packet()
    async with site.client(Role.ADMIN) as admin:
        for path, body in (
            ("/cameras/gate-1", {"url": "rtsp://gate-1.example/1", "district": "east", "worker": "worker-1"}),
            ("/views/gate-1", {}),
            ("/views/gate-1", {"view_id": "spare"}),
            ("/permits/permit-1", {"camera_id": "gate-1", "polygon": [[0, 0], [0.5, 0], [0, 0.5]], "from": "2026-01-01", "until": "2026-12-31"}),
            ("/webhooks/city", {"url": "https://hooks.example.org/x"}),
        ):
            answer = await admin.put(path, json=body)
            assert answer.status_code == 200, answer.text
        assert (await admin.put("/views/gate-1/reference", content=b"\xff\xd8\xff\xff\xd9")).status_code == 200
        await admin.post("/people", json={"name": "Li Na", "role": "reviewer", "districts": ["east"]})
        spare = (await admin.post("/tokens", json={"name": "spare", "role": "auditor", "districts": ["*"]})).json()["about"]["id"]
        invited = (await admin.post("/enrolments", json={"worker": "worker-1"})).json()["token"]
    for camera in ("gate-1", "gate-2"):
        case_id = (await site.deliver(packet.but(camera=camera)))["case_id"]
    case_id = (await site.post(packet)).json()["case_id"]
    await site.bind_key("worker-9")
    own = (await site.client().post("/workers/worker-1/enrolment", json=enrolment("worker-1", invited, site.key))).json()["token"]
    foreign = (await enrolled(site, "worker-4")).headers["Authorization"].removeprefix("Bearer ")
    now = site.clock()
    with site.api.database.write() as connection:
        told = {"until": now + timedelta(days=1), "case_id": case_id}
        number = orders.give(connection, "be_quiet", "gate-1", by="Li Na", now=now, **told)
        thing = {"id": 1, "log_index": 1, "camera_id": "gate-1", "view_id": "main", "kind": "V2", "x1": 0.1, "y1": 0.1, "x2": 0.2, "y2": 0.2}
        connection.execute(insert(quiet_things).values(**thing, **told, order_id=number, since=now))
        made = {
            f"{letter}@{where}": tokens.new_token(connection, role, f"{letter}@{where}", now, districts=frozenset({where}))
            for letter, role in ROLES.items()
            for where in ("east", "west", "*")
        }
    site.api.watching.show("gate-1", b"\xff\xd8\xff\xff\xd9", "2026-11-25T08:00:00Z", now)
    sha256 = packet.manifest()["files"][0]["sha256"]
    values = {"case_id": case_id, "camera_id": "gate-1", "permit_id": "permit-1", "sha256": sha256, "version": "1", "host": "gate-1.example"}
    values |= {"quiet_id": "1", "rule": "rejected", "token_id": str(spare), "key": site.key.public_key.to_base64()}
    return House(site, {**made, "W": site.api.first_tokens[Role.WORKER], "E": own, "F": foreign}, values, site.signed(packet), packet.files[0][2])


def expected(rule: Rule, caller: str) -> int | None:
    """The status of a refusal; None where the caller passes."""
    letter, _, where = caller.partition("@")
    if letter not in rule.who:
        return UNKNOWN if letter == "-" else REFUSED
    if rule.scope is Scope.ALL and where != "*":
        return REFUSED
    if rule.scope in (Scope.ONE, Scope.OWN) and (where == "west" or caller == "F"):
        return HIDDEN
    return None


def sees_gate_1(rule: Rule, caller: str) -> bool:
    """Whether a list that the caller may read holds what is of the camera gate-1, which lies in east and is the enrolled worker's."""
    if caller in ("W", "E", "F"):
        return caller == "E" or (rule.path == "/views" and caller == "W")
    return not caller.endswith("@west")


async def answer_of(house: House, rule: Rule, caller: str) -> httpx.Response | None:
    """The answer; None where it does not end (a stream of events)."""
    async with house.site.client() as client:
        try:
            return await asyncio.wait_for(client.request(**house.request(rule, caller)), 0.5 if rule.path == "/events" else 60)
        except TimeoutError:
            assert rule.path == "/events"
            return None


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.who], ids=str)
async def test_who_may_what_where(house: House, rule: Rule) -> None:
    passed = 0
    for caller in CALLERS:
        wanted = expected(rule, caller)
        answer = await answer_of(house, rule, caller)
        if answer is None:
            assert wanted is None, (str(rule), caller, "was let in")
            passed += 1
            continue
        told = (str(rule), caller, answer.status_code, answer.text[:300])
        if wanted is not None:
            assert answer.status_code == wanted, told
            assert "gate-1" not in answer.text, told
        else:
            assert answer.status_code in PASSED | {CONFLICT}, told  # somebody else was first
            passed += answer.status_code in PASSED
        if rule.scope is Scope.LIST and wanted is None and rule.path != "/cases/claim":
            assert ("gate-1" in answer.text) is sees_gate_1(rule, caller), told
            assert "gate-2" not in answer.text or caller.endswith("@*"), told
        if rule.path == "/cases/claim" and caller.endswith("@west") and answer.status_code == 200:
            assert answer.json()["items"] == [], told
    assert passed, "everybody was refused"


async def test_what_asks_for_a_secret_of_its_own_is_closed_without_it(house: House) -> None:
    for rule in (rule for rule in RULES if not rule.who):
        for caller in ("-", "A@*", "E", "F"):
            answer = await answer_of(house, rule, caller)
            assert answer is not None
            assert answer.status_code in (401, 403, 404, 422, 429), (str(rule), caller, answer.status_code)
            assert "Set-Cookie" not in answer.headers


def routes_of(routes: list[BaseRoute]) -> Iterator[APIRoute]:
    """Every route that was declared, in whichever router."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            router = getattr(route, "original_router", None)
            yield from routes_of(list(getattr(router, "routes", [])))


def test_every_route_has_a_rule_and_every_rule_its_route(house: House) -> None:
    declared = {(method, route.path) for route in routes_of(list(create_app(house.site.api).routes)) for method in route.methods or ()}
    told = {(rule.method, rule.path) for rule in RULES if rule.path != "/openapi.json"}
    assert len(told) == len(RULES) - 1, "a route has two rules"
    assert declared - told == set(), "a route was added without a rule: say in tests/api/matrix.py who may call it, and where"
    assert told - declared == set(), "the route of this rule is gone"
    assert len(declared) > 60, "the routes were not found"


def test_a_route_without_a_rule_is_found(house: House) -> None:
    app = create_app(house.site.api)
    app.get("/added-by-somebody")(lambda: None)
    found = {route.path for route in routes_of(list(app.routes))}
    assert "/added-by-somebody" in found - {rule.path for rule in RULES}
