from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from detector.scene.errors import ProposalError, SceneError
from detector.scene.proposal import Made, Proposal, accepted_text, accepted_view, added_to, is_proposal, proposal_of, proposal_text, read_proposal
from detector.scene.scene import parse_scene, read_scene
from detector.scene.suggesting import Reason, Suggested
from detector.scene.writing import scene_text
from evidence.views import StorefrontLine, Zone, ZoneKind

NOW = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
ROAD = Zone(id="carriageway-1", kind=ZoneKind.CARRIAGEWAY, polygon=((0.0, 0.6), (1.0, 0.6), (1.0, 1.0), (0.0, 1.0)))
PAVEMENT = Zone(id="pavement-1", kind=ZoneKind.SIDEWALK, polygon=((0.0, 0.5), (1.0, 0.5), (1.0, 0.59), (0.0, 0.59)))
LINE = StorefrontLine(id="shops-1", points=((0.0, 0.5), (1.0, 0.5)), outside="right")
MADE = Made(
    at=NOW, by="curbwatch 0.1.0", picture="cam 1.jpg", size=(1920, 1080), model="street 0.2", people=12, since=NOW, until=NOW, vanishing_point=(-0.4, 0.1)
)


@pytest.fixture
def proposal() -> Proposal:
    reasons = {name: Reason(0.7, "有沿街边缘", "an edge along the street") for name in ("carriageway-1", "pavement-1", "shops-1")}
    found = Suggested((ROAD, PAVEMENT), (LINE,), reasons, (-0.4, 0.1), 0.0, 5.2, ("请核对", "check it"))
    return proposal_of(found, MADE, "37010200001320000002", "preset-2")


@pytest.fixture
def kept(proposal: Proposal, tmp_path: Path) -> Path:
    path = tmp_path / "proposal.yaml"
    path.write_text(proposal_text(proposal, path.name), encoding="utf-8")
    return path


def test_a_proposal_comes_back_as_it_was_written(proposal: Proposal, kept: Path) -> None:
    assert read_proposal(kept) == proposal
    assert is_proposal(kept)
    assert "scene accept proposal.yaml" in kept.read_text(encoding="utf-8")


def test_a_proposal_is_no_scene(kept: Path, street: Path) -> None:
    with pytest.raises(SceneError, match="is a proposal, of which nothing is in force"):
        read_scene(kept)
    with pytest.raises(ProposalError, match="is no proposal"):
        read_proposal(street)
    assert not is_proposal(street)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param(("confidence: 0.7", "confidence: 7"), "lies outside the picture|confidence", id="a confidence that is none"),
        pytest.param(("kind: sidewalk", "kind: pavement"), "views.0.zones.1.kind", id="a kind that is none"),
        pytest.param(("made: {", "made: {size: ["), "is no YAML", id="broken YAML"),
    ],
)
def test_a_proposal_that_was_damaged_by_hand(kept: Path, change: tuple[str, str], what: str) -> None:
    kept.write_text(kept.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
    with pytest.raises(ProposalError, match=what) as caught:
        read_proposal(kept)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("only", "without", "zones", "lines"),
    [
        pytest.param((), (), ["carriageway-1", "pavement-1"], ["shops-1"], id="all of it"),
        pytest.param(("pavement-1",), (), ["pavement-1"], [], id="one zone"),
        pytest.param((), ("shops-1", "carriageway-1"), ["pavement-1"], [], id="all but two"),
    ],
)
def test_what_a_person_accepts(proposal: Proposal, kept: Path, only: tuple[str, ...], without: tuple[str, ...], zones: list[str], lines: list[str]) -> None:
    view = accepted_view(proposal, kept, only, without)
    assert ([zone.id for zone in view.zones], [line.id for line in view.lines]) == (zones, lines)
    text = accepted_text(view, "王芳", NOW, kept.name)
    scene, faults = parse_scene(text)
    assert faults == []
    assert scene is not None
    assert scene.views == (view,)
    assert scene.note == f"view of 37010200001320000002: proposed by curbwatch (proposal.yaml), accepted by 王芳 at {NOW.isoformat()}"


@pytest.mark.parametrize(
    ("only", "without", "what"),
    [
        pytest.param(("road",), (), "proposes no road; there are carriageway-1, pavement-1, shops-1", id="a name that it does not have"),
        pytest.param(("shops-1",), (), "no zone of it is accepted", id="a line alone"),
    ],
)
def test_what_cannot_be_accepted(proposal: Proposal, kept: Path, only: tuple[str, ...], without: tuple[str, ...], what: str) -> None:
    with pytest.raises(ProposalError, match=what):
        accepted_view(proposal, kept, only, without)


def test_a_view_is_added_to_a_scene_whose_text_stays(proposal: Proposal, street: Path) -> None:
    before = street.read_text(encoding="utf-8") + "  # the end, with a comment\n"
    after = added_to(before, proposal.view, street)
    assert after.startswith(before.rstrip())
    scene, _ = parse_scene(after)
    old, _ = parse_scene(before)
    assert scene is not None
    assert old is not None
    assert scene.views == (*old.views, proposal.view)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("schema: curbwatch.scene/1\nviews: [{camera_id: cam9}]\n", "paste it by hand", id="views in one line"),
        pytest.param("schema: curbwatch.scene/1\nviews:\n  - camera_id: cam9\nnote: last\n", "paste it by hand", id="another key behind them"),
        pytest.param("schema: curbwatch.scene/1\nviews:\n  - camera: cam9\n", "mend it first", id="a scene with faults"),
    ],
)
def test_a_scene_to_which_nothing_can_be_added(proposal: Proposal, written: Callable[[str], Path], text: str, what: str) -> None:
    with pytest.raises(ProposalError, match=what):
        added_to(text, proposal.view, written(text))


def test_a_camera_and_position_that_is_there_already(proposal: Proposal, written: Callable[[str], Path]) -> None:
    text = scene_text([proposal.view])
    with pytest.raises(ProposalError, match="has a view preset-2 of the camera 37010200001320000002 already"):
        added_to(text, proposal.view, written(text))


def test_a_scene_without_views_gets_its_first(proposal: Proposal, written: Callable[[str], Path]) -> None:
    text = "schema: curbwatch.scene/1\nnote: empty\n"
    scene, _ = parse_scene(added_to(text, proposal.view, written(text)))
    assert scene is not None
    assert scene.views == (proposal.view,)
