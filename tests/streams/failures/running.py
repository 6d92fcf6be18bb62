"""Runs failing cameras beside each other: one simulator, one reader, a camera for each row; what became of each is kept.

A row's camera is watched until it has shown what the row says (or its time is over), its metrics are read, its fault is told off by the live command, and
then it is watched until it is live again and a fresh keyframe has come. All rows run at the same time, so that a hundred take as long as the slowest.
With `at_fault=False` the same rows meet sound cameras: what passes then shows nothing.
"""

from __future__ import annotations

import asyncio
import os
import re
import socket
import time
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from operator import gt
from pathlib import Path
from urllib.parse import parse_qsl

from prometheus_client import CollectorRegistry, generate_latest

from detector.fleet.spec import WatchedCamera
from detector.worker.metrics import WorkerCollector
from detector.worker.report import camera_status
from detector.worker.watched import Watched
from evidence.kinds import load_catalogue
from evidence.views import whole_view
from streams.camera import CameraSpec, CameraState, CameraStatus
from streams.media import AccessUnit
from streams.reader import Reader, ReaderSettings
from streams.simulator import SimulatorServer
from streams.simulator.faults import FAULTS
from streams.simulator.stream import SimulatedStream

SETTINGS = ReaderSettings(
    connect_seconds=4.0, answer_seconds=1.5, stale_seconds=2.0, keyframe_seconds=12.0, blind_seconds=3.0, connects_per_host=256, stagger_seconds=0.0
)
SESSION_SECONDS = 3
"""Of the simulator's sessions: a keep-alive each 1.5 s."""
SHOW_SECONDS = 16.0
"""In which a row must have shown what it says."""
RECOVER_SECONDS = 16.0
POLL_SECONDS = 0.05
STAGGER_SECONDS = 0.01
"""Between the first connects of two rows: two hundred at once stop the machine for longer than an answer may take."""
LEAVE_AGAIN_SECONDS = 2.0
"""A TEARDOWN is lost where the connection is closed with bytes that were not read."""
USER, PASSWORD = "inspector", "sesame-7"
NO_ACT = "an act of the fault"
LEAVE_SECONDS = 10.0
"""In which tasks and descriptors of cameras that have left are gone."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a camera at fault is expected to show.

    Attributes:
        name: of the row; the fault's where it has no other.
        query: the fault with its figures, as in an address.
        states: that are seen, in this order, others may come between.
        reason: what a reason says while the state is the last but one of `states` (or the last); a regular expression.
        drops: causes that are counted.
        clean: no damaged picture, no drop at all.
        reconnects: True for at least one, False for none, None where both may be.
        damaged: likewise, of damaged pictures.
        keyframes: sound ones that come in spite of the fault, at least.
        offset_seconds: of the camera's clock; None where it is not asked for.
        no_offset: none is known, though reports come.
        show_seconds: in which all this must be seen.
        at_least_seconds: how long it is watched, for what must not happen.
        leaves: whether it is taken leave of at fault, and connected anew.
        live: whether the fault comes by the live command, to a camera that is read, and not by its address.
        whole: decoded whole (no keyframes).
    """

    name: str
    query: str = ""
    codec: str = "h264"
    transport: str = "tcp"
    tls: bool = False
    password: str | None = None
    states: tuple[CameraState, ...] = (CameraState.LIVE,)
    reason: str = ""
    drops: tuple[str, ...] = ()
    clean: bool = False
    reconnects: bool | None = False
    damaged: bool | None = None
    keyframes: int = 0
    offset_seconds: float | None = None
    no_offset: bool = False
    drift_ppm: float | None = None
    show_seconds: float = SHOW_SECONDS
    at_least_seconds: float = 0.0
    live: bool = False
    leaves: bool = False
    whole: bool = False
    readdressed: bool = False
    """Recovery is by another address: the right password, the query that means something."""
    over: str | None = None
    """How the pictures come in the end, where the row says it."""
    check: Callable[[Outcome], str] = field(default=lambda outcome: "")
    """More that is expected: gives what is missing."""

    @property
    def fault(self) -> str:
        """The fault's name."""
        found = re.search(r"fault=([a-z0-9_]+)", self.query)
        return found[1] if found else self.name


@dataclass
class Outcome:
    """What became of a row's camera."""

    row: Row
    url: str
    history: list[tuple[float, CameraState, str]] = field(default_factory=list)
    shown: CameraStatus | None = None
    """Its status when it had shown what the row says, or its time was over."""
    metrics: str = ""
    keyframes: list[AccessUnit] = field(default_factory=list)
    shown_keyframes: int = 0
    stream: SimulatedStream | None = None
    """The camera's side: how often its fault acted, how the password was proved, where it was asked to play."""
    port: int = 0
    other_port: int = 0
    reordered: int = 0
    """Packets that the reader's present session put in order."""
    acts: int = 0
    """How often the row's fault had acted when it was shown."""
    recovered: CameraStatus | None = None
    """Its status when it was live again and a keyframe had come; None if it never did."""

    @property
    def states(self) -> list[CameraState]:
        """In the order in which they were seen."""
        return [state for _, state, _ in self.history]

    def reasons(self, state: CameraState) -> str:
        """What was said in a state."""
        return " | ".join(reason for _, seen, reason in self.history if seen is state)

    def missing(self, status: CameraStatus, seconds: float) -> str:
        """What the row says and the camera has not shown yet, in a word; empty when all was seen, and the fault has acted."""
        return self.unseen(status, seconds) or (NO_ACT if self.row.fault in FAULTS and not self.acts else "")

    def unseen(self, status: CameraStatus, seconds: float) -> str:
        """The same by the reader alone: what it makes of a fault that leaves no trace is nothing."""
        row = self.row
        if seconds < row.at_least_seconds:
            return "time"
        seen = iter(self.states)
        for state in row.states:
            if state not in seen:
                return f"the state {state}"
        if row.reason and not re.search(row.reason, " | ".join(reason for _, _, reason in self.history)):
            return f"the reason {row.reason!r}"
        for cause in row.drops:
            if not status.drops.get(cause):
                return f"a drop {cause}"
        if row.reconnects and not status.reconnects:
            return "a reconnect"
        if row.damaged and not status.damaged:
            return "a damaged picture"
        if sum(not unit.prelude for unit in self.keyframes) < row.keyframes:
            return f"{row.keyframes} keyframes"
        if row.whole and not (status.decoded_whole and any(unit.prelude for unit in self.keyframes)):
            return "a picture with its prelude"
        if row.offset_seconds is not None and (status.clock_offset_seconds is None or abs(status.clock_offset_seconds - row.offset_seconds) > 1.0):
            return f"a clock offset of {row.offset_seconds} s"
        if row.no_offset and status.clock_offset_seconds is not None:
            return "no clock offset"
        if row.drift_ppm is not None and (status.clock_drift_ppm is None or not 0.5 < status.clock_drift_ppm / row.drift_ppm < 1.5):
            return f"a drift of {row.drift_ppm} ppm"
        if row.tls and not status.encrypted and CameraState.LIVE in row.states[-1:]:
            return "encryption"
        if row.over is not None and status.transport != row.over:
            return f"pictures over {row.over}"
        return row.check(self)

    def wrong(self, *, acts: bool = True) -> str:
        """What the row says and was not shown; empty when all was. With `acts=False` by the reader alone."""
        row, status = self.row, self.shown
        if status is None:
            return "no status"
        missing = (self.missing if acts else self.unseen)(status, row.at_least_seconds)
        if missing:
            return f"not shown: {missing}"
        if row.states == (CameraState.LIVE,) and row.reconnects is False and (status.reconnects or status.state is not CameraState.LIVE):
            return "it was connected anew"
        if row.clean and (status.damaged or status.drops):
            return "something was lost"
        if row.damaged is False and status.damaged:
            return "a picture was damaged"
        return "" if self.recovered is not None else "never live again"


class Run:
    """All rows at once."""

    def __init__(self, rows: Sequence[Row], clips: dict[str, list[Path]], settings: ReaderSettings = SETTINGS, *, at_fault: bool = True) -> None:
        self._rows = rows if at_fault else [replace(row, tls=False, password=row.password and PASSWORD, readdressed=False) for row in rows]
        self._as_said = {row.name: row for row in rows}
        self._clips, self._settings, self._at_fault = clips, settings, at_fault
        self.outcomes: dict[str, Outcome] = {}
        self.base = self.left = (0, 0)
        """The reader's tasks and the process's descriptors before the first camera came and after the last had left."""
        self._keyframes: defaultdict[str, list[AccessUnit]] = defaultdict(list)
        self._began = 0.0

    def run(self) -> dict[str, Outcome]:
        """Blocks until every row is through."""
        asyncio.run(self._run())
        return self.outcomes

    async def _run(self) -> None:
        kinds = sorted({(row.codec, row.password is not None) for row in self._rows})
        servers: dict[tuple[str, bool], SimulatorServer] = {}
        loops = []
        try:
            for kind in kinds:
                count = sum((row.codec, row.password is not None) == kind for row in self._rows)
                who = {"username": USER, "password": PASSWORD} if kind[1] else {}
                servers[kind] = SimulatorServer(
                    self._clips[kind[0]], count * len(self._clips[kind[0]]), session_timeout_seconds=SESSION_SECONDS, report_seconds=0.5, tls=True, **who
                )
                await servers[kind].start()
            with Reader(lambda camera, unit: self._keyframes[camera].append(unit), self._settings) as reader:
                self._began = time.monotonic()
                self.base = held(reader)
                numbers: defaultdict[tuple[str, bool], int] = defaultdict(int)
                for row in self._rows:
                    kind = (row.codec, row.password is not None)
                    server = servers[kind]
                    number = 1 + numbers[kind] * len(self._clips[row.codec])
                    numbers[kind] += 1
                    loops.append(self._row(row, reader, server, number, len(loops) * STAGGER_SECONDS))
                await asyncio.gather(*loops)
                ended = time.monotonic()
                self.left = held(reader)
                while any(map(gt, self.left, self.base)) and time.monotonic() - ended < LEAVE_SECONDS:
                    await asyncio.sleep(POLL_SECONDS)
                    self.left = held(reader)
        finally:
            for server in servers.values():
                await server.close()

    async def _row(self, row: Row, reader: Reader, server: SimulatorServer, number: int, delay_seconds: float) -> None:
        await asyncio.sleep(delay_seconds)
        url = server.url(number, row.query if self._at_fault and not row.live else "", tls=row.tls, with_password=False)
        if row.password is not None:
            url = url.replace("://", f"://{USER}:{row.password}@")
        camera = re.sub(r"[^A-Za-z0-9._-]", "-", row.name)
        stream = server.streams[str(number)]
        outcome = self.outcomes[row.name] = Outcome(self._as_said[row.name], url, keyframes=self._keyframes[camera], stream=stream)
        outcome.port, outcome.other_port = server.port, server.other_port
        reader.add(CameraSpec.parse(camera, url, row.transport))
        began = time.monotonic()
        if row.live and self._at_fault:
            while self._look(reader, camera, outcome).state is not CameraState.LIVE and time.monotonic() - began < SHOW_SECONDS:  # noqa: ASYNC110 the state is another thread's
                await asyncio.sleep(POLL_SECONDS)
            await asyncio.to_thread(command, server, number, *(f"{name}: {value}" for name, value in parse_qsl(row.query)))
        left_at = 0.0
        while True:
            status = self._look(reader, camera, outcome)
            outcome.acts, outcome.reordered = stream.acts[row.fault], max(outcome.reordered, reordered(reader, camera))
            seconds = time.monotonic() - began
            missing = outcome.missing(status, seconds)
            if row.leaves and (missing == NO_ACT or not (missing or left_at)) and time.monotonic() - left_at > LEAVE_AGAIN_SECONDS:
                left_at = time.monotonic()
                reader.reconnect(camera)
                outcome.keyframes.clear()
                continue
            if not missing or seconds > row.show_seconds:
                break
            await asyncio.sleep(POLL_SECONDS)
        outcome.shown, outcome.metrics, outcome.shown_keyframes = status, metrics(camera, url, status), len(outcome.keyframes)
        await asyncio.to_thread(command, server, number, "fault: none")
        if row.readdressed:
            reader.add(CameraSpec.parse(camera, server.url(number), row.transport))
        elif status.state is CameraState.REFUSED:
            reader.reconnect(camera)
        await asyncio.sleep(0.3)  # what was sent at fault has come
        fresh, began = len(outcome.keyframes), time.monotonic()
        while time.monotonic() - began < RECOVER_SECONDS:
            status = self._look(reader, camera, outcome)
            if status.state is CameraState.LIVE and any(unit.keyframe or row.codec == "refresh" for unit in outcome.keyframes[fresh:]):
                outcome.recovered = status
                break
            await asyncio.sleep(POLL_SECONDS)
        reader.remove(camera)

    def _look(self, reader: Reader, camera: str, outcome: Outcome) -> CameraStatus:
        status = reader.status(camera)
        seen = (status.state, status.reason or "")
        if not outcome.history or outcome.history[-1][1:] != seen:
            outcome.history.append((round(time.monotonic() - self._began, 2), *seen))
        return status


catalogue = cache(load_catalogue)


def metrics(camera: str, url: str, status: CameraStatus) -> str:
    """The camera's families as a scrape of its worker would show them."""
    watched = Watched.of(WatchedCamera(camera, url), catalogue(), whole_view(camera))
    told = camera_status(watched, status, 0.0, time.monotonic())
    registry = CollectorRegistry()
    registry.register(WorkerCollector(lambda: {camera: told}, dict))
    return generate_latest(registry).decode()


def value(text: str, family: str, **labels: str) -> float | None:
    """One sample of a scrape; None where there is none with these labels."""
    for found in re.finditer(rf"^{family}(?:_total)?\{{(.*?)\}} (\S+)$", text, re.MULTILINE):
        if labels.items() <= dict(re.findall(r'(\w+)="([^"]*)"', found[1])).items():
            return float(found[2])
    return None


def held(reader: Reader) -> tuple[int, int]:
    """Tasks on the reader's loop, and descriptors of this process."""
    return reader.tasks, len(os.listdir("/proc/self/fd"))


def reordered(reader: Reader, camera: str) -> int:
    """Packets that the camera's present session put in order; no status tells, since nothing is lost."""
    source = reader._camera(camera)._looked_at.source
    receiver = None if source is None or source.session is None else source.session.video
    return 0 if receiver is None else receiver.reordered


def command(server: SimulatorServer, number: int, *lines: str) -> bytes:
    """The live command: tells stream `number` of a fault, or of none."""
    body = "".join(f"{line}\r\n" for line in lines).encode()
    head = f"SET_PARAMETER rtsp://{server.url_host}:{server.port}/{number} RTSP/1.0\r\nCSeq: 1\r\n{authorization(server)}Content-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((server.host, server.port), timeout=5.0) as connection:
        connection.sendall(head.encode() + body)
        return connection.recv(4096)


def authorization(server: SimulatorServer) -> str:
    """The field that a server with a password wants."""
    return "" if server.username is None else f"Authorization: Basic {b64encode(f'{server.username}:{server.password}'.encode()).decode()}\r\n"
