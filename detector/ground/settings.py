"""What counts as new, and for how long it must stay. All of it is for a city to set; the reasons stand beside the numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroundSettings:
    """Times in seconds of the arrival clock, levels of 255.

    Attributes:
        every_seconds: the ground is compared with a look's picture so often; between, only what was told is looked at.
        learned_seconds: what a cell must show so long, free of people and vehicles, before it is known as ground.
        settled_seconds: what differs from the ground must stay so long before it is looked at as a thing.
        left_seconds: what stayed so long and is no thing (a patch of light, a speck, a place that something has left) becomes ground.
        sure_seconds: what may be a shadow, as smooth and colourless as the ground, is a thing when it has kept its outline so long; a shadow moves by a hand's
            breadth a minute.
        adopted_seconds: a new thing that stands so long becomes ground, unless a violation stands there.
        gone_seconds: a new thing that was not there in so long is over (and not by fewer than three looks).
        grace_seconds: a longer stretch between two pictures counts for nothing; longer than the gate's forced look (60 s) after one not compared.
        anew_seconds: a picture that fits nowhere for so long is learned anew (a switch to infrared, a camera that was turned).
        upset_share: share of the known cells from which a picture fits nowhere: nothing is said of it.
        luma_levels, chroma_levels, edge_levels: differences from which a cell differs in light, colour and structure.
        noise_factor: how many times a cell's own unrest is added to these.
        least_cells, largest_share: a thing has so many cells (its edges reach a cell beyond it), and no larger share of the known ones.
        least_score: 0..1, from which a thing is told.
        named_share: what something recognised (a person, a vehicle, a stall) covered for so much of the last minutes is not told, nor what stands beside that.
        named_seconds: how long these minutes are.
    """

    every_seconds: float = 25.0
    learned_seconds: float = 120.0
    settled_seconds: float = 75.0
    left_seconds: float = 180.0
    sure_seconds: float = 1200.0
    adopted_seconds: float = 86400.0
    gone_seconds: float = 30.0
    grace_seconds: float = 100.0
    anew_seconds: float = 300.0
    upset_share: float = 0.35
    luma_levels: float = 14.0
    chroma_levels: float = 14.0
    edge_levels: float = 12.0
    noise_factor: float = 4.0
    least_cells: int = 24
    largest_share: float = 0.4
    least_score: float = 0.4
    named_share: float = 0.3
    named_seconds: float = 90.0

    def __post_init__(self) -> None:
        if not 0 < self.settled_seconds <= self.left_seconds:
            raise ValueError("settled_seconds is above 0 and at most left_seconds: what becomes ground has been judged before")


DEFAULT = GroundSettings()
