"""Workers' heads as they are kept: what somebody changes in them, or in the chains that they vouch for, is found and named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from api import heads_kept, worker_reach
from api.checking import HeadsSeen, faults
from api.roles import Role
from curbwatch.commands.serve import serve
from evidence.heads import signed_head
from evidence.signing import SigningKey

from .conftest import START, WORKER_KEY, Packet, Site
from .test_checking import UNLOCK
from .test_enrolments import enrolled
from .test_worker_heads import WORKER, chained, head, report

CHAIN = f"{WORKER}-{WORKER_KEY.key_id}"


@pytest.fixture
def store() -> str:
    """Tampering is tried on SQLite; the checks are the same statements on both."""
    return "files"


@pytest.fixture
async def days(site: Site) -> Site:
    """Days with a head each, of a chain of six; a day and more ago it was one of five."""
    chain = chained(5)
    for index in (1, 3, 5):
        for packet in chain[max(0, index - 2) : index]:
            await site.deliver(packet)
        await report(site, head(site, chain[index - 1], index, site.clock.now))
        heads_kept.keep(site.api)
        site.clock.forward(hours=25)
    await report(site, head(site, chain[4], 5, site.clock.now))
    await site.deliver(Packet(camera="gate-9", changes={"chain": {"sequence": 6, "previous_sha256": head(site, chain[4], 5)["head"]["sha256"]}}))
    return site


def found(site: Site, seen: HeadsSeen | None = None) -> list[str]:
    with site.api.database.read() as connection:
        told = faults(connection, site.api.key.public_key, site.api.blobs, site.api.settings.heads_dir, seen=seen)
        return [str(fault) for fault in told]


def folder(site: Site) -> Path:
    return site.api.settings.heads_dir / "workers"


def rewritten(site: Site) -> None:
    """By the worker's own key, and by nobody's."""
    path = sorted(folder(site).glob("*/*.json"))[1]
    path.write_text(json.dumps(signed_head(site.key, "worker", index=3, sha256="a" * 64, at=site.clock.now, name=WORKER)))


def forged(site: Site) -> None:
    path = sorted(folder(site).glob("*/*.json"))[0]
    told = json.loads(path.read_text())
    told["head"]["index"] = 2
    path.write_text(json.dumps(told))


def strange(site: Site) -> None:
    (folder(site) / CHAIN / "2020-01-01.json").write_text(
        json.dumps(signed_head(SigningKey.generate(), "worker", index=1, sha256="a" * 64, at=site.clock.now, name=WORKER))
    )


def moved(site: Site) -> None:
    shutil.move(folder(site) / CHAIN, folder(site) / "worker-7-0123456789abcdef")


def nothing(site: Site) -> None:
    (folder(site) / CHAIN / "2020-01-01.json").write_bytes(b"\xff")


def by_sql(*statements: str) -> Callable[[Site], None]:
    def change(site: Site) -> None:
        with closing(sqlite3.connect(site.api.settings.data_dir / "curbwatch.sqlite")) as raw, raw:
            for statement in (*UNLOCK, *statements):
                raw.execute(statement)

    return change


def removed(site: Site) -> None:
    shutil.rmtree(folder(site))
    by_sql("DELETE FROM worker_heads")(site)


REACH, SAID = "UPDATE about SET value = {} WHERE name LIKE 'worker_reach:%'", f"about worker_reach:{WORKER_KEY.key_id}: is not as the log has it"
NO_PACKETS = ("DELETE FROM packet_files WHERE packet_id IN (SELECT packet_id FROM packets WHERE sequence > 3)", "DELETE FROM packets WHERE sequence > 3")
TAMPERINGS = [
    pytest.param(rewritten, "says that manifest 3 is aaaaaaaaaaaa…, but it is ", id="rewritten by the worker"),
    pytest.param(forged, "does not fit the document", id="forged"),
    pytest.param(strange, "2020-01-01.json: is no head of the chain of", id="by a key that was never bound"),
    pytest.param(moved, "is no head of the chain of worker-7-0123456789abcdef", id="in another's folder"),
    pytest.param(nothing, "2020-01-01.json: ", id="no head at all"),
    pytest.param(removed, "has one of 5 manifests, which is not here: it was removed", id="heads removed"),
    pytest.param(by_sql("UPDATE worker_heads SET chain_index = 9"), "worker_heads worker-1: stands for another place", id="its row"),
    pytest.param(by_sql("UPDATE worker_heads SET document = replace(document, '\"index\": 5', '\"index\": 4')"), "does not fit", id="its row's document"),
    pytest.param(by_sql(*NO_PACKETS), "had 5 manifests by its head, and ends with 3: it was cut off", id="the chain cut off"),
    pytest.param(by_sql(REACH.format("'[[9007199254740991, \"2026-11-25T09:00:00+00:00\"]]'")), SAID, id="how far the chain reached, made larger"),
    pytest.param(by_sql(REACH.format("replace(value, '+00:00', '+01:00')")), SAID, id="when it reached so far"),
    pytest.param(by_sql(REACH.format("'nothing'")), SAID, id="how far it reached, unreadable"),
    pytest.param(by_sql("DELETE FROM about WHERE name LIKE 'worker_reach:%'"), SAID, id="how far it reached, removed"),
    pytest.param(by_sql("INSERT INTO about VALUES ('worker_reach:0123456789abcdef', '[]')"), "about worker_reach:0123456789abcdef: is not", id="of no chain"),
    pytest.param(by_sql("UPDATE packets SET manifest_sha256 = replace(manifest_sha256, 'a', 'b') WHERE sequence = 5"), "that manifest 5 is ", id="a manifest"),
]


async def test_heads_of_three_days_fit(days: Site) -> None:
    seen = HeadsSeen()
    assert found(days, seen) == []
    assert (seen.heads, len(seen.chains)) == (4, 1)
    assert seen.sentence() == "4 heads of 1 chain of workers looked at"


@pytest.mark.parametrize(("tamper", "told"), TAMPERINGS)
async def test_each_tampering_is_found_and_named(days: Site, tamper: Callable[[Site], None], told: str) -> None:
    tamper(days)
    assert any(told in one for one in found(days)), found(days)


async def test_a_manifest_that_follows_another_than_the_log_s_head_is_found(site: Site) -> None:
    """The manifest of the head never came; the next one is of a chain that was written anew."""
    chain = chained(2)
    await site.bind_key()
    await report(site, head(site, chain[0], 1, site.clock.now))
    by_sql("DELETE FROM worker_heads")(site)
    await site.deliver(Packet(camera="anew", changes={"chain": {"sequence": 2, "previous_sha256": "0" * 64}}))
    assert any(one.endswith("is followed by a manifest 2 that names another before it: the chain was rewritten") for one in found(site)), found(site)


async def test_how_far_chains_reached_is_as_the_log_has_it_at_any_pace(site: Site) -> None:
    """Heads that come several a day, and written down early by an export."""
    chain = chained(9)
    for index, (hours, at_once) in enumerate([(0, False), (3, True), (5, True), (13, False), (26, True), (40, True), (41, True), (90, False), (91, True)], 1):
        site.clock.now = START + timedelta(hours=hours)
        await site.deliver(chain[index - 1])
        await report(site, head(site, chain[index - 1], index, site.clock.now))
        with site.api.database.write() as connection:
            worker_reach.note_all(connection, site.clock.now, at_once=at_once)
        assert found(site) == [], index


async def test_a_worker_that_was_enrolled_anew_and_its_former_heads(days: Site) -> None:
    async with days.client(Role.ADMIN) as admin:
        assert (await admin.delete(f"/workers/{WORKER}")).status_code == 204
    key = SigningKey.generate()
    begun = Packet(camera="anew", key_id=key.key_id)
    async with await enrolled(days, key=key) as own:
        told = head(days, begun, 1, days.clock.now + timedelta(hours=1), key=key)
        assert (await own.post(f"/workers/{WORKER}/health", json={"cameras": {}, "head": told})).status_code == 200
    heads_kept.keep(days.api)
    assert found(days) == []


async def test_the_commands_say_what_they_looked_at(days: Site) -> None:
    place = ["--data-dir", str(days.api.settings.data_dir)]
    for words in (["heads"], ["check", "--quick"]):
        said = CliRunner().invoke(serve, [*words, *place])
        assert said.exit_code == 0, said.output
        assert "4 heads of 1 chain of workers looked at" in said.output
    forged(days)
    for words in (["heads"], ["check", "--quick"]):
        said = CliRunner().invoke(serve, [*words, *place])
        assert said.exit_code == 1, said.output
        assert "does not fit the document" in said.output
