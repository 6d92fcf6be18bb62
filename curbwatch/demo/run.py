"""One run of the demo: follow the cameras over the API, and judge what came once everything was looked at whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from curbwatch.demo.cameras import DemoCamera
from curbwatch.demo.coverage import Coverage
from curbwatch.demo.desk import CameraSeen, Desk, seen_case
from curbwatch.demo.house import House
from curbwatch.demo.progress import CameraProgress, percent
from curbwatch.demo.proof import check_packets
from curbwatch.demo.verdict import ExpectedAct, SeenCase, judge
from streams.unreached import why_unreached

POLL_SECONDS = 1.0
SETTLE_SECONDS = 15.0
"""An alarm may come up to 15 s after its dwell."""
FETCH_SECONDS = 60.0
"""For fetching the cases at the end: the API may just be starting again."""


@dataclass(frozen=True, slots=True)
class Goal:
    """When to judge.

    Attributes:
        cases: so many cases must exist; None never judges.
        timeout_seconds: then it is judged with what came, and what was missing is said; None waits for ever.
        rounds: how many times each clip must have been looked at.
        settle_seconds: from the last look needed to the judging, so that a case too many is not missed.
    """

    cases: int | None = None
    timeout_seconds: float | None = None
    rounds: float = 1.0
    settle_seconds: float = SETTLE_SECONDS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run; `judged` is False where it was ended before."""

    judged: bool
    passed: bool
    lines: tuple[str, ...] = ()
    cases: tuple[SeenCase, ...] = ()
    packets: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Run:
    """Follows a house until the goal is reached, the time is over or somebody stops it.

    Attributes:
        began: the monotonic moment from which seconds and the timeout count.
        show: called every second with the seconds since the start, the cameras' progress and remarks, if any.
        disturb: called every round of the loop, a few times a second, with those seconds: a test kills processes here.
    """

    house: House
    clip_seconds: Mapping[str, float]
    expected: Sequence[ExpectedAct]
    goal: Goal
    show: Callable[[float, Sequence[CameraProgress], str | None], None]
    began: float
    stopping: Callable[[], bool] = lambda: False
    disturb: Callable[[float], None] = lambda _: None
    coverage: Coverage = field(init=False)
    _states: dict[str, str] = field(default_factory=dict, init=False)
    _cases: list[dict[str, Any]] = field(default_factory=list, init=False)
    _owed: int | None = field(default=None, init=False)
    _trouble: str | None = field(default=None, init=False)

    def follow(self) -> Outcome:
        """Runs to the end.

        Raises:
            StartError: a part of the demo gave up.
        """
        self.coverage = Coverage(self.clip_seconds)
        next_poll, reached = 0.0, None
        with Desk(self.house.page, self.house.token("reviewer")) as desk:
            while not self.stopping():
                now = self._seconds()
                self.house.tend()
                self.disturb(now)
                if now >= next_poll:
                    next_poll = now + POLL_SECONDS
                    self._poll(desk)
                    self.show(now, self.progress(), self._remarks())
                reached = (reached if reached is not None else now) if self._reached() else None
                if reached is not None and now >= reached + self.goal.settle_seconds:
                    return self._judge(desk, missing=())
                if self.goal.timeout_seconds is not None and now >= self.goal.timeout_seconds:
                    if self.goal.cases is None:
                        break
                    return self._judge(desk, missing=self._missing() if reached is None else ())
                time.sleep(0.2)
        return Outcome(judged=False, passed=self.goal.cases is None, seconds=self._seconds())

    def progress(self) -> list[CameraProgress]:
        """How far each camera is."""
        shares = self.coverage.shares()
        return [self._progress(camera, shares[camera.camera_id]) for camera in self.house.cameras]

    def _progress(self, camera: DemoCamera, share: float) -> CameraProgress:
        kinds = tuple(case["kind"] for case in self._cases if case["camera_id"] == camera.camera_id)
        return CameraProgress(camera.camera_id, share / self.goal.rounds, self._states.get(camera.camera_id, "connecting"), kinds, camera.shows)

    def _remarks(self) -> str | None:
        """What is not as on a quiet day."""
        restarted = ", ".join(f"{name} {times}" for name, times in self.house.restarts().items())
        remarks = [self._trouble, f"started again 重启: {restarted}" if restarted else None]
        return "; ".join(remark for remark in remarks if remark is not None) or None

    def _poll(self, desk: Desk) -> None:
        self._owed = self.house.owed()
        try:
            seen: list[CameraSeen] = desk.cameras()
            self._cases = desk.cases()
        except httpx.HTTPError as error:
            self._trouble = f"the API does not answer 接口无应答: {why_unreached(error)}"
            return
        self._trouble = None
        for camera in seen:
            self._states[camera.camera_id] = camera.state
            if camera.looks is not None:
                self.coverage.saw(camera.camera_id, camera.looks)

    def _reached(self) -> bool:
        """Whether it may be judged, unless something comes within the time to settle: what the worker still owes may be a case."""
        return self.goal.cases is not None and len(self._cases) >= self.goal.cases and self.coverage.whole(self.goal.rounds) and self._owed == 0

    def _missing(self) -> tuple[str, ...]:
        """What the goal still lacked when the time was over."""
        lines = [f"TIMEOUT after {self.goal.timeout_seconds:g} s  超时"]
        if self.goal.cases is not None and len(self._cases) < self.goal.cases:
            lines.append(f"MISSING cases: {len(self._cases)} of {self.goal.cases}")
        shares = {camera: share / self.goal.rounds for camera, share in self.coverage.shares().items()}
        lines += [
            f"MISSING {camera}: {percent(share)} of its clip was looked at ({self._states.get(camera, 'never heard of')})"
            for camera, share in shares.items()
            if share < 1
        ]
        if self._owed != 0:
            lines.append("MISSING the worker's word that it has delivered everything" + (f": it owes {self._owed} packets" if self._owed else ""))
        if self._trouble is not None:
            lines.append(f"MISSING the API: {self._trouble}")
        return tuple(lines)

    def _judge(self, desk: Desk, *, missing: tuple[str, ...]) -> Outcome:
        details = self._fetch(desk)
        if details is None:
            return Outcome(True, False, (*missing, "MISSING the API: the cases cannot be fetched"), seconds=self._seconds())
        packets, faults = check_packets(desk, details, self.house)
        cases = tuple(seen_case(detail) for detail in details)
        verdict = judge(self.expected, cases)
        lines = (*missing, *verdict.lines, *faults)
        return Outcome(True, verdict.passed and not missing and not faults, lines, cases, packets, self._seconds())

    def _fetch(self, desk: Desk) -> list[dict[str, Any]] | None:
        """The cases with their packets; None where the API stays away."""
        deadline = time.monotonic() + FETCH_SECONDS
        while True:
            try:
                return [desk.case(case["id"]) for case in desk.cases()]
            except httpx.HTTPError:
                if time.monotonic() > deadline:
                    return None
                self.house.tend()
                time.sleep(0.5)

    def _seconds(self) -> float:
        return time.monotonic() - self.began


def clip_lengths(cameras: Sequence[DemoCamera]) -> dict[str, float]:
    """Seconds of each camera's clip, read from the clip.

    Raises:
        RecordedFileError: a clip cannot be played.
    """
    from streams.simulator.packets import prepare

    known: dict[Path, float] = {}
    for camera in cameras:
        if camera.clip not in known:
            known[camera.clip] = prepare(camera.clip).seconds
    return {camera.camera_id: known[camera.clip] for camera in cameras}
