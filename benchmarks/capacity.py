"""`bench capacity`: measured stage costs multiplied up to a city. Pure arithmetic: figures in, machines and cards out.

A camera costs reading each second and a look as often as its street is busy or calm; a look costs decoding and detection. Each need (cores, cards,
memory, network) is a number of machines or cards at a fill that leaves room for bursts and for a lost machine; the dearest need is the bottleneck.
Nothing here is a measurement of a city: every input says where it comes from, and `NOT_MEASURED` lists what none of them holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from benchmarks.errors import BenchmarkError
from benchmarks.published import Card, Server

NOT_MEASURED = (
    "that costs grow in proportion: one machine with two cores was measured, not a rack, and a core of another processor is taken for a core of this one",
    "the host's side of inference on a GPU: batching, copies, launches; and decoding on a GPU, which could take decoding off the cores",
    "zoom looks, judging, appearance signatures, evidence (clips, pictures, signatures), the outbox and the case API",
    "sub-streams (a 640x360 keyframe costs a fraction of a 1080p one) and the change gate, both of which save; H.265 where the inputs are of H.264",
    "real networks: loss, UDP, kernel and interrupt cost of thousands of sockets beyond the simulator's loopback",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One input: its value, unit and where it comes from; `measured` here, else published or assumed."""

    name: str
    value: float
    unit: str
    kind: str
    source: str


@dataclass(frozen=True, slots=True)
class StageCosts:
    """What the stages cost.

    Attributes:
        read: CPU milliseconds per camera-second of reading.
        decode: CPU milliseconds per look of decoding, cutting and scaling a keyframe.
        detect: CPU milliseconds per look of detection on a core.
        memory: megabytes per camera.
        bit_rate: megabits a second per camera.
    """

    read: Figure
    decode: Figure
    detect: Figure
    memory: Figure
    bit_rate: Figure

    def all(self) -> tuple[Figure, ...]:
        """Every input, in the order of a look's way."""
        return self.read, self.decode, self.detect, self.memory, self.bit_rate


@dataclass(frozen=True, slots=True)
class City:
    """What is to be watched.

    Attributes:
        busy_share: share of the cameras that are busy (0..1), looked at once per `busy_seconds`; the others once per `calm_seconds`.
        fill: share of a machine or card that is planned with.
    """

    cameras: int = 8000
    busy_share: float = 0.5
    busy_seconds: float = 4.0
    calm_seconds: float = 10.0
    fill: float = 0.6

    def __post_init__(self) -> None:
        if not 0 <= self.busy_share <= 1 or not 0 < self.fill <= 1 or self.cameras < 1 or min(self.busy_seconds, self.calm_seconds) <= 0:
            raise BenchmarkError("a city has at least one camera, a busy share within 0 and 1, a fill within 0 and 1, and look intervals over 0 s")

    @property
    def looks_per_second(self) -> float:
        """Looks a second of all cameras."""
        return self.cameras * (self.busy_share / self.busy_seconds + (1 - self.busy_share) / self.calm_seconds)


@dataclass(frozen=True, slots=True)
class Need:
    """What a city needs on one kind of server, with detection on its cores (`card` None) or on cards.

    Attributes:
        cores: busy cores of the whole city, before the fill.
        busy_cards: busy cards of the whole city, before the fill.
        bottleneck: the need that decides the number of machines.
        by_need: machines that each need alone would ask for.
    """

    server: Server
    card: Card | None
    machines: int
    cards: int
    cores: float
    busy_cards: float
    bottleneck: str
    by_need: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """The row as programs read it."""
        return {
            "server": self.server.name,
            "detection": f"{self.card.name} ({self.card.model}, {'measured' if self.card.measured else 'published'})" if self.card else "on the cores",
            "machines": self.machines,
            "cards": self.cards,
            "busy_cores": round(self.cores, 1),
            "busy_cards": round(self.busy_cards, 2),
            "bottleneck": self.bottleneck,
            "machines_by_need": self.by_need,
        }


def need(city: City, costs: StageCosts, server: Server, card: Card | None) -> Need:
    """Machines and cards for a city on one kind of server."""
    looks = city.looks_per_second
    reading = city.cameras * costs.read.value / 1000
    decoding = looks * costs.decode.value / 1000
    detecting = 0.0 if card else looks * costs.detect.value / 1000
    cores = reading + decoding + detecting
    by_need = {"cores": ceil(cores / (server.cores * city.fill))}
    by_need["memory"] = ceil(city.cameras * costs.memory.value * 1e6 / (server.memory_gib * 2**30 * city.fill))
    if server.network_gbit is not None:
        by_need["network"] = ceil(city.cameras * costs.bit_rate.value / (server.network_gbit * 1000 * city.fill))
    busy_cards = looks * card.ms_per_look / 1000 if card else 0.0
    cards = ceil(busy_cards / city.fill)
    if card:
        by_need["cards"] = ceil(cards / server.slots) if server.slots else 0
        if not server.slots:
            raise BenchmarkError(f"{server.name} takes no card: choose another --machine, or --card none")
    machines = max(by_need.values())
    worst = max(by_need, key=lambda name: by_need[name])
    if worst == "cores":
        stages = {"reading": reading, "decoding": decoding, "detecting": detecting}
        stage = max(stages, key=lambda name: stages[name])
        worst = f"cores, {stages[stage] / cores:.0%} of them {stage}" if cores else "cores"
    return Need(server, card, machines, cards, cores, busy_cards, worst, by_need)


def needs(city: City, costs: StageCosts, servers: Sequence[Server], cards: Sequence[Card | None]) -> list[Need]:
    """Every server with every way of detecting."""
    return [need(city, costs, server, card) for server in servers for card in cards]
