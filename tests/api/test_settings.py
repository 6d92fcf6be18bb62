"""Folders and URLs."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.errors import StartError
from api.settings import Settings

DATA = Path("/srv/data")


@pytest.mark.parametrize(
    ("urls", "database", "evidence"),
    [
        pytest.param({}, "/srv/data/curbwatch.sqlite", "/srv/data/evidence", id="all in the data folder"),
        pytest.param({"database_url": "sqlite:////srv/c.sqlite"}, "/srv/c.sqlite", "/srv/data/evidence", id="the database elsewhere"),
        pytest.param({"evidence_url": "file:///srv/my%20files"}, "/srv/data/curbwatch.sqlite", "/srv/my files", id="the files elsewhere"),
    ],
)
def test_where_things_lie(urls: dict[str, str], database: str, evidence: str) -> None:
    settings = Settings.of(DATA, **urls)
    assert (settings.database, settings.evidence_dir) == (Path(database), Path(evidence))
    assert settings.key_file == DATA / "keys" / "api.pem"


def test_a_relative_database_lies_in_this_folder() -> None:
    assert Settings.of(DATA, database_url="sqlite:///c.sqlite").database == Path.cwd() / "c.sqlite"


@pytest.mark.parametrize(
    ("urls", "names"),
    [
        ({"database_url": "postgresql://anna:secret@db/x"}, "--database-url"),
        ({"database_url": "c.sqlite"}, "--database-url"),
        ({"database_url": "sqlite://"}, "--database-url"),
        ({"database_url": "sqlite://host/c.sqlite"}, "--database-url"),
        ({"evidence_url": "s3://bucket/secret"}, "--evidence-url"),
        ({"evidence_url": "file://host/x"}, "--evidence-url"),
        ({"evidence_url": "file:///"}, "--evidence-url"),
    ],
)
def test_urls_that_this_version_does_not_know(urls: dict[str, str], names: str) -> None:
    with pytest.raises(StartError, match=f"^{names}: ") as caught:
        Settings.of(DATA, **urls)
    assert "secret" not in str(caught.value)
