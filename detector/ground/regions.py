"""Things on the ground: cells that differ and stay are joined, judged by their outline, and followed until they are gone.

What differs and stays is one of

- a thing that came: its outline stands out now and did not before;
- a place that something has left: its outline stood out before and does not now (San Miguel and Martínez 2008);
- light: darker or brighter all over alike, with the ground's own colour and structure within.

Only the first is told. The other two become ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.ground.difference import Differences, differences
from detector.ground.picture import Mask, inner_box
from detector.ground.settings import GroundSettings
from detector.ground.values import MOST_REGIONS, UNKNOWN, VOTE, Draft, Region
from detector.judgement.geometry import Box, covered_share
from detector.judgement.values import Thing

JOINED = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
NEAR = np.ones((3, 3), np.uint8)
AROUND = np.ones((5, 5), np.uint8)
RING = np.ones((9, 9), np.uint8)
MOST_CONTOURS = 32
CLEARER = 1.2
"""How much stronger an outline must be in one of the two pictures."""
UNLIKE = 1.3
"""How much more a place must differ from what surrounds it in one of the two pictures, where the outline decides nothing."""
FAINT_LEVELS = 6.0
"""An outline below that is a stain."""
LIT_SHARE, LIT_SPREAD, LIT_CHROMA = 0.2, 0.15, 8.0
"""Light: fewer cells within that are evidence, a ratio of brightness that spreads no more (its logarithm), a smaller shift of colour."""
BETWEEN_SHARE = 0.8
"""Of the cells of a shadow's edge, that are between its two sides."""
PRESENT_SHARE = 0.5
"""A thing is there as long as this share of what differed at first still does."""
VISIBLE_SHARE = 0.5
"""Less of a thing's place in view tells nothing of it."""
LEAST_MISSED = 3
COVERED_SHARE = 0.5
BESIDE = 0.25
"""What stands about a recognised thing, within this share of its size, is its own: goods round a stall, the shadow of a car."""

Finding = Literal["added", "unclear", "removed", "light"]


def found(draft: Draft, lit: NDArray[np.float32], settings: GroundSettings) -> None:
    """Joins new cells that have stayed to regions, and lets what is no thing become ground.

    Args:
        lit: the ground under the light of the last picture (3, rows, columns).
    """
    known = draft.since > UNKNOWN / 2
    standing = known & (draft.owner == 0) & (draft.vote >= settings.settled_seconds * VOTE)
    if int(np.count_nonzero(standing)) == 0:
        return
    stands = np.where(standing, draft.candidate.astype(np.float32), lit)
    seen = differences(stands, lit, draft.noise, known & ~standing, settings)
    left = standing & (draft.vote >= settings.left_seconds * VOTE)
    joined = cv2.morphologyEx((standing & seen.evidence).astype(np.uint8), cv2.MORPH_CLOSE, JOINED)
    contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = settings.largest_share * int(np.count_nonzero(known))
    for contour in sorted(contours, key=len, reverse=True)[:MOST_CONTOURS]:
        drawn = np.zeros(known.shape, np.uint8)
        cv2.drawContours(drawn, [contour], -1, 1, cv2.FILLED)
        cells = (drawn > 0) & (draft.owner == 0) & known
        count = int(np.count_nonzero(cells))
        neighbours = draft.owner[(cv2.dilate(drawn, NEAR) > 0) & (draft.owner > 0)]
        if count > largest or (count < settings.least_cells and not neighbours.size):
            continue
        finding, score = judged(cells, stands, lit, draft.old[0], seen)
        if finding in ("removed", "light"):
            left |= standing & cells
            continue
        if neighbours.size:
            _grow(draft, int(np.bincount(neighbours).argmax()), cells)
        elif not _begin(draft, cells, finding, score, seen):
            continue
        left &= ~cells
    adopt(draft, left)


def judged(cells: Mask, now: NDArray[np.float32], old: NDArray[np.float32], unlit: NDArray[np.float32], seen: Differences) -> tuple[Finding, float]:
    """What a patch of cells is, and how surely it is a thing (0..1).

    Args:
        cells: of the patch, not empty.
        now, old: planes Y, Cr, Cb of what stands there and of the ground, under one light; `unlit`: the ground's luma as it was.
        seen: their differences.
    """
    patch = cells.astype(np.uint8)
    grown = cv2.dilate(patch, NEAR) > 0
    outline = grown & ~(cv2.erode(patch, NEAR) > 0)
    now_edges, old_edges = float(seen.edges_now[outline].mean()), float(seen.edges_old[outline].mean())
    score = round(0.5 * float(seen.evidence[cells].mean()) + 0.5 * now_edges / (now_edges + old_edges + 4), 4)
    around = (cv2.dilate(patch, RING) > 0) & ~grown & ~seen.evidence
    if now_edges < FAINT_LEVELS or _is_light(cells, around, np.log((now[0] + 8) / (unlit + 8)), seen):
        return ("removed" if old_edges >= max(FAINT_LEVELS, CLEARER * now_edges) else "light"), score
    if now_edges >= CLEARER * old_edges:
        return "added", score
    if old_edges >= CLEARER * now_edges:
        return "removed", score
    if not around.any():
        return "unclear", score
    now_unlike, old_unlike = (float(np.abs(one[:, cells].mean(axis=1) - one[:, around].mean(axis=1)).sum()) for one in (now, old))
    if now_unlike >= UNLIKE * old_unlike:
        return "added", score
    return ("removed" if old_unlike >= UNLIKE * now_unlike else "unclear"), score


def _is_light(cells: Mask, around: Mask, ratio: NDArray[np.float32], seen: Differences) -> bool:
    """Whether a patch is the ground in another light: alike darker or brighter within, or the edge of such a place, between the light of its two sides."""
    if float(seen.chroma[cells].mean()) >= LIT_CHROMA:
        return False
    patch = cells.astype(np.uint8)
    core = next((one for kernel in (AROUND, NEAR) if (one := cv2.erode(patch, kernel) > 0).any()), cells)
    if float(seen.evidence[core].mean()) < LIT_SHARE and float(ratio[core].std()) < LIT_SPREAD:
        return True
    if not around.any():
        return False
    low, high = (float(one) for one in np.quantile(ratio[around], (0.05, 0.95)))
    between = (ratio[cells] >= low - LIT_SPREAD) & (ratio[cells] <= high + LIT_SPREAD)
    return float(between.mean()) >= BETWEEN_SHARE


def adopt(draft: Draft, cells: Mask) -> None:
    """Lets what stands there be the ground."""
    if not cells.any():
        return
    draft.old[:, cells] = draft.candidate[:, cells]
    draft.since[cells] = draft.at_seconds - draft.vote[cells] / np.float32(VOTE)
    draft.vote[cells] = 0


def _begin(draft: Draft, cells: Mask, finding: Finding, score: float, seen: Differences) -> bool:
    """A region of its own; False where there are too many."""
    taken = {region.number for region in draft.regions}
    number = next((one for one in range(1, MOST_REGIONS + 1) if one not in taken), None)
    if number is None or finding in ("removed", "light"):
        return False
    draft.owner[cells] = number
    stood = float(draft.vote[cells].max()) / VOTE
    draft.regions.append(
        Region(
            number, "added" if finding == "added" else "unclear", inner_box(cells, draft.rectangle), draft.at_seconds - stood, draft.at_seconds, score,
            round(float(seen.differs[cells].mean()), 4),
        )
    )  # fmt: skip
    return True


def _grow(draft: Draft, number: int, cells: Mask) -> None:
    """Cells beside a region that have become new as well: a pile that grows."""
    draft.owner[cells] = number
    box = inner_box(draft.owner == number, draft.rectangle)
    draft.regions = [replace(region, xyxy=box) if region.number == number else region for region in draft.regions]


def followed(draft: Draft, differs: Mask, visible: Mask, held: Sequence[Box], settings: GroundSettings) -> None:
    """Goes through the regions after another picture: which are there, which are over, which have become ground.

    Args:
        differs, visible: cells that differ from the ground, and those whose ground is known and that nothing recognised hides.
        held: boxes of violations that stand; what stands there never becomes ground.
    """
    if not draft.regions:
        return
    marks = MOST_REGIONS + 1
    cells = np.bincount(draft.owner.ravel(), minlength=marks)
    shown = np.bincount(draft.owner[visible], minlength=marks)
    new = np.bincount(draft.owner[visible & differs], minlength=marks)
    kept = []
    for region in draft.regions:
        number = region.number
        in_view = bool(cells[number]) and shown[number] >= VISIBLE_SHARE * cells[number]
        present = in_view and bool(new[number] >= PRESENT_SHARE * region.share * shown[number])
        after = replace(
            region, present=present, seen_seconds=draft.at_seconds if present else region.seen_seconds,
            missed=0 if present else region.missed + in_view,
        )  # fmt: skip
        if after.missed >= LEAST_MISSED and draft.at_seconds - after.seen_seconds >= settings.gone_seconds:
            _release(draft, number)
        elif draft.at_seconds - after.since_seconds >= settings.adopted_seconds and not any(covered_share(after.xyxy, box) >= COVERED_SHARE for box in held):
            adopt(draft, draft.owner == number)
            _release(draft, number)
        else:
            kept.append(after)
    draft.regions = kept


def _release(draft: Draft, number: int) -> None:
    mine = draft.owner == number
    draft.owner[mine] = 0
    draft.vote[mine] = 0


def is_named(box: Box, things: Iterable[Thing]) -> bool:
    """Whether something that is recognised covers a box, or is so near that the box is its own."""
    return any(covered_share(box, with_own(thing)) >= COVERED_SHARE for thing in things)


def with_own(thing: Thing) -> Box:
    """The box of a recognised thing with what stands about it; people have nothing of their own."""
    left, top, right, bottom = thing.xyxy
    if thing.label == "person":
        return thing.xyxy
    beside, above = BESIDE * (right - left), BESIDE * (bottom - top)
    return left - beside, top - above, right + beside, bottom + above
