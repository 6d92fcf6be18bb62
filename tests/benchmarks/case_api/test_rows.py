"""Rows that are made past the API are as the API makes them: the log is whole, the words are those of search, the queue is in order."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from api import log, search
from api.acts import queue_value
from api.database import Database
from api.schema import cases
from benchmarks.case_api import rows
from benchmarks.case_api.fill import fill
from benchmarks.errors import BenchmarkError
from evidence.packet import Grade

CASES = 60


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(rows, "OPEN", 20)
    database = Database(tmp_path / "curbwatch.sqlite")
    fill(database, CASES, lambda said: None)
    return database


def test_a_filled_database_is_as_the_api_would_have_it(filled: Database) -> None:
    filled.open()
    with filled.write() as connection:
        assert filled.is_current()
        assert log.first_break(connection) is None
        every = connection.execute(select(cases).order_by(cases.c.number)).all()
        assert [row.number for row in every] == list(range(1, CASES + 1))
        assert {row.state for row in every[-20:]} == {"open"}
        assert "open" not in {row.state for row in every[:-20]}
        assert all(row.value == queue_value(Grade(row.grade), row.score, row.created_at) for row in every)
        made = connection.execute(select(search.KEPT.c.rowid, search.KEPT.c.words).order_by(search.KEPT.c.rowid)).all()
        search.bring_up_to_date(connection, anew=True)
        assert connection.execute(select(search.KEPT.c.rowid, search.KEPT.c.words).order_by(search.KEPT.c.rowid)).all() == made
    filled.close()


def test_what_was_cut_off_goes_on(filled: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.case_api import fill as filling

    monkeypatch.setattr(filling, "BATCH", 25)
    cut_off = Database(tmp_path / "other.sqlite")

    def stop(said: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(filling, "SAY_EVERY", 25)
    with pytest.raises(KeyboardInterrupt):
        fill(cut_off, CASES, stop)
    fill(cut_off, CASES, lambda said: None)
    contents = []
    for database in (filled, cut_off):
        database.open()
        with database.read() as connection:
            contents.append(connection.execute(select(cases).order_by(cases.c.number)).all())
        database.close()
    assert contents[0] == contents[1]


def test_another_number_of_cases_is_refused(filled: Database) -> None:
    with pytest.raises(BenchmarkError, match="holds 60 cases, not 61"):
        fill(filled, CASES + 1, lambda said: None)
