"""Who may what: every route against every role; how people sign in."""

from __future__ import annotations

from typing import Any

import pytest

from api import tokens
from api.roles import Role

from .conftest import Site

SHA256 = "0" * 64
ROUTES: list[tuple[str, str, Any, str]] = [
    # method, path, body, who may: V auditor, Reviewer and officer, Admin, Worker, - nobody signed in
    ("GET", "/me", None, "VRAW"),
    ("GET", "/kinds", None, "VRAW"),
    ("GET", "/keys", None, "VRAW"),
    ("GET", "/cases", None, "VRA"),
    ("GET", "/cases/x", None, "VRA"),
    ("GET", "/cases/x/export", None, "VRA"),
    ("GET", f"/cases/x/files/{SHA256}", None, "VRA"),
    ("POST", "/cases/x/decisions", {"action": "confirm", "version": 1}, "RA"),
    ("GET", "/cameras", None, "VRA"),
    ("GET", "/cameras/x", None, "VRA"),
    ("GET", "/cameras/x/last-look", None, "VRA"),
    ("PUT", "/cameras/x", {"name": "x"}, "AW"),
    ("PUT", "/cameras/x/last-look", b"", "W"),
    ("POST", "/workers/x/health", {"cameras": {}}, "W"),
    ("PUT", "/workers/x/key", {"public_key": "x"}, "W"),
    ("GET", "/views", None, "VRAW"),
    ("GET", "/views/x", None, "VRAW"),
    ("GET", "/views/x.yaml", None, "VRAW"),
    ("PUT", "/views/x", {}, "RA"),
    ("HEAD", f"/blobs/{SHA256}", None, "W"),
    ("PUT", f"/blobs/{SHA256}", b"", "W"),
    ("POST", "/packets", {}, "W"),
    ("GET", "/log", None, "VA"),
    ("GET", "/cameras/x/versions/1", None, "VRA"),
    ("GET", "/permits", None, "VRA"),
    ("GET", "/permits/x", None, "VRA"),
    ("PUT", "/permits/x", {}, "OA"),
    ("DELETE", "/permits/x", None, "OA"),
    ("GET", "/hosts", None, "A"),
    ("PUT", "/hosts/x", {}, "A"),
    ("GET", "/orders", None, "VRAW"),
    ("GET", "/workers/x/cameras", None, ""),
    ("GET", "/webhooks", None, "A"),
    ("PUT", "/webhooks/x", {}, "A"),
    ("DELETE", "/webhooks/x", None, "A"),
    ("GET", "/people", None, "A"),
    ("POST", "/people", {}, "A"),
    ("PATCH", "/people/x", {}, "A"),
    ("POST", "/people/x/password", None, "A"),
    ("GET", "/tokens", None, "A"),
    ("POST", "/tokens", {}, "A"),
    ("DELETE", "/tokens/x", None, "A"),
    ("GET", "/workers", None, "A"),
    ("DELETE", "/workers/x", None, "A"),
    ("POST", "/enrolments", {}, "A"),
    ("GET", "/me/sessions", None, "VRAW"),
    ("DELETE", "/me/sessions", None, "VRAW"),
    ("GET", "/healthz", None, "VRAW-"),
    ("GET", "/metrics", None, "VRAW-"),
    ("GET", "/openapi.json", None, "VRAW-"),
    ("GET", "/", None, "VRAW-"),
]
REVIEWER = {"name": "reviewer", "role": "reviewer", "unit": None, "districts": ["*"], "must_change": False}
TOLD_ELSEWHERE = ("/login", "/logout", "/events", "/sessions", "/me/password", "/workers/{}/enrolment")
LETTERS = {Role.AUDITOR: "V", Role.REVIEWER: "R", Role.OFFICER: "RO", Role.ADMIN: "A", Role.WORKER: "W"}


@pytest.mark.parametrize("role", [*Role, None], ids=lambda role: role.value if role else "nobody")
async def test_the_table(site: Site, role: Role | None) -> None:
    headers = {}
    if role is not None:
        with site.api.database.write() as connection:
            headers = {"Authorization": f"Bearer {tokens.new_token(connection, role, 'somebody', site.clock())}"}
    letter = LETTERS[role] if role else "-"
    async with site.client() as client:
        for method, path, body, may in ROUTES:
            content = {"content": body} if isinstance(body, bytes) else {"json": body}
            answer = await client.request(method, path, headers=headers, **content)
            refused = answer.status_code in (401, 403)
            assert refused is not (set(letter) & set(may)), (method, path, answer.status_code, answer.text)
            if refused and method != "HEAD":
                assert answer.status_code == (401 if role is None else 403)
                assert answer.json()["detail"]


async def test_no_route_is_missing_in_the_table(site: Site) -> None:
    async with site.client() as client:
        paths = (await client.get("/openapi.json")).json()["paths"]
    told = {
        (method, path.replace("/x.yaml", "/{}.yaml").replace("/x", "/{}").replace(SHA256, "{}").replace("/versions/1", "/versions/{}"))
        for method, path, _, _ in ROUTES
    }
    for path, methods in paths.items():
        plain = "/".join("{}" if part.startswith("{") and part.endswith("}") else part.replace("{camera_id}", "{}") for part in path.split("/"))
        for method in methods:
            if plain not in TOLD_ELSEWHERE:
                assert (method.upper(), plain) in told


async def test_a_login_link_makes_a_session_that_ends(site: Site) -> None:
    token = site.api.first_tokens[Role.REVIEWER]
    async with site.client() as client:
        assert (await client.get("/me")).status_code == 401
        answer = await client.get("/login", params={"token": token})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert token not in cookie
        assert (await client.get("/me")).json() == REVIEWER
        site.clock.forward(hours=13)
        assert (await client.get("/me")).status_code == 401
        assert (await client.post("/login", json={"token": token})).json() == REVIEWER
        assert (await client.get("/me")).status_code == 200
        assert (await client.post("/logout", headers={"X-Curbwatch-CSRF": "1"})).status_code == 204
        assert (await client.get("/me")).status_code == 401


@pytest.mark.parametrize("token", ["", "wrong", "\udc80", "a" * 500, "x\0y"], ids=["empty", "wrong", "no text", "endless", "with a null"])
async def test_a_wrong_token_opens_nothing(site: Site, token: str) -> None:
    async with site.client() as client:
        answer = await client.get("/login?token=" + "".join(f"%{byte:02x}" for byte in token.encode("utf-8", "surrogatepass")))
        assert answer.status_code in (401, 422)
        assert "Set-Cookie" not in answer.headers
        assert (await client.get("/me", headers={"Authorization": "Bearer wrong"})).status_code == 401
        assert (await client.get("/me", headers={"Authorization": "Basic d3Jvbmc="})).status_code == 401


async def test_a_worker_has_no_page(site: Site) -> None:
    async with site.client() as client:
        assert (await client.get("/login", params={"token": site.api.first_tokens[Role.WORKER]})).status_code == 403


async def test_a_change_by_cookie_needs_the_csrf_header(site: Site) -> None:
    async with site.client() as client:
        await client.get("/login", params={"token": site.api.first_tokens[Role.REVIEWER]})
        assert (await client.put("/views/gate-1", json={})).status_code == 403
        assert (await client.put("/views/gate-1", json={}, headers={"X-Curbwatch-CSRF": "1"})).status_code == 200


async def test_a_wrong_bearer_is_not_mended_by_a_cookie(site: Site) -> None:
    async with site.client() as client:
        await client.get("/login", params={"token": site.api.first_tokens[Role.REVIEWER]})
        assert (await client.get("/me", headers={"Authorization": "Bearer wrong"})).status_code == 401
