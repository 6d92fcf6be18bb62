"""The log is append-only, and shows whoever changes it past the API."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from api import log
from api.service import Api

from .conftest import START
from .stores import unguard


def written(api: Api, entries: int = 5) -> None:
    for number in range(entries):
        with api.database.write() as connection:
            log.append(connection, log.LogEvent.EVIDENCE_READ, START, "anna", {"sha256": str(number)}, "case")


@pytest.mark.parametrize("statement", ["UPDATE log SET by = 'nobody'", "DELETE FROM log"])
def test_the_database_refuses_changes(api: Api, statement: str) -> None:
    written(api)
    with pytest.raises(DBAPIError, match="append-only"), api.database.write() as connection:
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "broken_at"),
    [
        pytest.param("SELECT 1", None, id="nothing was done"),
        pytest.param("""UPDATE log SET document = replace(document, '"anna"', '"otto"') WHERE log_index = 3""", 3, id="a name was changed"),
        pytest.param("DELETE FROM log WHERE log_index = 2", 2, id="an entry was taken out"),
        pytest.param("UPDATE log SET sha256 = 'ff' WHERE log_index = 4", 4, id="a hash was changed"),
    ],
)
def test_a_change_past_the_api_shows(api: Api, statement: str, broken_at: int | None) -> None:
    written(api)
    with api.database.write() as connection:
        unguard(connection)
        connection.exec_driver_sql(statement)
    with api.database.read() as connection:
        assert log.first_break(connection) == broken_at
