"""The files of a packet: originals as they are held, and the copies that are made of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from detector.judgement.values import Box, Stay, StaySample
from detector.worker import cuttings
from detector.worker.files import disk_fault_in, put_bytes, put_whole, sha256_of
from detector.worker.held import HeldClip, HeldKeyframe
from detector.worker.made import Lot, MadeCopies
from detector.worker.masking import Masker, covered
from detector.worker.order import PacketOrder
from detector.worker.pictures import Jpeg, Marked, Pixels, boxed, caption_of, closeup, pixels_of, snapshot
from detector.worker.tools import MediaTools
from evidence.canonical import sha256_hex
from evidence.files import CUTTINGS, MASKED_FOR
from evidence.packet import EvidenceFile, Role
from models.errors import ModelError
from streams.errors import DecodeError, RemuxError
from streams.media import Codec
from streams.remux import COPY_OPTIONS, COPY_WIDTH_PX

log = logging.getLogger(__name__)

MEDIA_TYPES = {Codec.H264: "video/h264", Codec.H265: "video/h265"}
SAME_LOOK_SECONDS = 0.5
"""A look's arrival and a keyframe's are one where no more lies between them (the small stream's picture comes beside the large one's)."""


@dataclass(frozen=True, slots=True)
class Making:
    """What the copies of a packet are made with. `software`: by name and version, since another one may make others."""

    order: PacketOrder
    tools: MediaTools
    copies: MadeCopies
    masker: Masker | None
    software: str


def keyframe_files(keyframe: HeldKeyframe, making: Making, *, is_last: bool) -> Iterator[tuple[EvidenceFile, Path]]:
    """The original, its snapshot, and of the last picture the close-up; of the confirming one also the boxed picture. Then all of them masked, and what is cut
    out of the masked picture to learn from.
    """
    order, masker = making.order, making.masker
    at_seconds = round((keyframe.wall - order.stay.first_wall).total_seconds(), 3)
    yield EvidenceFile(
        role=Role(f"keyframe_{keyframe.which}"), name=keyframe.path.name, sha256=keyframe.sha256, bytes=keyframe.bytes,
        media_type=MEDIA_TYPES[keyframe.codec], original=True, at_seconds=at_seconds,
    ), keyframe.path  # fmt: skip
    facts = {
        "source": keyframe.sha256, "prelude_nals": keyframe.prelude_nals, "wall": keyframe.wall.isoformat(), "at_seconds": at_seconds, "is_last": is_last,
        "marked": asdict(_marked(keyframe, order)), "act": order.stay.xyxy, "view": order.view.to_json(), "camera": order.camera.model_dump(mode="json"),
        "kind": order.kind.model_dump(mode="json"), "masker": _identity(masker), "software": making.software,
        "cuttings": cuttings.RULES if _is_cut(keyframe, order) else None,
    }  # fmt: skip
    yield from making.copies.of(f"keyframe_{keyframe.which}", facts, partial(_pictures, keyframe, making, at_seconds, is_last=is_last))


def _pictures(keyframe: HeldKeyframe, making: Making, at_seconds: float, *, is_last: bool) -> Lot:
    order, masker = making.order, making.masker
    try:
        pixels = pixels_of(keyframe.unit(), order.view, making.tools.decode)
    except DecodeError as error:
        log.warning("camera %s: the %s picture of %s goes out undecoded: %s", order.camera.id, keyframe.which, order.stay.stay_id, error)
        return Lot((), whole=False)
    pictures = [*_derived(keyframe, pixels, order, is_last=is_last)]
    masked = None if masker is None else _masked(masker, pixels, order)
    if masked is not None:
        covered_pixels, recipe = masked
        copies = _derived(keyframe, covered_pixels, order, is_last=is_last)
        pictures += [(MASKED_FOR[role], Jpeg(jpeg.data, {**jpeg.recipe, "masked": recipe})) for role, jpeg in copies]
        if _is_cut(keyframe, order):
            pictures += cuttings.cuttings(covered_pixels, keyframe.which, order.phase, order.stay.xyxy, _marked(keyframe, order), recipe)
    files = []
    for role, jpeg in pictures:
        path = making.copies.folder / f"{role.value}.jpg"
        put_bytes(path, jpeg.data)
        file = EvidenceFile(
            role=role, name=path.name, sha256=sha256_hex(jpeg.data), bytes=len(jpeg.data), media_type="image/jpeg", original=False,
            derived_from=keyframe.sha256, recipe=jpeg.recipe, at_seconds=at_seconds, keep_days=cuttings.KEPT.days if role in CUTTINGS else None,
        )  # fmt: skip
        files.append((file, path))
    return Lot(tuple(files), whole=masker is None or masked is not None)


def _is_cut(keyframe: HeldKeyframe, order: PacketOrder) -> bool:
    """Whether a picture is cut; one of the place after the thing had gone, where it is known to show an empty place."""
    return cuttings.is_cut(keyframe.which, order.phase) and (keyframe.which != "gone" or order.shows_empty)


def _identity(masker: Masker | None) -> dict[str, Any] | None:
    try:
        return None if masker is None else masker.identity
    except (ModelError, OSError):
        return None  # it cannot mask, as will be said, and what it leaves out is made again


def _masked(masker: Masker, pixels: Pixels, order: PacketOrder) -> tuple[Pixels, dict[str, Any]] | None:
    """The picture with what must not leave the case covered, and how that was found; None where there is no detector to find it."""
    try:
        act = rounded(order.stay.xyxy)
        masks = masker.masks(pixels, act)
        told = [[*mask.xyxy, mask.label, mask.score] for mask in masks]
        return covered(pixels, masks, act), {**masker.recipe, "act_xyxy": list(act), "covered": told}
    except ModelError as error:
        log.warning("camera %s: a picture of %s goes out without a masked copy, and will not leave its case: %s", order.camera.id, order.stay.stay_id, error)
        return None


def _derived(keyframe: HeldKeyframe, pixels: Pixels, order: PacketOrder, *, is_last: bool) -> Iterator[tuple[Role, Jpeg]]:
    view, stay = order.view, order.stay
    yield Role(f"snapshot_{keyframe.which}"), snapshot(pixels, view)
    if keyframe.which == "confirming":
        named = order.camera.name
        names = [named] if isinstance(named, str) else [] if named is None else [named.zh, named.en]
        camera = " ".join(name for name in dict.fromkeys([order.camera.id, *names]) if name)
        caption = caption_of(camera, order.kind.id, order.kind.name, keyframe.wall, view.time_zone)
        yield Role.BOXED_CONFIRMING, boxed(pixels, view, _marked(keyframe, order), caption)
    if is_last:
        yield Role.CLOSEUP, closeup(pixels, view, stay.xyxy)


def _marked(keyframe: HeldKeyframe, order: PacketOrder) -> Marked:
    look = _look_at(order.stay, keyframe.arrival_seconds, keyframe.wall)
    return Marked(order.stay.xyxy) if look is None or look.xyxy is None else Marked(look.xyxy, look.label, look.score)


def _look_at(stay: Stay, arrival_seconds: float, wall: datetime) -> StaySample | None:
    """The look that saw this very picture."""
    looks = [one for one in stay.samples if one.xyxy is not None]
    nearest = min(looks, key=lambda one: abs(one.at_seconds - arrival_seconds), default=None)
    if nearest is not None and abs(nearest.at_seconds - arrival_seconds) <= SAME_LOOK_SECONDS:
        return nearest
    by_wall = min(looks, key=lambda one: abs((one.wall - wall).total_seconds()), default=None)  # the stay was moved onto another boot's clock
    return by_wall if by_wall is not None and abs((by_wall.wall - wall).total_seconds()) <= SAME_LOOK_SECONDS else None


def clip_files(clip: HeldClip, making: Making) -> Iterator[tuple[EvidenceFile, Path]]:
    """The clip as it came, and of an H.265 one the copy that browsers can show."""
    moments: dict[str, Any] = {
        "clip_requested": clip.requested_wall, "clip_start": clip.start_wall, "clip_begins": clip.begins, "picture_seconds": clip.picture_seconds,
    }  # fmt: skip
    yield EvidenceFile(
        role=Role(f"clip_{clip.which}"), name=clip.path.name, sha256=clip.sha256, bytes=clip.bytes, media_type="video/mp4", original=True,
        coded_sha256=clip.coded_sha256, coded_missing=clip.coded_missing, **moments,
    ), clip.path  # fmt: skip
    if clip.codec is Codec.H264:
        return
    recipe = {"made": "H.264 copy", "encoder": "libx264", "width_px_at_most": COPY_WIDTH_PX, **COPY_OPTIONS}
    facts = {"source": clip.sha256, "recipe": recipe, "start": clip.start_wall.isoformat(), "pictures": clip.picture_seconds, "software": making.software}
    yield from making.copies.of(f"{clip.path.stem}_h264", facts, partial(_browser_copy, clip, making, recipe, moments))


def _browser_copy(clip: HeldClip, making: Making, recipe: dict[str, Any], moments: dict[str, Any]) -> Lot:
    path = making.copies.folder / f"{clip.path.stem}_h264.mp4"
    try:
        put_whole(path, partial(making.tools.transcode, making.order.camera.id, clip.path))
    except RemuxError as error:
        fault = disk_fault_in(error, path)
        if fault is not None:
            raise fault from error
        log.warning("%s: goes out without an H.264 copy: %s", clip.path, error)
        return Lot((), whole=False)
    file = EvidenceFile(
        role=Role.CLIP_H264, name=path.name, sha256=sha256_of(path), bytes=path.stat().st_size, media_type="video/mp4", original=False,
        derived_from=clip.sha256, recipe=recipe, **moments,
    )  # fmt: skip
    return Lot(((file, path),))


def rounded(xyxy: Box) -> Box:
    """A millionth of the picture is far below a pixel."""
    left, top, right, bottom = (round(float(value), 6) for value in xyxy)
    return left, top, right, bottom
