"""From an order and what is held to a packet: the fields of its manifest, and its files with their hashes.

What was lost (a ring at a `kill -9`, a picture that a full disk did not take) is simply not in the packet; it needs at least one original.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.errors import DetectorError
from detector.judgement.attending import attended_in
from detector.judgement.values import Stay, StayGap
from detector.worker.copies import SAME_LOOK_SECONDS, Making, clip_files, keyframe_files, rounded
from detector.worker.held import HeldClip, HeldEvidence
from detector.worker.made import MadeCopies
from detector.worker.masking import Masker
from detector.worker.order import PacketOrder
from evidence.canonical import canonical_json, sha256_hex
from evidence.clocks import bars_of
from evidence.named import ViewMoved
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
    Sample,
    StayRecord,
    ViewNamed,
    WorkerNamed,
    ZoomLook,
)  # fmt: skip
from evidence.stays import Shift
from evidence.views import ViewDocument

log = logging.getLogger(__name__)

WANTED = {
    Phase.CONFIRMED: ("first", "middle", "confirming"),
    Phase.CONTINUED: ("confirming", "continued"),
    Phase.ENDED: ("confirming", "gone"),
}
"""The pictures of each phase's packet; clips go with the confirmation only."""


LOOK_DIGITS = 4
"""Of each bin of a look, as a keyframe's own has them."""


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
    """Gathers what is held of the order's stay and makes the derived copies in `workspace`; those that may leave the case with a masker only. Copies that an
    earlier try left there are taken, if they are the same.

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
    making = Making(order, held.tools, MadeCopies(workspace), masker, f"{worker.software} {worker.software_version}")
    for keyframe in wanted:
        files += keyframe_files(keyframe, making, is_last=keyframe is wanted[-1])
    for clip in with_clips:
        files += clip_files(clip, making)
    confirming = [clip for clip in with_clips if clip.which == "confirmed"]
    fields: dict[str, Any] = {
        "schema_": SCHEMA, "algorithms": Algorithms(), "packet_id": order.packet_id, "act_id": order.act_id, "phase": order.phase,
        "ordinal": order.ordinal, "occasion": order.occasion, "ordered_case": order.ordered_case,
        "grade": order.grade, "closed_to_a": bars_of(order.clocks, is_lead=order.grade is Grade.C),
        "kind": order.kind, "camera": order.camera, "view": view_named(order.view, order.moved), "place": order.place,
        "stay": stay_record(order), "ending": order.ending, "clocks": order.clocks, "rule": order.rule,
        "permit": PermitsChecked(checked=order.permits), "exclusions": order.exclusions, "quiet": order.quiet,
        "model": order.model, "zoom_look": _zoom_look(order.stay),
        "overlay": overlay_of(order.stay, confirming),
        "worker": worker.model_copy(update={"boot_id": order.boot_id}),  # the boot whose monotonic clock the samples were read on
    }  # fmt: skip
    return Prepared(fields, tuple(files))


def view_named(view: ViewDocument, moved: ViewMoved | None = None) -> ViewNamed:
    """The view as the manifest names it; where the camera had `moved`, `view` is the one whose zones followed."""
    sha256 = sha256_hex(canonical_json(view.to_json())) if moved is None else moved.drawn_sha256
    return ViewNamed(
        id=view.view_id, version=view.version, sha256=sha256, time_zone=view.time_zone, zones=view.zones, lines=view.lines, shops=view.shops, moved=moved
    )


def stay_record(order: PacketOrder) -> StayRecord:
    """The stay as the manifest tells it: samples as they are, gaps by the rule's own grace."""
    stay, kind_id, mean_score = order.stay, order.kind.id, order.mean_score
    grace_seconds = float(order.rule.thresholds.get("grace_seconds") or 0.0)
    attended, attended_of = attended_in(stay, float(order.rule.thresholds.get("dwell_seconds") or 0.0), int(order.rule.thresholds.get("minimum_looks") or 0))
    return StayRecord(
        first_seen=stay.first_wall, last_seen=stay.last_wall, confirmed_at=stay.confirmed_wall, dwell_seconds=round(stay.dwell_seconds.get(kind_id, 0.0), 3),
        looks=stay.looks, missed=stay.missed, unchanged=stay.unchanged,
        attended_looks=attended, attended_of=attended_of, mean_score=mean_score, new_share=stay.new_share,
        samples=tuple(
            Sample(
                at=one.wall, monotonic_seconds=round(one.at_seconds, 6), status=one.status,
                xyxy=None if one.xyxy is None else rounded(one.xyxy), score=None if one.score is None else round(float(one.score), 6),
                attended=one.attended, **_class(one.label),
            )
            for one in stay.samples
        ),
        shifts=tuple(
            Shift(at=shift.wall, before=rounded(shift.before), after=rounded(shift.after), metres=shift.metres) for shift in stay.shifts
        ),
        look=tuple(round(min(1.0, max(0.0, value)), LOOK_DIGITS) for value in stay.signature),
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
        boxes.append(OverlayBox(at_seconds=at, clip=clip.sha256, xyxy=rounded(sample.xyxy), score=score, **_class(sample.label)))
    return tuple(boxes)


def _seconds_outside(clip: HeldClip, arrival_seconds: float) -> float:
    return max(0.0, clip.start_seconds - arrival_seconds, arrival_seconds - clip.end_seconds)


def _time_in(clip: HeldClip, arrival_seconds: float) -> float:
    nearest = min(clip.keyframes, key=lambda keyframe: abs(keyframe[0] - arrival_seconds), default=None)
    if nearest is not None and abs(nearest[0] - arrival_seconds) <= SAME_LOOK_SECONDS:
        return nearest[1]
    return round(max(0.0, arrival_seconds - clip.start_seconds), 6)


def _is_gap(gap: StayGap, grace_seconds: float) -> bool:
    """Whether a stretch is a gap by the packet's own rule: another kind's grace may be shorter."""
    return (gap.ends - gap.begins).total_seconds() > grace_seconds


def _zoom_look(stay: Stay) -> ZoomLook | None:
    zoom = stay.zoom
    if zoom is None:
        return None
    return ZoomLook(agreed=zoom.agreed, score=zoom.score, refused_before=stay.zoom_refusals, xyxy=None if zoom.xyxy is None else rounded(zoom.xyxy))


def _class(label: str | None) -> dict[str, Any]:
    """The field that the contract calls `class`, a word that Python keeps for itself."""
    return {"class": label}
