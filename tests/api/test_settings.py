"""Folders and URLs."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.engines import place_of
from api.errors import StartError
from api.settings import Settings

DATA = Path("/srv/data")


@pytest.mark.parametrize(
    ("urls", "database", "evidence"),
    [
        pytest.param({}, "/srv/data/curbwatch.sqlite", "/srv/data/evidence", id="all in the data folder"),
        pytest.param({"database_url": "sqlite:////srv/c.sqlite"}, "/srv/c.sqlite", "/srv/data/evidence", id="the database elsewhere"),
        pytest.param({"evidence_url": "file:///srv/my%20files"}, "/srv/data/curbwatch.sqlite", "/srv/my files", id="the files elsewhere"),
        pytest.param(
            {"database_url": "postgresql://anna:secret@db:5433/cases", "evidence_url": "s3://evidence/cases/?region=cn-north-1"},
            "postgresql://anna:***@db:5433/cases", "s3://evidence/cases", id="PostgreSQL and S3",
        ),
        pytest.param({"database_url": "postgresql:///cases?host=/run/pg"}, "postgresql:///cases?host=%2Frun%2Fpg", "/srv/data/evidence", id="by a socket"),
    ],
)  # fmt: skip
def test_where_things_lie(urls: dict[str, str], database: str, evidence: str) -> None:
    settings = Settings.of(DATA, **urls)
    assert (place_of(settings.database).shown, settings.blobs().shown) == (database, evidence)
    assert settings.key_file == DATA / "keys" / "api.pem"
    assert "secret" not in repr(settings)
    assert settings.has_own_database() is ("database_url" not in urls)
    assert (settings.evidence_elsewhere() is None) is ("evidence_url" not in urls)


def test_a_relative_database_lies_in_this_folder() -> None:
    assert place_of(Settings.of(DATA, database_url="sqlite:///c.sqlite").database).shown == str(Path.cwd() / "c.sqlite")


@pytest.mark.parametrize(
    ("urls", "names"),
    [
        ({"database_url": "mysql://anna:secret@db/x"}, "--database-url"),
        ({"database_url": "postgresql://anna:secret@db"}, "--database-url"),
        ({"database_url": "c.sqlite"}, "--database-url"),
        ({"database_url": "sqlite://"}, "--database-url"),
        ({"database_url": "sqlite://host/c.sqlite"}, "--database-url"),
        ({"evidence_url": "s3://"}, "--evidence-url"),
        ({"evidence_url": "s3://key:secret@bucket/x"}, "--evidence-url"),
        ({"evidence_url": "s3://bucket?secret=1"}, "--evidence-url"),
        ({"evidence_url": "gs://bucket/secret"}, "--evidence-url"),
        ({"evidence_url": "file://host/x"}, "--evidence-url"),
        ({"evidence_url": "file:///"}, "--evidence-url"),
    ],
)
def test_urls_that_this_version_does_not_know(urls: dict[str, str], names: str) -> None:
    with pytest.raises(StartError, match=f"^{names}: ") as caught:
        Settings.of(DATA, **urls)
    assert "secret@" not in str(caught.value)
    assert "://bucket/secret" not in str(caught.value)
