"""The peer: cases in FastAPI and SQLAlchemy as one writes them first. The same paths, no signatures, hashes, log, districts or fsync; pages by OFFSET,
search by LIKE. It reads and changes the same rows of the same database, after the case API was measured on it.

Run as `python -m benchmarks.case_api.plain DATABASE_URL FOLDER`; prints its port.
"""

from __future__ import annotations

import io
import json
import secrets
import socket
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Column, MetaData, String, Table, Text, cast, create_engine, or_, select, text, update
from sqlalchemy.engine import Engine

from api.schema import cameras, cases

plain_packets = Table("plain_packets", MetaData(), Column("id", String(32), primary_key=True), Column("document", Text, nullable=False))
COLUMNS = (cases.c.id, cases.c.number, cases.c.kind, cases.c.state, cases.c.version, cases.c.value, cases.c.camera_id, cases.c.district, cameras.c.name)


def create_app(engine: Engine, folder: Path) -> FastAPI:
    """The application on a database that holds cases, and a folder for files."""
    app = FastAPI()
    plain_packets.metadata.create_all(engine)

    @app.get("/cases")
    def list_cases(
        state: str | None = None, kind: str | None = None, camera: str | None = None, district: str | None = None, grade: str | None = None,
        q: str | None = None, order: str = "newest", limit: int = 50, cursor: int = 0,
    ) -> dict[str, Any]:  # fmt: skip
        query = select(*COLUMNS).join(cameras, cameras.c.camera_id == cases.c.camera_id, isouter=True)
        told = ((cases.c.state, state), (cases.c.kind, kind), (cases.c.camera_id, camera), (cases.c.district, district), (cases.c.grade, grade))
        for column, wanted in told:
            if wanted is not None:
                query = query.where(column == wanted)
        for word in (q or "").split():
            like = f"%{word.rstrip('*')}%"
            query = query.where(or_(cast(cases.c.kind_name, Text).like(like), cast(cameras.c.name, Text).like(like), cases.c.camera_id.like(like)))
        query = query.order_by(cases.c.value.desc() if order == "value" else cases.c.shown_at.desc()).offset(cursor).limit(limit)
        with engine.connect() as connection:
            items = [dict(row._mapping) for row in connection.execute(query)]
        return {"items": items, "next_cursor": str(cursor + limit) if len(items) == limit else None}

    @app.post("/cases/claim")
    def claim() -> dict[str, Any]:
        now = time.time_ns() // 1000
        with engine.begin() as connection:
            free = or_(cases.c.claimed_until.is_(None), text("claimed_until < :now").bindparams(now=now))
            row = connection.execute(select(cases.c.id, cases.c.version).where(cases.c.state == "open", free).order_by(cases.c.value.desc()).limit(1)).first()
            if row is None:
                return {"items": []}
            connection.execute(text("UPDATE cases SET claimed_by = 'x', claimed_until = :t WHERE id = :id").bindparams(t=now + 600_000_000, id=row.id))
        return {"items": [{"id": row.id, "version": row.version}]}

    @app.post("/cases/{case_id}/decisions")
    def decide(case_id: str, told: dict[str, Any]) -> dict[str, Any]:
        state = "confirmed" if told["action"] == "confirm" else "rejected"
        with engine.begin() as connection:
            connection.execute(update(cases).where(cases.c.id == case_id).values(state=state, version=told["version"] + 1))
        return {"id": case_id, "state": state}

    @app.post("/packets/bundle", status_code=201)
    async def receive(request: Request) -> dict[str, Any]:
        await run_in_threadpool(keep, await request.body())
        return {}

    def keep(body: bytes) -> None:
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            parts = [(entry.name, tar.extractfile(entry)) for entry in tar.getmembers() if entry.isfile()]
            read = [(name, part.read()) for name, part in parts if part is not None]
        for name, data in read[1:]:
            (folder / Path(name).name).write_bytes(data)
        with engine.begin() as connection:
            connection.execute(plain_packets.insert().values(id=secrets.token_hex(16), document=json.dumps(json.loads(read[0][1]))))

    return app


def main(url: str, folder: Path) -> None:
    """Serves until it is ended."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), pool_size=8, max_overflow=40)
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(create_app(engine, folder), log_level="warning", access_log=False, lifespan="off")).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
