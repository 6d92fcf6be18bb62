"""People and tokens are made, changed, disabled and revoked by administrators; it holds at once, and no secret is readable again."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api.roles import Role

from .conftest import Site
from .test_names import CSRF, PASSWORD, at_the_keyboard, own_token
from .test_sessions import LI_NA, _person, _signed_in


async def test_a_person_is_changed_and_disabled_at_once(site: Site) -> None:
    first = await _person(site)
    client = await _signed_in(site, first)
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.post("/people", json=LI_NA)).status_code == 409
        changed = await admin.patch("/people/Li Na", json={"role": "officer", "districts": ["west", "east"]})
        assert (changed.json()["role"], changed.json()["districts"], changed.json()["unit"]) == ("officer", ["east", "west"], "Team 3")
        assert (await client.get("/me")).json()["role"] == "officer"
        assert (await admin.patch("/people/Li Na", json={"disabled": True})).json()["disabled_at"] is not None
        assert (await client.get("/me")).status_code == 401
        assert (await client.post("/sessions", json={"name": "Li Na", "password": first})).status_code == 401
        assert (await admin.patch("/people/Li Na", json={"disabled": False})).status_code == 200
        assert (await client.post("/sessions", json={"name": "Li Na", "password": first})).status_code == 200
        again = (await admin.post("/people/Li Na/password")).json()["password"]
        assert (await client.get("/me")).status_code == 401
        assert (await client.post("/sessions", json={"name": "Li Na", "password": again})).json()["must_change"] is True
        shown = (await admin.get("/people")).json()["items"]
        assert [(one["name"], one["made_by"]) for one in shown] == [("Li Na", "admin")]
        assert "argon2" not in str(shown)
        assert (await admin.patch("/people/Nobody", json={"unit": "x"})).status_code == 404
        for wrong in ({"role": "worker"}, {"role": "viewer"}, {"districts": []}, {"districts": ["a/b"]}, {"disabled": 1}, {"password": "x"}, {"unit": " x"}):
            assert (await admin.patch("/people/Li Na", json=wrong)).status_code == 422, wrong


@pytest.mark.parametrize("how", ["changed by the person", "given anew by an administrator"])
async def test_own_tokens_and_links_end_with_the_password(site: Site, how: str) -> None:
    """Whoever knew the password of before may have made one."""
    client = await at_the_keyboard(site)
    script = await own_token(site, client)
    link = site.client(headers=CSRF)
    assert (await link.get("/login", params={"token": script.token})).status_code == 303
    assert [(await one.get("/me")).json()["name"] for one in (client, link)] == ["Li Na", "Li Na"]
    async with site.client(Role.ADMIN) as admin:
        if how.startswith("changed"):
            assert (await client.put("/me/password", json={"old": PASSWORD, "new": "another four words here"})).status_code == 204
            assert (await client.get("/me")).status_code == 200, "where it was changed one goes on"
        else:
            assert (await admin.post("/people/Li Na/password")).status_code == 200
        assert (await link.get("/me")).status_code == 401
        await script.ask("GET", "/me", 401)
        told = [one for one in (await admin.get("/tokens")).json()["items"] if one["of_person"]]
        assert all(one["revoked_at"] is not None for one in told)
        assert [entry["document"]["change"] for entry in await token_entries(admin)][-1] == "revoked"


async def token_entries(admin: httpx.AsyncClient) -> list[Any]:
    """Of the log, what was done to tokens."""
    items = (await admin.get("/log", params={"limit": 200})).json()["items"]
    return [one for one in items if one["event"] == "token"]


async def test_the_first_tokens_of_people_end_once_an_administrator_has_a_password(site: Site) -> None:
    reviewer = await at_the_keyboard(site, name="Wang")
    district = await at_the_keyboard(site, name="Ada", role="admin", districts=["east"])
    for client in (reviewer, district):
        assert (await client.get("/me")).status_code == 200
    site.clock.forward(days=300)
    async with site.client(Role.REVIEWER) as first:
        assert (await first.get("/cases")).status_code == 200, "nobody else could govern"
    await at_the_keyboard(site, name="Root", role="admin")
    async with site.client(Role.ADMIN) as admin, site.client(Role.REVIEWER) as first, site.client(Role.WORKER) as worker:
        ends = [entry["document"]["name"] for entry in await token_entries(admin) if entry["document"]["change"] == "ends"]
        assert ends == ["reviewer", "admin"]
        site.clock.forward(days=13)
        assert [(await one.get("/me")).status_code for one in (admin, first)] == [200, 200]
        site.clock.forward(days=1, minutes=1)
        assert [(await one.get("/me")).status_code for one in (admin, first)] == [401, 401]
        assert (await worker.get("/me")).status_code == 200, "an end would stop evidence"


async def test_nobody_changes_their_own_rights(site: Site) -> None:
    first = await _person(site, name="Root", role="admin", unit="IT", districts=["*"])
    client = await _signed_in(site, first, "Root")
    csrf = {"X-Curbwatch-CSRF": "1"}
    await client.put("/me/password", json={"old": first, "new": "four words by the river"}, headers=csrf)
    for change in ({"role": "reviewer"}, {"disabled": True}, {"districts": ["east"]}):
        assert (await client.patch("/people/Root", json=change, headers=csrf)).status_code == 422
    assert (await client.patch("/people/Root", json={"unit": "Town hall"}, headers=csrf)).status_code == 200


async def test_an_administrator_of_one_district_governs_nobody(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin:
        told = {"name": "district admin", "role": "admin", "districts": ["east"]}
        token = (await admin.post("/tokens", json=told)).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        for path in ("/people", "/tokens", "/workers", "/log"):
            refused = await site.client().get(path, headers=headers)
            assert (refused.status_code, "needs all districts" in refused.json()["detail"]) == (403, True)
        assert (await site.client().get("/cases", headers=headers)).status_code == 200


async def test_a_token_is_told_once_ends_and_is_revoked(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin:
        made = (await admin.post("/tokens", json={"name": "statistics", "role": "auditor", "districts": ["*"], "days": 2})).json()
        headers = {"Authorization": f"Bearer {made['token']}"}
        assert (await site.client().get("/cases", headers=headers)).status_code == 200
        shown = (await admin.get("/tokens")).json()["items"]
        assert shown[0] == made["about"]
        assert made["token"] not in str(shown)
        assert (await admin.delete(f"/tokens/{made['about']['id']}")).status_code == 204
        assert (await site.client().get("/cases", headers=headers)).status_code == 401
        assert (await admin.delete("/tokens/999")).status_code == 404
        second = (await admin.post("/tokens", json={"name": "statistics", "role": "auditor", "districts": ["*"], "days": 2})).json()["token"]
        site.clock.forward(days=2.1)
        assert (await site.client().get("/cases", headers={"Authorization": f"Bearer {second}"})).status_code == 401
        await _person(site)
        assert (await admin.post("/tokens", json={"name": "Li Na", "role": "reviewer", "districts": ["*"]})).status_code == 409
        assert (await admin.post("/people", json={**LI_NA, "name": "statistics"})).status_code == 409
        assert (await admin.post("/tokens", json={"name": "gate", "role": "worker", "districts": ["*"]})).status_code == 422


async def test_what_is_named_and_left_empty_stays(site: Site) -> None:
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.post("/people", json={"name": "Li Na", "role": "officer", "districts": ["east"]})).status_code == 201
        changed = await admin.patch("/people/Li Na", json={"role": None, "districts": None, "disabled": None})
    assert (changed.status_code, changed.json()["role"], changed.json()["districts"]) == (200, "officer", ["east"])
