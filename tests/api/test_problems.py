"""What every answer has: headers, sentences in two languages, no word of how this is built; and what the process' log tells of refusals."""

from __future__ import annotations

import logging

import httpx
import pytest

from api.app import create_app
from api.roles import Role

from .conftest import Site

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


async def test_headers_of_every_answer(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        answers = [await client.get(path) for path in ("/cases", "/me", "/healthz", "/metrics", "/openapi.json", "/cases/x", "/nothing", "/login?token=x")]
        answers += [await client.post("/cases"), await client.put("/views/x", content=b"{"), await site.client().get("/me")]
    for answer in answers:
        assert {name: answer.headers[name] for name in ALWAYS} == ALWAYS, answer.url
        policy = answer.headers["Content-Security-Policy"]
        assert all(part in policy for part in ("default-src 'none'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'")), answer.url
        assert answer.headers["Cache-Control"] in ("no-store", "no-cache"), answer.url
        assert not [name for name in answer.headers if name.startswith("access-control") or name == "server"], answer.url
        assert "Strict-Transport-Security" not in answer.headers
    async with httpx.AsyncClient(transport=site.transport, base_url="https://test") as client:
        assert (await client.get("/healthz")).headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


async def test_a_problem_document_speaks_both_languages(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        for answer in (await client.get("/cameras/x"), await client.get("/people"), await site.client().get("/me"), await client.get("/cases?limit=0")):
            body = answer.json()
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert {"title", "status", "detail", "detail_zh"} <= set(body)
            assert body["status"] == answer.status_code
            assert "\n" not in body["detail"] + body["detail_zh"]
            assert any("\u4e00" <= sign <= "\u9fff" for sign in body["detail_zh"])


PURPOSES = "review、audit、complaint、court、maintenance"


@pytest.mark.parametrize(
    ("role", "asked", "detail", "detail_zh"),
    [
        pytest.param(
            Role.ADMIN, "GET /export", "purpose: is missing; say why evidence is read", f"purpose：缺失；请说明查阅证据的用途（{PURPOSES}）", id="no purpose"
        ),
        pytest.param(
            Role.ADMIN,
            "GET /export?purpose=fun",
            "purpose: Input should be 'review', 'audit', 'complaint', 'court' or 'maintenance'",
            "请求中有字段不正确：purpose 只能是 'review'、'audit'、'complaint'、'court'、'maintenance'",
            id="another purpose",
        ),
        pytest.param(
            Role.REVIEWER,
            "GET /export?purpose=audit",
            "the role reviewer may not read the log and what goes with it (heads, exports for auditors, rules and records of deletion)",
            "审核员无权查阅日志及相关内容（日志头、审计导出、删除规则和记录）",
            id="an export for auditors",
        ),
        pytest.param(
            Role.REVIEWER, "GET /people", "the role reviewer may not manage people, tokens", "审核员无权管理人员、令牌、工作节点和通知地址", id="people"
        ),
        pytest.param(Role.WORKER, "GET /cases", "the role worker may not read cases", "工作节点无权查看案件、证据、摄像机和视图", id="a worker"),
        pytest.param(
            Role.REVIEWER, "GET /cases?limit=0", "limit: Input should be greater than or equal to 1", "请求中有字段不正确：limit 不得小于 1", id="a bound"
        ),
        pytest.param(Role.REVIEWER, "GET /cases?q=!", "q: holds no word", "q 中没有可查找的词，请输入字母、数字或汉字", id="a word of our own"),
        pytest.param(
            Role.ADMIN, "GET /heads?after=nonsense", "after: is a day like 2026-11-25", "请求中有字段不正确：after 应为日期，如 2026-11-25", id="a pattern"
        ),
        pytest.param(
            Role.REVIEWER,
            "GET /cases?since=2026-11-25",
            "since: is no ISO 8601 time with an offset",
            "请求中有字段不正确：since 应为带时区的 ISO 8601 时间",
            id="a day for a time",
        ),
        pytest.param(Role.REVIEWER, "POST /cases/claim", "body: is missing", "请求中有字段不正确：body 缺失", id="no body"),
    ],
)
async def test_both_languages_say_the_same(site: Site, role: Role, asked: str, detail: str, detail_zh: str) -> None:
    method, _, address = asked.partition(" ")
    async with site.client(role) as client:
        body = (await client.request(method, address)).json()
    assert body["detail"].startswith(detail), body
    assert body["detail_zh"] == detail_zh


async def test_methods_that_there_are_not(site: Site) -> None:
    async with site.client(Role.ADMIN) as client:
        for method, path, allowed in (
            ("DELETE", "/cases", "GET"),
            ("TRACE", "/cases", "GET"),
            ("OPTIONS", "/views/gate-1", "DELETE, GET, PUT"),
            ("PATCH", "/cameras/gate-1", "GET, PUT"),
            ("GET", "/logout", "POST"),
        ):
            answer = await client.request(method, path)
            assert (answer.status_code, answer.headers["Allow"]) == (405, allowed), (method, path)


async def test_texts_of_others_stay_texts(site: Site) -> None:
    hostile = '<script>alert(1)</script>"}]\u2028'
    async with site.client(Role.WORKER) as worker, site.client(Role.REVIEWER) as reviewer:
        assert (await worker.put("/cameras/gate-1", json={"name": hostile, "worker": "worker-1"})).status_code == 200
        answer = await reviewer.get("/cameras/gate-1")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["name"] == hostile


async def test_refusals_and_failed_signings_in_are_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "api"):
        async with site.client(Role.REVIEWER) as client:
            await client.get("/people")
            await client.post("/sessions", json={"name": "Li Na\nforged line", "password": "hunter2 hunter2"})
            await client.post("/login", json={"token": "hunter2 hunter2"})
            await client.post("/login", json={"token": site.api.first_tokens[Role.REVIEWER]})
        async with site.client(Role.ADMIN) as admin:
            entries = [one["document"] for one in (await admin.get("/log")).json()["items"]]
    assert [(one["by"], one["address"], "token" in one) for one in entries if one["event"] == "signed_in"] == [("reviewer", "127.0.0.1", True)]
    told = [record.getMessage() for record in caplog.records]
    assert any("'reviewer' (reviewer) was refused: GET /people" in line for line in told), told
    assert any("a signing in from" in line and "failed" in line for line in told), told
    assert any("a signing in by link from" in line and "failed" in line for line in told), told
    assert not any("hunter2" in line or "\n" in line or site.api.first_tokens[Role.REVIEWER] in line for line in told)


async def test_an_unforeseen_error_tells_nothing(site: Site) -> None:
    app = create_app(site.api)

    def fails() -> None:
        raise RuntimeError("the secret path /srv/keys")

    app.add_api_route("/fails", fails)
    app.router.routes.insert(0, app.router.routes.pop())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url="http://test") as client:
        answer = await client.get("/fails")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["detail"] == "the case API has failed at this request; its log says why"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_signing_out_clears_what_the_browser_kept(site: Site) -> None:
    async with site.client() as client:
        await client.get("/login", params={"token": site.api.first_tokens[Role.REVIEWER]})
        answer = await client.post("/logout", headers={"X-Curbwatch-CSRF": "1"})
    assert answer.headers["Clear-Site-Data"] == '"cache"'
