"""Things on the ground: cells that differ and stay are joined, judged by their outline, and followed until they are gone.

What differs and stays is one of

- a thing that came: its outline stands out now and did not before;
- a place that something has left: its outline stood out before and does not now (San Miguel and Martínez 2008);
- light: darker or brighter all over alike, with the ground's own colour and structure within.

Only the first is told. A place that was left becomes ground, and so does light that moves on; what looks like light and keeps its outline for longer than any
shadow is a thing after all.
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
from detector.ground.values import MOST_REGIONS, UNKNOWN, VOTE, Draft, Region, Verdict
from detector.judgement.geometry import Box, covered_share
from detector.judgement.values import Thing

NEAR = np.ones((3, 3), np.uint8)
AROUND = np.ones((5, 5), np.uint8)
RING = np.ones((9, 9), np.uint8)
MOST_CONTOURS = 32
MOST_LIGHT = 10
"""Of the regions may be light: a day of broken shade takes no place away from things."""
OUTLINE_SHARE = 0.5
"""Of a place that may be light, its outline must stand where it stood."""
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
WHOLE_SHARE, MOST_DOUBTS = 0.9, 6
"""One thing a picture is judged again, where so much of it is in view; after so many doubts in a row it is none: what was taken for one while the light changed
would stand there for a day."""
COVERED_SHARE = 0.5
BESIDE = 0.25
"""What stands about a recognised thing, within this share of its size, is its own: goods round a stall, the shadow of a car."""

Finding = Verdict | Literal["removed"]


def found(draft: Draft, now: NDArray[np.float32], lit: NDArray[np.float32], settings: GroundSettings) -> None:
    """Joins new cells that have stayed to regions, and lets what is no thing become ground.

    Args:
        now, lit: the picture, and the ground under its light (3, rows, columns).
    """
    known = draft.since > UNKNOWN / 2
    standing = known & (draft.owner == 0) & (draft.vote >= settings.settled_seconds * VOTE)
    if int(np.count_nonzero(standing)) == 0:
        return
    stands = np.where(standing, draft.candidate, now)
    seen = differences(stands, lit, draft.noise, known & ~standing, settings)
    left = standing & (draft.vote >= settings.left_seconds * VOTE)
    joined = cv2.morphologyEx((standing & seen.evidence).astype(np.uint8), cv2.MORPH_CLOSE, NEAR)
    contours, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = settings.largest_share * int(np.count_nonzero(known))
    for contour in sorted(contours, key=len, reverse=True)[:MOST_CONTOURS]:
        cells = _filled(np.asarray(contour, np.int32), standing) & (draft.owner == 0) & known
        count = int(np.count_nonzero(cells))
        neighbours = draft.owner[(cv2.dilate(cells.astype(np.uint8), NEAR) > 0) & (draft.owner > 0)]
        if not 0 < count <= largest or (count < settings.least_cells and not neighbours.size):
            continue
        finding, score = judged(cells, stands, lit, draft.old[0], seen)
        if finding == "removed" or (finding == "light" and count < settings.least_cells):
            continue
        joins = _joined(draft, neighbours, finding, count)
        if joins:
            _grow(draft, joins, cells, finding, score, seen)
        elif count < settings.least_cells or not _begin(draft, cells, finding, score, seen):
            continue
        left &= ~cells
    adopt(draft, left)


def _filled(contour: NDArray[np.int32], standing: Mask) -> Mask:
    """The cells within a contour, and those within its hull that stand."""
    within, hull = np.zeros(standing.shape, np.uint8), np.zeros(standing.shape, np.uint8)
    cv2.drawContours(within, [contour], -1, 1, cv2.FILLED)
    cv2.fillConvexPoly(hull, cv2.convexHull(contour), 1)
    return (within > 0) | ((hull > 0) & standing)


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
    """Whether a patch is the ground in another light: alike darker or brighter within, or the edge of such a place, between the light of its two sides (and
    its own of before: where all about it has changed, what stayed as it was is no thing).
    """
    if float(seen.chroma[cells].mean()) >= LIT_CHROMA:
        return False
    patch = cells.astype(np.uint8)
    core = next((one for kernel in (AROUND, NEAR) if (one := cv2.erode(patch, kernel) > 0).any()), cells)
    if float(seen.evidence[core].mean()) < LIT_SHARE and float(ratio[core].std()) < LIT_SPREAD:
        return True
    if not around.any():
        return False
    low, high = (float(one) for one in np.quantile(ratio[around], (0.1, 0.9)))
    between = (ratio[cells] >= min(low, 0.0) - LIT_SPREAD) & (ratio[cells] <= max(high, 0.0) + LIT_SPREAD)
    return float(between.mean()) >= BETWEEN_SHARE


def adopt(draft: Draft, cells: Mask) -> None:
    """Lets what stands there be the ground."""
    if not cells.any():
        return
    draft.old[:, cells] = draft.candidate[:, cells]
    draft.since[cells] = draft.at_seconds - draft.vote[cells] / np.float32(VOTE)
    draft.vote[cells] = 0


def _begin(draft: Draft, cells: Mask, finding: Verdict, score: float, seen: Differences) -> bool:
    """A region of its own; False where there are too many."""
    taken = {region.number for region in draft.regions}
    number = next((one for one in range(1, MOST_REGIONS + 1) if one not in taken), None)
    if number is None or (finding == "light" and sum(region.verdict == "light" for region in draft.regions) >= MOST_LIGHT):
        return False
    draft.owner[cells] = number
    came = draft.at_seconds - float(draft.vote[cells].max()) / VOTE
    share = round(float(seen.differs[cells].mean()), 4)
    draft.regions.append(Region(number, finding, inner_box(cells, draft.rectangle), came, draft.at_seconds, score, share))
    return True


def _joined(draft: Draft, neighbours: NDArray[np.uint8], finding: Verdict, count: int) -> list[int]:
    """The regions beside new cells that are one thing with them, that which they join first: a pile that grows, and what was taken for light and is the rim of
    the thing, which is seen first. Empty where they are one of their own: light that grows is a shadow that moves.
    """
    if not neighbours.size:
        return []
    beside = np.bincount(neighbours, minlength=MOST_REGIONS + 1)
    light = {region.number for region in draft.regions if region.verdict == "light"}
    ones = sorted(np.flatnonzero(beside).tolist(), key=lambda number: (number in light, -int(beside[number])))
    things = [] if finding == "light" else [number for number in ones if number not in light]
    return things + [number for number in ones if number in light and count >= int(np.count_nonzero(draft.owner == number))]


def _grow(draft: Draft, joins: Sequence[int], cells: Mask, finding: Verdict, score: float, seen: Differences) -> None:
    """Cells that join a region, and regions that are one with it; what was taken for light is what they are."""
    number, others = joins[0], set(joins[1:])
    mine = cells | np.isin(draft.owner, list(joins))
    draft.owner[mine] = number
    share = round(float(seen.differs[mine].mean()), 4)
    kept = []
    for region in draft.regions:
        if region.number == number:
            turned = replace(region, verdict=finding, score=score, share=share) if region.verdict == "light" else region
            kept.append(replace(turned, xyxy=inner_box(mine, draft.rectangle)))
        elif region.number not in others:
            kept.append(region)
    draft.regions = kept


def followed(
    draft: Draft, now: NDArray[np.float32], lit: NDArray[np.float32], seen: Differences, visible: Mask, held: Sequence[Box], settings: GroundSettings
) -> None:
    """Goes through the regions after another picture: which are there, which are over, which have become ground.

    Args:
        now, lit: the picture, and the ground under its light (3, rows, columns); `seen`: how they differ.
        visible: cells whose ground is known and that nothing recognised hides.
        held: boxes of violations that stand; what stands there never becomes ground.
    """
    if not draft.regions:
        return
    marks = MOST_REGIONS + 1
    cells = np.bincount(draft.owner.ravel(), minlength=marks)
    shown = np.bincount(draft.owner[visible], minlength=marks)
    new = np.bincount(draft.owner[visible & seen.differs], minlength=marks)
    doubted = draft.regions[int(draft.at_seconds / settings.every_seconds) % len(draft.regions)].number
    kept = []
    for region in draft.regions:
        number = region.number
        in_view = bool(cells[number]) and shown[number] >= VISIBLE_SHARE * cells[number]
        present = in_view and bool(new[number] >= PRESENT_SHARE * region.share * shown[number])
        if present and region.verdict in ("light", "kept"):
            present = _outline_share(draft.owner == number, seen.evidence, visible) >= OUTLINE_SHARE
        after = replace(
            region, present=present, seen_seconds=draft.at_seconds if present else region.seen_seconds,
            missed=0 if present else region.missed + in_view,
            verdict="kept" if region.verdict == "light" and present and draft.at_seconds - region.since_seconds >= settings.sure_seconds else region.verdict,
        )  # fmt: skip
        if present and after.verdict == "added" and number == doubted and shown[number] >= WHOLE_SHARE * cells[number]:
            finding, _ = judged(draft.owner == number, now, lit, draft.old[0], seen)
            after = replace(after, doubts=after.doubts + 1 if finding in ("light", "removed") else 0)
        if after.missed >= LEAST_MISSED and draft.at_seconds - after.seen_seconds >= settings.gone_seconds:
            if after.verdict in ("light", "kept"):
                adopt(draft, (draft.owner == number) & seen.differs & (draft.vote >= settings.settled_seconds * VOTE))
            _release(draft, number)
        elif after.doubts >= MOST_DOUBTS:
            adopt(draft, (draft.owner == number) & visible)
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


def _outline_share(cells: Mask, evidence: Mask, visible: Mask) -> float:
    """Share of a region's outline that is still one."""
    patch = cells.astype(np.uint8)
    outline = cells & ~(cv2.erode(patch, NEAR) > 0) & visible
    return float(evidence[outline].mean()) if outline.any() else 0.0


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
