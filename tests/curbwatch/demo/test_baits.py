"""The demo is a fair question only if what must not fire stands longer than the dwell, and what must fire too."""

from __future__ import annotations

import pytest

from curbwatch.demo.build_scene import OVERRIDES
from models.street.scripts import DEMO, Script, Standing

LONGEST_DWELL = max(override.dwell_seconds or 0 for override in OVERRIDES.values())
LOOK_SECONDS = 10
"""The worker's calm interval: the longest time until something new is noticed."""
STANDING = [pytest.param(script, event, id=f"{script.camera_id}-{event.what}") for script in DEMO for event in script.standing]


@pytest.mark.parametrize(("script", "event"), STANDING)
def test_what_stands_stays_longer_than_the_dwell(script: Script, event: Standing) -> None:
    assert min(event.end_second, script.seconds) - event.start_second > LONGEST_DWELL + 2 * LOOK_SECONDS
    assert (event.violation is None) != (event.bait is None)


@pytest.mark.parametrize("script", [script for script in DEMO if script.walkers and not script.standing], ids=lambda script: script.camera_id)
def test_who_passes_is_there_for_longer_than_the_dwell_in_all(script: Script) -> None:
    if script.name == "cam6_empty":
        return
    assert sum(walker.seconds for walker in script.walkers) > LONGEST_DWELL


@pytest.mark.parametrize("script", [script for script in DEMO if any(event.violation for event in script.standing)], ids=lambda script: script.camera_id)
def test_over_the_clips_seam_an_act_is_away_for_less_than_the_grace(script: Script) -> None:
    (event,) = (event for event in script.standing if event.violation)
    grace = OVERRIDES[str(event.violation)].grace_seconds
    assert grace is not None
    assert event.start_second + script.seconds - event.end_second < grace
