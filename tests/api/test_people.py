"""People and tokens are made, changed, disabled and revoked by administrators; it holds at once, and no secret is readable again."""

from __future__ import annotations

from api.roles import Role

from .conftest import Site
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
