"""The worker's metrics as Prometheus scrapes them."""

from __future__ import annotations

import socket
import urllib.request

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from detector.worker.metrics import WorkerCollector, serve_metrics

CAMERAS = {
    "c1": {
        "state": "live", "last_picture_age_seconds": 0.4, "look_lag_seconds": 1.25, "clock_offset_seconds": None, "looks": 7, "unchanged": 3,
        "reconnects": 2, "drops": {"gap": 5}, "reader": "libav", "transport": None, "encrypted": True, "verified": False, "clock_drift_ppm": -12.5,
        "decoded_whole": True, "main_open": False, "view_state": "moved", "view_shift": 0.21, "paused": "moved", "faults": ["tilted"], "withheld": 9,
        "measures": 4,
    },
    "c2": {"state": "live", "reader": "own", "transport": "udp", "encrypted": False},
}  # fmt: skip


def test_every_camera_has_its_state_age_lag_and_counts() -> None:
    registry = CollectorRegistry()
    registry.register(WorkerCollector(lambda: CAMERAS, lambda: {"outbox_waiting": 4.0}))
    text = generate_latest(registry).decode()
    for line in (
        'curbwatch_camera_state{camera="c1",state="live"} 1.0',
        'curbwatch_camera_state{camera="c1",state="refused"} 0.0',
        'curbwatch_camera_look_lag_seconds{camera="c1"} 1.25',
        'curbwatch_camera_looks_total{camera="c1"} 7.0',
        'curbwatch_camera_drops_total{camera="c1",cause="gap"} 5.0',
        'curbwatch_camera_reader{camera="c1",reader="libav"} 1.0',
        'curbwatch_camera_reader{camera="c1",reader="own"} 0.0',
        'curbwatch_camera_udp{camera="c2"} 1.0',
        'curbwatch_camera_encrypted{camera="c1"} 1.0',
        'curbwatch_camera_verified{camera="c1"} 0.0',
        'curbwatch_camera_clock_drift_ppm{camera="c1"} -12.5',
        'curbwatch_camera_decoded_whole{camera="c1"} 1.0',
        'curbwatch_camera_main_open{camera="c1"} 0.0',
        'curbwatch_camera_picture_fault{camera="c1",fault="tilted"} 1.0',
        'curbwatch_camera_picture_fault{camera="c1",fault="dark"} 0.0',
        'curbwatch_camera_view_state{camera="c1",state="moved"} 1.0',
        'curbwatch_camera_view_state{camera="c1",state="in_place"} 0.0',
        'curbwatch_camera_view_shift{camera="c1"} 0.21',
        'curbwatch_camera_paused{camera="c1"} 1.0',
        'curbwatch_camera_paused{camera="c2"} 0.0',
        'curbwatch_camera_withheld_total{camera="c1"} 9.0',
        'curbwatch_camera_measures_total{camera="c1"} 4.0',
        "curbwatch_worker_outbox_waiting 4.0",
    ):
        assert line in text
    assert "clock_offset_seconds{" not in text, "what is not known is not told"
    assert 'udp{camera="c1"}' not in text


def test_it_is_served_on_loopback_and_a_taken_port_is_an_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    stop = serve_metrics(port, WorkerCollector(lambda: CAMERAS, dict))
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            assert b"curbwatch_camera_state" in answer.read()
        with pytest.raises(OSError, match="in use"):
            serve_metrics(port, WorkerCollector(lambda: CAMERAS, dict))
    finally:
        stop()
