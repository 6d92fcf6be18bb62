"""`curbwatch serve retention`, `heads` and `check` on a data folder of their own."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from api import housekeeping, log, tokens
from api.errors import StartError
from api.service import opened
from api.settings import Settings
from curbwatch.commands.serve import serve
from evidence.heads import read_head


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data folder whose log has an entry and a signed head."""
    folder = tmp_path / "data"
    with opened(Settings.of(folder)) as api:
        with api.database.write() as connection:
            log.append(connection, log.LogEvent.EXPORT, api.clock(), "eva", {"purpose": "audit"})
        housekeeping.sign_head(api)
    return folder


def told(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(serve, [*words])
    assert result.exit_code == status, result.output
    return result.output


def test_retention_says_what_is_due_and_deletes(data_dir: Path) -> None:
    answer = json.loads(told("retention", "--dry-run", "--json", "--keep", "rejected=15", "--data-dir", str(data_dir)))
    assert [(rule["id"], rule["days"], rule["due"]) for rule in answer["rules"]][:2] == [("rejected", 15, 0), ("lead", 183, 0)]
    assert answer["erased"] is None
    assert "evidence of 0 cases was deleted" in told("retention", "--data-dir", str(data_dir))


@pytest.mark.parametrize("keep", ["rejected", "rejected=x", "rejected=-1"])
def test_a_period_that_is_none(data_dir: Path, keep: str) -> None:
    result = CliRunner().invoke(serve, ["retention", "--keep", keep, "--data-dir", str(data_dir)])
    assert result.exit_code != 0


def test_a_dry_run_elsewhere_changes_nothing_of_the_city_s(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names the database, nobody gives --data-dir, and the API runs."""
    monkeypatch.setenv("CURBWATCH_DATABASE_URL", f"sqlite:///{data_dir / 'curbwatch.sqlite'}")
    monkeypatch.chdir(tmp_path)
    with opened(Settings.of(data_dir)) as api:
        for words in (("retention", "--dry-run"), ("retention",), ("keep", "rejected=1"), ("check",), ("backup", "b.tar"), ("sweep",)):
            result = CliRunner().invoke(serve, words)
            assert isinstance(result.exception, StartError), (words, result.output)
            assert "is not there, but" in str(result.exception)
        with api.database.read() as connection:
            for token in api.first_tokens.values():
                assert tokens.caller_by_token(connection, token, api.clock()) is not None
    assert not (tmp_path / "curbwatch-data" / "api" / "keys").exists()


def test_periods_are_changed_while_the_api_runs(data_dir: Path) -> None:
    with opened(Settings.of(data_dir)) as api:
        assert "10 days from" in told("keep", "rejected=10", "case=730", "--data-dir", str(data_dir))
        rules = {rule.id: (rule.days, rule.next_days) for rule in housekeeping.outlook(api).rules}
        assert (rules["rejected"], rules["case"]) == ((30, 10), (730, None))
        dry = json.loads(told("retention", "--dry-run", "--json", "--data-dir", str(data_dir)))
        assert [rule["next_days"] for rule in dry["rules"]][:2] == [10, None]
    assert "there is no rule" in str(CliRunner().invoke(serve, ["keep", "nothing=1", "--data-dir", str(data_dir)]).exception)


def test_files_that_no_packet_names_are_set_aside_by_a_word(data_dir: Path) -> None:
    assert "0 files were set aside" in told("sweep", "--all", "--data-dir", str(data_dir))


@pytest.mark.parametrize("words", [("check",), ("heads",), ("retention", "--dry-run"), ("keep", "rejected=90"), ("token", "--role", "auditor", "--name", "x")])
def test_no_command_brings_the_tables_of_an_older_api_up_to_date(data_dir: Path, words: tuple[str, ...]) -> None:
    """It may be running."""
    with closing(sqlite3.connect(data_dir / "curbwatch.sqlite")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '0010'")
    result = CliRunner().invoke(serve, [*words, "--data-dir", str(data_dir)])
    assert "its tables are not those of this version" in str(result.exception)
    with closing(sqlite3.connect(data_dir / "curbwatch.sqlite")) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchone() == ("0010",)


def test_heads_are_printed_one_a_line(data_dir: Path) -> None:
    (line,) = told("heads", "--data-dir", str(data_dir)).splitlines()
    with opened(Settings.of(data_dir)) as api:
        read_head(json.loads(line), "head").verify(api.key.public_key)
    assert told("heads", "--after", "2999-01-01", "--data-dir", str(data_dir)) == "curbwatch: there is no signed head of a day after 2999-01-01\n"


def test_check_names_what_was_changed(data_dir: Path) -> None:
    assert "says what its log says" in told("check", "--data-dir", str(data_dir))
    with closing(sqlite3.connect(data_dir / "curbwatch.sqlite")) as raw, raw:
        raw.execute("DROP TRIGGER log_refuses_update")
        raw.execute("UPDATE log SET document = replace(document, 'eva', 'otto')")
    assert "log 1: was changed" in told("check", "--data-dir", str(data_dir), status=1)


def test_restore_tells_what_does_not_fit(data_dir: Path, tmp_path: Path) -> None:
    for name, status, said in (("whole", 0, "all whole; the database says what its log says"), ("changed", 1, "heads 20")):
        if name == "changed":
            with closing(sqlite3.connect(data_dir / "curbwatch.sqlite")) as raw, raw:
                raw.execute("UPDATE heads SET document = replace(document, '\"index\": 1', '\"index\": 2')")
        told("backup", str(tmp_path / f"{name}.tar"), "--data-dir", str(data_dir))
        answer = told("restore", str(tmp_path / f"{name}.tar"), "--data-dir", str(tmp_path / name), status=status)
        assert said in answer
        assert (tmp_path / name / "curbwatch.sqlite").is_file(), "what does not fit is there to be looked at"


@pytest.mark.parametrize("day", ["nonsense", "26.11.2026", "2026-13-99", "2026-02-30", "20261126", "2026-W48-4"])
def test_heads_after_what_is_no_day(data_dir: Path, day: str) -> None:
    result = CliRunner().invoke(serve, ["heads", "--after", day, "--data-dir", str(data_dir)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"curbwatch: --after {day!r}: is no day; write it like 2026-11-25\n"


def test_heads_before_the_first(tmp_path: Path) -> None:
    with opened(Settings.of(tmp_path)):
        pass
    result = CliRunner().invoke(serve, ["heads", "--data-dir", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("curbwatch: there is no signed head yet")
