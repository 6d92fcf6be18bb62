"""People sign in by name and password; their sessions end in time, with their password and with themselves."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from api.roles import Role

from .conftest import Site

CSRF = {"X-Curbwatch-CSRF": "1"}
LI_NA = {"name": "Li Na", "role": "reviewer", "unit": "Team 3", "districts": ["east"]}
GOOD = "four words by the river"


async def _person(site: Site, **but: Any) -> str:
    """A person with a password of their own."""
    async with site.client(Role.ADMIN) as admin:
        made = await admin.post("/people", json={**LI_NA, **but})
        assert made.status_code == 201, made.text
    return str(made.json()["password"])


async def _signed_in(site: Site, first: str, name: str = "Li Na") -> httpx.AsyncClient:
    client = site.client()
    assert (await client.post("/sessions", json={"name": name, "password": first})).status_code == 200
    return client


async def test_the_first_password_must_be_changed_before_anything_else(site: Site) -> None:
    first = await _person(site)
    client = await _signed_in(site, first)
    assert (await client.get("/me")).json() == {**LI_NA, "must_change": True}
    refused = await client.get("/cases")
    assert (refused.status_code, refused.json()["detail_zh"]) == (403, "请先修改初始密码")
    assert (await client.put("/me/password", json={"old": first, "new": GOOD})).status_code == 403, "without the CSRF header"
    for new, why in ((first, "the password that you have"), ("Team 3 is the best", "name or the unit"), ("kurz", "at least 12")):
        answer = await client.put("/me/password", json={"old": first, "new": new}, headers=CSRF)
        assert (answer.status_code, why in answer.json()["detail"]) == (422, True), answer.text
    assert (await client.put("/me/password", json={"old": "wrong", "new": GOOD}, headers=CSRF)).status_code == 401
    other = await _signed_in(site, first)
    assert (await client.put("/me/password", json={"old": first, "new": GOOD}, headers=CSRF)).status_code == 204
    assert (await client.get("/cases")).status_code == 200, "the session in which it was changed goes on"
    assert (await other.get("/me")).status_code == 401, "the others end"
    assert (await site.client().post("/sessions", json={"name": "Li Na", "password": first})).status_code == 401
    async with site.client(Role.ADMIN) as admin:
        log = (await admin.get("/log")).text
        assert first not in log
        assert GOOD not in log
        assert [event["change"] for event in (entry["document"] for entry in (await admin.get("/log")).json()["items"]) if "person" in event] == [
            "made", "password",
        ]  # fmt: skip
    data = b"".join(path.read_bytes() for path in site.api.settings.data_dir.glob("curbwatch.sqlite*"))
    assert first.encode() not in data
    assert GOOD.encode() not in data


async def test_a_wrong_name_and_a_wrong_password_are_told_alike_and_throttled(site: Site) -> None:
    await _person(site)
    async with site.client() as client:
        nobody = await client.post("/sessions", json={"name": "Nobody", "password": "x"})
        answers = [await client.post("/sessions", json={"name": "Li Na", "password": f"guess {number}"}) for number in range(7)]
        assert [answer.status_code for answer in answers] == [401] * 6 + [429]
        assert nobody.json() == answers[0].json()
        assert "Set-Cookie" not in nobody.headers
        assert int(answers[-1].headers["Retry-After"]) >= 1


async def test_a_session_ends_when_it_is_not_used_and_after_a_working_day(site: Site) -> None:
    client = await _signed_in(site, await _person(site))
    for _ in range(6):
        site.clock.forward(hours=1.9)
        assert (await client.get("/me")).status_code == 200
    site.clock.forward(hours=1)
    assert (await client.get("/me")).status_code == 401, "twelve hours are over"
    async with site.client() as idle:
        await idle.get("/login", params={"token": site.api.first_tokens[Role.REVIEWER]})
        site.clock.forward(hours=2.1)
        assert (await idle.get("/me")).status_code == 401, "two hours without a request"


async def test_a_first_password_is_void_after_a_week(site: Site) -> None:
    first = await _person(site)
    site.clock.forward(days=6.9)
    assert (await site.client().post("/sessions", json={"name": "Li Na", "password": first})).status_code == 200
    site.clock.forward(days=0.2)
    assert (await site.client().post("/sessions", json={"name": "Li Na", "password": first})).status_code == 401


async def test_ones_own_sessions_are_seen_and_ended(site: Site) -> None:
    first = await _person(site)
    here, there = await _signed_in(site, first), await _signed_in(site, first)
    shown = (await here.get("/me/sessions")).json()["items"]
    assert sorted(one["is_this"] for one in shown) == [False, True]
    assert (await here.delete("/me/sessions", headers=CSRF)).status_code == 204
    assert ((await here.get("/me")).status_code, (await there.get("/me")).status_code) == (200, 401)
    assert (await here.post("/logout", headers=CSRF)).status_code == 204
    assert (await here.get("/me")).status_code == 401


async def test_every_signing_in_makes_another_session(site: Site) -> None:
    first = await _person(site)
    async with site.client(cookies={"curbwatch_session": "chosen-by-somebody-else"}) as client:
        answer = await client.post("/sessions", json={"name": "Li Na", "password": first})
        cookie = answer.headers["Set-Cookie"]
        assert "chosen" not in cookie
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        again = await client.post("/sessions", json={"name": "Li Na", "password": first})
        assert again.headers["Set-Cookie"] != cookie
        before = cookie.partition(";")[0]
        assert (await site.client().get("/me", headers={"Cookie": before})).status_code == 401, "the one before has ended"


async def test_over_tls_the_cookie_is_of_this_host_alone(site: Site) -> None:
    first = await _person(site)
    async with httpx.AsyncClient(transport=site.transport, base_url="https://test") as client:
        answer = await client.post("/sessions", json={"name": "Li Na", "password": first})
        assert answer.headers["Set-Cookie"].startswith("__Host-curbwatch=")
        assert "Secure" in answer.headers["Set-Cookie"]
        assert (await client.get("/me")).status_code == 200


FROM: dict[str, tuple[dict[str, str], int]] = {
    "no header": ({}, 403),
    "the header": (CSRF, 204),
    "a browser on this page": ({**CSRF, "Origin": "http://test", "Sec-Fetch-Site": "same-origin"}, 204),
    "another origin": ({**CSRF, "Origin": "http://evil.example"}, 403),
    "an origin that hides": ({**CSRF, "Origin": "null"}, 403),
    "another site": ({**CSRF, "Sec-Fetch-Site": "cross-site"}, 403),
    "a neighbour under the same domain": ({**CSRF, "Sec-Fetch-Site": "same-site"}, 403),
}


async def test_a_change_by_cookie_comes_from_this_page(site: Site) -> None:
    async with site.client() as client:
        await client.get("/login", params={"token": site.api.first_tokens[Role.REVIEWER]})
        for label, (headers, status) in FROM.items():
            assert (await client.delete("/me/sessions", headers=headers)).status_code == status, label


async def test_a_change_that_names_somebody_else_than_the_session_s_person_is_not_made(site: Site) -> None:
    """As from a page whose person has gone, while the browser's cookie is the next one's already."""
    for name in ("李娜", "Ben"):
        await _person(site, name=name)
    client = site.client()
    for name, named, status in (("李娜", "李娜", 204), ("李娜", "Ben", 401), ("Ben", "李娜", 401), ("Ben", "Ben", 204)):
        async with site.client(Role.ADMIN) as admin:
            first = (await admin.post(f"/people/{name}/password")).json()["password"]
        assert (await client.post("/sessions", json={"name": name, "password": first})).status_code == 200
        answer = await client.post("/logout", headers=CSRF | {"X-Curbwatch-Person": quote(named)})
        assert answer.status_code == status, (name, named, answer.text)
        assert ((await client.get("/me")).status_code == 200) == (status == 401), "what was not asked for by its person changes nothing"
        if status == 401:
            assert answer.json()["detail_zh"] == "此浏览器已由他人登录，请重新登录"
