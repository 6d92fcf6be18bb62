"""Heads of workers' chains: verified with the worker's key, kept, and held against what came; what does not fit is said."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from api import heads_kept
from api.checking import faults
from api.roles import Role
from evidence.canonical import manifest_sha256
from evidence.given_up import signed_given_up
from evidence.heads import signed_head
from evidence.signing import SigningKey

from .conftest import START, Packet, Site
from .test_enrolments import enrolled

WORKER = "worker-1"


def chained(count: int, first: int = 1, previous: str | None = None) -> list[Packet]:
    """Packets of one chain."""
    found = []
    for sequence in range(first, first + count):
        packet = Packet(camera=f"gate-{sequence}", changes={"chain": {"sequence": sequence, "previous_sha256": previous}})
        previous = manifest_sha256(packet.manifest())
        found.append(packet)
    return found


def head(site: Site, packet: Packet, index: int, at: datetime = START, **but: Any) -> dict[str, Any]:
    """What the worker tells after so many packets, the last of which this is."""
    told = {"index": index, "sha256": manifest_sha256(packet.manifest()), "at": at, "name": WORKER} | but
    return signed_head(told.pop("key", site.key), told.pop("chain", "worker"), **told)


async def report(site: Site, told: Any) -> None:
    async with site.client(Role.WORKER) as worker:
        answer = await worker.post(f"/workers/{WORKER}/health", json={"cameras": {"gate-1": {"state": "live"}}, "head": told})
        assert answer.status_code == 200, answer.text


async def shown(site: Site) -> dict[str, Any]:
    """The worker's head as an administrator reads it."""
    async with site.client(Role.ADMIN) as admin:
        (found,) = (await admin.get("/heads/workers")).json()["items"]
    return dict(found)


async def in_doubt(site: Site) -> tuple[int, int]:
    """What whoever asks for health and figures is told."""
    async with site.client() as client:
        health, figures = (await client.get("/healthz")).json(), (await client.get("/metrics")).text
    told = health["worker_chains_in_doubt"], health["worker_packets_missing"]
    assert f"curbwatch_api_worker_chains_in_doubt {float(told[0])}" in figures
    assert f"curbwatch_api_worker_packets_missing {float(told[1])}" in figures
    return told


async def faults_in_log(site: Site) -> list[str]:
    async with site.client(Role.ADMIN) as admin:
        entries = (await admin.get("/log", params={"limit": 1000})).json()["items"]
    return [one["document"]["fault"] for one in entries if one["document"].get("change") == "head in doubt"]


async def test_the_last_head_is_kept_with_its_time(site: Site) -> None:
    packets = chained(3)
    for packet in packets:
        await site.deliver(packet)
    await report(site, None)
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.get("/heads/workers")).json()["items"] == []
    one, two = head(site, packets[0], 1), head(site, packets[2], 3, START + timedelta(days=1))
    for told in (one, two, one):
        await report(site, told)
    kept = await shown(site)
    assert (kept["worker"], kept["index"], kept["document"], kept["fault"], kept["missing"]) == (WORKER, 3, two, None, 0)
    assert datetime.fromisoformat(kept["at"]) == START + timedelta(days=1)
    assert datetime.fromisoformat(kept["came_at"]) > START
    assert (await in_doubt(site), await faults_in_log(site)) == ((0, 0), [])


NO_HEADS = {
    "another key": {"key": SigningKey.generate()},
    "another worker": {"name": "worker-2"},
    "the log's": {"chain": "log", "name": None},
}


@pytest.mark.parametrize("changes", NO_HEADS.values(), ids=NO_HEADS)
async def test_a_head_that_is_not_the_worker_s(site: Site, changes: dict[str, Any]) -> None:
    (packet,) = chained(1)
    await site.deliver(packet)
    await report(site, head(site, packet, 1, **changes))
    kept = await shown(site)
    assert kept["document"] is None
    assert kept["fault"].startswith(("is none that the worker signed", "is of another chain")), kept["fault"]
    await report(site, head(site, packet, 1))
    assert (await shown(site))["fault"] is None
    assert len(await faults_in_log(site)) == 1, "the log keeps what was in doubt once"


@pytest.mark.parametrize("told", [{}, {"head": {}, "signature": {}}, {"head": 1}, {"x": "\ud800"}], ids=["empty", "empty parts", "a number", "half a sign"])
async def test_what_is_no_head_at_all_does_not_stop_a_report(site: Site, told: dict[str, Any]) -> None:
    await site.bind_key()
    body = json.dumps({"cameras": {"gate-1": {"state": "live"}}, "head": told}).encode("ascii")
    async with site.client(Role.WORKER) as worker:
        answer = await worker.post(f"/workers/{WORKER}/health", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 422), answer.text  # half a sign is no JSON text at all
    if answer.status_code == 200:
        assert (await shown(site))["fault"].startswith("is none that the worker signed")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59+00:00", "2026-11-26T10:00:00+00:00", "9999-12-31T23:59:59-14:00"])
async def test_a_head_of_a_time_that_is_none_stands_before_no_later_one(site: Site, at: str) -> None:
    (packet,) = chained(1)
    await site.deliver(packet)
    told = head(site, packet, 1)["head"] | {"at": at}
    await report(site, {"head": told, "signature": site.key.sign(told).model_dump(mode="json")})
    kept = await shown(site)
    assert (kept["document"], kept["fault"]) == (None, f"is of {at}, which no clock that is right shows now: look at the worker's")
    await report(site, head(site, packet, 1))
    assert ((await shown(site))["fault"], (await shown(site))["index"]) == (None, 1)


async def test_a_changed_head_is_not_signed(site: Site) -> None:
    (packet,) = chained(1)
    await site.deliver(packet)
    told = head(site, packet, 1)
    told["head"]["index"] = 2
    await report(site, told)
    assert "is none that the worker signed" in (await shown(site))["fault"]


async def test_a_head_that_contradicts_the_packets_that_came(site: Site) -> None:
    packets = chained(3)
    for packet in packets[:2]:
        await site.deliver(packet)
    other = Packet(camera="rewritten", changes={"chain": {"sequence": 2, "previous_sha256": None}})
    await report(site, head(site, other, 2))
    assert (await shown(site))["fault"].endswith("came: the chain was rewritten")
    assert await in_doubt(site) == (1, 0)
    (said,) = await faults_in_log(site)
    assert said == (await shown(site))["fault"]


async def test_a_packet_that_contradicts_the_head_that_came(site: Site) -> None:
    one, two, three = chained(3)
    await site.deliver(one)
    await report(site, head(site, two, 2))
    assert ((await shown(site))["fault"], (await shown(site))["missing"]) == (None, 1), "the second is on its way"
    (rewritten,) = chained(1, 3, "0" * 64)
    await site.deliver(rewritten)
    site.clock.forward(minutes=11)
    await report(site, head(site, two, 2))
    assert (await shown(site))["fault"].endswith("the one after it follows another: the chain was rewritten")
    assert three.manifest() != rewritten.manifest()


async def test_what_was_rewritten_before_it_came_is_found_though_the_next_head_fits_it(site: Site) -> None:
    """A head is given away, the chain behind it written anew with the worker's own key and told on: the first head stays, and is held against what came."""
    (one,) = chained(1)
    first = head(site, one, 1)
    other = Packet(camera="rewritten", changes={"chain": {"sequence": 1, "previous_sha256": None}})
    following = Packet(camera="gate-2", changes={"chain": {"sequence": 2, "previous_sha256": manifest_sha256(other.manifest())}})
    await site.bind_key()
    await report(site, first)
    for packet in (other, following):
        await site.deliver(packet)
    for minutes in (1, 12):
        await report(site, head(site, following, 2, START + timedelta(minutes=minutes)))
        kept = await shown(site)
        assert kept["fault"].endswith("came: the chain was rewritten")
        assert (kept["document"], kept["index"]) == (first, 1), "what was vouched for first is kept"
    assert len(await faults_in_log(site)) == 1


async def test_a_head_that_contradicts_the_one_before(site: Site) -> None:
    packets = chained(3)
    for packet in packets:
        await site.deliver(packet)
    first = head(site, packets[2], 3)
    await report(site, first)
    await report(site, head(site, Packet(camera="rewritten"), 3, START + timedelta(hours=1)))
    assert "gives manifest 3 another hash" in (await shown(site))["fault"]
    await report(site, head(site, packets[1], 2, START + timedelta(days=1)))
    kept = await shown(site)
    assert kept["fault"].endswith("ended at 3: the chain was cut off")
    assert kept["document"] == first, "what was vouched for first is kept"
    assert len(await faults_in_log(site)) == 2


async def give_up(site: Site, lost: Packet, sequence: int) -> None:
    told = {"worker": WORKER, "packet_id": lost.packet_id, "manifest_sha256": manifest_sha256(lost.manifest()), "sequence": sequence}
    record = signed_given_up(site.key, **told, at=site.clock(), reason="disk_full", files=len(lost.files), size=9)
    async with site.client(Role.WORKER) as worker:
        assert (await worker.post(f"/workers/{WORKER}/given-up", json={**site.signed(lost), "given_up": record})).status_code == 201


async def test_what_a_worker_gave_up_is_not_missing(site: Site) -> None:
    first, lost, last = chained(3)
    await site.deliver(first)
    await give_up(site, lost, 2)
    await report(site, head(site, last, 3))
    assert (await shown(site))["missing"] == 1, "the third is on its way"
    await site.deliver(last)
    await report(site, head(site, last, 3, START + timedelta(minutes=1)))
    assert ((await shown(site))["missing"], (await shown(site))["fault"]) == (0, None)


async def test_packets_that_a_head_counts_and_that_do_not_come_are_missing(site: Site) -> None:
    packets = chained(3)
    await site.deliver(packets[2])
    told = head(site, packets[2], 3, at=site.clock.now)
    await report(site, told)
    assert ((await shown(site))["fault"], await in_doubt(site)) == (None, (0, 2)), "for a day they may wait at the worker"
    site.clock.forward(hours=25)
    await report(site, told)
    assert (await shown(site))["fault"].endswith("but not all of them have come")
    assert await in_doubt(site) == (1, 2)
    for packet in packets[:2]:
        await site.deliver(packet)
    site.clock.forward(minutes=11)
    await report(site, told)
    assert ((await shown(site))["fault"], await in_doubt(site)) == (None, (0, 0))


async def reached(site: Site) -> list[tuple[int, datetime, datetime]]:
    """What the log says of heads: how many manifests, when it came, and when it was by its worker."""
    async with site.client(Role.ADMIN) as admin:
        entries = [one["document"] for one in (await admin.get("/log", params={"limit": 1000})).json()["items"] if one["event"] == "worker_head"]
    assert all((one["worker"], one["by"], one["key_id"]) == (WORKER, f"worker {WORKER}", site.key.key_id) for one in entries)
    return sorted((one["index"], at(one["came_at"]), at(one["head_at"])) for one in entries)


def at(told: str) -> datetime:
    """To the minute: the clock of the tests goes on a little."""
    return datetime.fromisoformat(told).replace(second=0, microsecond=0)


async def test_the_log_says_once_a_day_how_far_a_chain_reached(site: Site) -> None:
    chain = chained(6)
    for packet in chain:
        await site.deliver(packet)
    start = START
    for hours, index in ((0, 1), (1, 2), (23, 3), (25, 4)):
        site.clock.now = start + timedelta(hours=hours)
        await report(site, head(site, chain[index - 1], index, site.clock.now))
    first, second = start, start + timedelta(hours=25)
    assert await reached(site) == [(1, first, first), (4, second, second)]
    last = site.clock.now = start + timedelta(hours=26)
    await report(site, head(site, chain[4], 5, last))
    site.clock.now = start + timedelta(hours=48)
    heads_kept.keep(site.api)
    assert len(await reached(site)) == 2
    site.clock.now = start + timedelta(hours=50)
    heads_kept.keep(site.api)  # its worker says nothing any more
    heads_kept.keep(site.api)
    assert (await reached(site))[2:] == [(5, last, last)], "when it came, not when the log says it"


async def test_a_head_whose_manifest_is_not_here_is_written_down_before_another_takes_its_place(site: Site) -> None:
    """Else nothing would hold a chain that is rewritten with the worker's own key before it is delivered: the log has the first head, and keeps it."""
    one, two = chained(2)
    other = Packet(camera="rewritten", changes={"chain": {"sequence": 2, "previous_sha256": manifest_sha256(one.manifest())}})
    (following,) = chained(1, 3, manifest_sha256(other.manifest()))
    await site.deliver(one)
    await report(site, head(site, one, 1, site.clock.now))
    site.clock.forward(hours=1)
    await report(site, head(site, two, 2, site.clock.now))
    told = at(site.clock.now.isoformat())
    site.clock.forward(minutes=5)
    await report(site, head(site, following, 3, site.clock.now))
    assert (await reached(site))[1:] == [(2, told, told)]
    for packet in (other, following):
        await site.deliver(packet)
    site.clock.forward(days=2)
    heads_kept.keep(site.api)
    with site.api.database.read() as connection:
        found = [str(one) for one in faults(connection, site.api.key.public_key, site.api.blobs, site.api.settings.heads_dir)]
    assert any(one.endswith("has another manifest 2: the chain was rewritten") for one in found), found


@pytest.mark.parametrize("kept", ["given up", "of another hash", "delivered"])
async def test_a_head_whose_manifest_is_here_needs_no_entry_of_its_own(site: Site, kept: str) -> None:
    one, two = chained(2)
    (three,) = chained(1, 3, manifest_sha256(two.manifest()))
    lost = Packet(camera="rewritten", changes={"chain": two.changes["chain"]}) if kept == "of another hash" else two
    await site.deliver(one)
    await report(site, head(site, one, 1, site.clock.now))
    site.clock.forward(minutes=5)
    await report(site, head(site, two, 2, site.clock.now))
    if kept == "delivered":
        await site.deliver(two)
    else:
        await give_up(site, lost, 2)
    site.clock.forward(minutes=5)
    await report(site, head(site, three, 3, site.clock.now))
    assert [index for index, _, _ in await reached(site)] == ([1, 2] if kept == "of another hash" else [1])


async def test_the_last_head_of_a_key_is_written_down_before_another_key_s_takes_its_place(site: Site) -> None:
    chain = chained(2)
    for packet in chain:
        await site.deliver(packet)
    for index in (1, 2):
        await report(site, head(site, chain[index - 1], index, START + timedelta(hours=index)))
    assert [index for index, _, _ in await reached(site)] == [1]
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.delete(f"/workers/{WORKER}")).status_code == 204
    key = SigningKey.generate()
    told = head(site, Packet(camera="anew", key_id=key.key_id), 1, START + timedelta(hours=3), key=key)
    async with await enrolled(site, key=key) as own:
        assert (await own.post(f"/workers/{WORKER}/health", json={"cameras": {}, "head": told})).status_code == 200
    async with site.client(Role.ADMIN) as admin:
        items = (await admin.get("/log", params={"limit": 1000})).json()["items"]
    said = sorted((one["log_index"], one["document"]["key_id"], one["document"]["index"]) for one in items if one["event"] == "worker_head")
    assert [one[1:] for one in said] == [(site.key.key_id, 1), (site.key.key_id, 2), (key.key_id, 1)]


async def test_a_worker_whose_clock_is_behind_is_in_no_doubt_and_what_it_keeps_back_is(site: Site) -> None:
    """A day is for what is on its way, by this clock."""
    behind = timedelta(hours=26)
    chain = chained(3)
    for packet in chain[:2]:
        await site.deliver(packet)
    await report(site, head(site, chain[1], 2, site.clock.now - behind))
    site.clock.forward(minutes=1)
    told = head(site, chain[2], 3, site.clock.now - behind)
    await report(site, told)
    assert ((await shown(site))["fault"], await in_doubt(site)) == (None, (0, 1))
    site.clock.forward(hours=25)
    heads_kept.keep(site.api)
    await report(site, told)
    assert (await shown(site))["fault"].startswith("counted 3 packets when it came at ")
    assert await in_doubt(site) == (1, 1)


async def test_newer_heads_do_not_hide_what_an_older_one_counts(site: Site) -> None:
    """A worker tells one an hour; the packet that it keeps back is missing after a day all the same."""
    chain = chained(30)
    for packet in chain[:3]:
        await site.deliver(packet)
    await report(site, head(site, chain[3], 4, site.clock.now))
    for hour in range(1, 26):
        site.clock.forward(hours=1)
        await report(site, head(site, chain[3 + hour], 4 + hour, site.clock.now))
    assert (await shown(site))["fault"].startswith("counted 4 packets when it came at ")
    assert len(await faults_in_log(site)) == 1, "it is said once, whatever counts more since"
    await site.deliver(chain[3])
    site.clock.forward(minutes=11)
    await report(site, head(site, chain[28], 29, site.clock.now))
    assert (await shown(site))["fault"].startswith("counted 5 packets when it came at "), "the next one has not come either"


async def test_a_head_of_a_clock_that_was_set_back_is_kept_where_it_counts_more(site: Site) -> None:
    chain = chained(2)
    for packet in chain:
        await site.deliver(packet)
    await report(site, head(site, chain[0], 1, site.clock.now + timedelta(hours=20)))
    await report(site, head(site, chain[1], 2, site.clock.now))
    assert ((await shown(site))["index"], (await shown(site))["fault"]) == (2, None)


async def test_a_worker_that_was_enrolled_anew_begins_a_new_chain(site: Site) -> None:
    (packet,) = chained(1)
    await site.deliver(packet)
    await report(site, head(site, packet, 5))
    async with site.client(Role.ADMIN) as admin:
        assert (await admin.delete(f"/workers/{WORKER}")).status_code == 204
    key = SigningKey.generate()
    begun = Packet(camera="anew", key_id=key.key_id)
    async with await enrolled(site, key=key) as own:
        answer = await own.post(f"/workers/{WORKER}/health", json={"cameras": {}, "head": head(site, begun, 1, START + timedelta(days=1), key=key)})
    assert answer.status_code == 200, answer.text
    kept = await shown(site)
    assert (kept["fault"], kept["index"]) == (None, 1)
