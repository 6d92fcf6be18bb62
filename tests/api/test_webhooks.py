"""Webhooks: told in order, signed, again until they answer; and never sent where they must not go."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import select, update

from api import telling
from api.errors import StartError, Unusable
from api.roles import Role
from api.schema import cases
from api.telling import NotAllowedAddress, Reach, Telling, tell_due
from evidence.packet import Signature
from evidence.signing import PublicKey

from .conftest import Packet, Site

HERE = Reach(networks=(ipaddress.ip_network("127.0.0.0/8"),))


class Receiver(ThreadingHTTPServer):
    """An address that is told; `status` is what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.heard: list[tuple[dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook?to=city"

    def events(self) -> list[tuple[str, int]]:
        bodies = [json.loads(body) for _, body in self.heard]
        return [(body["event"], body["case"]["version"]) for body in bodies]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def told(site: Site) -> int:
    return tell_due(site.api, HERE, deadline_seconds=5)


@contextmanager
def dripping() -> Iterator[str]:
    """The URL of an address that takes everything, and answers a byte of a header every tenth of a second, for ever."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        line, _ = listener.accept()
        with line, contextlib.suppress(OSError):
            line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not over.wait(0.1):
                line.sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    over.set()
    with contextlib.suppress(OSError), socket.create_connection(listener.getsockname(), timeout=1):
        thread.join(5)
    listener.close()


async def hooked(site: Site, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, **but: object) -> None:
    monkeypatch.setenv(telling.VARIABLE, "127.0.0.0/8")
    async with site.client(Role.ADMIN) as admin:
        answer = await admin.put("/webhooks/city", json={"url": receiver.url, **but})
        assert answer.status_code == 200, answer.text


async def test_cases_are_told_signed_and_in_order(site: Site, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.deliver(Packet(first_minute=-120, stay="before"))
    await hooked(site, receiver, monkeypatch)
    assert told(site) == 0, "what came before it was made is not told"
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.deliver(Packet(camera="gate-2"))
    assert (told(site), told(site)) == (2, 0)
    assert receiver.events() == [("case.created", 1), ("case.created", 1)]
    headers, body = receiver.heard[0]
    assert json.loads(body)["case"]["id"] == case_id
    assert "Gate" not in body.decode(), "no names of places"
    algorithm, key_id, value = headers["Webhook-Signature"].split()
    document = {"schema": "curbwatch.webhook/1", "id": headers["Webhook-Id"], "at": headers["Webhook-At"], "body_sha256": hashlib.sha256(body).hexdigest()}
    async with site.client(Role.WORKER) as client:
        key = PublicKey.from_base64((await client.get("/keys")).json()["api"]["public_key"])
    key.verify(document, Signature(algorithm=algorithm, key_id=key_id, value=value))
    await site.decide(case_id, action="confirm", version=1)
    await site.decide(case_id, action="reopen", version=2)
    told(site)
    assert receiver.events()[2:] == [("case.updated", 3)], "a case that changed twice is told once, as it is"


async def test_what_fails_is_tried_again_later_each_time(site: Site, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    await hooked(site, receiver, monkeypatch)
    receiver.status = 500
    await site.deliver(Packet())
    await site.deliver(Packet(camera="gate-2"))
    assert [told(site) for _ in range(3)] == [0, 0, 0]
    assert len(receiver.heard) == 1, "not before its time, and not past the first that failed"
    site.clock.forward(seconds=11)
    told(site)
    site.clock.forward(seconds=11)
    told(site)
    assert len(receiver.heard) == 2, "the second wait is longer"
    async with site.client(Role.ADMIN) as admin:
        (shown,) = (await admin.get("/webhooks")).json()["items"]
        assert (shown["failures"], shown["last_status"], shown["last_error"]) == (2, 500, "the address answered 500")
        receiver.status = 302
        site.clock.forward(seconds=30)
        assert told(site) == 0, "redirects are not followed"
        receiver.status = 204
        site.clock.forward(minutes=1)
        assert told(site) == 2
        assert len({headers["Webhook-Id"] for headers, _ in receiver.heard[:4]}) == 1, "the same message keeps its id"
        receiver.status = 410
        await site.deliver(Packet(camera="gate-3"))
        told(site)
        assert (await admin.get("/webhooks")).json()["items"][0]["disabled_at"] is not None, "gone for good"
        assert (await admin.delete("/webhooks/city")).status_code == 204
        assert (await admin.delete("/webhooks/city")).status_code == 404


async def test_a_webhook_hears_of_its_districts_and_events_alone(site: Site, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    await hooked(site, receiver, monkeypatch, districts=["west"], events=["case.created"])
    for camera, district in (("gate-1", "east"), ("gate-2", "west"), ("gate-3", "")):
        case_id = (await site.deliver(Packet(camera=camera)))["case_id"]
        with site.api.database.write() as connection:
            connection.execute(update(cases).where(cases.c.id == case_id).values(district=district))
    assert told(site) == 1
    assert [json.loads(body)["case"]["camera_id"] for _, body in receiver.heard] == ["gate-2"]
    with site.api.database.read() as connection:
        west = connection.execute(select(cases.c.id).where(cases.c.camera_id == "gate-2")).scalar_one()
    await site.decide(west, action="confirm", version=1)
    assert (told(site), len(receiver.heard)) == (0, 1), "a change is not what it asked for"


@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_an_address_that_never_ends_its_answer_keeps_nobody_waiting(site: Site, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    with dripping() as slow:
        await hooked(site, receiver, monkeypatch)
        async with site.client(Role.ADMIN) as admin:
            assert (await admin.put("/webhooks/a-slow-one", json={"url": slow})).status_code == 200
            telling_all = Telling(site.api, HERE, deadline_seconds=1.5)
            await site.deliver(Packet())
            began = time.monotonic()
            of_good = [thread for thread in telling_all.round() if thread.name == "webhook city"]
            await asyncio.to_thread(of_good[0].join, 10)
            assert (len(receiver.heard), time.monotonic() - began < 1.4) == (1, True)
            await site.deliver(Packet(camera="gate-2"))
            (again,) = telling_all.round()
            assert again.name == "webhook city", "the slow one is still being told"
            await asyncio.to_thread(telling_all.wait, 10)
            assert len(receiver.heard) == 2
            shown = {one["name"]: one for one in (await admin.get("/webhooks")).json()["items"]}
            assert shown["a-slow-one"]["last_error"] == "the address did not answer within 1.5 s"
            assert (shown["a-slow-one"]["failures"], shown["city"]["failures"]) == (1, 0)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("64:ff9b::7f00:1", id="this machine by NAT64"),
        pytest.param("64:ff9b:1::7f00:1", id="by a local NAT64"),
        pytest.param("2002:7f00:1::", id="by 6to4"),
        pytest.param("2001:0:4136:e378:8000:63bf:80ff:fffe", id="by Teredo"),
        pytest.param("::127.0.0.1", id="in the old way of writing IPv4 as IPv6"),
        pytest.param("fec0::1", id="a site's own, of old"),
        pytest.param("fc00::1", id="a site's own"),
        pytest.param("fe80::1", id="a line's own"),
        pytest.param("3fff::1", id="of documents"),
        pytest.param("ff0e::1", id="of many"),
        pytest.param("100.64.0.1", id="a carrier's own"),
        pytest.param("192.88.99.1", id="a relay of 6to4"),
        pytest.param("224.0.0.1", id="of many, IPv4"),
    ],
)
def test_addresses_that_lead_elsewhere_than_they_say(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Unusable, match="not told"):
        Reach().check(f"https://{host}/x")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **options: [(0, 0, 0, "", (address, 443))])
    with pytest.raises(NotAllowedAddress):
        Reach().resolve("hooks.example.org", 443)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_addresses_of_the_public_internet(address: str) -> None:
    Reach().check(f"https://[{address}]/x" if ":" in address else f"https://{address}/x")


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://hooks.example.org/x", id="without TLS"),
        pytest.param("https://127.0.0.1/x", id="this machine"),
        pytest.param("https://[::1]/x", id="this machine by IPv6"),
        pytest.param("https://[::ffff:127.0.0.1]/x", id="this machine, mapped"),
        pytest.param("https://169.254.169.254/latest/meta-data", id="a cloud's metadata"),
        pytest.param("https://10.1.2.3/x", id="a neighbour"),
        pytest.param("https://0.0.0.0/x", id="no address"),
        pytest.param("https://user:secret@hooks.example.org/x", id="with a login"),
        pytest.param("https:///x", id="no host"),
        pytest.param("https://hooks.example.org:99999/x", id="no port"),
    ],
)
def test_addresses_that_are_never_saved(url: str) -> None:
    with pytest.raises(Unusable, match="url") as caught:
        Reach().check(url)
    assert "secret" not in caught.value.detail


def test_a_name_that_leads_to_this_machine_is_not_told() -> None:
    Reach().check("https://localhost/x")  # a name tells nothing by itself; what it leads to is checked at each sending
    with pytest.raises(NotAllowedAddress, match="network that is not told"):
        Reach().resolve("localhost", 443)
    assert Reach.of({telling.VARIABLE: "localhost"}).resolve("localhost", 443) in ("127.0.0.1", "::1")


def test_what_the_environment_allows() -> None:
    reach = Reach.of({telling.VARIABLE: "hooks.example.org, 10.20.0.0/16"})
    reach.check("http://hooks.example.org/x")
    reach.check("http://10.20.3.4/x")
    with pytest.raises(Unusable):
        reach.check("http://10.21.3.4/x")
    with pytest.raises(StartError, match="neither a host's name nor a network"):
        Reach.of({telling.VARIABLE: "10.20.0.0/99"})
