"""One picture more: what of it is ground, what differs from it, and for how long.

Each cell knows its ground and one candidate for what is there instead, held by a vote of seconds (Boyer and Moore 1981): seconds that showed the candidate,
less those that showed something else. Who walks past takes no seat, and whoever hides a standing thing for a while does not unseat it. Cells that a recognised
person, vehicle or thing covers show nothing of the ground and are passed over. The ground follows the light where it is seen, and where it is hidden
it follows the light about it.

A comparison costs 1.7 to 2.2 ms of one core of a loaded machine at 160x90 cells, a picture each 25 s (docs/ground.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from detector.ground.difference import Mask, changed_colours, common_gain, differences, light
from detector.ground.fitting import anew, brightness_of, fill, fresh, lies_on, nudge, recut, shifted
from detector.ground.picture import GroundPicture, covered
from detector.ground.regions import followed, found, with_own
from detector.ground.settings import DEFAULT, GroundSettings
from detector.ground.standing import compared
from detector.ground.values import MOST_SECONDS, NOISE, UNKNOWN, VOTE, Draft, GroundState
from detector.judgement.geometry import Box
from detector.judgement.values import Thing

FOLLOWS_SECONDS = 40.0
SLOWEST, FASTEST = 0.02, 0.25
"""Share by which the ground goes to what is seen of it, a picture: passed time over FOLLOWS_SECONDS, within these bounds."""
SAME_LIGHT, SLOWER = 0.1, 0.1
"""Where the light differs by more from the whole picture's it goes slower: that may be a shadow, or a thing as smooth as the ground that just came."""
SAME_LUMA, SAME_CHROMA = 16.0, 16.0
"""A cell shows its candidate within so many levels, its unrest aside."""
MOST_BRIGHTER = 1.25
"""From a picture to the next the candidates go with its brightness, by so much at most: a lorry before the lens is no light."""
CANDIDATE_FOLLOWS = 0.3
"""Weight of the newest picture in a candidate."""
UNREST_STEP, MOST_UNREST = 3, 160
"""A cell's unrest goes by so much towards what it just showed, up to 20 levels: that is its median."""
LEAST_KNOWN = 0.2
"""Share of the cells that must be known before a picture can be said to fit nowhere."""
TRIED_SHARE, TRIED_AGAIN_SECONDS = 0.05, 30.0
"""If so much of a picture differs, it is tried whether it was nudged (0.2 ms), and so long after it was not."""
FITS_AFTER = 0.6
"""A picture was nudged if so much less of it differs, the ground moved."""


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What is known beside a picture.

    Attributes:
        things: what was recognised in the picture; `before`: in each of the looks since the last picture that were not observed.
        held: boxes of violations that stand.
        unseen: cells (rows, columns) that are never looked at (privacy masks, `ignore`).
    """

    things: Sequence[Thing] = ()
    before: Sequence[Sequence[Thing]] = ()
    held: Sequence[Box] = ()
    unseen: Mask | None = None


NOTHING = Given()


def observed(
    state: GroundState | None, picture: GroundPicture, at_seconds: float, given: Given = NOTHING, *, moved: NDArray[np.float64] | None = None,
    settings: GroundSettings = DEFAULT,
) -> GroundState:  # fmt: skip
    """The ground after one more picture.

    Args:
        state: before it; None at first.
        at_seconds: arrival clock.
        moved: homography (3, 3) in shares of the whole picture by which the camera is known to have moved since the last picture; None where it has not.
    """
    if state is None:
        state = fresh(picture, at_seconds)
    elif moved is not None or not lies_on(state, picture):
        state = recut(state, picture, moved)
    after = _observed(state, picture, at_seconds, given, settings, may_shift=True)
    if after.upset_since is not None:
        return after
    return replace(after, standing=compared(after, picture, given.things, given.unseen, settings))


def _observed(state: GroundState, picture: GroundPicture, at_seconds: float, given: Given, settings: GroundSettings, *, may_shift: bool) -> GroundState:
    things = given.things
    passed = at_seconds - state.at_seconds
    passed = passed if 0 < passed <= settings.grace_seconds else 0.0
    draft = Draft.of(state, at_seconds)
    people = covered((thing.xyxy for thing in things if thing.label == "person"), state.rectangle, state.shape)
    hidden = people | covered((thing.xyxy for thing in things if thing.label != "person"), state.rectangle, state.shape)
    if given.unseen is not None:
        hidden |= given.unseen
        people |= given.unseen
    now, known = picture.cells.astype(np.float32), draft.since > UNKNOWN / 2
    gain, agreeing, whole = light(now[0], draft.old[0], known & ~hidden & (draft.owner == 0))
    lit = draft.old.copy()
    lit[0] *= gain
    np.copyto(lit, now, where=~known)  # of a cell that is not known, no edge leads to its neighbours
    seen = differences(now, lit, draft.noise, agreeing, settings)
    differs = seen.differs & known
    judged = known & ~hidden & (draft.owner == 0)
    share = _share(differs, judged) if int(np.count_nonzero(judged)) >= LEAST_KNOWN * known.size else 0.0
    if share >= TRIED_SHARE and may_shift and at_seconds - state.tried_seconds >= TRIED_AGAIN_SECONDS:
        away = nudge(seen.edges_now, seen.edges_old)
        if away is not None:
            moved = _observed(shifted(state, *away), picture, at_seconds, given, settings, may_shift=False)
            if moved.upset_since is None and _share(moved.differs, judged) <= FITS_AFTER * share:
                return moved
        draft.tried_seconds = at_seconds
    if share >= settings.upset_share or changed_colours(now, lit, judged):
        return _upset(replace(state, tried_seconds=draft.tried_seconds), picture, at_seconds, settings)
    brightness = brightness_of(picture)
    brighter = min(MOST_BRIGHTER, max(1 / MOST_BRIGHTER, (brightness + 1) / (state.brightness + 1)))
    fluctuates = _vote(draft, now, (differs | ~known) & ~hidden, ~hidden, passed, brighter)
    shown = known & ~hidden & ~differs & (draft.owner == 0)
    speed = (np.abs(gain - whole) <= SAME_LIGHT * whole) * np.float32(1 - SLOWER) + np.float32(SLOWER)
    common = np.float32(common_gain(now[0], draft.old[0], agreeing))
    under = np.isin(draft.owner, [region.number for region in draft.regions if region.verdict in ("added", "kept")]) if draft.regions else False
    _follow(draft, now, shown, known & ~shown, speed, np.where(under, gain, common), passed)
    np.copyto(fluctuates, np.abs(now[0] - lit[0]), where=known & ~differs)
    _calm(draft, fluctuates, ~hidden & (draft.owner == 0))
    named = np.mean([covered(map(with_own, one), state.rectangle, state.shape) for one in (*given.before, things)], axis=0, dtype=np.float32)
    draft.cover += np.float32(min(1.0, passed / settings.named_seconds)) * (named - draft.cover)
    _learn(draft, settings)
    if draft.regions:
        fill(draft)
    followed(draft, now, lit, seen, known & ~hidden, given.held, settings)
    found(draft, now, lit, settings)
    return draft.frozen(differs & ~people, ~people, brightness)


def _vote(draft: Draft, now: NDArray[np.float32], open_: Mask, visible: Mask, passed: float, brighter: float) -> NDArray[np.float32]:
    """Seconds for and against each cell's candidate; how far each cell lies from its candidate, in levels of luma.

    Args:
        open_: cells that show something else than their ground, or whose ground is being learned.
        brighter: how much brighter the picture is than the last one.
    """
    candidate = draft.candidate.astype(np.float32)
    candidate[0] *= np.float32(brighter)
    away = now - candidate
    luma = np.asarray(np.abs(away[0]), np.float32)
    unrest = draft.noise * np.float32(4 / NOISE)
    agrees = (luma < SAME_LUMA + unrest) & (np.abs(away[1]) + np.abs(away[2]) < SAME_CHROMA)
    step = np.int32(round(passed * VOTE))
    draft.vote += open_ * (agrees * (2 * step) + step) - visible * (2 * step)  # open: a step up where it agrees, else down; not open: two down
    np.clip(draft.vote, 0, round(MOST_SECONDS * VOTE), out=draft.vote)
    candidate += np.float32(CANDIDATE_FOLLOWS) * away * (open_ & agrees)
    np.copyto(candidate, now, where=open_ & ~agrees & (draft.vote == 0))
    draft.candidate = np.rint(np.clip(candidate, 0, 255)).astype(np.uint8)
    return luma


def _follow(draft: Draft, now: NDArray[np.float32], shown: Mask, hidden: Mask, speed: NDArray[np.float32], gain: NDArray[np.float32], passed: float) -> None:
    """The ground goes with what is shown of it; where it is hidden, with the light, as fast as what is shown about it.

    Args:
        gain: how much brighter hidden ground is lit than it was: under a thing as about it, else as all that shows its ground (the light about what nobody
            has judged yet may be its own).
    """
    rate = np.float32(min(FASTEST, max(SLOWEST, passed / FOLLOWS_SECONDS))) * speed
    with_light = hidden * rate * (gain - 1) * draft.old[0]
    draft.old += (shown * rate) * (now - draft.old)
    draft.old[0] += with_light


def _calm(draft: Draft, away: NDArray[np.float32], cells: Mask) -> None:
    """Each cell's unrest, a running median: a step up where it was exceeded, else down (Manzanera and Richefeu 2007)."""
    draft.noise += ((away * NOISE > draft.noise) * np.int16(2 * UNREST_STEP) - np.int16(UNREST_STEP)) * cells
    np.clip(draft.noise, 0, MOST_UNREST, out=draft.noise)


def _learn(draft: Draft, settings: GroundSettings) -> None:
    """What a cell has shown for long enough is its ground, but for what stands on it."""
    learned = ~(draft.since > UNKNOWN / 2) & (draft.owner == 0) & (draft.vote >= settings.learned_seconds * VOTE)
    if learned.any():
        draft.old[:, learned] = draft.candidate[:, learned]
        draft.since[learned] = draft.at_seconds - draft.vote[learned] / np.float32(VOTE)
        draft.vote[learned] = 0


def _upset(state: GroundState, picture: GroundPicture, at_seconds: float, settings: GroundSettings) -> GroundState:
    """A picture that fits nowhere: of another light altogether, or of another place. Nothing is said of it, and after minutes it is learned anew."""
    since = at_seconds if state.upset_since is None else state.upset_since
    if at_seconds - since >= settings.anew_seconds:
        return anew(state, picture, at_seconds)
    quiet = np.zeros(state.shape, bool)
    absent = tuple(replace(region, present=False) for region in state.regions)
    return replace(state, at_seconds=at_seconds, differs=quiet, visible=quiet, regions=absent, upset_since=since, brightness=brightness_of(picture))


def _share(cells: Mask, of: Mask) -> float:
    return float(np.count_nonzero(cells & of)) / max(1, int(np.count_nonzero(of)))
