"""Who may call which route, and in which districts: one line a route. A route without a line, and a line without its route, fail `test_matrix`.

The letters are Reviewer, Officer, Admin, aUditor, Worker with the shared token, Enrolled worker, and Foreign worker, which is enrolled too and asks for what
is the enrolled worker's; `-` is nobody signed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

PEOPLE = "ROAU"
ANYBODY = "ROAUWEF"
EVERYBODY = "ROAUWEF-"


class Scope(Enum):
    """In which districts a right holds."""

    NONE = auto()
    """It concerns no district."""
    ONE = auto()
    """One thing of one district: elsewhere it is not there (404)."""
    LIST = auto()
    """A list that holds what lies in the caller's districts, and nothing else."""
    ALL = auto()
    """It needs all districts (403)."""
    OWN = auto()
    """One thing of one district, which workers reach wherever it lies; of a camera that is registered as another's an enrolled worker does not (404)."""


@dataclass(frozen=True)
class Rule:
    """A line: method and path as the router has them, who may, where; and a request that has what it takes."""

    method: str
    path: str
    who: str
    scope: Scope = Scope.NONE
    body: Any = None
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


WHY = "purpose=audit"
SQUARE = [[0.1, 0.5], [0.3, 0.5], [0.3, 0.9], [0.1, 0.9]]
PERMIT = {"camera_id": "gate-1", "polygon": SQUARE, "from": "2026-01-01", "until": "2026-12-31"}
CAMERA = {"url": "rtsp://gate-1.example/1", "district": "east", "worker": "worker-1"}
PERSON = {"name": "{fresh}", "role": "reviewer", "districts": ["east"]}
ONE, LIST, ALL, OWN = Scope.ONE, Scope.LIST, Scope.ALL, Scope.OWN

RULES = [
    # cases, in an order in which the first who may finds the thing as it takes
    Rule("GET", "/cases", PEOPLE, LIST),
    Rule("POST", "/cases/{case_id}/claim", "ROA", ONE, {}),
    Rule("DELETE", "/cases/{case_id}/claim", "ROA", ONE),
    Rule("GET", "/quiet", PEOPLE, LIST),
    Rule("DELETE", "/quiet/{quiet_id}", "ROA", ONE, query="reason=wrong"),
    Rule("GET", "/cases/{case_id}", PEOPLE, ONE),
    Rule("GET", "/cases/{case_id}/files/{sha256}", PEOPLE, ONE, query=WHY),
    Rule("HEAD", "/cases/{case_id}/files/{sha256}", PEOPLE, ONE, query=WHY),
    Rule("POST", "/cases/{case_id}/looks", PEOPLE, ONE, {"purpose": "audit", "version": 1}),
    Rule("GET", "/cases/{case_id}/export", PEOPLE, ONE, query=WHY),
    Rule("POST", "/cases/{case_id}/decisions", "ROA", ONE, {"action": "confirm", "version": 1}),
    Rule("POST", "/cases/{case_id}/look-again", "ROA", ONE),
    Rule("POST", "/cases/claim", "ROA", LIST, {"count": 20, "again": True}),
    Rule("DELETE", "/cases/claim", "ROA"),
    Rule("PUT", "/cases/{case_id}/hold", "OA", ONE, {"reason": "complaint 17"}),
    Rule("DELETE", "/cases/{case_id}/hold", "OA", ONE, query="reason=settled"),
    Rule("GET", "/events", PEOPLE),
    # the registry
    Rule("GET", "/cameras", PEOPLE, LIST),
    Rule("GET", "/cameras/{camera_id}", PEOPLE, ONE),
    Rule("GET", "/cameras/{camera_id}/versions/{version}", PEOPLE, ONE),
    Rule("PUT", "/cameras/{camera_id}", "AWE", OWN, {**CAMERA}),
    Rule("GET", "/cameras/{camera_id}/last-look", PEOPLE, ONE, query=WHY),
    Rule("PUT", "/cameras/{camera_id}/last-look", "E", body=b"\xff\xd8\xff\xff\xd9", headers=(("X-Looked-At", "2026-11-25T08:00:00Z"),)),
    Rule("GET", "/views", ANYBODY, LIST),
    Rule("GET", "/views/{camera_id}", ANYBODY, OWN),
    Rule("GET", "/views/{camera_id}.yaml", ANYBODY, OWN),
    Rule("PUT", "/views/{camera_id}", "ROA", ONE, {}),
    Rule("DELETE", "/views/{camera_id}", "ROA", ONE, query="view=spare"),
    Rule("GET", "/views/{camera_id}/reference", ANYBODY, OWN),
    Rule("PUT", "/views/{camera_id}/reference", "ROA", ONE, body=b"\xff\xd8\xff\xff\xd9"),
    Rule("GET", "/kinds", ANYBODY),
    Rule("GET", "/permits", PEOPLE, LIST),
    Rule("GET", "/permits/{permit_id}", PEOPLE, ONE),
    Rule("PUT", "/permits/{permit_id}", "OA", ONE, PERMIT),
    Rule("DELETE", "/permits/{permit_id}", "OA", ONE),
    Rule("GET", "/hosts", "A", ALL),
    Rule("PUT", "/hosts/{host}", "A", ALL, {"most_streams": 8}),
    Rule("GET", "/orders", "ROAUWE", LIST, query="worker={worker}"),
    Rule("GET", "/training-set", "A"),
    # workers
    Rule("PUT", "/workers/{name}/key", "WE", body={"public_key": "{key}"}),
    Rule("POST", "/workers/{name}/health", "WE", body={"cameras": {}}),
    Rule("GET", "/workers/{name}/cameras", "E"),
    Rule("POST", "/workers/{name}/enrolment", "", body={"token": "x", "public_key": "{key}", "signature": {"algorithm": "x", "key_id": "x", "value": "x"}}),
    Rule("HEAD", "/blobs/{sha256}", "WEF"),
    Rule("PUT", "/blobs/{sha256}", "WEF", body=b"{blob}"),
    Rule("POST", "/packets", "E", body="{packet}"),
    Rule("POST", "/packets/bundle", "E", body="{bundle}"),
    Rule("POST", "/workers/{name}/given-up", "WE", body="{given_up}"),
    Rule("GET", "/keys", ANYBODY),
    # signing in, and oneself
    Rule("POST", "/sessions", "", body={"name": "nobody", "password": "x"}),
    Rule("GET", "/login", "", query="token=x"),
    Rule("POST", "/login", "", body={"token": "x"}),
    Rule("POST", "/logout", ANYBODY),
    Rule("GET", "/me", ANYBODY),
    Rule("PUT", "/me/password", "", body={"old": "x", "new": "y"}),
    Rule("GET", "/me/sessions", ANYBODY),
    Rule("DELETE", "/me/sessions", ANYBODY),
    Rule("GET", "/me/tokens", ""),
    Rule("POST", "/me/tokens", "", body={"days": 1}),
    Rule("DELETE", "/me/tokens/{token_id}", ""),
    # what concerns all districts
    Rule("GET", "/people", "A", ALL),
    Rule("POST", "/people", "A", ALL, PERSON),
    Rule("PATCH", "/people/{name}", "A", ALL, {"unit": "Team 3"}),
    Rule("POST", "/people/{name}/password", "A", ALL),
    Rule("GET", "/tokens", "A", ALL),
    Rule("POST", "/tokens", "A", ALL, {**PERSON, "days": 1}),
    Rule("DELETE", "/tokens/{token_id}", "A", ALL),
    Rule("GET", "/workers", "A", ALL),
    Rule("DELETE", "/workers/{name}", "A", ALL),
    Rule("POST", "/enrolments", "A", ALL, {"worker": "worker-3"}),
    Rule("GET", "/webhooks", "A", ALL),
    Rule("PUT", "/webhooks/{name}", "A", ALL, {"url": "https://hooks.example.org/x"}),
    Rule("DELETE", "/webhooks/{name}", "A", ALL),
    Rule("GET", "/log", "AU", ALL),
    Rule("GET", "/heads", "AU", ALL),
    Rule("GET", "/heads/workers", "AU", ALL),
    Rule("GET", "/export", "AU", ALL, query=WHY),
    Rule("GET", "/retention", "AU", ALL),
    Rule("POST", "/retention", "A", ALL),
    Rule("PUT", "/retention/{rule}", "A", ALL, {"days": 30}),
    Rule("GET", "/erasures", "AU", ALL),
    # open: counts and shapes, no names
    Rule("GET", "/healthz", EVERYBODY),
    Rule("GET", "/metrics", EVERYBODY),
    Rule("GET", "/openapi.json", EVERYBODY),
]
