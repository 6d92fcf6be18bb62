from __future__ import annotations

import pytest

from evidence.errors import CatalogueError
from evidence.kinds import load_catalogue
from evidence.views import KindOverride


def test_kinds_by_their_id() -> None:
    catalogue = load_catalogue()
    found = catalogue.kind("V3")
    assert found is not None
    assert found.name.en == "out-of-store trading"
    assert (catalogue.kind("V99"), catalogue.table("no table"), catalogue.exclusion("rain")) == (None, None, None)


def test_an_override_changes_its_kind_and_says_so() -> None:
    before = load_catalogue()
    after = before.overridden({"V2": KindOverride(dwell_seconds=20, minimum_looks=5)}, "scene.yaml")
    stall, goods = after.kind("V2"), after.kind("V3")
    assert stall is not None
    assert (stall.dwell_seconds, stall.overridden) == (20, ("dwell_seconds",))  # minimum_looks is 5 anyway
    assert goods is before.kind("V3")
    again = after.overridden({"V2": KindOverride(grace_seconds=9)}, "view").kind("V2")
    assert again is not None
    assert again.overridden == ("dwell_seconds", "grace_seconds")
    untouched = before.kind("V2")
    assert untouched is not None
    assert untouched.dwell_seconds == 300


@pytest.mark.parametrize(
    ("overrides", "what"),
    [
        pytest.param({"V99": KindOverride()}, "scene.yaml: kinds.V99: there is no kind 'V99'; there are V1, V2, V3", id="of nothing"),
        pytest.param(
            {"V8": KindOverride(enabled=True)}, "scene.yaml: kinds.V8.enabled: no class shows accumulated waste and rubble", id="switches on what none sees"
        ),
    ],
)
def test_an_override_that_cannot_be(overrides: dict[str, KindOverride], what: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue().overridden(overrides, "scene.yaml")
    assert str(caught.value).startswith(what)


def test_a_kind_that_is_not_proven_stays_a_lead_when_a_scene_switches_it_on() -> None:
    found = load_catalogue().overridden({"V4": KindOverride(enabled=True)}, "scene.yaml").kind("V4")
    assert found is not None
    assert (found.enabled, found.leads_only, found.overridden) == (True, True, ("enabled",))
