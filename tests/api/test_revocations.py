"""A restore gives nothing back that was taken away after its backup: what stands outside of the database says so, and else it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api import checking, revocations
from api.app import create_app
from api.backup import backup, restore
from api.errors import BackupError
from api.roles import Role
from api.service import opened
from api.settings import Settings

from .conftest import Clock, Packet, Site
from .desks import Person, person
from .test_names import at_the_keyboard

import httpx  # isort: skip


async def taken_away(site: Site, tmp_path: Path) -> Person:
    """A backup, and after it all that can be taken away is."""
    await site.deliver(Packet())
    await site.bind_key("gate-9")
    admin = person(site, "ada", Role.ADMIN)
    thief = await admin.json("POST", "/tokens", 201, json={"name": "thief", "role": "admin", "districts": ["*"], "days": 90})
    for name, role in (("Li Na", "officer"), ("Wang Wei", "admin"), ("Zhao", "reviewer"), ("Qian", "reviewer")):
        await admin.json("POST", "/people", 201, json={"name": name, "role": role, "districts": ["*"]})
    revocations.write(site.api)
    backup(site.api.settings, tmp_path / "backup.tar")
    await admin.ask("DELETE", f"/tokens/{thief['about']['id']}", 204)
    await admin.json("PATCH", "/people/Li Na", json={"disabled": True})
    await admin.json("PATCH", "/people/Wang Wei", json={"role": "reviewer"})
    await admin.json("POST", "/people/Zhao/password")
    await admin.ask("DELETE", "/workers/gate-9", 204)
    return Person(site, "thief", thief["token"])


async def test_what_the_file_tells_is_taken_away_again(site: Site, tmp_path: Path, clock: Clock) -> None:
    thief = await taken_away(site, tmp_path)
    assert revocations.write(site.api) == 5
    assert revocations.write(site.api) == 0
    said: list[str] = []
    target = Settings.of(tmp_path / "restored")
    restore(tmp_path / "backup.tar", target, revocations_file=site.api.settings.data_dir / revocations.NAME, say=said.append)
    assert [one.partition(": ")[0] for one in said if "was " in one or "had " in one] == [
        "token thief", "person Li Na", "person Wang Wei", "person Zhao", "worker gate-9"
    ]  # fmt: skip
    with opened(target, clock, clock.steady) as api:
        again = Site(api, clock, httpx.ASGITransport(app=create_app(api)), chains=site.chains)
        await Person(again, "thief", thief.token).ask("GET", "/people", 401)
        with api.database.read() as connection:
            assert [str(fault) for fault in checking.faults(connection, api.key.public_key, api.blobs)] == []
        admin = person(again, "otto", Role.ADMIN)
        people = {one["name"]: one["disabled_at"] is not None for one in (await admin.json("GET", "/people"))["items"]}
        assert people == {"Li Na": True, "Wang Wei": True, "Zhao": False, "Qian": False}
        workers = {one["name"]: one["revoked_at"] is not None for one in (await admin.json("GET", "/workers"))["items"]}
        assert workers == {"gate-9": True, "worker-1": False}
        with api.database.read() as connection:
            assert connection.exec_driver_sql("SELECT name FROM people WHERE password IS NULL").scalars().all() == ["Zhao"]


async def test_an_end_that_first_tokens_were_given_holds_after_a_restore_too(site: Site, tmp_path: Path, clock: Clock) -> None:
    await site.deliver(Packet())
    backup(site.api.settings, tmp_path / "backup.tar")
    await at_the_keyboard(site, name="Root", role="admin")
    revocations.write(site.api)
    said: list[str] = []
    restore(tmp_path / "backup.tar", Settings.of(tmp_path / "restored"), revocations_file=site.api.settings.data_dir / revocations.NAME, say=said.append)
    assert [one.partition(",")[0] for one in said if "had an end" in one] == ["token reviewer: had an end", "token admin: had an end"]
    clock.forward(days=15)
    with opened(Settings.of(tmp_path / "restored"), clock, clock.steady) as api:
        assert set(api.first_tokens) == {Role.WORKER}


async def test_without_the_file_a_restore_tells_who_may_what_and_ends_all_sessions(site: Site, tmp_path: Path, clock: Clock) -> None:
    await taken_away(site, tmp_path)
    with site.api.database.write() as connection:
        connection.exec_driver_sql("INSERT INTO sessions (sha256, token_id, made_at, seen_at, ends_at) SELECT 'x', MIN(id), 0, 0, 9999999999999999 FROM tokens")
        connection.exec_driver_sql("INSERT INTO enrolments (worker, sha256, made_at, made_by, ends_at) VALUES ('w', 'y', 0, 'ada', 9999999999999999)")
    backup(site.api.settings, tmp_path / "later.tar")
    said: list[str] = []
    restore(tmp_path / "later.tar", Settings.of(tmp_path / "restored"), say=said.append)
    told = "\n".join(said)
    assert "what was taken away after the backup is in force again" in told
    assert "person Qian (reviewer, all districts)" in told
    assert "person Li Na" not in told
    assert "token ada (admin, all districts, without an end)" in told
    assert "worker worker-1" in told
    with opened(Settings.of(tmp_path / "restored"), clock, clock.steady) as api, api.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 0
        assert connection.exec_driver_sql("SELECT count(*) FROM enrolments WHERE ends_at > 9000000000000000").scalar() == 0


async def test_a_file_of_another_api_and_one_that_was_cut_off(site: Site, tmp_path: Path) -> None:
    await taken_away(site, tmp_path)
    path = site.api.settings.data_dir / revocations.NAME
    first = path.read_text().splitlines()[0]
    path.write_text(path.read_text() + '{"event": "tok')
    told = revocations.read(path)
    assert (len(told.entries), told.cut_line) == (len(path.read_text().splitlines()) - 1, len(path.read_text().splitlines()))
    assert revocations.write(site.api) == 5
    assert all(json.loads(line)["log_index"] for line in path.read_text().splitlines()), "what was cut off is cut away"
    for text, why in (
        (first.replace("thief", "other").replace("gate", "other").replace("Li", "other").replace("ada", "eva") + "\n", "another API"),
        ("{}\n{}\n", "line 1: is no entry"),
    ):
        (tmp_path / "wrong").write_text(text)
        with pytest.raises(BackupError, match=why):
            restore(tmp_path / "backup.tar", Settings.of(tmp_path / "restored"), revocations_file=tmp_path / "wrong")
    with pytest.raises(BackupError, match="cannot be read"):
        restore(tmp_path / "backup.tar", Settings.of(tmp_path / "restored"), revocations_file=tmp_path / "none")
    assert not (tmp_path / "restored").exists()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "holds not one entry"),
        (b"hello", "holds not one entry"),
        (b"hello\n", "line 1: is no entry"),
        (b'{"event": "token", "log_in', "holds not one entry"),
        (b"\xff\xfe\n\n", "line 1: is no entry"),
    ],
    ids=["empty", "a word", "a line", "one cut line", "no text"],
)
async def test_a_file_that_tells_of_nothing_is_no_empty_list(site: Site, tmp_path: Path, data: bytes, why: str) -> None:
    await site.deliver(Packet())
    backup(site.api.settings, tmp_path / "backup.tar")
    (tmp_path / "wrong").write_bytes(data)
    said: list[str] = []
    with pytest.raises(BackupError, match=rf"wrong.*{why}.*; name the revocations\.jsonl of the data folder of before"):
        restore(tmp_path / "backup.tar", Settings.of(tmp_path / "restored"), revocations_file=tmp_path / "wrong", say=said.append)
    assert said == []
    assert not (tmp_path / "restored").exists()


async def test_a_line_that_was_cut_off_is_told_and_a_bad_one_refused(site: Site, tmp_path: Path) -> None:
    """Cut in the middle of a sign of a name too; a last line that has its end was not cut."""
    await taken_away(site, tmp_path)
    revocations.write(site.api)
    whole = (site.api.settings.data_dir / revocations.NAME).read_bytes()
    cut = tmp_path / "cut"
    cut.write_bytes(whole + '{"event":"person","person":"王'.encode()[:-1])
    said: list[str] = []
    restore(tmp_path / "backup.tar", Settings.of(tmp_path / "restored"), revocations_file=cut, say=said.append)
    number = whole.count(b"\n")
    (reach,) = (one for one in said if f"tells of {number} entries" in one)
    assert reach.endswith("; 5 of them came after the backup")
    assert [f"line {number + 1} is cut off and was left out" in one for one in said].count(True) == 1
    cut.write_bytes(whole + b'{"event":"tok\n')
    with pytest.raises(BackupError, match=f"line {number + 1}: is no entry"):
        restore(tmp_path / "backup.tar", Settings.of(tmp_path / "again"), revocations_file=cut)


@pytest.mark.parametrize("store", ["server"], indirect=True)
async def test_a_restore_that_fails_says_nothing_of_rights(site: Site, tmp_path: Path) -> None:
    await site.deliver(Packet())
    backup(site.api.settings, tmp_path / "backup.tar")
    said: list[str] = []
    (tmp_path / "empty").write_bytes(b"")
    nobody = "postgresql://curb@127.0.0.1:9/cases"
    for url, source, why in (
        (site.api.settings.database, "backup.tar", "holds something already"),
        (nobody, "backup.tar", "refused"),
        (nobody, "empty", "refused"),  # it is asked before the backup is unpacked
    ):
        with pytest.raises(BackupError, match=why) as caught:
            restore(tmp_path / source, Settings.of(tmp_path / "restored", url), say=said.append)
        assert "\n" not in str(caught.value)
    assert said == []
    assert not (tmp_path / "restored").exists()


async def _cases(site: Site, number: int) -> list[str]:
    return [(await site.deliver(Packet(camera=f"gate-{one}")))["case_id"] for one in range(number)]


async def test_holds_and_longer_periods_that_came_after_the_backup_are_set_again(site: Site, tmp_path: Path, clock: Clock) -> None:
    """None is released and none is shortened by a restore; what was, is said."""
    held, released, slip, plain = await _cases(site, 4)
    olga, ada = person(site, "olga", Role.OFFICER, unit="legal"), person(site, "ada", Role.ADMIN)
    await olga.json("PUT", f"/cases/{released}/hold", json={"reason": "an objection"})
    await ada.json("PUT", "/retention/lead", json={"days": 400})
    backup(site.api.settings, tmp_path / "backup.tar")
    await olga.json("PUT", f"/cases/{held}/hold", json={"reason": "court asks for it"})
    await olga.json("DELETE", f"/cases/{released}/hold", params={"reason": "settled"})
    await olga.json("PUT", f"/cases/{slip}/hold", json={"reason": "a slip"})
    await olga.json("DELETE", f"/cases/{slip}/hold", params={"reason": "another case was meant"})
    later = (await site.deliver(Packet(camera="gate-9")))["case_id"]
    await olga.json("PUT", f"/cases/{later}/hold", json={"reason": "it too"})
    await ada.json("PUT", "/retention/rejected", json={"days": 90})
    await ada.json("PUT", "/retention/lead", json={"days": 200})
    await ada.json("PUT", "/retention/case", json={"days": 500})
    await ada.json("PUT", "/retention/case", json={"days": 450})
    assert revocations.write(site.api) == 11
    said: list[str] = []
    target = Settings.of(tmp_path / "restored")
    restore(tmp_path / "backup.tar", target, revocations_file=site.api.settings.data_dir / revocations.NAME, say=said.append)
    assert [one for one in said if one.startswith(("case ", "rule "))] == [
        f"case {held}: was put under legal hold since (court asks for it), and is again",
        f"case {released}: was released from legal hold since, and stays under it; release it again",
        f"case {later}: was put under legal hold since (it too), and is not in the backup: set it again once its packets have been brought again",
        "rule case: was given 450 days since, and has them again",
        "rule lead: was given 200 days since, and keeps 400; `curbwatch serve keep lead=200` shortens it again",
        "rule rejected: was given 90 days since, and has them again",
    ]
    with opened(target, clock, clock.steady) as api:
        again = Site(api, clock, httpx.ASGITransport(app=create_app(api)), chains=site.chains)
        eva = person(again, "eva", Role.AUDITOR)
        assert {one: (await eva.case(one))["held"] for one in (held, released, slip, plain)} == {held: True, released: True, slip: False, plain: False}
        (shown,) = (await eva.case(held))["holds"]
        assert (shown["reason"], shown["by"]) == ("court asks for it", "restore")
        rules = {one["id"]: (one["days"], one["next_days"]) for one in (await eva.json("GET", "/retention"))["rules"]}
        assert (rules["rejected"], rules["lead"], rules["case"]) == ((90, None), (400, None), (450, None))
        with api.database.read() as connection:
            assert [str(fault) for fault in checking.faults(connection, api.key.public_key, api.blobs)] == []
            (told,) = connection.exec_driver_sql(f"SELECT document FROM log WHERE event = 'hold' AND case_id = '{held}'").scalars()
        assert {name: json.loads(told)["again"][name] for name in ("by", "unit")} == {"by": "olga", "unit": "legal"}


async def test_a_shorter_period_that_was_under_way_in_the_backup_and_was_taken_back_is_taken_back_again(site: Site, tmp_path: Path, clock: Clock) -> None:
    ada = person(site, "ada", Role.ADMIN)
    await site.deliver(Packet())
    await ada.json("PUT", "/retention/rejected", json={"days": 3})
    backup(site.api.settings, tmp_path / "backup.tar")
    await ada.json("PUT", "/retention/rejected", json={"days": 30})
    revocations.write(site.api)
    restore(tmp_path / "backup.tar", Settings.of(tmp_path / "restored"), revocations_file=site.api.settings.data_dir / revocations.NAME)
    clock.forward(days=8)
    with opened(Settings.of(tmp_path / "restored"), clock, clock.steady) as api:
        again = Site(api, clock, httpx.ASGITransport(app=create_app(api)))
        (rule, *_) = (await person(again, "eva", Role.AUDITOR).json("GET", "/retention"))["rules"]
        assert (rule["id"], rule["days"], rule["next_days"]) == ("rejected", 30, None)


async def test_a_file_of_an_older_version_gets_the_holds_and_periods_that_stand(site: Site) -> None:
    """That version wrote none of them; those that stand then are put in at their places, once."""
    (case_id,) = await _cases(site, 1)
    ada = person(site, "ada", Role.ADMIN)
    await ada.json("PUT", f"/cases/{case_id}/hold", json={"reason": "court"})
    await ada.json("PUT", "/retention/rejected", json={"days": 90})
    await ada.json("POST", "/people", 201, json={"name": "Li Na", "role": "officer", "districts": ["*"]})
    path = site.api.settings.data_dir / revocations.NAME
    revocations.write(site.api)
    whole = path.read_text()
    path.write_text("".join(line for line in whole.splitlines(keepends=True) if '"hold"' not in line and '"retention"' not in line))
    assert path.read_text() != whole
    assert revocations.write(site.api) == 2
    assert path.read_text() == whole
    assert path.stat().st_mode & 0o077 == 0
    assert revocations.write(site.api) == 0


async def test_a_period_that_is_none_is_refused_with_its_place(site: Site, tmp_path: Path) -> None:
    await site.deliver(Packet())
    backup(site.api.settings, tmp_path / "backup.tar")
    for told in ({"rule": "none", "days": 3}, {"rule": "lead", "days": "x"}, {"rule": "lead", "days": 10**9}):
        (tmp_path / "wrong").write_text(json.dumps(told | {"event": "retention", "log_index": 900}) + "\n")
        with pytest.raises(BackupError, match="--revocations: entry 900"):
            restore(tmp_path / "backup.tar", Settings.of(tmp_path / "restored"), revocations_file=tmp_path / "wrong")
