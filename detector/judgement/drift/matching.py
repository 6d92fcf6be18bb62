"""How a picture lies against a reference: blocks looked for one by one, and the motion that most of them agree on.

Whatever stands, drives or walks before the camera hides blocks and lends none of them the same motion, so it costs agreement and moves nothing. That
blocks agree by chance is unlikely: within the tolerance of 1.5 px lies one in 90 of the places where a block is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.judgement.drift.homography import IDENTITY, Homography, of_matrix, roll_degrees, to_matrix, zoom_of
from detector.judgement.drift.landmarks import COARSE, Block, Field, Landmarks, Luma, edges_of

REACH = 12
"""Pixels of the gauge by which a block may lie off where it is expected: 4 % of the width."""
FOUND = 0.28
"""Correlation from which a block is found; the best of the places where an unlike block is looked for has 0.2."""
TOLERANCE = 1.5
"""Pixels of the gauge within which blocks agree."""
LEAST_BLOCKS = 6
"""A picture with fewer landmarks in view cannot be told from another."""
ALIKE = 0.3
"""Share of the landmarks that must agree; and `LEAST_BLOCKS` of them at least."""
SEARCHED_BLOCKS, SEARCHED_ALIKE = 10, 0.55
"""The same where the whole picture was searched: among so many places one fits half by chance, since pavements and kerbs are alike everywhere. Measured on
drawn streets: another street reached 9 of 18, the same street turned away 13 of 18 and more."""
REFINED_PX = 2.0
"""A motion by more than this is measured once more with the picture laid back by it: then blocks lie as in the reference, unturned and within reach."""
BORNE_DEGREES, BORNE_ZOOM = 2.0, 0.04
"""Turn and zoom that blocks bear as they are."""
FREE_BLOCKS = 14
"""So many agreeing blocks carry the eight numbers of a homography; fewer the four of a turn, a zoom and a shift."""
PEAKS = 3
"""Places that the search over the whole picture tries."""
TURNS = (-12.0, -8.0, -4.0, 4.0, 8.0, 12.0)
"""Degrees by which a picture is turned back in the search for one that was knocked askew; blocks bear 3."""
ZOOMS = (0.8, 1.25)
GONE = 0.25
"""A block whose edges have less of their strength, against the middle of all blocks, is gone."""
GONE_LEVELS = 2.5
"""... and less than so many grey levels."""


@dataclass(frozen=True, slots=True)
class Match:
    """How a picture lies against a reference.

    Attributes:
        homography: from the reference to the picture, in shares.
        blocks: landmarks that should be in view; `agreeing`: those that moved as the homography says.
        gone: share of the landmarks in view whose place has no edges any more.
        error_px: root mean square by which the agreeing ones miss, in pixels of the gauge.
        searched: whether it was found by searching the whole picture.
        agreed: the landmarks that agree.
    """

    homography: Homography
    blocks: int
    agreeing: int
    gone: float
    error_px: float
    searched: bool = False
    agreed: tuple[Block, ...] = ()

    @property
    def agreement(self) -> float:
        """Share of the landmarks that agree."""
        return self.agreeing / self.blocks if self.blocks else 0.0

    @property
    def is_sure(self) -> bool:
        """Whether it is the same view."""
        least, alike = (SEARCHED_BLOCKS, SEARCHED_ALIKE) if self.searched else (LEAST_BLOCKS, ALIKE)
        return self.agreeing >= least and self.agreement >= alike


@dataclass(frozen=True)
class Looked:
    """A picture that is held against references: its field, reckoned once."""

    luma: Luma
    edges: Field
    strength: NDArray[np.float32]

    @classmethod
    def of(cls, luma: Luma) -> Looked:
        """A gauge (h, w) uint8."""
        edges, strength, _ = edges_of(luma)
        return cls(luma, edges, strength)


def match(reference: Landmarks, looked: Looked, expected: Homography = IDENTITY, *, search: bool = True) -> Match:
    """How a picture lies against a reference; `is_sure` says whether it is that view at all.

    Args:
        looked: of the reference's shape.
        expected: where it lay last.
        search: whether to look for it over the whole picture, turned and zoomed, where it does not lie as expected.
    """
    best = _by_blocks(reference, looked, np.eye(3)) if expected == IDENTITY else _as_expected(reference, looked, expected)
    if not best.is_sure and expected != IDENTITY:
        best = _better(best, _by_blocks(reference, looked, np.eye(3)))
    if best.is_sure or not search:
        return _refined(reference, looked, best)
    best = _better(best, _searched(reference, looked, np.eye(3)))
    for turn, zoom in [*((turn, 1.0) for turn in TURNS), *((0.0, zoom) for zoom in ZOOMS)]:
        if best.is_sure:
            break
        middle = (reference.width / 2, reference.height / 2)
        back = np.vstack([cv2.getRotationMatrix2D(middle, turn, zoom), [0.0, 0.0, 1.0]])
        turned = cv2.warpAffine(looked.luma, back[:2], (reference.width, reference.height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        best = _better(best, _searched(reference, Looked.of(np.asarray(turned, np.uint8)), back))
    return _refined(reference, looked, best)


def _as_expected(reference: Landmarks, looked: Looked, expected: Homography) -> Match:
    """About where it lay last; laid back by that where blocks would lie turned or of another size."""
    aspect = reference.aspect
    if abs(roll_degrees(expected, aspect)) < BORNE_DEGREES and abs(zoom_of(expected, aspect) - 1) < BORNE_ZOOM:
        return _by_blocks(reference, looked, to_matrix(expected, reference.width, reference.height))
    return _laid_back(reference, looked, to_matrix(expected, reference.width, reference.height))


def _refined(reference: Landmarks, looked: Looked, found: Match) -> Match:
    """The same measured once more with the picture laid back by what was found, if that was much; the better of the two."""
    if not found.is_sure:
        return found
    matrix = to_matrix(found.homography, reference.width, reference.height)
    corners = np.array([[0, 0], [reference.width, 0], [reference.width, reference.height], [0, reference.height]], np.float32)
    if float(np.abs(cv2.perspectiveTransform(corners[None], matrix)[0] - corners).max()) <= REFINED_PX:
        return found
    again = _laid_back(reference, looked, matrix)
    return replace(again, searched=found.searched) if again.is_sure and again.agreement >= 0.9 * found.agreement else found


def _laid_back(reference: Landmarks, looked: Looked, matrix: NDArray[np.float64]) -> Match:
    """By blocks, in the picture laid back by a motion."""
    back, size = np.asarray(np.linalg.inv(matrix), np.float64), (reference.width, reference.height)
    laid = cv2.warpPerspective(looked.luma, back, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.ones(looked.luma.shape, np.uint8), back, size, flags=cv2.INTER_NEAREST)
    return _by_blocks(reference, Looked.of(np.asarray(laid, np.uint8)), np.eye(3), back, np.asarray(inside, np.uint8))


def _better(one: Match, other: Match) -> Match:
    return other if (other.is_sure, other.agreeing) > (one.is_sure, one.agreeing) else one


def _searched(reference: Landmarks, looked: Looked, back: NDArray[np.float64]) -> Match:
    """The best of the shifts at which the whole fields lie alike; `back` is what was done to the picture before."""
    best: Match | None = None
    for dx, dy in _shifts(reference.coarse, looked.edges):
        shift = np.array([[1.0, 0.0, dx], [0.0, 1.0, dy], [0.0, 0.0, 1.0]])
        found = replace(_by_blocks(reference, looked, shift, back), searched=True)
        best = found if best is None else _better(best, found)
        if best.is_sure:
            break
    assert best is not None
    return best


def _shifts(reference: Field, edges: Field) -> list[tuple[float, float]]:
    """Shifts in pixels of the gauge at which two fields are most alike, by their correlation over all overlaps, best first."""
    height, width = reference.shape[:2]
    now = cv2.resize(edges, (width, height), interpolation=cv2.INTER_AREA)
    rows, columns = cv2.getOptimalDFTSize(2 * height), cv2.getOptimalDFTSize(2 * width)
    ours, theirs = (_spectrum(one[..., 0] + 1j * one[..., 1], rows, columns) for one in (reference, now))
    alike = np.fft.ifft2(np.conj(ours) * theirs).real
    own, other = (_spectrum((one**2).sum(axis=2), rows, columns) for one in (reference, now))
    frame = _spectrum(np.ones((height, width), np.float32), rows, columns)
    ours_there = np.fft.ifft2(np.conj(own) * frame).real
    theirs_there = np.fft.ifft2(np.conj(frame) * other).real
    least = 0.15 * float(own[0, 0].real)
    score = np.where((ours_there > least) & (theirs_there > least), alike / np.sqrt(np.maximum(ours_there * theirs_there, 1e-9)), -1.0)
    peaks = []
    for _ in range(PEAKS):
        row, column = (int(one) for one in np.unravel_index(int(np.argmax(score)), score.shape))
        dy, dx = row - rows if row > rows // 2 else row, column - columns if column > columns // 2 else column
        peaks.append((float(dx * COARSE), float(dy * COARSE)))
        around = np.ix_([(row + i) % rows for i in range(-3, 4)], [(column + i) % columns for i in range(-3, 4)])
        score[around] = -1.0
    return peaks


def _spectrum(values: NDArray[np.complexfloating] | NDArray[np.floating], rows: int, columns: int) -> NDArray[np.complex128]:
    return np.asarray(np.fft.fft2(values, s=(rows, columns)), np.complex128)


def _by_blocks(
    reference: Landmarks, looked: Looked, expected: NDArray[np.float64], back: NDArray[np.float64] | None = None, inside: NDArray[np.uint8] | None = None
) -> Match:
    """Looks for each landmark about where it is expected.

    Args:
        expected: (3, 3) from the reference to the picture, pixels.
        back: what was done to the picture before; its inverse comes on top of what is found.
        inside: (h, w) uint8, 0 where that left nothing of the picture.
    """
    width, height = reference.block_size
    high, wide = looked.edges.shape[:2]
    sources: list[tuple[float, float]] = []
    targets: list[tuple[float, float]] = []
    places: list[tuple[Block, int, int]] = []
    found: list[Block] = []
    for block in reference.blocks:
        cx, cy = block.x + width / 2, block.y + height / 2
        u, v, w = expected @ (cx, cy, 1.0)
        left, top = round(u / w - width / 2), round(v / w - height / 2)
        if left < 0 or top < 0 or left + width > wide or top + height > high:
            continue  # it may well be there, but not whole
        if inside is not None and not inside[top : top + height, left : left + width].all():
            continue
        places.append((block, left, top))
        x0, y0 = max(0, left - REACH), max(0, top - REACH)
        window = looked.edges[y0 : min(high, top + height + REACH), x0 : min(wide, left + width + REACH)]
        alike = cv2.matchTemplate(np.ascontiguousarray(window), np.ascontiguousarray(reference.template(block)), cv2.TM_CCORR_NORMED)
        _, best, _, (px, py) = cv2.minMaxLoc(alike)
        if best < FOUND:
            continue
        fine_x, fine_y = _between(np.asarray(alike, np.float32), px, py)
        found.append(block)
        sources.append((cx, cy))
        targets.append((x0 + px + fine_x + width / 2, y0 + py + fine_y + height / 2))
    matrix, chosen, error = _fit(np.array(sources, np.float32), np.array(targets, np.float32))
    gone = _gone(reference, looked, places) if len(places) >= LEAST_BLOCKS else 0.0
    if matrix is None:
        return Match(IDENTITY, len(places), 0, gone, 0.0)
    if back is not None:
        matrix = np.linalg.inv(back) @ matrix
    agreed = tuple(block for block, agrees in zip(found, chosen, strict=True) if agrees)
    return Match(of_matrix(matrix, reference.width, reference.height), len(places), len(agreed), gone, error, agreed=agreed)


def _between(alike: NDArray[np.float32], x: int, y: int) -> tuple[float, float]:
    """How far beside a peak's pixel the peak of a parabola through its neighbours lies, across and down."""
    offsets = []
    for at, line in ((x, alike[y, :]), (y, alike[:, x])):
        if 0 < at < len(line) - 1:
            before, peak, behind = float(line[at - 1]), float(line[at]), float(line[at + 1])
            bend = before - 2 * peak + behind
            offsets.append((before - behind) / (2 * bend) if bend < 0 else 0.0)
        else:
            offsets.append(0.0)
    return offsets[0], offsets[1]


def _fit(sources: NDArray[np.float32], targets: NDArray[np.float32]) -> tuple[NDArray[np.float64] | None, NDArray[np.bool_], float]:
    """The motion that most blocks agree on, and which do: a turn with zoom and shift, or a homography where enough carry one and it fits better."""
    none = np.zeros(len(sources), bool)
    if len(sources) < 3:
        return None, none, 0.0
    turn, inside = cv2.estimateAffinePartial2D(sources, targets, method=cv2.RANSAC, ransacReprojThreshold=TOLERANCE, maxIters=500, confidence=0.995)
    if turn is None:
        return None, none, 0.0
    matrix = np.asarray(np.vstack([turn, [0.0, 0.0, 1.0]]), np.float64)
    chosen = inside.ravel().astype(bool)
    error = _missed(matrix, sources[chosen], targets[chosen])
    agreeing = int(chosen.sum())
    if agreeing >= FREE_BLOCKS:
        free, inside = cv2.findHomography(sources, targets, cv2.RANSAC, TOLERANCE)
        kept = chosen if free is None else inside.ravel().astype(bool)
        more = int(kept.sum()) - agreeing
        if free is not None:
            whole: NDArray[np.float64] = np.asarray(free, np.float64)
            missed = _missed(whole, sources[kept], targets[kept])
            if more > 1 or (more >= 0 and missed < 0.6 * error):
                return whole, np.asarray(kept, np.bool_), missed
    return matrix, chosen, error


def _missed(matrix: NDArray[np.float64], sources: NDArray[np.float32], targets: NDArray[np.float32]) -> float:
    """Root mean square of what is left between where the points go and where they were found."""
    laid = cv2.perspectiveTransform(sources[None].astype(np.float64), matrix)[0]
    return float(np.sqrt(((laid - targets) ** 2).sum(axis=1).mean())) if len(sources) else 0.0


def _gone(reference: Landmarks, looked: Looked, places: list[tuple[Block, int, int]]) -> float:
    """Share of the landmarks whose place has lost its edges, the light of the whole picture aside."""
    width, height = reference.block_size
    before, now = [], []
    for block, left, top in places:
        x, y = block.x, block.y
        before.append(float(reference.strength[y : y + height, x : x + width].mean()))
        now.append(float(looked.strength[top : top + height, left : left + width].mean()))
    left_over = np.array(now) / np.maximum(np.array(before), 1e-3)
    middle = float(np.median(left_over))
    gone = (left_over < GONE * max(middle, 0.35)) & (np.array(now) < GONE_LEVELS)
    return float(gone.mean())
