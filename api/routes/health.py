"""Whether the API is well, and its figures. Both are open to whoever reaches the port: counts only, no names."""

from __future__ import annotations

from fastapi import APIRouter, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api import log, timekeeping, worker_chains, worker_heads
from api.metrics import Metrics
from api.routes.access import TheApi

router = APIRouter(tags=["health"])


@router.get("/healthz", responses={503: {"description": "the database does not answer"}})
def healthz(api: TheApi, response: Response) -> dict[str, str | int]:
    """Whether the database answers; the length of the log, the free space for evidence, what workers' signed heads do not fit, what is missing in their
    chains, and whether the clock is in doubt, so that nothing is deleted."""
    try:
        with api.database.read() as connection:
            connection.execute(text("SELECT 1"))
            entries = log.head(connection).index
            gaps, places = worker_chains.gaps(connection)
            clock = timekeeping.doubt(connection)
            in_doubt, missing = worker_heads.in_doubt(connection), worker_heads.missing(connection)
    except SQLAlchemyError:
        response.status_code = 503
        return {"status": "the database does not answer"}
    told: dict[str, str | int] = {"status": "ok", "log_entries": entries, "evidence_free_bytes": api.blobs.free_bytes()}
    told |= {"worker_chains_in_doubt": in_doubt, "worker_packets_missing": missing, "worker_chain_gaps": gaps, "worker_places_missing": places}
    return told | {"clock_in_doubt": int(clock is not None), "evidence_files_damaged": api.whole.damaged}


def metrics_router(metrics: Metrics) -> APIRouter:
    """The route `/metrics` of one API."""
    figures = APIRouter(tags=["health"])

    @figures.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
    def show() -> Response:
        """Figures for Prometheus."""
        body, media_type = metrics.text()
        return Response(body, headers={"Content-Type": media_type})

    return figures
