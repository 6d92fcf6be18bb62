"""What is remembered of a view's ground: 430 kB at 160x90 cells, however long it runs. Frozen values; a look makes a new one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from detector.judgement.geometry import Box

LEVEL = 128
"""Steps of a grey level in which the ground is kept: dusk moves it by less than a level a look."""
NOISE = 8
"""Steps of a grey level in which a cell's unrest is kept."""
VOTE = 10
"""Votes of a second."""
MOST_SECONDS = 600.0
"""A cell's vote rises no higher: what stood there longer is given up no later."""
COVER = 65535
"""Steps in which the share of time is kept that something recognised covered a cell."""
UNKNOWN = -1e9
"""Since when the ground of a cell is known, where it is not."""
MOST_REGIONS = 24

Verdict = Literal["added", "unclear", "light", "kept"]


@dataclass(frozen=True, slots=True)
class Region:
    """Something that came and stays.

    Attributes:
        number: marks its cells, 1 to MOST_REGIONS.
        verdict: `added` where its outline stands out from what the ground was; `unclear` where that cannot be told: it is watched and never told; `light` where
            it may be light alone: then it is `kept` once its outline has not moved for as long as no shadow keeps its place.
        xyxy: shares of the whole picture.
        since_seconds: arrival time at which it was first there.
        seen_seconds: at which it was last seen to differ from the ground.
        score: how surely it is a thing, 0..1.
        share: share of its cells that differed from the ground when it was found.
        missed: pictures in a row that showed its place without it; `doubts`: judgements in a row by which it is no thing after all.
        present: whether the last picture showed it.
        signature: what it looks like, a colour histogram; empty where none was made; `signed_seconds`: when.
    """

    number: int
    verdict: Verdict
    xyxy: Box
    since_seconds: float
    seen_seconds: float
    score: float
    share: float
    missed: int = 0
    doubts: int = 0
    present: bool = True
    signature: tuple[float, ...] = ()
    signed_seconds: float = UNKNOWN


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What each cell has looked like for days, whatever stands there (`ground.standing`).

    Attributes:
        at_seconds: arrival time of the last comparison.
        picture: that look, (3, rows, columns) uint8.
        since: since when it has looked so, arrival seconds, float32; UNKNOWN where it never was compared.
        compared: when it last was, float32.
        doubts: of the last comparisons in a row, by which it looks otherwise, uint8.
    """

    at_seconds: float
    picture: NDArray[np.uint8]
    since: NDArray[np.float32]
    compared: NDArray[np.float32]
    doubts: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class GroundState:
    """A view's ground after its last picture. Nobody writes into the arrays.

    Attributes:
        rectangle: what of the picture the cells show.
        at_seconds: arrival time of the last picture.
        old: the ground (3, rows, columns) int16, planes Y, Cr, Cb in 1/LEVEL levels.
        since: since when it has been so, arrival seconds, float32; UNKNOWN where it was not learned yet.
        candidate: what is there instead, or is being learned, (3, rows, columns) uint8.
        vote: how long it has been seen, less how long it was not, uint16 in 1/VOTE seconds.
        noise: the cell's unrest (its median), uint8 in 1/NOISE levels.
        cover: share of the last minutes in which something recognised covered a cell, or stood beside it, uint16 in 1/COVER.
        owner: number of the region that a cell belongs to, uint8; 0 of none.
        differs: cells of the last picture that differ from the ground, people apart, bool; `visible`: those that no person hid.
        brightness: mean luma of the last picture, by which candidates go with the light.
        upset_since: since when the picture fits nowhere; None where it fits.
        tried_seconds: when it was last tried in vain to find it shifted.
        standing: what its places have looked like for days; None where that was not begun, or an older version wrote the file.
    """

    rectangle: Box
    at_seconds: float
    old: NDArray[np.int16]
    since: NDArray[np.float32]
    candidate: NDArray[np.uint8]
    vote: NDArray[np.uint16]
    noise: NDArray[np.uint8]
    cover: NDArray[np.uint16]
    owner: NDArray[np.uint8]
    differs: NDArray[np.bool_]
    visible: NDArray[np.bool_]
    brightness: float
    regions: tuple[Region, ...] = ()
    upset_since: float | None = None
    tried_seconds: float = UNKNOWN
    standing: Standing | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.owner.shape[0], self.owner.shape[1]

    @property
    def known(self) -> NDArray[np.bool_]:
        """Cells whose ground was learned."""
        return np.asarray(self.since > UNKNOWN / 2)

    @property
    def known_share(self) -> float:
        """Share of the cells whose ground was learned."""
        return float(self.known.mean())


@dataclass(slots=True, eq=False)
class Draft:
    """A state that is being worked on: copies of its arrays."""

    rectangle: Box
    at_seconds: float
    old: NDArray[np.float32]
    since: NDArray[np.float32]
    candidate: NDArray[np.uint8]
    vote: NDArray[np.int32]
    noise: NDArray[np.int16]
    cover: NDArray[np.float32]
    owner: NDArray[np.uint8]
    regions: list[Region] = field(default_factory=list)
    tried_seconds: float = UNKNOWN
    standing: Standing | None = None

    @classmethod
    def of(cls, state: GroundState, at_seconds: float) -> Draft:
        """A draft of the state after one more picture."""
        return cls(
            state.rectangle, at_seconds, state.old.astype(np.float32) * np.float32(1 / LEVEL), state.since.copy(), state.candidate.copy(),
            state.vote.astype(np.int32), state.noise.astype(np.int16), state.cover.astype(np.float32) * np.float32(1 / COVER), state.owner.copy(),
            list(state.regions), state.tried_seconds, state.standing,
        )  # fmt: skip

    def frozen(self, differs: NDArray[np.bool_], visible: NDArray[np.bool_], brightness: float) -> GroundState:
        """The state that it became."""
        old = np.rint(np.clip(self.old * LEVEL, 0, 255 * LEVEL)).astype(np.int16)
        return GroundState(
            self.rectangle, self.at_seconds, old, self.since, self.candidate, self.vote.astype(np.uint16), self.noise.astype(np.uint8),
            np.rint(self.cover * COVER).astype(np.uint16), self.owner, differs, visible, brightness, tuple(self.regions), None,
            self.tried_seconds, self.standing,
        )  # fmt: skip
