"""The review page at `/`, and the headers of every answer."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.service import Api

from .conftest import Site


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "dist" / "assets").mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<!doctype html><title>curbwatch</title>")
    (tmp_path / "dist" / "assets" / "index-1.js").write_text("1")
    return tmp_path / "dist"


async def ask(api: Api, page: Path, path: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(api, page)), base_url="http://test") as client:
        return await client.get(path)


async def test_a_built_page(api: Api, built: Path) -> None:
    page = await ask(api, built, "/")
    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-cache")
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    script = await ask(api, built, "/assets/index-1.js")
    assert "immutable" in script.headers["Cache-Control"]
    assert (await ask(api, built, "/nothing")).json()["detail"] == "there is nothing at this address"
    assert (await ask(api, built, "/../secret")).status_code == 404


async def test_a_page_that_was_not_built(api: Api, tmp_path: Path) -> None:
    answer = await ask(api, tmp_path, "/")
    assert answer.status_code == 503
    assert "make console" in answer.text
    assert "审核页面尚未构建" in answer.text


async def test_headers_of_every_answer(site: Site) -> None:
    async with site.client() as client:
        for path in ("/me", "/healthz", "/nothing", "/login?token=x"):
            answer = await client.get(path)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Referrer-Policy"] == "no-referrer"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_metrics_count_by_route_and_hold_no_names(site: Site) -> None:
    async with site.client() as client:
        await client.get("/cases/secret-name")
        text = (await client.get("/metrics")).text
    assert 'curbwatch_api_requests_total{method="GET",route="/cases/{case_id}",status="401"} 1.0' in text
    assert 'curbwatch_api_cases{state="open"} 0.0' in text
    assert "secret-name" not in text


async def test_the_openapi_document_has_examples(site: Site) -> None:
    async with site.client() as client:
        document = (await client.get("/openapi.json")).json()
    assert document["paths"]["/packets"]["post"]["requestBody"]["content"]["application/json"]["schema"]["examples"]
    decision = document["paths"]["/cases/{case_id}/decisions"]["post"]["requestBody"]["content"]["application/json"]
    assert set(decision["examples"]) == {"confirm", "reject", "change_kind", "reopen", "undo"}
    assert document["paths"]["/cases"]["get"]["responses"]["200"]["content"]["application/json"]["example"]["items"][0]["kind"] == "V2"
    assert document["components"]["securitySchemes"]
