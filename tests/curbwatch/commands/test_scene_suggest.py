from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner, Result

from curbwatch.__main__ import cli
from detector.judgement.values import Thing
from detector.scene.errors import ProposalError
from detector.scene.proposal import read_proposal
from detector.scene.scene import read_scene
from detector.scene.seen import SeenError, SeenGrid
from detector.worker.state import StateStore
from models.errors import PictureError
from models.pictures import read_picture
from tests.detector.scene.suggesting.painted import PaintedStreet
from tests.stall_clip import write_stall

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["scene", *map(str, arguments)])


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A painted street as a camera's picture."""
    path = tmp_path_factory.mktemp("street") / "cam 1.png"
    cv2.imwrite(str(path), PaintedStreet().picture[:, :, ::-1])
    return path


@pytest.fixture(scope="module")
def day(picture: Path) -> Path:
    """What a worker saw there over a day, in its data folder."""
    folder = picture.parent / "worker"
    grid = SeenGrid()
    for number, foot in enumerate(PaintedStreet().feet(80, 100)):
        label = "person" if foot.group == "people" else "car"
        box = (foot.x - foot.width / 2, foot.y - foot.height, foot.x + foot.width / 2, foot.y)
        grid.add([Thing(label, box, 0.9)], 400.0 * number, NOON, (0.0, 0.0, 1.0, 1.0))
    store = StateStore(folder / "state.sqlite")
    store.open()
    store.remember("seen/gate-7/main", grid.to_json())
    store.close()
    return folder


@pytest.fixture
def proposed(picture: Path, day: Path, tmp_path: Path) -> Path:
    """A proposal of picture and day."""
    path = tmp_path / "proposal.yaml"
    result = run("suggest", picture, "--seen", day, "--model", "none", "-o", path)
    assert result.exit_code == 0, result.output
    return path


def test_seen_tells_figures_keeps_and_draws(day: Path, picture: Path, tmp_path: Path) -> None:
    kept, drawing = tmp_path / "seen.json", tmp_path / "seen.png"
    result = run("seen", day, "-o", kept, "--draw", drawing, "--picture", picture, "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert (told["camera"], told["view"]) == ("gate-7", "main")
    assert told["people"] > 60
    assert told["vehicles"] > 60
    assert read_picture(drawing).shape[1] == 1280
    again = run("seen", kept)
    assert again.stdout.startswith(f"gate-7 (main): {told['people']} people, {told['vehicles']} vehicles, 0 cycles in {told['looks']} looks")


def test_seen_of_a_recording(tmp_path: Path) -> None:
    clip = write_stall(tmp_path / "clip.mp4", rate=2, seconds=6, began="2026-07-01T04:00:00Z")
    result = run("seen", clip, "--look-seconds", "2", "--json")
    told = json.loads(result.stdout)
    assert (told["camera"], told["looks"], told["began"]) == ("clip", 3, "2026-07-01T04:00:00+00:00")
    assert result.exit_code == (0 if any(told[group] for group in ("people", "vehicles", "cycles")) else 1)


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        pytest.param("nowhere", None, "there is no such folder or file", id="nothing"),
        pytest.param("other.json", "{}", "is no record of where", id="another JSON"),
        pytest.param("broken.json", "{", "is no JSON", id="no JSON"),
    ],
)
def test_seen_of_what_is_none(tmp_path: Path, name: str, content: str | None, what: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    result = run("seen", path)
    assert isinstance(result.exception, SeenError)
    assert what in str(result.exception)


def test_suggest_writes_and_draws_a_proposal_that_is_not_in_force(picture: Path, day: Path, tmp_path: Path) -> None:
    path, drawing = tmp_path / "proposal.yaml", tmp_path / "proposal.jpg"
    result = run("suggest", picture, "--seen", day, "--model", "none", "-o", path, "--draw", drawing)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{path}: proposed for gate-7: ")
    proposal = read_proposal(path)
    assert {zone.kind for zone in proposal.view.zones} == {"carriageway", "sidewalk"}
    assert proposal.made.people is not None
    assert proposal.view.reference is not None
    assert proposal.view.reference.file == "cam 1.png"
    assert read_picture(drawing).shape[0] > 700
    for command in (("check", path), ("draw", path, "-o", tmp_path / "again.png")):
        status = run(*command)
        assert status.exit_code == (2 if command[0] == "check" else 0), status.output
    assert "is a proposal, of which nothing is in force" in run("check", path).stderr


def test_suggest_as_json_and_to_standard_output(picture: Path) -> None:
    told = json.loads(run("suggest", picture, "--model", "none", "--json").stdout)
    assert told["schema"] == "curbwatch.scene-proposal/1"
    assert told["views"][0]["camera_id"] == "cam-1"
    assert "picture alone" in told["note"]["en"]
    text = run("suggest", picture, "--model", "none", "--camera", "cam9", "--view", "preset-2").stdout
    assert "# A PROPOSAL" in text
    assert "camera_id: cam9" in text


def test_suggest_looks_with_the_shipped_model(tmp_path: Path) -> None:
    clip = write_stall(tmp_path / "clip.mp4", rate=2, seconds=4)
    result = run("suggest", clip, "--json")
    told = json.loads(result.stdout)
    assert told["made"]["model"].startswith("curbwatch-n-street")
    assert result.exit_code == (0 if told["views"][0].get("zones") else 1)


def test_suggest_of_a_picture_without_a_street(tmp_path: Path) -> None:
    grey = tmp_path / "grey.png"
    cv2.imwrite(str(grey), PaintedStreet().picture[:, :, ::-1] * 0 + 90)
    result = run("suggest", grey, "--model", "none", "-o", tmp_path / "proposal.yaml")
    assert result.exit_code == 1
    assert "no street was found" in result.stderr
    assert not (tmp_path / "proposal.yaml").exists()
    assert isinstance(run("suggest", tmp_path / "none.jpg", "--model", "none").exception, PictureError)


def test_accept_makes_a_scene_that_says_who_accepted_it(proposed: Path, picture: Path, tmp_path: Path) -> None:
    scene = tmp_path / "street.yaml"
    result = run("accept", proposed, "--by", "王芳", "-o", scene)
    assert result.exit_code == 0, result.output
    assert "cam 1.png does not lie beside the scene" in result.stderr
    read = read_scene(scene)
    assert read.note is not None
    assert "accepted by 王芳" in read.note
    assert read.views[0].zones == read_proposal(proposed).view.zones
    assert read.views[0].reference is None
    assert run("check", scene).exit_code == 0
    (tmp_path / "cam 1.png").write_bytes(picture.read_bytes())
    assert run("accept", proposed, "--by", "王芳", "-o", tmp_path / "with.yaml").exit_code == 0
    assert read_scene(tmp_path / "with.yaml").views[0].reference is not None


def test_accept_into_a_scene_that_is_there(proposed: Path, tmp_path: Path) -> None:
    scene = tmp_path / "street.yaml"
    before = "schema: curbwatch.scene/1\n# by hand\nviews:\n  - camera_id: other\n    zones: []\n"
    scene.write_text(before, encoding="utf-8")
    zone = read_proposal(proposed).view.zones[0].id
    assert run("accept", proposed, "--by", "me", "--only", zone, "--into", scene).exit_code == 0
    assert scene.read_text(encoding="utf-8").startswith(before)
    views = read_scene(scene).views
    assert [view.camera_id for view in views] == ["other", "gate-7"]
    assert [one.id for one in views[1].zones] == [zone]
    again = run("accept", proposed, "--by", "me", "--into", scene)
    assert isinstance(again.exception, ProposalError)
    assert "has a view main of the camera gate-7 already" in str(again.exception)


def test_accept_overwrites_nothing_and_wants_a_name(proposed: Path, tmp_path: Path) -> None:
    scene = tmp_path / "street.yaml"
    scene.write_text("mine", encoding="utf-8")
    result = run("accept", proposed, "--by", "me", "-o", scene)
    assert isinstance(result.exception, ProposalError)
    assert scene.read_text(encoding="utf-8") == "mine"
    assert run("accept", proposed, "-o", tmp_path / "new.yaml").exit_code == 2
    assert run("accept", proposed, "--by", "me").exit_code == 2


@pytest.mark.parametrize("name", ["", "  ", "\n", "\u3000"])
def test_accept_wants_a_person_and_no_blank(proposed: Path, tmp_path: Path, name: str) -> None:
    new, into = tmp_path / "new.yaml", tmp_path / "into.yaml"
    into.write_text("schema: curbwatch.scene/1\nviews: []\n", encoding="utf-8")
    for arguments in (("-o", new), ("--into", into)):
        result = run("accept", proposed, "--by", name, *arguments)
        assert result.exit_code == 2
        assert "--by: is blank" in result.stderr
    assert not new.exists()
    assert into.read_text(encoding="utf-8").endswith("views: []\n")
