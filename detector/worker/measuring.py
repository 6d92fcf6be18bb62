"""One measure of a camera's picture: which of its views is seen and where it lies, what is wrong with it, and what becomes of the zones."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from detector.judgement.drift import IDENTITY, Gallery, Glances, Match, Placement, Status, settled
from detector.judgement.drift.gallery import apart
from detector.judgement.drift.homography import CORNERS
from detector.judgement.drift.landmarks import gauge_of
from detector.judgement.drift.matching import Looked
from detector.scene.presets import Candidate, drawn_points, recognised
from detector.worker.preset import Preset
from detector.worker.references import References
from detector.worker.sight import DOUBT_SECONDS
from detector.worker.watched import Watched
from streams.health import Fault, Measured, blur_effect

log = logging.getLogger(__name__)

SAME_PICTURE = 6.0
"""Grey levels between a reference picture's file and what was kept of it; coding and scaling cost one."""
SEARCH_EVERY = 5
"""A view that is not recognised is looked for over the whole picture, turned and zoomed, in every fifth measure: that takes a quarter of a second."""
STANDING_SECONDS = 8.0
"""Between the two pictures whose common landmarks make a reference picture."""
TRIES_TOLD = 5
"""Pairs of pictures without enough common landmarks until it is said that there are none."""
UNUSABLE = "camera %s, view %s: its picture shows too little to be recognised by; whether the camera moves is not noticed"
UNMEASURABLE = frozenset({Fault.FROZEN, Fault.COVERED, Fault.DARK, Fault.OVER_EXPOSED})
"""Such a picture says nothing of where the camera looks, and each look tells when it is over; a blurred one must be measured for that."""


def glance(watched: Watched, whole: NDArray[np.uint8], at_seconds: float) -> bool:
    """Takes in a picture's luma (36, 64); whether it must be measured before anything in it is judged. What a glance does not know is not judged until then."""
    with watched.lock:
        sight, measured = watched.sight, is_measured(watched)
        known = sight.glance(whole, at_seconds, measured=measured)
        if sight.blind in UNMEASURABLE:
            return False
        if sight.blind is Fault.BLURRED:
            return sight.is_due(at_seconds, _pause_seconds(watched))
        if sight.health.has_lost_detail:
            return True
        if not measured:
            return sight.is_due(at_seconds)
        preset = watched.preset
        if len(watched.presets) == 1 and (preset.gallery is None or not preset.gallery.is_usable):
            return sight.is_due(at_seconds, _pause_seconds(watched))
        was_judged = watched.identified and preset.placement.is_judged
        if known == was_judged:
            return sight.is_due(at_seconds, _pause_seconds(watched))
        if was_judged and preset.gallery is not None:
            preset.placement = preset.placement.doubted()
        return True


def expects(watched: Watched, at_seconds: float) -> bool:
    """Whether the next picture will probably be measured, so that its gauge is cut out with the rest. A hint, and so without the lock: the view may be judged
    for seconds, and whoever asks has other cameras.
    """
    return watched.sight.blind not in UNMEASURABLE and watched.sight.is_due(at_seconds, _pause_seconds(watched), ahead=1)


def _pause_seconds(watched: Watched) -> float | None:
    """Between two measures of a view that is in doubt or suspended, whose picture is mush, or whose landmarks are being learned; None where all is well."""
    preset, placement = watched.preset, watched.preset.placement
    if watched.sight.blind is Fault.BLURRED:
        return watched.sight.drift.retry_seconds
    if is_measured(watched) and len(watched.presets) == 1 and preset.gallery is None and preset.tries < TRIES_TOLD:
        return watched.sight.drift.retry_seconds
    if watched.identified and placement.is_judged:
        return None
    return DOUBT_SECONDS if placement.status is Status.UNSURE and watched.identified else watched.sight.drift.retry_seconds


def measure(watched: Watched, luma: NDArray[np.uint8], at_seconds: float, wall: datetime, references: References | None) -> bool:
    """Measures a gauge (h, w) uint8 and puts in force what follows; whether the look at this picture may still be judged: where another view is seen than
    was cut out for it, it may not. A picture that is mush is held against nothing, since it matches what it likes: its look is none, and all is where it was.
    Under the camera's lock, since the views must not change meanwhile: some 10 ms.
    """
    with watched.lock:
        blur = blur_effect(luma)
        if len(watched.presets) > 1:
            watched.sight.forget_sharp()
        if not is_measured(watched) or watched.sight.is_mush(blur):
            watched.sight.measured(Measured(blur), at_seconds, in_place=False)
            return True
        looked = Looked.of(luma)
        for preset in watched.presets:
            _equip(preset, looked, references, at_seconds, learns=len(watched.presets) == 1 and watched.sight.blind is None)
        found, directly, switched = _seen(watched, looked)
        preset = watched.preset
        if preset.gallery is None or not preset.gallery.is_usable or not watched.identified:
            watched.sight.measured(Measured(blur), at_seconds, in_place=watched.identified and preset.gallery is not None)
            return not switched
        before = preset.placement
        after = settled(before, found, at_seconds, preset.gallery.reference.aspect, watched.sight.drift, drawn_points(preset.drawn) or CORNERS)
        _put_in_force(watched, preset, after, wall)
        sure = found is not None and found.is_sure
        gone = None if found is None or not (sure or found.gone >= 0.75) else found.gone
        watched.sight.measured(Measured(blur, gone, after.roll_degrees if sure else None), at_seconds, in_place=after.is_judged)
        if found is not None and sure and after.is_judged:
            learned = preset.gallery.learned(luma, found, directly, at_seconds)
            preset.unwritten = preset.unwritten or learned is not preset.gallery
            preset.gallery = learned
        return not switched


def is_measured(watched: Watched) -> bool:
    """Whether it matters where the camera looks."""
    return len(watched.presets) > 1 or watched.preset.is_measured


def _equip(preset: Preset, looked: Looked, references: References | None, at_seconds: float, *, learns: bool) -> None:
    """Gives a view its gallery: of its reference picture, or, of a camera's only view that names none, of what stands in its first pictures."""
    luma = looked.luma
    if preset.gallery is not None:
        if preset.gallery.luma.shape != luma.shape:  # the other of two streams may have another shape
            preset.gallery = Gallery.of(gauge_of(preset.gallery.luma, luma.shape[0]))
        if not preset.is_recalled:
            return
    picture = None if references is None else references.luma(preset.drawn)
    if preset.is_recalled:
        preset.is_recalled = False
        if picture is None or preset.gallery is None or apart(gauge_of(picture, luma.shape[0]), preset.gallery.luma) < SAME_PICTURE:
            return
        preset.placement = Placement()  # the file was replaced meanwhile
        preset.lay(IDENTITY)
    if picture is not None:
        preset.gallery = Gallery.of(gauge_of(picture, luma.shape[0]))
        if not preset.gallery.is_usable:
            log.warning(UNUSABLE, preset.drawn.camera_id, preset.drawn.view_id)
    elif learns and preset.drawn.reference is None:
        _learn(preset, looked, at_seconds)


def _learn(preset: Preset, looked: Looked, at_seconds: float) -> None:
    """Takes the picture of now for the reference picture, once one some seconds later has the same landmarks: cars drive off, and recordings fade in."""
    first, since = preset.candidate or (None, at_seconds)
    if first is None or first.luma.shape != looked.luma.shape:
        preset.candidate = Gallery.of(looked.luma), at_seconds
        return
    if at_seconds - since < STANDING_SECONDS:
        return
    preset.gallery, preset.candidate = first.standing(looked), None
    if preset.gallery is not None:
        preset.unwritten = True
        return
    preset.candidate = Gallery.of(looked.luma), at_seconds
    preset.tries += 1
    if preset.tries == TRIES_TOLD:
        log.warning(UNUSABLE, preset.drawn.camera_id, preset.drawn.view_id)


def _seen(watched: Watched, looked: Looked) -> tuple[Match | None, bool, bool]:
    """The view that is seen: how it lies, whether its reference picture itself said so, and whether it is another one than before."""
    current = watched.preset
    placement = current.placement
    expected = placement.seen or placement.homography
    search = placement.misses % SEARCH_EVERY == 0
    if len(watched.presets) == 1:
        if current.gallery is None:
            return None, False, False
        found, directly = current.gallery.measure(looked, expected, search=search)
        return found, directly, False
    candidates = [
        Candidate(preset.drawn.view_id, preset.gallery, preset.placement.homography)
        for preset in watched.presets
        if preset.gallery is not None and preset.gallery.is_usable
    ]
    seen = recognised(candidates, looked, search=search)
    if seen is None:
        if watched.identified:
            return None, False, False
        current.placement = replace(placement, misses=placement.misses + 1)
        return None, False, False
    switched = watched.see(seen.view_id)
    if switched:
        log.info("camera %s: the view %s is seen", watched.camera.camera_id, seen.view_id)
    return seen.match, seen.directly, switched


def _put_in_force(watched: Watched, preset: Preset, after: Placement, wall: datetime) -> None:
    before = preset.placement
    lies_elsewhere = preset.place(after)
    if lies_elsewhere:
        watched.reference = None
        watched.sight.glances = Glances()  # those of before were in place by what was in force then
        preset.dirty = preset.dirty or bool(preset.state.stays)
    if lies_elsewhere or after.status is not before.status:
        preset.unwritten = preset.unwritten or after.status is not Status.UNSURE
        preset.since_wall = wall
    told = tell(before, after)
    if told is not None:
        log.log(logging.INFO if after.is_judged else logging.WARNING, "camera %s, view %s: %s", preset.drawn.camera_id, preset.drawn.view_id, told)


def tell(before: Placement, after: Placement) -> str | None:
    """What a change of placement is to people; None where there is nothing to tell."""
    was = before.before if before.status is Status.UNSURE else before.status
    if after.status in (Status.UNSURE, was) and after.homography == before.homography:
        return None
    by = f"by {after.shift:.1%} of its width, turned by {after.roll_degrees:+.1f}°, {after.agreement:.0%} of the landmarks agree"
    if after.status is Status.MOVED:
        return f"the camera has moved ({by}); its zones are suspended until it looks there again, or they are drawn anew"
    if after.status is Status.UNRECOGNISED:
        return "the picture is not that of the view; its zones are suspended until it is recognised again, or they are drawn anew"
    if after.status is Status.FOLLOWED and after.homography != IDENTITY:
        return f"the picture has shifted a little ({by}); the zones follow"
    return None if was is Status.UNMEASURED else "the picture is in place"
