"""Figures for Prometheus: requests by route, cases by state, cameras by state, pages that listen, free space."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from api import log, timekeeping, worker_chains, worker_heads
from api.schema import cases, packets
from api.service import Api
from api.states import State

COUNT_EVERY_SECONDS = 60.0


class Metrics:
    """The figures of one API."""

    def __init__(self, api: Api) -> None:
        self._registry = CollectorRegistry()
        self.requests = Counter("curbwatch_api_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry)
        self.seconds = Histogram("curbwatch_api_request_seconds", "Until the answer began.", ["method", "route"], registry=self._registry)
        self._registry.register(_Present(api))

    def text(self) -> tuple[bytes, str]:
        """The figures in Prometheus' text form, and its content type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST


class _Counts:
    """Counts of whole tables, made once a minute at most, whoever asks: of two million cases they take about a second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made_at: float | None = None
        self._by_state: dict[str, int] = {}
        self._packets = 0

    def of(self, connection: Connection) -> tuple[dict[str, int], int]:
        """Cases by state, and packets received."""
        with self._lock:
            if self._made_at is None or time.monotonic() - self._made_at >= COUNT_EVERY_SECONDS:
                self._by_state = {row[0]: row[1] for row in connection.execute(select(cases.c.state, func.count()).group_by(cases.c.state))}
                self._packets = connection.execute(select(func.count()).select_from(packets)).scalar_one()
                self._made_at = time.monotonic()
            return self._by_state, self._packets


class _Present(Collector):
    """What is counted when somebody asks."""

    def __init__(self, api: Api) -> None:
        self._api, self._counts = api, _Counts()

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        api = self._api
        with api.database.read() as connection:
            by_state, received = self._counts.of(connection)
            entries = log.head(connection).index
            gaps, clock = worker_chains.gaps(connection), timekeeping.doubt(connection)
            in_doubt, missing = worker_heads.in_doubt(connection), worker_heads.missing(connection)
        yield _family("curbwatch_api_cases", "Cases by state.", "state", {state.value: by_state.get(state.value, 0) for state in State})
        yield _family("curbwatch_api_cameras", "Cameras by state.", "state", api.watching.states(api.clock()))
        yield GaugeMetricFamily("curbwatch_api_packets", "Packets received.", value=received)
        yield GaugeMetricFamily("curbwatch_api_log_entries", "Entries of the log.", value=entries)
        yield GaugeMetricFamily("curbwatch_api_worker_chains_in_doubt", "Workers whose signed head does not fit what is here.", value=in_doubt)
        yield GaugeMetricFamily("curbwatch_api_worker_packets_missing", "Packets that workers' signed heads count and that are not here.", value=missing)
        yield GaugeMetricFamily("curbwatch_api_worker_chain_gaps", "Gaps in workers' chains.", value=gaps[0])
        yield GaugeMetricFamily("curbwatch_api_clock_in_doubt", "Whether the clock is in doubt, so that nothing is deleted.", value=int(clock is not None))
        yield GaugeMetricFamily("curbwatch_api_evidence_files_damaged", "Evidence files found damaged when somebody asked.", value=api.whole.damaged)
        yield GaugeMetricFamily("curbwatch_api_pages", "Pages that listen for news.", value=api.hub.pages)
        yield GaugeMetricFamily("curbwatch_api_evidence_free_bytes", "Free space for evidence files.", value=api.blobs.free_bytes())


def _family(name: str, help_: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
