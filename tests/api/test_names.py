"""One name, one caller: whoever comes by session, link or token is told apart from all others, and from nobody twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from api.roles import Role

from .conftest import Packet, Site
from .desks import Person, person

CSRF = {"X-Curbwatch-CSRF": "1"}
PASSWORD = "four words by the river"
LI_NA = {"name": "Li Na", "role": "reviewer", "unit": "Team 3", "districts": ["*"]}
SCRIPT = {"name": "Statistics", "role": "reviewer", "districts": ["*"]}


async def at_the_keyboard(site: Site, **but: Any) -> httpx.AsyncClient:
    """A person who has signed in and changed the first password."""
    async with site.client(Role.ADMIN) as admin:
        first = (await admin.post("/people", json={**LI_NA, **but})).json()["password"]
    client = site.client(headers=CSRF)
    name = {**LI_NA, **but}["name"]
    assert (await client.post("/sessions", json={"name": name, "password": first})).status_code == 200
    assert (await client.put("/me/password", json={"old": first, "new": PASSWORD})).status_code == 204
    return client


async def own_token(site: Site, client: httpx.AsyncClient) -> Person:
    """A script of the person's."""
    made = await client.post("/me/tokens", json={})
    assert made.status_code == 201, made.text
    return Person(site, made.json()["about"]["name"], made.json()["token"])


NOT_FREE = [
    pytest.param("/people", LI_NA, id="a person of a person's name"),
    pytest.param("/people", {**LI_NA, "name": "ｌｉ  ＮＡ"}, id="one that looks alike"),
    pytest.param("/people", {**LI_NA, "name": "statistics"}, id="a person of a token's name"),
    pytest.param("/people", {**LI_NA, "name": "former"}, id="a person of a revoked token's name"),
    pytest.param("/people", {**LI_NA, "name": "Reviewer"}, id="a person of a first token's name"),
    pytest.param("/people", {**LI_NA, "name": "double review"}, id="a person of the server's own name"),
    pytest.param("/tokens", {**SCRIPT, "name": "li na"}, id="a token of a person's name"),
    pytest.param("/tokens", {**SCRIPT, "name": "gone"}, id="a token of a disabled person's name"),
    pytest.param("/tokens", {**SCRIPT, "name": "statistics"}, id="a second token of one name"),
    pytest.param("/tokens", {**SCRIPT, "name": "admin"}, id="a token of a first token's name"),
    pytest.param("/tokens", {**SCRIPT, "name": "Worker gate"}, id="a token of a worker's name"),
]


@pytest.fixture
async def named(site: Site) -> Site:
    """Li Na, somebody who was disabled, a script, and a script of before."""
    async with site.client(Role.ADMIN) as admin:
        assert [(await admin.post("/people", json={**LI_NA, "name": name})).status_code for name in ("Li Na", "gone")] == [201, 201]
        assert (await admin.patch("/people/gone", json={"disabled": True})).status_code == 200
        ids = [(await admin.post("/tokens", json={**SCRIPT, "name": name})).json()["about"]["id"] for name in ("Statistics", "former")]
        assert (await admin.delete(f"/tokens/{ids[1]}")).status_code == 204
    return site


@pytest.mark.parametrize(("path", "told"), NOT_FREE)
async def test_a_name_that_is_somebodys(named: Site, path: str, told: dict[str, Any]) -> None:
    async with named.client(Role.ADMIN) as admin:
        refused = await admin.post(path, json=told)
    assert refused.status_code == 409, refused.text
    assert "name" in refused.json()["detail"]
    assert refused.json()["detail_zh"].endswith(("已有同名人员", "名称", "请换一个"))


async def test_a_token_that_is_over_hands_its_name_on(named: Site) -> None:
    async with named.client(Role.ADMIN) as admin:
        assert (await admin.post("/tokens", json={**SCRIPT, "name": "former"})).status_code == 201
        named.clock.forward(days=91)
        assert (await admin.post("/tokens", json=SCRIPT)).status_code == 201
        assert (await admin.post("/tokens", json=SCRIPT)).status_code == 409


async def test_a_person_with_a_session_a_link_and_a_token_is_one(site: Site) -> None:
    object.__setattr__(site.api, "settings", replace(site.api.settings, double_review_share=1.0))
    case_id = (await site.deliver(Packet()))["case_id"]
    li_na = await at_the_keyboard(site)
    script = await own_token(site, li_na)
    link = site.client(headers=CSRF)
    assert (await link.get("/login", params={"token": (await own_token(site, li_na)).token})).status_code == 303

    assert await script.claim() == [case_id]
    assert (await li_na.post(f"/cases/{case_id}/claim", json={})).status_code == 200, "it lies on their own desk"
    otto = person(site, "otto")
    assert (await otto.json("POST", f"/cases/{case_id}/claim", 409, json={}))["claimed_by"] == "Li Na"

    assert (await li_na.post(f"/cases/{case_id}/decisions", json={"action": "confirm", "version": 1})).status_code == 200
    for state in ((await script.case(case_id))["state"], (await link.get(f"/cases/{case_id}")).json()["state"]):
        assert state == "confirmed", "to the person who decided it, however they look"
    assert (await otto.case(case_id))["state"] == "open"
    again = await link.post(f"/cases/{case_id}/decisions", json={"action": "confirm", "version": 2})
    assert again.status_code == 409, "one person is no second one"
    assert (await script.decide(case_id, action="undo"))["state"] == "open"
    assert [one["by"] for one in (await script.case(case_id))["decisions"]] == ["Li Na", "Li Na"]


async def test_a_token_of_ones_own_has_the_rights_of_the_moment(site: Site) -> None:
    li_na = await at_the_keyboard(site)
    script = await own_token(site, li_na)
    async with site.client(Role.ADMIN) as admin:
        await admin.patch("/people/Li Na", json={"role": "officer", "districts": ["lixia"]})
        me = await script.json("GET", "/me")
        assert (me["name"], me["role"], me["districts"]) == ("Li Na", "officer", ["lixia"])
        assert {one["of_person"] for one in (await admin.get("/tokens")).json()["items"] if one["name"] == "Li Na"} == {True}
        await admin.patch("/people/Li Na", json={"disabled": True})
        await script.ask("GET", "/me", 401)
        await admin.patch("/people/Li Na", json={"disabled": False})
    await script.ask("GET", "/me")


async def test_tokens_of_ones_own_are_seen_and_revoked(site: Site) -> None:
    li_na, otto = await at_the_keyboard(site), await at_the_keyboard(site, name="Otto")
    script = await own_token(site, li_na)
    link = site.client(headers=CSRF)
    assert (await link.post("/login", json={"token": script.token})).status_code == 200
    (shown,) = (await li_na.get("/me/tokens")).json()["items"]
    assert (shown["name"], shown["of_person"], script.token in str(shown)) == ("Li Na", True, False)
    assert len((await li_na.get("/me/sessions")).json()["items"]) == 2, "with the one of the link"
    assert (await otto.get("/me/tokens")).json()["items"] == []
    assert (await otto.delete(f"/me/tokens/{shown['id']}")).status_code == 404
    for by_token in (await script.ask("POST", "/me/tokens", None, json={}), await link.post("/me/tokens", json={})):
        assert by_token.status_code == 403, "a token makes no other"
    assert (await li_na.delete(f"/me/tokens/{shown['id']}")).status_code == 204
    await script.ask("GET", "/me", 401)
    assert (await link.get("/me")).status_code == 401


async def test_ending_all_sessions_ends_those_of_links_too(site: Site) -> None:
    li_na = await at_the_keyboard(site)
    link = site.client(headers=CSRF)
    await link.post("/login", json={"token": (await own_token(site, li_na)).token})
    assert (await li_na.delete("/me/sessions")).status_code == 204
    assert [(await client.get("/me")).status_code for client in (li_na, link)] == [200, 401]
