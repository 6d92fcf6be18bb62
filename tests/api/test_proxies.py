"""Who asks and whether over TLS, by the word of a proxy: believed where the proxy is named, and of nobody else."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from api.errors import StartError
from api.proxies import VARIABLE, Proxies
from api.server import config_of
from api.service import Api
from curbwatch.commands.serve import serve

NAMED = "127.0.0.1, 10.0.3.0/28"


def through(api: Api, proxies: str, address: str) -> httpx.AsyncClient:
    """A client whose line comes from an address."""
    config = config_of(api, Proxies.of({VARIABLE: proxies}))
    assert not config.proxy_headers, "uvicorn's own would believe this machine"
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=config.app, client=(address, 4711)), base_url="http://test")  # type: ignore[arg-type]


@pytest.mark.parametrize("store", ["files"], indirect=True)
@pytest.mark.parametrize(
    ("proxies", "address", "forwarded", "tried"),
    [
        pytest.param("", "127.0.0.1", "198.51.100.{}", 6, id="nobody is named, this machine neither"),
        pytest.param(NAMED, "192.0.2.9", "198.51.100.{}", 6, id="a stranger's word"),
        pytest.param(NAMED, "127.0.0.1", "198.51.100.{}", 8, id="the word of a proxy"),
        pytest.param(NAMED, "10.0.3.5", "198.51.100.{}", 8, id="the word of a proxy on another machine"),
        pytest.param(NAMED, "127.0.0.1", "198.51.100.{}, 203.0.113.7", 6, id="what the proxy adds counts, not what the client wrote"),
        pytest.param(NAMED, "127.0.0.1", "198.51.100.{}, 203.0.113.7, 10.0.3.2", 6, id="two proxies in a row"),
    ],
)
async def test_whose_address_counts(api: Api, proxies: str, address: str, forwarded: str, tried: int) -> None:
    body = {"name": "nobody", "password": "x"}
    async with through(api, proxies, address) as client:
        answers = [(await client.post("/sessions", json=body, headers={"X-Forwarded-For": forwarded.format(number)})).status_code for number in range(8)]
    assert answers == [401] * tried + [429] * (8 - tried)


@pytest.mark.parametrize("store", ["files"], indirect=True)
@pytest.mark.parametrize(("proxies", "secure"), [("", False), (NAMED, True)], ids=["nobody is named", "the proxy is named"])
async def test_over_tls_by_the_word_of_a_proxy(api: Api, proxies: str, secure: bool, caplog: pytest.LogCaptureFixture) -> None:
    token = next(iter(api.first_tokens.values()))
    with caplog.at_level(logging.WARNING, "api.proxies"):
        async with through(api, proxies, "127.0.0.1") as client:
            answers = [await client.post("/login", json={"token": token}, headers={"X-Forwarded-Proto": "https"}) for _ in range(2)]
    for answer in answers:
        assert answer.headers["Set-Cookie"].startswith("__Host-curbwatch=" if secure else "curbwatch_session=")
        assert ("Secure" in answer.headers["Set-Cookie"], "Strict-Transport-Security" in answer.headers) == (secure, secure)
    assert [VARIABLE in record.message for record in caplog.records] == ([] if secure else [True]), "it is said once"


@pytest.mark.parametrize("told", ["*", "proxy.example.org", "10.0.3.1/28", "10.0.3.0/33"])
def test_what_names_no_proxy(told: str) -> None:
    with pytest.raises(StartError, match=VARIABLE):
        Proxies.of({VARIABLE: told})


def test_a_proxy_that_is_none_is_told_before_anything_is_made(tmp_path: Path) -> None:
    result = CliRunner().invoke(serve, ["--port", "0", "--data-dir", str(tmp_path / "city")], env={VARIABLE: "foo"})
    assert isinstance(result.exception, StartError)
    assert "'foo' is neither an address" in str(result.exception)
    assert result.output == ""
    assert not (tmp_path / "city").exists()
