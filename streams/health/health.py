"""From measures to verdicts: each fault has a streak, and a state is a value that every picture makes anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from streams.health.faults import PATIENCE, Fault, HealthSettings
from streams.health.measures import alike_share, brightness_of, changed_cells, contrast_of, edge_strength, fine_detail

ALIVE_LEVELS, ALIVE_CELLS = 6, 3
"""So many cells must once have changed by so many grey levels before a picture that stands still is called frozen: a still picture that a test or a
recording shows was never alive, and nobody is told anything wrong by it."""
FLAT_EDGES = 0.8
"""Grey levels between neighbouring cells below which a flat picture shows nothing: a hand or a bag before the lens, thick fog. Bare asphalt from above, in
footage of a car park whose contrast is 9, has 1.5."""
DETAIL_LEFT = 0.6
"""Share of the fine detail of the last sharp picture below which one must be measured before anything in it is judged. A blur by 0.6 % of the picture's width
(sigma 8 of 1280) leaves 0.62 to 0.72 of it and things are still found, one by 0.9 % (sigma 12) 0.42 to 0.57 and they are not. Sound looks at 18 rendered
streets of all hours and weathers had 0.70 and more."""
SAME_LIGHT = 0.1, 4.0
"""Share and grey levels by which two pictures' brightness may differ to be held against each other for their detail: blur changes none, night all."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What a closer measure of a picture tells.

    Attributes:
        blur: the blur effect.
        gone: share of the view's own texture that is missing; `roll_degrees`: by which the picture is turned. None where nothing is known to measure by.
    """

    blur: float
    gone: float | None = None
    roll_degrees: float | None = None


@dataclass(frozen=True, slots=True)
class Streak:
    """How a fault stands: pictures in a row that speak for it and since when, those that speak against it, and whether it is told."""

    bad: int = 0
    since_seconds: float = 0.0
    good: int = 0
    told: bool = False


@dataclass(frozen=True)
class HealthState:
    """What is remembered of a camera's pictures.

    Attributes:
        brightness, contrast, blur: last measured.
        luma: of the last picture.
        detail: its fine detail; `sharp_detail`, `sharp_brightness`: of the last one that a measure found not to be blurred, or of a look since that had more.
        mush: whether the last measure found a picture in which nothing can be recognised, it is so blurred.
        alike: pictures in a row that were alike, beyond the first; `alike_seconds`: arrival of that first one.
        alive: whether something has ever moved.
    """

    brightness: float | None = None
    contrast: float | None = None
    blur: float | None = None
    detail: float = 0.0
    sharp_detail: float | None = None
    sharp_brightness: float = 0.0
    mush: bool = False
    luma: NDArray[np.uint8] | None = field(default=None, repr=False, compare=False)
    alike: int = 0
    alike_seconds: float = 0.0
    alive: bool = False
    frozen: bool = False
    streaks: Mapping[Fault, Streak] = field(default_factory=dict)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong, in the order of the list."""
        return tuple(fault for fault in Fault if (self.frozen if fault is Fault.FROZEN else fault in self.streaks and self.streaks[fault].told))

    @property
    def has_lost_detail(self) -> bool:
        """Whether the last picture has lost so much of the fine detail of the last sharp one that it may be blurred; one that is goes on so by any light."""
        if self.sharp_detail is None or self.detail >= DETAIL_LEFT * self.sharp_detail:
            return False
        return self.mush or self.is_lit_as_sharp

    @property
    def is_lit_as_sharp(self) -> bool:
        """Whether the last picture is about as bright as the last sharp one."""
        share, levels = SAME_LIGHT
        return abs((self.brightness or 0.0) - self.sharp_brightness) <= share * self.sharp_brightness + levels


def health_after(state: HealthState, luma: NDArray[np.uint8], at_seconds: float, settings: HealthSettings | None = None) -> HealthState:
    """The state after one picture more.

    Args:
        luma: of the whole picture, means over cells, (36, 64) uint8.
        at_seconds: of the picture, on the arrival clock.
    """
    settings = settings or HealthSettings()
    brightness, contrast = brightness_of(luma), contrast_of(luma)
    bright = settings.over_exposed_above
    speaks: dict[Fault, bool | None] = {
        Fault.DARK: _beyond(-brightness, -settings.dark_below, -settings.dark_below * (1 + settings.slack)),
        Fault.OVER_EXPOSED: _beyond(brightness, bright, bright * (1 - settings.slack / 2)),
        Fault.COVERED: _is_covered(luma, brightness, contrast, settings),
    }
    streaks = {**state.streaks, **{fault: _counted(fault, state, one, at_seconds, settings) for fault, one in speaks.items()}}
    alive, alike, since = state.alive, 0, at_seconds
    if state.luma is not None:
        alive = alive or changed_cells(state.luma, luma, ALIVE_LEVELS) >= ALIVE_CELLS
        if alike_share(state.luma, luma) >= settings.frozen_alike:
            alike, since = state.alike + 1, state.alike_seconds
    frozen = alive and alike + 1 >= settings.frozen_pictures and at_seconds - since >= settings.frozen_seconds
    now = replace(state, brightness=brightness, contrast=contrast, detail=fine_detail(luma), luma=luma, streaks=streaks)
    if state.sharp_detail is not None and now.detail > state.sharp_detail and (state.blur or 0.0) < settings.blurred_above:
        now = replace(now, sharp_detail=now.detail, sharp_brightness=brightness)
    return replace(now, alike=alike, alike_seconds=since, alive=alive, frozen=frozen)


def health_measured(state: HealthState, measured: Measured, at_seconds: float, settings: HealthSettings | None = None) -> HealthState:
    """The state with what a closer measure of its last picture tells."""
    settings = settings or HealthSettings()
    contrast, gone, roll = state.contrast or 0.0, measured.gone, measured.roll_degrees
    less = 1 - settings.slack
    is_flat, mush = _is_flat(state, settings), is_mush(state, measured.blur, settings)
    speaks: dict[Fault, bool | None] = {
        Fault.BLURRED: None if is_flat else _beyond(measured.blur, settings.blurred_above, settings.blurred_above * less),
        Fault.SPRAYED: None if gone is None else settings.sprayed_gone <= gone < settings.covered_gone,
        Fault.TILTED: None if roll is None else _beyond(abs(roll), settings.tilted_degrees, settings.tilted_degrees * 0.7),
    }
    is_lit = settings.dark_below <= (state.brightness or 0.0) <= settings.over_exposed_above
    if gone is not None and gone >= settings.covered_gone and is_lit and contrast < settings.flat_below * (1 + settings.slack):
        speaks[Fault.COVERED] = True
    streaks = {**state.streaks, **{fault: _counted(fault, state, one, at_seconds, settings) for fault, one in speaks.items()}}
    after = replace(state, blur=measured.blur, mush=mush, streaks=streaks)
    if mush:
        return after
    if is_flat or measured.blur < settings.blurred_above:
        return replace(after, sharp_detail=state.detail, sharp_brightness=state.brightness or 0.0)
    return after if state.is_lit_as_sharp else replace(after, sharp_detail=None)  # a lens that is soft by night has lost nothing since the day


def is_mush(state: HealthState, blur: float, settings: HealthSettings | None = None) -> bool:
    """Whether the last picture, of that blur effect, is so blurred that nothing in it can be recognised, nor where it lies: by itself, or against what
    the camera showed before.
    """
    settings = settings or HealthSettings()
    unseeing = settings.blurred_above if state.has_lost_detail else settings.unseeing_above
    return blur >= min(unseeing, settings.unseeing_above) and not _is_flat(state, settings)


def _is_flat(state: HealthState, settings: HealthSettings) -> bool:
    """Whether a picture is all blur since nothing is in it: dark or covered is what it is."""
    return (state.contrast or 0.0) < settings.unseeing_below or Fault.COVERED in state.faults


def _is_covered(luma: NDArray[np.uint8], brightness: float, contrast: float, settings: HealthSettings) -> bool | None:
    """Flat, with nothing in it; what is only flat is for a measure to say. A dark one is dark (by night nobody can tell a cap from a street without lamps), a
    white one over-exposed.
    """
    if not settings.dark_below <= brightness <= settings.over_exposed_above:
        return None
    if contrast >= settings.flat_below * (1 + settings.slack):
        return False
    edges = edge_strength(luma)
    return True if contrast < settings.flat_below and edges < FLAT_EDGES else False if edges >= 2 * FLAT_EDGES else None


def _beyond(value: float, raised_from: float, over_below: float) -> bool | None:
    """True from a threshold on, False below the lower one, None between the two."""
    return True if value >= raised_from else False if value < over_below else None


def _counted(fault: Fault, state: HealthState, speaks: bool | None, at_seconds: float, settings: HealthSettings) -> Streak:
    streak = state.streaks.get(fault, Streak())
    pictures, seconds, sound = PATIENCE[fault]
    if fault is Fault.SPRAYED:
        seconds = settings.sprayed_seconds
    if speaks is None:
        return streak
    if speaks:
        bad, since = streak.bad + 1, streak.since_seconds if streak.bad else at_seconds
        return Streak(bad, since, 0, streak.told or (bad >= pictures and at_seconds - since >= seconds))
    if not streak.told:
        return Streak()
    good = streak.good + 1
    return Streak() if good >= sound else replace(streak, good=good)


def blind_by(state: HealthState, settings: HealthSettings | None = None) -> Fault | None:
    """The fault for which nothing can be judged in the picture, or None. Dark and bright pictures are judged as long as they show something; one that is
    mush is not from the first measure on, though it is told to be blurred only after some.
    """
    settings = settings or HealthSettings()
    faults, contrast = state.faults, state.contrast or 0.0
    if Fault.FROZEN in faults:
        return Fault.FROZEN
    if Fault.COVERED in faults:
        return Fault.COVERED
    if Fault.DARK in faults and contrast < settings.unseeing_below:
        return Fault.DARK
    if Fault.OVER_EXPOSED in faults and contrast < settings.flat_below:
        return Fault.OVER_EXPOSED
    if state.mush or (Fault.BLURRED in faults and (state.blur or 0.0) >= settings.unseeing_above):
        return Fault.BLURRED
    return None


def is_lost(last_picture_age_seconds: float | None, settings: HealthSettings | None = None) -> bool:
    """Whether a camera's picture is lost: none came for so long, or none ever."""
    settings = settings or HealthSettings()
    return last_picture_age_seconds is None or last_picture_age_seconds > settings.lost_seconds
