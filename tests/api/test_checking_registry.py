"""What somebody with the database in hand changes of the registry, of people and tokens, and of what stands, is found and named: a table of tamperings."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from api import housekeeping, log
from api.app import create_app
from api.checking import Unchecked, faults
from api.database import Database
from api.log import LogEvent
from api.roles import Role
from api.service import opened
from api.settings import Settings
from api.webhooks import all_webhooks, failed
from evidence.signing import PublicKey

from .conftest import Clock, Packet, Site
from .desks import Person, desk
from .test_enrolments import enrolled, invited
from .test_names import at_the_keyboard
from .test_permits import PERMIT, VIEW

HOOK = {"url": "https://hooks.example.org/a-secret-path"}
CAMERA = {"url": "rtsp://192.0.2.7/1", "district": "east", "worker": "w-east"}
LOGIN = {"username": "u", "password": "p"}


async def lived(site: Site) -> None:
    """All that is held against the log was done by its routes, and some of it undone."""
    async with site.client(Role.ADMIN) as admin:

        async def ask(method: str, path: str, told: Any = None) -> Any:
            answer = await admin.request(method, path, json=told)
            assert answer.is_success, answer.text
            return answer

        await ask("PUT", "/cameras/gate-1", CAMERA | {"worker": "worker-1"})
        await ask("PUT", "/cameras/gate-1", CAMERA | {"worker": "worker-1", "address": "3 Lixia Street"})
        await ask("PUT", "/cameras/gate-2", CAMERA | {"url": "rtsp://192.0.2.8/1"})
        await ask("PUT", "/hosts/192.0.2.7", {"most_streams": 16})
        await ask("PUT", "/hosts/192.0.2.7", {"most_streams": 32})
        await ask("PUT", "/views/gate-1", VIEW)
        await ask("PUT", "/views/gate-1", VIEW | {"view_id": "left"})
        await ask("DELETE", "/views/gate-1?view=left")
        await ask("PUT", "/permits/p-1", PERMIT)
        await ask("PUT", "/permits/p-2", PERMIT)
        await ask("DELETE", "/permits/p-2")
        for name, role in (("Li Na", "officer"), ("Zhao", "reviewer")):
            await ask("POST", "/people", {"name": name, "role": role, "districts": ["east"]})
        await ask("PATCH", "/people/Li Na", {"role": "reviewer", "districts": ["west"], "unit": "Team 3"})
        await ask("PATCH", "/people/Zhao", {"disabled": True})
        await ask("POST", "/people/Zhao/password")
        wang = await at_the_keyboard(site, name="Wang Wei")
        await wang.post("/me/tokens", json={})
        own = (await wang.post("/me/tokens", json={})).json()["about"]["id"]
        await wang.delete(f"/me/tokens/{own}")
        anna, otto, _ = [await desk(site, name) for name in ("anna", "otto", "thief")]
        (number,) = [one["id"] for one in (await ask("GET", "/tokens")).json()["items"] if one["name"] == "thief"]
        await ask("DELETE", f"/tokens/{number}")
        await (await enrolled(site, "w-west")).aclose()
        await ask("DELETE", "/workers/w-west")
        await (await enrolled(site, "w-east")).aclose()
        await invited(site, "w-north")
        for name in ("city", "off", "gone", "removed"):
            await ask("PUT", f"/webhooks/{name}", HOOK)
        await ask("PUT", "/webhooks/off", HOOK | {"enabled": False})
        await ask("DELETE", "/webhooks/removed")
        await ask("PUT", "/retention/rejected", {"days": 60})
        await _cases(site, anna, otto)
        _says_that_it_is_gone(site)
        await _a_clock_in_doubt(site)


async def _cases(site: Site, anna: Person, otto: Person) -> None:
    """A thing that went quiet, an order to look again, and a packet of a worker that does not hold the camera."""
    for who, packet in ((anna, Packet(look=(0.9, 0.1))), (otto, Packet(look=(0.9, 0.1), stay="b", first_minute=60))):
        await who.decide((await site.deliver(packet))["case_id"], action="reject", reason="static_fixture")
    looked = await site.deliver(Packet(first_minute=61, xyxy=(0.6, 0.1, 0.9, 0.3), stay="c"))
    await anna.ask("POST", f"/cases/{looked['case_id']}/look-again", 202)
    foreign = await site.deliver(Packet(camera="gate-2"))
    assert (await anna.case(foreign["case_id"]))["packets"][0]["lowered"]


def _says_that_it_is_gone(site: Site) -> None:
    with site.api.database.write() as connection:
        (hook,) = [one for one in all_webhooks(connection) if one.name == "gone"]
        failed(connection, hook, 410, "gone", site.clock())


async def _a_clock_in_doubt(site: Site) -> None:
    """Once settled, and once not."""
    assert housekeeping.retain(site.api).waits is None
    site.clock.jump(hours=3)
    await site.deliver(Packet(first_minute=130, xyxy=(0.6, 0.4, 0.9, 0.8), stay="d"))
    assert housekeeping.retain(site.api).waits is not None
    assert housekeeping.retain(site.api, "ada", clock_is_right=True).waits is None
    site.clock.jump(hours=3)
    assert housekeeping.retain(site.api).waits is not None


def found(site: Site, unchecked: Unchecked | None = None) -> list[str]:
    with site.api.database.read() as connection:
        return [str(fault) for fault in faults(connection, site.api.key.public_key, unchecked=unchecked)]


async def test_what_was_done_by_its_routes_has_no_fault(site: Site) -> None:
    await lived(site)
    unchecked = Unchecked()
    assert found(site, unchecked) == []
    assert unchecked == {"tokens that are older than the log, or than its entries of tokens": 3}, "the first ones"


@dataclass(frozen=True)
class City:
    """A database that an API has left, and the API's key."""

    path: Path
    key: PublicKey


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """One for all rows of the table; each takes a copy."""
    clock, folder = Clock(), tmp_path_factory.mktemp("city")
    with opened(replace(Settings.of(folder), double_review_share=0.0), clock, clock.steady) as api:
        asyncio.run(lived(Site(api, clock, httpx.ASGITransport(app=create_app(api)))))
        key = api.key.public_key
    return City(folder / "curbwatch.sqlite", key)


def of_copy(city: City, folder: Path, *statements: str) -> tuple[list[str], Unchecked]:
    """What is found in a copy after these statements, each of which must change something; and what could not be checked."""
    shutil.copy(city.path, folder / "curbwatch.sqlite")
    with closing(sqlite3.connect(folder / "curbwatch.sqlite")) as raw, raw:
        for statement in statements:
            assert raw.execute(statement).rowcount > 0 or statement.startswith("DROP"), statement
    unchecked = Unchecked()
    with Database(folder / "curbwatch.sqlite").looked_at() as connection:
        return [str(fault) for fault in faults(connection, city.key, unchecked=unchecked)], unchecked


MINUTE = 60_000_000
DAY = 86_400_000_000
OPEN = "(SELECT id FROM cases WHERE state = 'open' ORDER BY number LIMIT 1)"
ADMIN_TOKEN = (
    "INSERT INTO tokens (id, role, name, districts, sha256, from_file, made_at, made_by) "
    "SELECT {}, 'admin', 'eve', '[\"*\"]', 'ff', 0, made_at, {} FROM tokens LIMIT 1"
)
TAMPERINGS = [
    # permits, views, cameras, hosts
    pytest.param(
        "UPDATE permits SET document = replace(document, '09:30', '23:30') WHERE permit_id = 'p-1'",
        "permits p-1 version 1: document", id="a permit's hours",
    ),
    pytest.param("UPDATE permits SET withdrawn = 0 WHERE permit_id = 'p-2'", "permits p-2 version 2: withdrawn", id="a withdrawn permit in force again"),
    pytest.param("UPDATE permits SET view_id = 'left', saved_by = 'anna' WHERE permit_id = 'p-1'", "permits p-1 version 1: view_id", id="a permit's view"),
    pytest.param("DELETE FROM permits WHERE permit_id = 'p-2' AND version = 2", "permits p-2 version 2: was removed", id="a permit's version removed"),
    pytest.param("UPDATE permits SET permit_id = 'p-9' WHERE permit_id = 'p-1'", "permits p-9 version 1: the log has no entry", id="a permit put in"),
    pytest.param("UPDATE views SET document = replace(document, '0.5', '0.6')", "views gate-1 version 1: document", id="a view's zone"),
    pytest.param("UPDATE views SET withdrawn = 0 WHERE withdrawn", "views gate-1 version 3: withdrawn", id="a withdrawn view in force again"),
    pytest.param("UPDATE views SET version = 9 WHERE version = 1", "views gate-1 version 9: the log has no entry", id="a view put in"),
    pytest.param("DELETE FROM views WHERE version = 1", "views gate-1 version 1: was removed", id="a view's version removed"),
    pytest.param(
        "UPDATE camera_versions SET document = replace(document, 'w-east', 'w-west')",
        "camera_versions gate-2 version 1: document", id="a camera's version",
    ),
    pytest.param("UPDATE cameras SET worker = 'w-north' WHERE camera_id = 'gate-1'", "cameras gate-1: worker", id="a camera given to another worker"),
    pytest.param("UPDATE cameras SET district = 'west' WHERE camera_id = 'gate-1'", "cameras gate-1: district", id="a camera's district"),
    pytest.param("UPDATE cameras SET url = 'rtsp://192.0.2.66/1' WHERE camera_id = 'gate-1'", "cameras gate-1: url", id="a camera's address"),
    pytest.param("UPDATE cameras SET enabled = 0 WHERE camera_id = 'gate-1'", "cameras gate-1: enabled", id="a camera switched off"),
    pytest.param("UPDATE cameras SET secret = 'x' WHERE camera_id = 'gate-1'", "cameras gate-1: secret", id="a camera's login"),
    pytest.param("UPDATE cameras SET version = 0 WHERE camera_id = 'gate-1'", "cameras gate-1: version", id="a camera as if it were not registered"),
    pytest.param("DELETE FROM cameras WHERE camera_id = 'gate-1'", "cameras gate-1: was removed", id="a camera removed"),
    pytest.param("UPDATE hosts SET most_streams = 9999", "hosts 192.0.2.7: most_streams", id="what a host bears"),
    pytest.param(
        "UPDATE packets SET held_by = NULL WHERE held_by IS NOT NULL",
        "held_by is not as the case that it came to", id="a packet that is foreign no more",
    ),
    pytest.param("UPDATE packets SET held_by = 'w-east' WHERE held_by IS NULL", "held_by is not as the case that it came to", id="a packet made foreign"),
    pytest.param(
        "UPDATE packets SET held_by = 'w-north' WHERE held_by IS NOT NULL",
        "held_by is not the worker that held its camera", id="who held the camera",
    ),
    # people, tokens, sessions, workers to come
    pytest.param("UPDATE people SET role = 'admin' WHERE name = 'Li Na'", "people Li Na: role", id="a person's role"),
    pytest.param("UPDATE people SET districts = '[\"*\"]' WHERE name = 'Li Na'", "people Li Na: districts", id="a person's districts"),
    pytest.param("UPDATE people SET disabled_at = NULL WHERE name = 'Zhao'", "people Zhao: disabled_at", id="a disabled person in office again"),
    pytest.param("UPDATE people SET password = (SELECT password FROM people WHERE name = 'Wang Wei')", "people Li Na: password", id="a person's password"),
    pytest.param("UPDATE people SET must_change = 0 WHERE name = 'Li Na'", "people Li Na: must_change", id="a first password for good"),
    pytest.param("DELETE FROM people WHERE name = 'Zhao'", "people Zhao: was removed", id="a person removed"),
    pytest.param(
        "INSERT INTO people (name, role, districts, made_at, made_by, changed_at) "
        "SELECT 'Eve', 'admin', '[]', made_at, made_by, made_at FROM people LIMIT 1",
        "people Eve: the log has no entry", id="a person put in",
    ),
    pytest.param(ADMIN_TOKEN.format("999", "'admin'"), "tokens 999: the log has no entry", id="a token put in"),
    pytest.param(ADMIN_TOKEN.format("999", "NULL"), "tokens 999: the log has no entry", id="a token put in as if it were older"),
    pytest.param(ADMIN_TOKEN.format("-1", "NULL"), "tokens -1: the log has no entry", id="a token put in under a number of before"),
    pytest.param("UPDATE tokens SET revoked_at = NULL WHERE name = 'thief'", "was revoked by the log, and its row says", id="a revoked token in force again"),
    pytest.param(
        "UPDATE tokens SET revoked_at = NULL WHERE worker = 'w-west'",
        "was revoked by the log, and its row says", id="a revoked worker's token",
    ),
    pytest.param("UPDATE tokens SET role = 'admin' WHERE name = 'anna'", ": role is not", id="a token's role"),
    pytest.param("UPDATE tokens SET sha256 = 'ff' WHERE name = 'anna'", ": sha256 is not", id="a token's secret"),
    pytest.param("UPDATE tokens SET worker = NULL WHERE worker = 'w-east'", ": worker is not", id="a token for any worker"),
    pytest.param("UPDATE tokens SET ends_at = NULL WHERE name = 'anna'", ": ends_at is not", id="a token without an end"),
    pytest.param(
        "UPDATE tokens SET person_id = (SELECT id FROM people WHERE name = 'Li Na') WHERE name = 'Wang Wei'",
        "person_id is another", id="a token's person",
    ),
    pytest.param("DELETE FROM tokens WHERE name = 'thief'", "was removed, though the log has it", id="a token removed"),
    pytest.param("UPDATE sessions SET person_id = (SELECT id FROM people WHERE name = 'Li Na')", "whose it is is not", id="a session's person"),
    pytest.param("UPDATE sessions SET ends_at = ends_at + 1", ": ends_at is not", id="a session's end"),
    pytest.param(f"UPDATE sessions SET sha256 = 'ff', made_at = made_at + {MINUTE}", "sessions ff…: nobody has signed in by it", id="a session put in"),
    pytest.param("UPDATE enrolments SET used_at = NULL WHERE worker = 'w-east'", ": used_at is not", id="a one-time token that serves again"),
    pytest.param(f"UPDATE enrolments SET ends_at = ends_at + {DAY} WHERE worker = 'w-north'", "ends_at is later", id="a one-time token that holds longer"),
    pytest.param("UPDATE enrolments SET sha256 = 'ff' WHERE worker = 'w-north'", ": sha256 is not", id="a one-time token's secret"),
    pytest.param(
        "UPDATE enrolments SET worker = 'w-eve' WHERE worker = 'w-north'",
        "no entry by which the worker was invited", id="a worker invited by its row",
    ),
    # what stands
    pytest.param("UPDATE webhooks SET url = 'https://hooks.example.org/another' WHERE name = 'city'", "webhooks city: url", id="a webhook's address"),
    pytest.param("UPDATE webhooks SET districts = '[\"east\"]' WHERE name = 'city'", "webhooks city: districts", id="a webhook's districts"),
    pytest.param("UPDATE webhooks SET disabled_at = 1 WHERE name = 'city'", "webhooks city: disabled_at", id="a webhook switched off"),
    pytest.param("UPDATE webhooks SET disabled_at = NULL WHERE name = 'off'", "webhooks off: disabled_at", id="a webhook switched on"),
    pytest.param("UPDATE webhooks SET disabled_at = NULL WHERE name = 'gone'", "webhooks gone: disabled_at", id="a webhook that is told again"),
    pytest.param("UPDATE webhooks SET name = 'eve' WHERE name = 'city'", "webhooks eve: the log has no entry", id="a webhook put in"),
    pytest.param("DELETE FROM webhooks WHERE name = 'off'", "webhooks off: was removed", id="a webhook removed"),
    pytest.param("UPDATE orders SET xyxy = '[0.0, 0.0, 0.1, 0.1]' WHERE what = 'look_again'", "xyxy is not as the log has it", id="where to look again"),
    pytest.param(f"UPDATE orders SET until = until + {DAY} WHERE what = 'look_again'", "until is not as the log has it", id="how long to look again"),
    pytest.param("UPDATE orders SET id = 77 WHERE what = 'look_again'", "orders 77: the log has no entry", id="an order put in"),
    pytest.param("DELETE FROM orders WHERE what = 'look_again'", "was removed, though the log has it", id="an order removed"),
    pytest.param(
        "UPDATE orders SET xyxy = '[0.0, 0.0, 1.0, 1.0]' WHERE what = 'be_quiet'",
        "xyxy is not as its silence has it", id="an order to be quiet about all",
    ),
    pytest.param("DELETE FROM orders WHERE what = 'be_quiet'", "does not stand, though its silence does", id="an order to be quiet removed"),
    pytest.param("UPDATE quiet_things SET look = '[0.1, 0.9]'", "look is not as the log has it", id="how a quiet thing looks"),
    pytest.param(
        "UPDATE clock_doubts SET settled_index = 1, settled_by = 'eve', settled_at = 1 WHERE settled_by IS NULL",
        "is settled by its row alone", id="a doubt settled",
    ),
    pytest.param("UPDATE clock_doubts SET settled_by = 'eve' WHERE settled_by = 'ada'", "who settled it is not", id="who settled a doubt"),
    pytest.param("UPDATE clock_doubts SET since_index = 1", "since_index is not as the log has it", id="since when a clock is in doubt"),
    pytest.param("DELETE FROM clock_doubts WHERE settled_by IS NULL", "was removed, though the log has it", id="a doubt removed"),
    pytest.param(
        "INSERT INTO clock_doubts (log_index, at, since_index, why) VALUES (1, 1, 0, 'x')",
        "clock_doubts 1: the log has no clock_in_doubt", id="a doubt put in",
    ),
    # how long evidence is kept
    pytest.param("UPDATE retention_periods SET days = 1", "retention_periods rejected: is not", id="a period of keeping"),
    pytest.param("DELETE FROM retention_periods", "retention_periods rejected: is not", id="a period taken out"),
    pytest.param(f"UPDATE cases SET kept_from = kept_from + {DAY}", "kept_from is later than", id="a case that is kept longer"),
    pytest.param("UPDATE cases SET kept_from = NULL", "kept_from was taken away", id="from when a case is kept"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "told"), TAMPERINGS)
def test_each_tampering_is_found_and_named(city: City, tmp_path: Path, statement: str, told: str) -> None:
    faults_found, _ = of_copy(city, tmp_path, statement)
    assert any(told in one for one in faults_found), faults_found


def test_the_copy_itself_has_no_fault(city: City, tmp_path: Path) -> None:
    assert of_copy(city, tmp_path) == ([], {"tokens that are older than the log, or than its entries of tokens": 3})


HELD_THEN = {
    LogEvent.TOKEN: {"change", "token", "name", "role", "districts", "until"},
    LogEvent.WORKER: {"worker", "change", "until", "public_key", "key_id"},
    LogEvent.PERSON: {"person", "change", "unit", "role", "districts", "disabled"},
    LogEvent.SIGNED_IN: {"unit", "address", "token"},
    LogEvent.CAMERA: {"camera_id", "version", "district", "worker", "login_changed", "sha256", "host", "most_streams", "most_connects"},
    LogEvent.WEBHOOK: {"webhook", "change", "host", "events", "districts", "enabled"},
    LogEvent.ORDER: {"what", "camera_id", "unit"},
    LogEvent.QUIETED: {"change", "quiet", "camera_id", "view_id", "kind", "xyxy", "until", "rejected_by", "rests_on"},
}
"""What entries held before they told all that is checked."""


async def test_what_older_entries_do_not_hold_is_counted_and_is_no_fault(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    written = log.append

    def as_before(connection: Connection, event: LogEvent, at: datetime, by: str, body: dict[str, Any], case_id: str | None = None) -> int:
        if body.get("change") == "gone":
            return 0
        return written(connection, event, at, by, {name: value for name, value in body.items() if name in HELD_THEN.get(event, body)}, case_id)

    monkeypatch.setattr(log, "append", as_before)
    await lived(site)
    unchecked = Unchecked()
    assert found(site, unchecked) == []
    assert unchecked == {
        "addresses of webhooks, whose entries hold their host alone": 3,
        "one-time tokens, whose entries do not hold their hash": 3,
        "orders to look again, whose entries hold their camera alone": 1,
        "passwords, whose entries do not hold their hash": 3,
        "sessions, whose entries do not hold their hash": 1,
        "tokens that are older than the log, or than its entries of tokens": 3,
        "tokens, whose entries do not hold their hash": 7,
    }


async def test_a_first_token_that_is_made_once_there_is_a_log_is_checked(settings: Settings, clock: Clock) -> None:
    with opened(settings, clock, clock.steady) as api:
        await Site(api, clock, httpx.ASGITransport(app=create_app(api))).deliver(Packet())
    (settings.tokens_dir / "worker.token").unlink()
    with opened(settings, clock, clock.steady) as api:
        site = Site(api, clock, httpx.ASGITransport(app=create_app(api)))
        unchecked = Unchecked()
        assert found(site, unchecked) == []
        assert sum(unchecked.values()) == 3, "those of the first start"
        with api.database.write() as connection:
            connection.exec_driver_sql("UPDATE tokens SET sha256 = 'ff' WHERE name = 'worker' AND revoked_at IS NULL")
            connection.exec_driver_sql("UPDATE tokens SET revoked_at = NULL, name = 'viewer' WHERE name = 'worker' AND revoked_at IS NOT NULL")
            connection.exec_driver_sql("UPDATE tokens SET role = 'admin' WHERE name = 'reviewer'")
        assert [one.partition(": ")[2] for one in sorted(found(site))] == [
            "is a first token of another role or name than those of a data folder",
            "was revoked by the log, and its row says that it is in force",
            "sha256 is not as the log has it",
        ]


async def test_another_key_of_double_review_is_found(settings: Settings, clock: Clock) -> None:
    """Whoever knows the key knows beforehand which cases a second person sees."""
    with opened(replace(settings, double_review_share=1.0), clock, clock.steady) as api:
        site = Site(api, clock, httpx.ASGITransport(app=create_app(api)))
        anna = await desk(site, "anna")
        await anna.decide((await site.deliver(Packet()))["case_id"], action="confirm")
        assert found(site) == []
        with api.database.write() as connection:
            kept = connection.exec_driver_sql("SELECT value FROM about WHERE name = 'double_review_key'").scalar_one()
            connection.exec_driver_sql(f"UPDATE about SET value = '{'0' * 64}' WHERE name = 'double_review_key'")
        assert found(site) == ["about double_review_key: is another than the log says that cases were chosen by"]
        with api.database.write() as connection:  # a database of the tests' server lives on
            connection.exec_driver_sql(f"UPDATE about SET value = '{kept}' WHERE name = 'double_review_key'")


HOURS = "UPDATE permits SET document = replace(document, '09:30', '23:30') WHERE permit_id = 'p-1'"
SEEN = "permits p-1 version 1: document"


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE people SET districts = 'x'", "people"),
        ("UPDATE tokens SET districts = 'x'", "tokens"),
        ("UPDATE webhooks SET events = 'x'", "webhooks"),
        ("UPDATE cases SET hidden = 'x'", "cases"),
        ("UPDATE camera_versions SET document = 'x'", "camera_versions"),
    ],
)
def test_a_value_that_cannot_be_read_is_told_and_blinds_no_other_check(city: City, tmp_path: Path, statement: str, says: str) -> None:
    told, _ = of_copy(city, tmp_path, statement, HOURS)
    assert any(says in one for one in told), told
    assert any(one.startswith(SEEN) for one in told), told
