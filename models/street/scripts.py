"""The scripts of clips as data: what stands when, who walks when. Pure; a clip is a function of its script and its seed."""

from __future__ import annotations

from dataclasses import dataclass

CLIP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """Something that stands from a second to another.

    Attributes:
        what: stall | goods_out | unloading | bicycles | queue | permitted_stall.
        x, y: metres along and across the street.
        violation: the kind's id where it is one, else None.
        bait: what must not fire, in words, else None.
        forms: of goods before a shop, what there is; empty draws it by the seed.
    """

    what: str
    x: float
    y: float
    start_second: int
    end_second: int
    violation: str | None = None
    bait: str | None = None
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody who walks along x at `speed` metres a second (negative: towards -x), starting at second `start_second`."""

    start_second: int
    x: float
    y: float
    speed: float = 1.2
    umbrella: bool = False
    carries: bool = False
    rides: bool = False
    seconds: int = 10


@dataclass(frozen=True, slots=True)
class Script:
    """One clip: its street's seed, weather, camera and events; `codec` h264 or hevc."""

    name: str
    camera_id: str
    seed: int
    weather: str
    codec: str
    camera: tuple[tuple[float, float, float], tuple[float, float, float], float]
    standing: tuple[Standing, ...] = ()
    walkers: tuple[Walker, ...] = ()
    seconds: int = CLIP_SECONDS
    width: int = 1920
    height: int = 1080

    def summary(self) -> str:
        """What happens in the clip, in a few words."""
        acts = [f"{event.violation} {event.what} from second {event.start_second}" for event in self.standing if event.violation]
        baits = [f"bait: {event.bait}" for event in self.standing if event.bait]
        return "; ".join(acts + baits) or f"nothing stays, {len(self.walkers)} people pass"


DEMO: tuple[Script, ...] = (
    Script(
        "cam1_stall", "cam1", 1, "overcast", "h264", ((-5.5, -11.5, 4.8), (0.3, -2.6, 0.9), 50),
        (Standing("stall", 0.0, -3.1, 6, 60, violation="V2"),),
        (Walker(2, -7, -1.4), Walker(18, 6, -1.2, -1.2), Walker(34, -7, -1.5), Walker(47, 6, -1.3, -1.1)),
    ),
    Script(
        "cam2_goods_out", "cam2", 2, "overcast", "hevc", ((5.0, -11.0, 5.0), (0.0, -1.6, 0.9), 50),
        (Standing("goods_out", 0.0, -1.25, 6, 60, violation="V3", forms=("table",)),),
        (Walker(3, 6, -3.4, -1.2), Walker(26, -6, -3.5), Walker(44, 6, -3.3, -1.2)),
    ),
    Script(
        "cam3_umbrellas", "cam3", 3, "overcast", "h264", ((-6.0, -11.0, 5.2), (0.0, -2.4, 0.9), 52), (),
        (
            Walker(0, -7, -2.0, umbrella=True), Walker(7, 6.5, -3.0, -1.2, umbrella=True), Walker(14, -7, -1.4, umbrella=True),
            Walker(22, 6.5, -2.2, -1.2, umbrella=True), Walker(30, -7, -3.2, umbrella=True), Walker(38, 6.5, -1.6, -1.2, umbrella=True),
            Walker(46, -7, -2.6, umbrella=True),
        ),
    ),
    Script(
        "cam4_unloading", "cam4", 4, "clear", "h264", ((4.0, -13.0, 5.4), (1.6, -3.6, 0.9), 50),
        (Standing("unloading", -1.6, -5.3, 2, 58, bait="a van unloads with open doors, cartons on the pavement"),),
        (
            Walker(8, 3.2, -3.6, -0.5, carries=True, seconds=5), Walker(18, 3.2, -3.4, -0.5, carries=True, seconds=5),
            Walker(30, 3.2, -3.5, -0.5, carries=True, seconds=5), Walker(42, 3.2, -3.6, -0.5, carries=True, seconds=5),
        ),
    ),
    Script(
        "cam5_permitted", "cam5", 10, "clear", "hevc", ((-5.8, -11.5, 4.7), (0.2, -2.6, 0.9), 50),
        (Standing("permitted_stall", 0.0, -3.1, 4, 60, bait="a stall inside its painted box with a permit"),),
        (Walker(12, -7, -1.3), Walker(33, 6, -1.4, -1.2)),
    ),
    Script("cam6_empty", "cam6", 6, "overcast", "h264", ((-4.0, -12.0, 5.6), (0.5, -2.6, 0.9), 54), (), (Walker(20, -7, -1.6), Walker(41, 6.5, -2.9, -1.2))),
    Script(
        "cam7_bicycles", "cam7", 7, "clear", "h264", ((3.5, -11.0, 5.0), (0.2, -3.0, 0.7), 52),
        (Standing("bicycles", 0.0, -3.3, 0, 60, bait="a row of parked bicycles"),),
        (Walker(5, -9, -5.3, 3.0, rides=True, seconds=6), Walker(24, 9, -5.4, -3.0, rides=True, seconds=6), Walker(45, -9, -5.3, 3.2, rides=True, seconds=6)),
    ),
    Script(
        "cam8_queue", "cam8", 8, "overcast", "hevc", ((-5.0, -10.5, 5.0), (0.2, -1.6, 0.9), 50),
        (Standing("queue", 0.0, -1.0, 3, 57, bait="a queue under umbrellas before a shop"),),
        (Walker(10, -7, -3.2), Walker(36, 6, -3.3, -1.2)),
    ),
)  # fmt: skip
"""The demo's eight clips; their seeds 1 to 10 are no training seeds."""

EXTRA = Script(
    "stall_extra", "extra", 9, "overcast", "h264", ((-6.8, -10.2, 4.3), (0.0, -2.7, 0.9), 50),
    (Standing("stall", 0.0, -3.1, 5, 90, violation="V2"),), (Walker(30, -7, -1.4), Walker(60, 6, -1.3, -1.2)), seconds=90, width=1280, height=720,
)  # fmt: skip
"""A stall of its own for soak tests among real footage."""

SCRIPTS = {script.name: script for script in (*DEMO, EXTRA)}
