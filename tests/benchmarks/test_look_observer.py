from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from benchmarks.contenders.look_observer import LookObserver
from streams.media import AccessUnit


@dataclass
class Suspicion:
    suspicious: bool = False


@dataclass
class Looked:
    looks: int = 0
    unchanged: int = 0
    undecodable: int = 0
    state: Suspicion = field(default_factory=Suspicion)


@dataclass
class StandIn:
    """Looks at two cameras as it is told and reports the lag that it is told to: the observer's judgement is what is tested."""

    factor: float
    watched: dict[str, Looked] = field(default_factory=lambda: {"a": Looked(), "b": Looked(state=Suspicion(True))})
    begun: dict[str, float] = field(default_factory=dict)
    wanted: dict[str, float] = field(default_factory=lambda: {"a": 0.4, "b": 0.2})

    def reports(self) -> dict[str, dict[str, Any]]:
        now = time.monotonic()
        lags = {name: max(0.0, now - at - self.wanted[name]) for name, at in self.begun.items()}
        return {name: {"look_lag_seconds": lag * self.factor} for name, lag in lags.items()}

    def look(self, observer: LookObserver, name: str) -> None:
        observer.taken(name, cast(AccessUnit, None))
        self.begun[name] = time.monotonic()
        self.watched[name].looks += 1


@pytest.mark.parametrize("factor", [pytest.param(1.0, id="it tells the truth"), pytest.param(0.5, id="it tells half of it")])
def test_intervals_and_lag_are_measured_from_outside(factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.contenders.look_observer.TELLING_SECONDS", 0.2)
    observer, worker = LookObserver(0.4, 0.2), StandIn(factor)
    observer.start(cast(Any, worker))
    ended = threading.Event()
    for step in range(12):  # b each 0.25 s, a each 1 s
        worker.look(observer, "b")
        if step % 4 == 0:
            worker.look(observer, "a")
        ended.wait(0.25)
    told = observer.summary()
    assert told["interval_slowest"] == pytest.approx(1.0, abs=0.15)
    assert told["suspicious_median"] == pytest.approx(0.25, abs=0.06)
    assert told["under_suspicion"] == 1
    assert told["lag_reported"] / told["lag_measured"] == pytest.approx(factor, abs=0.2)
