"""What a worker's manifest must hold to beyond its shape: the case API refuses what fails here, and verifying names it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from evidence.clocks import BARS, bars_of, stepped_seconds
from evidence.files import CUTTINGS
from evidence.ground import lies_at
from evidence.packet import Grade, Manifest, Occasion, Phase, Signature, StayRecord, packet_id_of

SAME_MOMENT_SECONDS = 1.0
"""What rounding, and a wall clock that is being slewed, may lie between two tellings of one moment."""

ROUNDING = 1e-6
"""Of a share of the picture."""


def claim_faults(manifest: Manifest, signature: Signature) -> Iterator[tuple[str, str]]:
    """The fields that no worker may write so, with what is wrong."""
    yield from _grade_faults(manifest)
    if manifest.packet_id != packet_id_of(manifest.act_id, manifest.phase, manifest.ordinal):
        yield "packet_id", f"is not the id of the {manifest.phase.value} packet of the act {manifest.act_id}"  # so that nobody can choose one
    if (manifest.ordinal == 0) == (manifest.phase is Phase.CONTINUED):
        yield "ordinal", "a continued packet has a number from 1 on, every other has 0"
    if (manifest.ordered_case is not None) != (manifest.occasion is Occasion.ORDER):
        yield "ordered_case", "goes with the occasion `order`, and only with that"
    if manifest.worker.key_id != signature.key_id:
        yield "worker.key_id", f"names the key {manifest.worker.key_id}, but the signature is by the key {signature.key_id}"
    if manifest.algorithms.signature != signature.algorithm:
        yield "algorithms.signature", f"is {manifest.algorithms.signature}, but the signature is {signature.algorithm}"
    yield from _box_faults(manifest)
    yield from _ground_faults(manifest)
    yield from _clock_faults(manifest)
    yield from _stay_faults(manifest.stay)
    yield from _step_faults(manifest)
    if manifest.quiet is not None and manifest.phase is not Phase.CONFIRMED:
        yield "quiet", "goes with a confirmation: by that a quiet thing's alarm is shown, and nothing after it is an alarm"
    for number, file in enumerate(manifest.files):
        if file.role in CUTTINGS and not isinstance((file.recipe or {}).get("masked"), dict):
            yield f"files.{number}.recipe", f"{file.name} is a cutting, which is cut out of a masked copy, but does not say how that was masked"
    if (manifest.ending is not None) != (manifest.phase is Phase.ENDED):
        yield "ending", "an ended packet says how the act ended, and no other does"


def _grade_faults(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """A worker's A is one fault, and each bar against it another: what the packet says itself and what its clocks show, so that silence opens nothing."""
    if manifest.grade is not Grade.A:
        return
    yield "grade", "a worker grades at most B; A needs people"
    bars = {bar.reason: bar for bar in (*manifest.closed_to_a, *bars_of(manifest.clocks, is_lead=False))}
    for reason in sorted(bars):
        yield "grade", f"is A, which is closed by {reason}: {BARS[reason].en}"


def _box_faults(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """A box lies in the picture, and the place has an area."""
    x1, y1, x2, y2 = manifest.place.xyxy
    if x1 >= x2 or y1 >= y2:
        yield "place.xyxy", f"({x1:g}, {y1:g}, {x2:g}, {y2:g}) has no area"
    boxes = [("place.xyxy", manifest.place.xyxy)]
    boxes += [(f"stay.samples.{number}.xyxy", sample.xyxy) for number, sample in enumerate(manifest.stay.samples) if sample.xyxy is not None]
    for where, (x1, y1, x2, y2) in boxes:
        if not (min(x1, x2) >= -ROUNDING and max(x1, x2) <= 1 + ROUNDING and min(y1, y2) >= -ROUNDING and max(y1, y2) <= 1 + ROUNDING):
            yield where, f"({x1:g}, {y1:g}, {x2:g}, {y2:g}) is no box within the picture"


def _ground_faults(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """A place on the map is that of a zone of its own: nobody claims a thing of a street that the camera does not see."""
    ground = manifest.place.ground
    if ground is None:
        return
    zone = next((zone for zone in manifest.view.zones if zone.id == ground.zone_id and zone.id in manifest.place.zone_ids), None)
    if zone is None or zone.map_polygon is None:
        yield "place.ground.zone_id", f"names {ground.zone_id!r}, which is no zone of the place that is on a map"
    elif ground.how == "zone" and ground.polygon != zone.map_polygon:
        yield "place.ground.polygon", f"is not that of the zone {zone.id!r}"
    elif not lies_at(ground, zone.map_polygon):
        yield "place.ground.polygon", f"lies elsewhere than the zone {zone.id!r}"


def _clock_faults(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """A packet may say more bars than its clocks show, but none of theirs fewer."""
    told = {bar.reason for bar in manifest.closed_to_a}
    for bar in bars_of(manifest.clocks, is_lead=manifest.grade is Grade.C):
        if bar.reason not in told:
            yield "closed_to_a", f"does not say {bar.reason}: {bar.text.en}"
    if (manifest.camera.lat is None) != (manifest.camera.lon is None) or (manifest.camera.lat is not None and manifest.camera.crs is None):
        yield "camera", "a place on the map has a latitude, a longitude and their system (crs)"


def _stay_faults(stay: StayRecord) -> Iterator[tuple[str, str]]:
    """By the monotonic clock alone: the wall clock may be set while a thing stands there."""
    looked = sum(sample.status == "looked" for sample in stay.samples)
    if looked > stay.looks:
        yield "stay.samples", f"shows {looked} looks, but `looks` is {stay.looks}"
    if len(stay.samples) - looked > stay.unchanged:
        yield "stay.samples", f"shows {len(stay.samples) - looked} unchanged keyframes, but `unchanged` is {stay.unchanged}"
    if any(following.monotonic_seconds < one.monotonic_seconds for one, following in pairwise(stay.samples)):
        yield "stay.samples", "are not in the order of their clock"
    if stay.samples:
        watched = stay.samples[-1].monotonic_seconds - stay.samples[0].monotonic_seconds
        if stay.dwell_seconds > watched + SAME_MOMENT_SECONDS:
            yield "stay.dwell_seconds", f"is {stay.dwell_seconds:g}, but its samples span {watched:g} s"


def _step_faults(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Whether the wall clock was set during the stay can be read from its samples, which have both clocks."""
    samples, arrival = manifest.stay.samples, manifest.clocks.arrival
    if arrival is None or not samples:
        return
    stepped = stepped_seconds([(sample.monotonic_seconds, sample.at) for sample in samples])
    if abs(stepped - arrival.stepped_seconds) > SAME_MOMENT_SECONDS:
        yield "clocks.arrival.stepped_seconds", f"is {arrival.stepped_seconds:g}, but by the samples' two clocks {stepped:g}"
