"""The ground model on recorded footage: false regions an hour, piles from photographs that are found, and what a look costs.

    python -m benchmarks.ground ../shared/footage ../shared/images/street_kinds --hours 6

The footage is played over and over, a picture each 25 seconds, under light that it never had: exposure between 0.5 and 1.15 within the hour, a hard
shadow across two fifths of the picture that goes from edge to edge, sensor noise. What it proves is bounded by its distinct seconds. Piles (material,
garbage) are cut from photographs, one an origin first, and stand at ten places for six minutes; then they are gone. Both is done with the detector's boxes and
without any, as if it recognised nothing at all.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import cv2
import numpy as np

from benchmarks.errors import BenchmarkError
from benchmarks.footage_events import CUT_MARGIN, SPOTS, Spot, distinct_seconds, frames
from benchmarks.still_camera import KEYFRAME_SECONDS, Picture
from detector.ground.observing import Given, observed
from detector.ground.picture import picture_of
from detector.ground.telling import told
from detector.ground.values import GroundState
from detector.judgement.geometry import Box, iou
from detector.judgement.values import Thing
from detector.worker.eye import Eye, things_of
from models.photographs import read
from models.photographs.pasting import paste
from models.pictures import read_picture
from models.session import open_model
from streams.decoding import DecodedCrop, Letterbox

STEP_SECONDS = 25.0
"""As the worker compares them (`GroundSettings.every_seconds`)."""
WIDTH_PX, HEIGHT_PX = 640, 360
NOISE_LEVELS = 3.0
LEARNED_SECONDS, STANDS_SECONDS, AFTER_SECONDS = 180.0, 360.0, 120.0
CLASSES = ("material_pile", "garbage_pile")
PILE_HEIGHT = 0.55
"""Of a stall's height at the same spot."""
FOUND_IOU = 0.3
LEAD_SECONDS = 1800.0
"""The dwell of V10."""
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording: its pictures at the detector's size, with what was recognised in each."""

    name: str
    size: tuple[int, int]
    pictures: tuple[Picture, ...]
    things: tuple[tuple[Thing, ...], ...]


@dataclass(slots=True)
class Tally:
    """Seconds that looks took, and the regions that were told."""

    seconds: list[float] = field(default_factory=list)
    regions: list[dict[str, Any]] = field(default_factory=list)


def clip_of(path: Path, eye: Eye | None) -> Clip:
    """A recording, looked at once by the detector, where there is one."""
    still = frames(path)
    small = tuple(np.asarray(cv2.resize(one, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA), np.uint8) for one in still)
    things: list[tuple[Thing, ...]] = []
    for picture in small:
        if eye is None:
            things.append(())
            continue
        canvas = np.full((eye.session.input_height_px, eye.session.input_width_px, 3), 114, np.uint8)
        top = (canvas.shape[0] - HEIGHT_PX) // 2
        canvas[top : top + HEIGHT_PX] = picture
        crop = DecodedCrop(canvas, Letterbox(1.0, 0.0, float(top), 0.0, 0.0))
        things.append(things_of(eye.detect([crop])[0], crop, WIDTH_PX, HEIGHT_PX))
    return Clip(path.stem, (still[0].shape[1], still[0].shape[0]), small, tuple(things))


def lit(picture: Picture, at_seconds: float, random: np.random.Generator, *, day: bool) -> Picture:
    """The picture under the light of a moment of the hour."""
    gain = 1.0 if not day else 0.825 + 0.325 * math.cos(2 * math.pi * at_seconds / 3600)
    values = picture.astype(np.float32) * np.float32(gain)
    if day:
        edge = (at_seconds % 3600) / 3600 * 1.6 - 0.4
        left, right = round(max(0.0, edge) * WIDTH_PX), round(min(1.0, max(0.0, edge + 0.4)) * WIDTH_PX)
        values[:, left:right] *= np.float32(0.6)
    values += random.normal(0, NOISE_LEVELS, picture.shape[:2]).astype(np.float32)[:, :, None]
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def look(state: GroundState | None, picture: Picture, at_seconds: float, things: Sequence[Thing], tally: Tally) -> GroundState:
    """One picture, timed."""
    crop = DecodedCrop(picture, Letterbox(1.0, 0.0, 0.0, 0.0, 0.0))
    began = time.thread_time()
    after = observed(state, picture_of(crop, WHOLE, WIDTH_PX, HEIGHT_PX), at_seconds, Given(things))
    tally.seconds.append(time.thread_time() - began)
    return after


def quiet_hours(clip: Clip, hours: float, tally: Tally, *, day: bool) -> tuple[int, int]:
    """How many regions are told where nothing is ever put down, and how many of them for so long that they would be leads."""
    random = np.random.default_rng(1)
    state: GroundState | None = None
    seen: set[tuple[int, float]] = set()
    leads: set[tuple[int, float]] = set()
    for number in range(round(hours * 3600 / STEP_SECONDS)):
        at = number * STEP_SECONDS
        which = int(at / KEYFRAME_SECONDS) % len(clip.pictures)
        state = look(state, lit(clip.pictures[which], at, random, day=day), at, clip.things[which], tally)
        for region in told(state):
            name = (region.number, region.since_seconds)
            if at - region.since_seconds >= LEAD_SECONDS:
                leads.add(name)
            if name not in seen:
                seen.add(name)
                tally.regions.append({"clip": clip.name, "day": day, "at": at, "xyxy": region.xyxy, "score": region.score})
    return len(seen), len(leads)


def piles(folder: Path, count: int) -> list[Picture]:
    """Cut-outs of piles, those of origins not used yet first."""
    found: list[tuple[int, str, Picture]] = []
    used: dict[str, int] = {}
    for photograph in sorted(read(folder), key=lambda one: one.id):
        for box in photograph.boxes:
            x0, y0, x1, y1 = box.xyxy
            high = (y1 - y0) * photograph.height
            if box.name in CLASSES and not box.difficult and not box.group and high >= 60 and 0.5 <= (x1 - x0) * photograph.width / high <= 3:
                whole = read_picture(photograph.path)
                h, w = whole.shape[:2]
                mx, my = (x1 - x0) * CUT_MARGIN, (y1 - y0) * CUT_MARGIN
                part = whole[max(0, round((y0 - my) * h)) : round((y1 + my) * h), max(0, round((x0 - mx) * w)) : round((x1 + mx) * w)]
                used[photograph.origin] = used.get(photograph.origin, 0) + 1
                found.append((used[photograph.origin], photograph.id, part))
    found.sort(key=lambda one: one[:2])
    if len(found) < count:
        raise BenchmarkError(f"{folder} has only {len(found)} piles that stand whole in their photographs: {count} are needed")
    return [part for *_, part in found[:count]]


def masked(part: Picture) -> Picture:
    """A cut-out without what lies about it, (h, w, 4): its outline by graph cuts, an oval where these find nothing."""
    height, width = part.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    border = (round(0.06 * width), round(0.06 * height), round(0.88 * width), round(0.88 * height))
    cv2.setRNGSeed(1)
    cv2.grabCut(part, mask, border, np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_RECT)
    kept = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    if kept.mean() < 0.25:
        kept[:] = 0
        cv2.ellipse(kept, (width // 2, height // 2), (round(0.46 * width), round(0.46 * height)), 0, 0, 360, 1, cv2.FILLED)
    return np.dstack([part, cv2.GaussianBlur(kept * 255, (0, 0), 1.0)])


def set_in(picture: Picture, pile: Picture, spot: Spot, size: tuple[int, int]) -> tuple[Picture, Box]:
    """The picture with a pile at a spot of the footage, and the pile's box."""
    high = max(6, round(PILE_HEIGHT * spot.height * HEIGHT_PX / size[1]))
    wide = max(6, round(pile.shape[1] * high / pile.shape[0] * (WIDTH_PX / size[0]) / (HEIGHT_PX / size[1])))
    small = cv2.resize(pile, (wide, high), interpolation=cv2.INTER_AREA)
    left = min(max(0, round(spot.x * WIDTH_PX / size[0] - wide / 2)), WIDTH_PX - wide)
    top = min(max(0, round(spot.y * HEIGHT_PX / size[1] - high)), HEIGHT_PX - high)
    under = picture.copy()
    whole = picture.copy()
    paste(whole, np.ascontiguousarray(small[:, :, :3]), left, top, feather_px=1.0, match=0.5)
    weight = small[:, :, 3:].astype(np.float32) / 255
    place = (slice(top, top + high), slice(left, left + wide))
    under[place] = np.round(under[place] + (whole[place].astype(np.float32) - under[place]) * weight).astype(np.uint8)
    return under, (left / WIDTH_PX, top / HEIGHT_PX, (left + wide) / WIDTH_PX, (top + high) / HEIGHT_PX)


def stood(clip: Clip, pile: Picture, spot: Spot, tally: Tally, *, dusk: bool) -> dict[str, Any]:
    """A pile that comes, stands for six minutes and goes: after how many seconds it was told, its overlap then, and after how many it was over."""
    random = np.random.default_rng(2)
    state: GroundState | None = None
    came, gone = LEARNED_SECONDS, LEARNED_SECONDS + STANDS_SECONDS
    found: dict[str, Any] = {"clip": clip.name, "x": spot.x, "dusk": dusk, "told_after": None, "iou": 0.0, "over_after": None, "looks": 0, "told_looks": 0}
    for number in range(round((gone + AFTER_SECONDS) / STEP_SECONDS)):
        at = number * STEP_SECONDS
        which = int(at / KEYFRAME_SECONDS) % len(clip.pictures)
        picture = clip.pictures[which]
        there: Box = WHOLE
        if came <= at:
            filled, there = set_in(picture, pile, spot, clip.size)
            picture = filled if at < gone else picture
        if dusk:
            picture = np.round(picture * (0.9 - 0.6 * at / (gone + AFTER_SECONDS))).astype(np.uint8)
        state = look(state, lit(picture, at, random, day=False), at, clip.things[which], tally)
        best = max((iou(region.xyxy, there) for region in told(state)), default=0.0) if came <= at else 0.0
        hit = best >= FOUND_IOU
        if came <= at < gone:
            if hit and found["told_after"] is None:
                found.update(told_after=at - came, iou=round(best, 3))
            found["looks"] += found["told_after"] is not None
            found["told_looks"] += hit
        elif at >= gone and found["told_after"] is not None and found["over_after"] is None and not hit:
            found["over_after"] = at - gone
    return found


def rows(clips: Sequence[Clip], cut: Sequence[Picture], hours: float, *, boxes: bool) -> Iterator[dict[str, Any]]:
    """What is told: false regions an hour by clip and light, and piles found by light."""
    bare = clips if boxes else [Clip(one.name, one.size, one.pictures, tuple(() for _ in one.things)) for one in clips]
    named = {clip.name: clip for clip in bare}
    for day in (False, True):
        for clip in bare:
            tally = Tally()
            count, leads = quiet_hours(clip, hours, tally, day=day)
            row = {"key": "false", "boxes": boxes, "day": day, "clip": clip.name, "hours": hours, "regions": count, "leads": leads}
            yield {**row, **_cost(tally), "where": tally.regions}
    for dusk in (False, True):
        tally = Tally()
        found = [stood(named[spot.clip], cut[i % len(cut)], spot, tally, dusk=dusk) for i, spot in enumerate([*SPOTS, *SPOTS])]
        told_after = sorted(one["told_after"] for one in found if one["told_after"] is not None)
        looks, told_looks = (sum(one[name] for one in found) for name in ("looks", "told_looks"))
        yield {
            "key": "piles", "boxes": boxes, "dusk": dusk, "set_in": len(found), "told": len(told_after),
            "over": sum(one["over_after"] is not None for one in found), "told_after_median": told_after[len(told_after) // 2] if told_after else None,
            "looks_told": round(told_looks / max(1, looks), 3), **_cost(tally), "each": found,
        }  # fmt: skip


def _cost(tally: Tally) -> dict[str, float]:
    readings = [time.thread_time() for _ in range(200)]  # the clock itself takes up to a millisecond on a machine within a machine
    took = np.sort(np.maximum(0.0, np.array(tally.seconds) - float(np.median(np.diff(readings))))) * 1000
    return {"median_ms": round(float(np.median(took)), 3), "p95_ms": round(float(took[int(0.95 * (took.size - 1))]), 3)}


@click.command()
@click.argument("footage", type=click.Path(exists=True, path_type=Path))
@click.argument("photographs", type=click.Path(exists=True, path_type=Path))
@click.option("--hours", default=6.0, show_default=True, help="Played of each recording and light.")
@click.option("--model", default="curbwatch-n-street", show_default=True)
def main(footage: Path, photographs: Path, hours: float, model: str) -> None:
    """Prints a line of JSON a row."""
    cv2.setNumThreads(1)
    eye = Eye(open_model(model, provider="cpu"))
    clips = [clip_of(footage / f"{name}.mp4", eye) for name in sorted({spot.clip for spot in SPOTS})]
    cut = [masked(part) for part in piles(photographs, 20)]
    click.echo(json.dumps({"key": "footage", "distinct_seconds": round(distinct_seconds(footage), 1), "pictures": sum(len(clip.pictures) for clip in clips)}))
    for boxes in (True, False):
        for row in rows(clips, cut, hours, boxes=boxes):
            click.echo(json.dumps(row))


if __name__ == "__main__":
    main()
