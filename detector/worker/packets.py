"""From an order and what is held to a packet: the fields of its manifest, and its files with their hashes.

What was lost (a ring at a `kill -9`, a picture that a full disk did not take) is simply not in the packet; it needs at least one original.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from detector.errors import DetectorError
from detector.judgement.values import Box, Stay, StayGap, StaySample
from detector.worker.files import disk_fault_in, put_bytes, sha256_of
from detector.worker.held import HeldClip, HeldEvidence, HeldKeyframe
from detector.worker.masking import Masker, covered
from detector.worker.order import PacketOrder
from detector.worker.pictures import Jpeg, Marked, Pixels, boxed, caption_of, closeup, pixels_of, snapshot
from detector.worker.tools import MediaTools
from evidence.canonical import canonical_json, sha256_hex
from evidence.clocks import bars_of
from evidence.files import MASKED_FOR
from evidence.packet import (
    SCHEMA,
    Algorithms,
    Chain,
    EvidenceFile,
    Gap,
    Grade,
    Manifest,
    OverlayBox,
    PermitsChecked,
    Phase,
    Role,
    Sample,
    StayRecord,
    ViewNamed,
    WorkerNamed,
    ZoomLook,
)  # fmt: skip
from evidence.views import ViewDocument
from models.errors import ModelError
from streams.errors import DecodeError, RemuxError
from streams.media import Codec
from streams.remux import COPY_OPTIONS, COPY_WIDTH_PX

log = logging.getLogger(__name__)

WANTED = {
    Phase.CONFIRMED: ("first", "middle", "confirming"),
    Phase.CONTINUED: ("confirming", "continued"),
    Phase.ENDED: ("confirming", "gone"),
}
"""The pictures of each phase's packet; clips go with the confirmation only."""
MEDIA_TYPES = {Codec.H264: "video/h264", Codec.H265: "video/h265"}
SAME_LOOK_SECONDS = 0.5
"""A look's arrival and a keyframe's are one where no more lies between them (the small stream's picture comes beside the large one's)."""


class NothingHeld(DetectorError):
    """There is no picture and no clip of a stay, so there is no packet to make."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A packet but for its place in the chain. `files`: each with where its content lies now."""

    fields: Mapping[str, Any]
    files: tuple[tuple[EvidenceFile, Path], ...]

    def manifest(self, chain: Chain) -> Manifest:
        """The whole manifest."""
        return Manifest(**self.fields, files=tuple(file for file, _ in self.files), chain=chain)


def prepare(order: PacketOrder, held: HeldEvidence, worker: WorkerNamed, workspace: Path, masker: Masker | None = None) -> Prepared:
    """Gathers what is held of the order's stay and makes the derived copies in `workspace`; those that may leave the case with a masker only.

    Raises:
        NothingHeld: nothing of the stay is held.
        DiskFault: the disk does not take the copies.
    """
    keyframes, clips = held.keyframes(order.stay.stay_id), held.clips(order.stay.stay_id)
    wanted = [one for one in keyframes if one.which in WANTED[order.phase]]
    with_clips = clips if order.phase is Phase.CONFIRMED or not wanted else ()
    wanted = wanted or list(keyframes)
    if not wanted and not with_clips:
        raise NothingHeld(f"camera {order.camera.id}: nothing is held of the stay {order.stay.stay_id}, so its {order.phase.value} packet cannot be built yet")
    files: list[tuple[EvidenceFile, Path]] = []
    for keyframe in wanted:
        files += _keyframe_files(keyframe, order, held.tools, workspace, masker, is_last=keyframe is wanted[-1])
    for clip in with_clips:
        files += _clip_files(clip, order.camera.id, held.tools, workspace)
    confirming = [clip for clip in with_clips if clip.which == "confirmed"]
    fields: dict[str, Any] = {
        "schema_": SCHEMA, "algorithms": Algorithms(), "packet_id": order.packet_id, "act_id": order.act_id, "phase": order.phase,
        "ordinal": order.ordinal, "occasion": order.occasion, "ordered_case": order.ordered_case,
        "grade": order.grade, "closed_to_a": bars_of(order.clocks, is_lead=order.grade is Grade.C),
        "kind": order.kind, "camera": order.camera, "view": view_named(order.view), "place": order.place,
        "stay": stay_record(order), "ending": order.ending, "clocks": order.clocks, "rule": order.rule,
        "permit": PermitsChecked(checked=order.permits), "exclusions": order.exclusions, "model": order.model, "zoom_look": _zoom_look(order.stay),
        "overlay": overlay_of(order.stay, confirming),
        "worker": worker.model_copy(update={"boot_id": order.boot_id}),  # the boot whose monotonic clock the samples were read on
    }  # fmt: skip
    return Prepared(fields, tuple(files))


def view_named(view: ViewDocument) -> ViewNamed:
    """The view as the manifest names it."""
    return ViewNamed(
        id=view.view_id, version=view.version, sha256=sha256_hex(canonical_json(view.to_json())), time_zone=view.time_zone, zones=view.zones, lines=view.lines
    )


def stay_record(order: PacketOrder) -> StayRecord:
    """The stay as the manifest tells it: samples as they are, gaps by the rule's own grace."""
    stay, kind_id, mean_score = order.stay, order.kind.id, order.mean_score
    grace_seconds = float(order.rule.thresholds.get("grace_seconds") or 0.0)
    return StayRecord(
        first_seen=stay.first_wall, last_seen=stay.last_wall, confirmed_at=stay.confirmed_wall, dwell_seconds=round(stay.dwell_seconds.get(kind_id, 0.0), 3),
        looks=stay.looks, missed=stay.missed, unchanged=stay.unchanged,
        attended_looks=stay.attended_looks, mean_score=mean_score,
        samples=tuple(
            Sample(
                at=one.wall, monotonic_seconds=round(one.at_seconds, 6), status=one.status,
                xyxy=None if one.xyxy is None else _rounded(one.xyxy), score=None if one.score is None else round(float(one.score), 6),
                attended=one.attended, **_class(one.label),
            )
            for one in stay.samples
        ),
        gaps=tuple(Gap.model_validate({"from": gap.begins, "until": gap.ends, "reason": gap.reason}) for gap in stay.gaps if _is_gap(gap, grace_seconds)),
    )  # fmt: skip


def overlay_of(stay: Stay, clips: Sequence[HeldClip]) -> tuple[OverlayBox, ...]:
    """The boxes of the looks that lie in the clips, each at the very picture that was looked at."""
    boxes = []
    for sample in stay.samples:
        clip = min(clips, key=lambda one: _seconds_outside(one, sample.at_seconds), default=None)
        if clip is None or sample.xyxy is None or sample.label is None or _seconds_outside(clip, sample.at_seconds) > SAME_LOOK_SECONDS:
            continue
        at, score = _time_in(clip, sample.at_seconds), round(float(sample.score or 0.0), 6)
        boxes.append(OverlayBox(at_seconds=at, clip=clip.sha256, xyxy=_rounded(sample.xyxy), score=score, **_class(sample.label)))
    return tuple(boxes)


def _seconds_outside(clip: HeldClip, arrival_seconds: float) -> float:
    return max(0.0, clip.start_seconds - arrival_seconds, arrival_seconds - clip.end_seconds)


def _time_in(clip: HeldClip, arrival_seconds: float) -> float:
    nearest = min(clip.keyframes, key=lambda keyframe: abs(keyframe[0] - arrival_seconds), default=None)
    if nearest is not None and abs(nearest[0] - arrival_seconds) <= SAME_LOOK_SECONDS:
        return nearest[1]
    return round(max(0.0, arrival_seconds - clip.start_seconds), 6)


def _keyframe_files(
    keyframe: HeldKeyframe, order: PacketOrder, tools: MediaTools, workspace: Path, masker: Masker | None, *, is_last: bool
) -> Iterator[tuple[EvidenceFile, Path]]:  # fmt: skip
    """The original, its snapshot, and of the last picture the close-up; of the confirming one also the boxed picture. Then all of them masked."""
    at_seconds = round((keyframe.wall - order.stay.first_wall).total_seconds(), 3)
    original = EvidenceFile(
        role=Role(f"keyframe_{keyframe.which}"), name=keyframe.path.name, sha256=keyframe.sha256, bytes=keyframe.bytes,
        media_type=MEDIA_TYPES[keyframe.codec], original=True, at_seconds=at_seconds,
    )  # fmt: skip
    yield original, keyframe.path
    try:
        pixels = pixels_of(keyframe.unit(), order.view, tools.decode)
    except DecodeError as error:
        log.warning("camera %s: the %s picture of %s goes out undecoded: %s", order.camera.id, keyframe.which, order.stay.stay_id, error)
        return
    pictures = [*_derived(keyframe, pixels, order, is_last=is_last)]
    masked = None if masker is None else _masked(masker, pixels, order)
    if masked is not None:
        covered_pixels, recipe = masked
        copies = _derived(keyframe, covered_pixels, order, is_last=is_last)
        pictures += [(MASKED_FOR[role], Jpeg(jpeg.data, {**jpeg.recipe, "masked": recipe})) for role, jpeg in copies]
    for role, jpeg in pictures:
        path = workspace / f"{role.value}.jpg"
        put_bytes(path, jpeg.data)
        yield EvidenceFile(
            role=role, name=path.name, sha256=sha256_hex(jpeg.data), bytes=len(jpeg.data), media_type="image/jpeg", original=False,
            derived_from=keyframe.sha256, recipe=jpeg.recipe, at_seconds=at_seconds,
        ), path  # fmt: skip


def _masked(masker: Masker, pixels: Pixels, order: PacketOrder) -> tuple[Pixels, dict[str, Any]] | None:
    """The picture with what must not leave the case covered, and how that was found; None where there is no detector to find it."""
    try:
        act = _rounded(order.stay.xyxy)
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
        look = _look_at(stay, keyframe.arrival_seconds, keyframe.wall)
        marked = Marked(stay.xyxy) if look is None or look.xyxy is None else Marked(look.xyxy, look.label, look.score)
        name = order.camera.name if isinstance(order.camera.name, str) else order.camera.name.en if order.camera.name else ""
        camera = f"{order.camera.id} {name}".strip()
        yield Role.BOXED_CONFIRMING, boxed(pixels, view, marked, caption_of(camera, order.kind.id, order.kind.name.en, keyframe.wall, view.time_zone))
    if is_last:
        yield Role.CLOSEUP, closeup(pixels, view, stay.xyxy)


def _look_at(stay: Stay, arrival_seconds: float, wall: datetime) -> StaySample | None:
    """The look that saw this very picture."""
    looks = [one for one in stay.samples if one.xyxy is not None]
    nearest = min(looks, key=lambda one: abs(one.at_seconds - arrival_seconds), default=None)
    if nearest is not None and abs(nearest.at_seconds - arrival_seconds) <= SAME_LOOK_SECONDS:
        return nearest
    by_wall = min(looks, key=lambda one: abs((one.wall - wall).total_seconds()), default=None)  # the stay was moved onto another boot's clock
    return by_wall if by_wall is not None and abs((by_wall.wall - wall).total_seconds()) <= SAME_LOOK_SECONDS else None


def _clip_files(clip: HeldClip, camera_id: str, tools: MediaTools, workspace: Path) -> Iterator[tuple[EvidenceFile, Path]]:
    """The clip as it came, and of an H.265 one the copy that browsers can show."""
    moments: dict[str, Any] = {
        "clip_requested": clip.requested_wall, "clip_start": clip.start_wall, "clip_begins": clip.begins, "picture_seconds": clip.picture_seconds,
    }  # fmt: skip
    yield EvidenceFile(
        role=Role(f"clip_{clip.which}"), name=clip.path.name, sha256=clip.sha256, bytes=clip.bytes, media_type="video/mp4", original=True,
        coded_sha256=clip.coded_sha256, **moments,
    ), clip.path  # fmt: skip
    if clip.codec is Codec.H264:
        return
    path = workspace / f"{clip.path.stem}_h264.mp4"
    workspace.mkdir(parents=True, exist_ok=True)
    try:
        tools.transcode(camera_id, clip.path, path)
    except RemuxError as error:
        fault = disk_fault_in(error, path)
        if fault is not None:
            raise fault from error
        log.warning("%s: goes out without an H.264 copy: %s", clip.path, error)
        return
    yield EvidenceFile(
        role=Role.CLIP_H264, name=path.name, sha256=sha256_of(path), bytes=path.stat().st_size, media_type="video/mp4", original=False,
        derived_from=clip.sha256, recipe={"made": "H.264 copy", "encoder": "libx264", "width_px_at_most": COPY_WIDTH_PX, **COPY_OPTIONS}, **moments,
    ), path  # fmt: skip


def _is_gap(gap: StayGap, grace_seconds: float) -> bool:
    """Whether a stretch is a gap by the packet's own rule: another kind's grace may be shorter."""
    return (gap.ends - gap.begins).total_seconds() > grace_seconds


def _zoom_look(stay: Stay) -> ZoomLook | None:
    zoom = stay.zoom
    if zoom is None:
        return None
    return ZoomLook(agreed=zoom.agreed, score=zoom.score, refused_before=stay.zoom_refusals, xyxy=None if zoom.xyxy is None else _rounded(zoom.xyxy))


def _class(label: str | None) -> dict[str, Any]:
    """The field that the contract calls `class`, a word that Python keeps for itself."""
    return {"class": label}


def _rounded(xyxy: Box) -> Box:
    """A millionth of the picture is far below a pixel."""
    left, top, right, bottom = (round(float(value), 6) for value in xyxy)
    return left, top, right, bottom
