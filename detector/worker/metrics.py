"""The worker's Prometheus metrics, read from its state at the moment of the scrape; nothing is counted twice on the hot path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from detector.judgement.drift import Status
from streams.health import Fault

READERS = ("own", "libav", "file")
STATES = ("connecting", "live", "stale", "backing_off", "refused", "disabled")


class WorkerCollector(Collector):
    """Turns the worker's report into metric families.

    Args:
        cameras: camera id → its status as the case API gets it.
        gauges: name → value of the worker as a whole.
    """

    def __init__(self, cameras: Callable[[], Mapping[str, Mapping[str, Any]]], gauges: Callable[[], Mapping[str, float]]) -> None:
        self._cameras, self._gauges = cameras, gauges

    def collect(self) -> Iterator[Metric]:
        state = GaugeMetricFamily("curbwatch_camera_state", "1 for the state that a camera is in", labels=["camera", "state"])
        age = GaugeMetricFamily("curbwatch_camera_last_picture_age_seconds", "Seconds since the last picture", labels=["camera"])
        lag = GaugeMetricFamily("curbwatch_camera_look_lag_seconds", "Seconds beyond the due time of the next look", labels=["camera"])
        offset = GaugeMetricFamily("curbwatch_camera_clock_offset_seconds", "The camera's clock less the worker's", labels=["camera"])
        drift = GaugeMetricFamily("curbwatch_camera_clock_drift_ppm", "How much faster than the worker's the camera's clock runs", labels=["camera"])
        reader = GaugeMetricFamily("curbwatch_camera_reader", "1 for who reads a camera: own, libav (dearer) or file", labels=["camera", "reader"])
        udp = GaugeMetricFamily("curbwatch_camera_udp", "1 where a camera's pictures come over UDP", labels=["camera"])
        encrypted = GaugeMetricFamily("curbwatch_camera_encrypted", "1 where they come over TLS", labels=["camera"])
        verified = GaugeMetricFamily("curbwatch_camera_verified", "1 where the camera's certificate was checked", labels=["camera"])
        whole = GaugeMetricFamily("curbwatch_camera_decoded_whole", "1 where keyframes are so rare that all pictures are decoded", labels=["camera"])
        main = GaugeMetricFamily("curbwatch_camera_main_open", "1 where the main stream of a camera with two is read", labels=["camera"])
        looks = CounterMetricFamily("curbwatch_camera_looks", "Keyframes that were detected", labels=["camera"])
        unchanged = CounterMetricFamily("curbwatch_camera_unchanged", "Keyframes that the change gate let pass", labels=["camera"])
        reconnects = CounterMetricFamily("curbwatch_camera_reconnects", "Connections begun anew", labels=["camera"])
        fault = GaugeMetricFamily("curbwatch_camera_picture_fault", "1 for each fault of a camera's picture", labels=["camera", "fault"])
        placed = GaugeMetricFamily("curbwatch_camera_view_state", "1 for where the zones of a camera's view lie", labels=["camera", "state"])
        shift = GaugeMetricFamily("curbwatch_camera_view_shift", "Shift against the reference picture, in shares of the width", labels=["camera"])
        paused = GaugeMetricFamily("curbwatch_camera_paused", "1 where a camera's pictures are not judged", labels=["camera"])
        withheld = CounterMetricFamily("curbwatch_camera_withheld", "Keyframes not judged: the view had moved, or nothing was seen", labels=["camera"])
        measures = CounterMetricFamily("curbwatch_camera_measures", "Measures against the reference picture", labels=["camera"])
        drops = CounterMetricFamily("curbwatch_camera_drops", "What was lost, by cause", labels=["camera", "cause"])
        for camera, told in self._cameras().items():
            for name in STATES:
                state.add_metric([camera, name], float(told["state"] == name))
            for name in READERS:
                if told.get("reader") is not None:
                    reader.add_metric([camera, name], float(told["reader"] == name))
            if told.get("transport") is not None:
                udp.add_metric([camera], float(told["transport"] == "udp"))
            for family, key in (
                (age, "last_picture_age_seconds"), (lag, "look_lag_seconds"), (offset, "clock_offset_seconds"), (drift, "clock_drift_ppm"),
                (encrypted, "encrypted"), (verified, "verified"), (whole, "decoded_whole"), (main, "main_open"),
            ):  # fmt: skip
                if told.get(key) is not None:
                    family.add_metric([camera], float(told[key]))
            for name in Fault:
                fault.add_metric([camera, name.value], float(name.value in (told.get("faults") or ())))
            for status in Status:
                placed.add_metric([camera, status.value], float(told.get("view_state") == status.value))
            shift.add_metric([camera], float(told.get("view_shift") or 0.0))
            paused.add_metric([camera], float(told.get("paused") is not None))
            counters = ((looks, "looks"), (unchanged, "unchanged"), (reconnects, "reconnects"), (withheld, "withheld"), (measures, "measures"))
            for counter, key in counters:
                counter.add_metric([camera], float(told.get(key) or 0))
            for cause, count in (told.get("drops") or {}).items():
                drops.add_metric([camera, cause], float(count))
        yield from (state, age, lag, offset, drift, reader, udp, encrypted, verified, whole, main, looks, unchanged, reconnects, drops)
        yield from (fault, placed, shift, paused, withheld, measures)
        for name, value in self._gauges().items():
            yield GaugeMetricFamily(f"curbwatch_worker_{name}", f"{name.replace('_', ' ')} of the worker", value=float(value))


def serve_metrics(port: int, collector: WorkerCollector) -> Callable[[], None]:
    """Serves the metrics on loopback; returns what ends that.

    Raises:
        OSError: the port is taken.
    """
    registry = CollectorRegistry()
    registry.register(collector)
    server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)

    def stop() -> None:
        server.shutdown()
        thread.join(timeout=5)
        server.server_close()

    return stop
