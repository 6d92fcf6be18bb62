"""`curbwatch serve token` and `serve person`: told once, for the districts that were named."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from api import people, tokens
from api.database import Database
from api.moments import utc_now
from api.roles import Role
from api.settings import Settings
from curbwatch.commands.serve import serve
from evidence.signing import SigningKey


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    settings = Settings.of(tmp_path / "data")
    SigningKey.load_or_create(settings.key_file)
    database = Database(settings.database)
    database.open()
    database.close()
    return tmp_path / "data"


def run(data_dir: Path, *arguments: str) -> str:
    answer = CliRunner().invoke(serve, [*arguments, "--data-dir", str(data_dir)])
    return f"{answer.exit_code} {answer.stdout.strip() or answer.stderr.strip()}"


def test_what_is_printed_is_said_to_be_whose_and_for_how_long(data_dir: Path) -> None:
    made = CliRunner().invoke(serve, ["person", "--role", "officer", "--name", "王伟", "--data-dir", str(data_dir)])
    assert re.fullmatch(r"([0-9a-f]{5}-){4}[0-9a-f]{5}\n", made.stdout), "standard output is the password alone"
    said = "王伟 (officer) signs in with this password, which is told only now, and sets another until DAY TIME, within seven days:"
    assert re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d[+-]\d\d:\d\d", "DAY TIME", made.stderr.strip()) == said
    token = CliRunner().invoke(serve, ["token", "--role", "auditor", "--name", "Audit office", "--data-dir", str(data_dir)])
    assert token.stdout.startswith("cw-auditor-")
    said = "the token of Audit office (auditor), which is told only now and holds until DAY TIME:"
    assert re.sub(r"20\d\d-\d\d-\d\d \d\d:\d\d[+-]\d\d:\d\d", "DAY TIME", token.stderr.strip()) == said


@pytest.mark.parametrize(
    ("role", "days", "ends"), [("auditor", (), 90), ("reviewer", ("--days", "7"), 7), ("worker", (), None), ("worker", ("--days", "366"), 366)]
)
def test_a_token_has_an_end(data_dir: Path, role: str, days: tuple[str, ...], ends: int | None) -> None:
    assert run(data_dir, "token", "--role", role, "--name", "one", *days).startswith("0 cw-")
    database = Database(Settings.of(data_dir).database)
    with database.looked_at() as connection:
        (row,) = tokens.all_tokens(connection)
    assert row.ends_at == (None if ends is None else row.made_at + timedelta(days=ends))
    assert run(data_dir, "token", "--role", role, "--name", "two", "--days", "367").startswith("2 ")


def test_a_token_and_a_person(data_dir: Path) -> None:
    token = run(data_dir, "token", "--role", "reviewer", "--name", "Li Na", "--district", "lixia", "--unit", "Team 3")
    password = run(data_dir, "person", "--role", "admin", "--name", "王伟", "--unit", "Town hall")
    assert (token[:2], password[:2]) == ("0 ", "0 ")
    assert run(data_dir, "person", "--role", "admin", "--name", "王伟").startswith("2 ")
    assert run(data_dir, "token", "--role", "reviewer", "--name", "x\ny").startswith("2 ")
    assert run(data_dir, "person", "--role", "worker", "--name", "gate").startswith("2 ")
    database = Database(Settings.of(data_dir).database)
    database.sign_with(SigningKey.load(Settings.of(data_dir).key_file))
    database.open()
    try:
        with database.read() as connection:
            caller = tokens.caller_by_token(connection, token[2:], utc_now())
            assert caller is not None
            assert (caller.role, caller.unit, caller.districts) == (Role.REVIEWER, "Team 3", frozenset({"lixia"}))
        signed_in, _ = people.sign_in(database, "王伟", password[2:], "192.0.2.1", utc_now())
        assert (signed_in.role, signed_in.is_everywhere, signed_in.must_change) == (Role.ADMIN, True, True)
    finally:
        database.close()


def test_a_token_under_a_persons_name_is_the_persons_own(data_dir: Path) -> None:
    run(data_dir, "person", "--role", "officer", "--name", "王伟", "--unit", "Town hall", "--district", "lixia")
    token = run(data_dir, "token", "--role", "officer", "--name", "王伟")
    assert token.startswith("0 ")
    for wrong, why in (
        (("--role", "admin"), "2 curbwatch: --name: is a person's, who has the role officer"),
        (("--role", "officer", "--district", "huaiyin"), "2 curbwatch: --name: is a person's"),
    ):
        assert run(data_dir, "token", *wrong, "--name", "王伟").startswith(why)
    assert run(data_dir, "token", "--role", "auditor", "--name", "statistics").startswith("0 ")
    assert "bears the name 'statistics'" in run(data_dir, "token", "--role", "auditor", "--name", "Statistics")
    assert "bears the name" in run(data_dir, "person", "--role", "auditor", "--name", "statistics")
    database = Database(Settings.of(data_dir).database)
    database.open()
    try:
        with database.read() as connection:
            caller = tokens.caller_by_token(connection, token[2:], utc_now())
            assert caller is not None
            assert (caller.name, caller.role, caller.unit, caller.districts) == ("王伟", Role.OFFICER, "Town hall", frozenset({"lixia"}))
            assert caller.person_id == people.person(connection, "王伟").id
    finally:
        database.close()


@pytest.mark.parametrize("command", ["person", "token"])
@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--district", "no such", "--district 'no such': a district has 1 to 64 letters, digits, points, hyphens and underscores; * stands for all"),
        ("--district", "", "--district ''"),
        ("--district", "x" * 65, "--district 'xxx"),
        ("--unit", "  ", "--unit: has 1 to 100 signs that can be seen"),
        ("--unit", "Team\n3", "--unit: has 1 to 100 signs that can be seen"),
    ],
)
def test_a_district_or_a_unit_that_is_none(data_dir: Path, command: str, option: str, value: str, told: str) -> None:
    answer = run(data_dir, command, "--role", "reviewer", "--name", "Li Na", option, value)
    assert answer.startswith(f"2 curbwatch: {told}"), answer
    assert "\n" not in answer


def test_a_district_in_chinese(data_dir: Path) -> None:
    assert run(data_dir, "person", "--role", "reviewer", "--name", "Li Na", "--district", "历下").startswith("0 ")


def test_a_folder_without_a_database(tmp_path: Path) -> None:
    assert "there is no database yet" in run(tmp_path / "nothing", "person", "--role", "admin", "--name", "王伟")
