"""Figures for Prometheus: requests by route, cases by state, cameras by state, pages that listen, free space."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from api import log, worker_heads
from api.schema import cases, packets
from api.service import Api


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


class _Present(Collector):
    """What is counted when somebody asks."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        api = self._api
        with api.database.read() as connection:
            by_state = {row[0]: row[1] for row in connection.execute(select(cases.c.state, func.count()).group_by(cases.c.state))}
            received = connection.execute(select(func.count()).select_from(packets)).scalar_one()
            entries = log.head(connection).index
            in_doubt, missing = worker_heads.in_doubt(connection), worker_heads.missing(connection)
        yield _family("curbwatch_api_cases", "Cases by state.", "state", {state: by_state.get(state, 0) for state in ("open", "confirmed", "rejected")})
        yield _family("curbwatch_api_cameras", "Cameras by state.", "state", api.watching.states(api.clock()))
        yield GaugeMetricFamily("curbwatch_api_packets", "Packets received.", value=received)
        yield GaugeMetricFamily("curbwatch_api_log_entries", "Entries of the log.", value=entries)
        yield GaugeMetricFamily("curbwatch_api_worker_chains_in_doubt", "Workers whose signed head does not fit what is here.", value=in_doubt)
        yield GaugeMetricFamily("curbwatch_api_worker_packets_missing", "Packets that workers' signed heads count and that are not here.", value=missing)
        yield GaugeMetricFamily("curbwatch_api_pages", "Pages that listen for news.", value=api.hub.pages)
        yield GaugeMetricFamily("curbwatch_api_evidence_free_bytes", "Free space for evidence files.", value=api.blobs.free_bytes())


def _family(name: str, help_: str, label: str, values: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family
