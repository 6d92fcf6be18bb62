"""Chains of workers' manifests: a fork is refused, a gap is taken and told, what was given up holds its place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api import housekeeping
from api.checking import faults
from api.roles import Role
from evidence.canonical import manifest_sha256
from evidence.given_up import signed_given_up

from .conftest import START, Packet, Site


def placed(sequence: int, previous: str | None, **but: Any) -> Packet:
    """A packet at a place of its own choice."""
    return Packet(camera=f"gate-{sequence}", changes={"chain": {"sequence": sequence, "previous_sha256": previous}}, **but)


def chain_of(count: int) -> list[Packet]:
    found: list[Packet] = []
    previous = None
    for sequence in range(1, count + 1):
        found.append(placed(sequence, previous))
        previous = manifest_sha256(found[-1].manifest())
    return found


async def told(site: Site) -> tuple[int, int]:
    async with site.client() as client:
        health = (await client.get("/healthz")).json()
    return health["worker_chain_gaps"], health["worker_places_missing"]


def check(site: Site) -> list[str]:
    with site.api.database.read() as connection:
        return [str(fault) for fault in faults(connection, site.api.key.public_key, site.api.blobs)]


def events(site: Site) -> list[str]:
    with site.api.database.read() as connection:
        return list(connection.exec_driver_sql("SELECT event FROM log ORDER BY log_index").scalars())


async def test_packets_that_come_in_any_order_make_a_whole_chain(site: Site) -> None:
    chain = chain_of(6)
    for at, missing in ((5, (1, 5)), (2, (2, 4)), (0, (2, 3)), (1, (1, 2)), (4, (1, 1)), (3, (0, 0))):
        await site.deliver(chain[at])
        assert await told(site) == missing
    assert check(site) == []
    housekeeping.sign_head(site.api)
    assert "chain_gap" not in events(site)


async def test_a_gap_is_told_at_once_and_logged_after_an_hour_and_so_is_its_end(site: Site) -> None:
    chain = chain_of(4)
    await site.deliver(chain[0])
    await site.deliver(chain[3])
    assert await told(site) == (1, 2)
    assert any("the manifests 2 to 3 are missing" in one for one in check(site))
    housekeeping.sign_head(site.api)
    assert "chain_gap" not in events(site)
    site.clock.forward(minutes=61)
    for _ in range(2):
        housekeeping.sign_head(site.api)
    assert events(site).count("chain_gap") == 1
    for packet in chain[1:3]:
        await site.deliver(packet)
    assert events(site).count("chain_filled") == 1
    assert (await told(site), check(site)) == ((0, 0), [])


async def test_the_log_says_how_many_of_a_gap_that_fell_into_parts_are_left(site: Site) -> None:
    chain = chain_of(6)
    for at in (0, 5):
        await site.deliver(chain[at])
    site.clock.forward(minutes=61)
    housekeeping.sign_head(site.api)
    for at in (2, 1, 4, 3):
        await site.deliver(chain[at])
    with site.api.database.read() as connection:
        rows = connection.exec_driver_sql("SELECT document FROM log WHERE event = 'chain_filled' ORDER BY log_index").scalars()
        filled = [json.loads(row) for row in rows]
    assert [(one["last_filled"], one["left"]) for one in filled] == [(2, 2), (4, 0)]
    assert len({one["gap_index"] for one in filled}) == 1


OTHER = "0" * 64


@pytest.mark.parametrize(
    ("sequence", "previous"),
    [
        pytest.param(2, 1, id="a second manifest at one place"),
        pytest.param(4, None, id="a predecessor that is another"),
        pytest.param(1, 0, id="a chain that begins anew"),
    ],
)
async def test_a_fork_is_refused(site: Site, sequence: int, previous: int | None) -> None:
    chain = chain_of(3)
    for packet in chain:
        await site.deliver(packet)
    named = OTHER if previous is None else None if previous == 0 else manifest_sha256(chain[previous - 1].manifest())
    refused = await site.post(placed(sequence, named, stay="other"))
    assert (refused.status_code, refused.json()["fault"], refused.json()["sequence"]) == (409, "chain_forked", sequence)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert "forked" in refused.json()["detail"]
    assert "分叉" in refused.json()["detail_zh"]
    assert check(site) == []
    assert (await site.post(chain[1])).status_code == 200, "what is known is answered again"


async def test_a_late_packet_must_fit_what_follows_it(site: Site) -> None:
    chain = chain_of(3)
    await site.deliver(chain[0])
    await site.deliver(chain[2])
    refused = await site.post(placed(2, manifest_sha256(chain[0].manifest()), stay="other"))
    assert (refused.status_code, refused.json()["fault"]) == (409, "chain_forked")
    await site.deliver(chain[1])


@pytest.mark.parametrize(("sequence", "previous"), [(1, OTHER), (2, None)])
async def test_only_the_first_has_no_predecessor(site: Site, sequence: int, previous: str | None) -> None:
    await site.bind_key()
    await site.put_files(Packet())
    refused = await site.post(placed(sequence, previous))
    assert (refused.status_code, "chain.previous_sha256" in refused.json()["detail"]) == (422, True)


def given_up(site: Site, packet: Packet, **but: Any) -> dict[str, Any]:
    manifest = packet.manifest()
    told = {"worker": "worker-1", "packet_id": packet.packet_id, "manifest_sha256": manifest_sha256(manifest), "sequence": manifest["chain"]["sequence"]} | but
    key = told.pop("key", site.key)
    record = signed_given_up(key, **told, at=START, reason="disk_full", files=4, size=1000)
    return {"manifest": manifest, "signature": site.key.sign(manifest).model_dump(mode="json"), "given_up": record}


async def test_what_was_given_up_holds_its_place(site: Site) -> None:
    chain = chain_of(3)
    await site.deliver(chain[0])
    await site.deliver(chain[2])
    async with site.client(Role.WORKER) as worker:
        answers = [await worker.post("/workers/worker-1/given-up", json=given_up(site, chain[1])) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 200]
        assert answers[0].json() == answers[1].json()
        twice = await worker.post("/workers/worker-1/given-up", json=given_up(site, chain[0]))
        assert (twice.status_code, twice.json()["fault"]) == (409, "came_whole")
        foreign = await worker.post("/workers/worker-2/given-up", json=given_up(site, chain[1]))
        assert foreign.status_code == 422
    assert (await told(site), check(site), events(site).count("given_up")) == ((0, 0), [], 1)
    async with site.client(Role.REVIEWER) as client:
        assert len((await client.get("/cases")).json()["items"]) == 2


async def test_a_record_of_another_manifest_or_by_another_key_is_refused(site: Site) -> None:
    await site.bind_key()
    (packet,) = chain_of(1)
    async with site.client(Role.WORKER) as worker:
        for body, status in ((given_up(site, packet, sequence=2), 422), (given_up(site, packet, key=site.api.key), 403)):
            assert (await worker.post("/workers/worker-1/given-up", json=body)).status_code == status
    assert "given_up" not in events(site)
