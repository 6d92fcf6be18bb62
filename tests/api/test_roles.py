"""How people sign in by a login link (by name and password: test_sessions; who may what: test_matrix)."""

from __future__ import annotations

import pytest

from api.roles import Role

from .conftest import Site

REVIEWER = {"name": "reviewer", "role": "reviewer", "unit": None, "districts": ["*"], "must_change": False}


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


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


async def test_a_browser_is_led_to_the_page_by_a_link_that_is_over(site: Site) -> None:
    async with site.client() as client:
        answer = await client.get("/login", params={"token": "bogus"}, headers=BROWSER)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/?login=refused")
        assert "Set-Cookie" not in answer.headers
        assert (await client.get("/login", params={"token": "bogus"})).status_code == 401, "a program is told"
        good = await client.get("/login", params={"token": site.api.first_tokens[Role.REVIEWER]}, headers=BROWSER)
        assert good.headers["Location"] == "/"


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
