from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from curbwatch.commands.street import quiet_renderer, street
from models.errors import StreetError
from models.street.clips import sealing
from models.street.scripts import DEMO, SCRIPTS


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(street, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def test_list_tells_what_happens_in_each_clip() -> None:
    status, output = run("video", "--list", "--json")
    clips = [json.loads(line) for line in output.splitlines()]
    assert status == 0
    assert [clip["name"] for clip in clips] == list(SCRIPTS)
    assert sum("V2" in clip["what"] or "V3" in clip["what"] for clip in clips[: len(DEMO)]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("scene", "--seed", 5, "--out", "picture.jpg"), id="a picture"),
        pytest.param(("video", "cam6_empty", "--out", "clips"), id="a clip"),
        pytest.param(("dataset", "--out", "set", "--seed", 400000, "--count", 1), id="a training set"),
    ],
)
def test_without_blender_one_line_says_what_is_missing(arguments: tuple[object, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(StreetError, match=r"curbwatch\[street\]"):
        CliRunner().invoke(street, [str(argument) for argument in arguments], catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


def test_a_blender_that_does_not_load_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bpy.py").write_text("raise ImportError('libSM.so.6 is missing')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "bpy", raising=False)
    with pytest.raises(StreetError, match=r"libSM\.so\.6"):
        CliRunner().invoke(street, ["scene", "--seed", "5", "--out", str(tmp_path / "picture.jpg")], catch_exceptions=False)


def test_drawn_clips_are_listed_by_their_seeds() -> None:
    status, output = run("video", "--seed", 700000, "--count", 3, "--split", "open", "--list", "--json")
    clips = [json.loads(line) for line in output.splitlines()]
    assert status == 0
    assert [clip["name"] for clip in clips] == [f"open_{seed}" for seed in range(700000, 700003)]
    assert clips[0]["what"].count("; V") == 3
    assert "no V" in clips[0]["what"]


def test_drawn_clips_never_take_the_demo_s_seeds_nor_names() -> None:
    assert run("video", "--seed", 9, "--out", "clips")[0] == 2
    assert run("video", "cam6_empty", "--seed", 700000, "--out", "clips")[0] == 2


def test_sealed_clips_take_their_seeds_from_a_commit_and_no_others_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "changed_since", lambda commit, root: [])
    monkeypatch.setattr(sealing, "full_name", lambda name, root: "ab" * 20)
    status, output = run("video", "--seeds-of", "v1", "--count", 3, "--list", "--json")
    assert status == 0
    assert [json.loads(line)["name"] for line in output.splitlines()] == [f"sealed_{sealing.seed_of('ab' * 20, i)}" for i in range(3)]
    monkeypatch.setattr(sealing, "changed_since", lambda commit, root: ["evidence/catalogue.yaml was a and is b"])
    with pytest.raises(StreetError, match=r"catalogue\.yaml was a and is b"):
        CliRunner().invoke(street, ["video", "--seeds-of", "v1", "--out", "clips"], catch_exceptions=False)


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--split", "sealed", "--seed", 70), id="a sealed split with a seed of one's own"),
        pytest.param(("--split", "open", "--seeds-of", "HEAD"), id="seeds of a commit for open clips"),
        pytest.param(("--seed", 70, "--seeds-of", "HEAD"), id="both"),
        pytest.param(("cam6_empty", "--seeds-of", "HEAD"), id="a demo clip of a commit"),
    ],
)
def test_wrong_use_of_sealed_seeds(arguments: tuple[object, ...]) -> None:
    assert run("video", *arguments, "--list")[0] == 2


def test_an_unknown_clip_and_a_missing_folder_are_wrong_use() -> None:
    assert run("video", "cam99", "--out", "clips")[0] == 2
    status, output = run("video", "cam6_empty")
    assert status == 2
    assert "--out" in output


def test_a_training_set_never_takes_the_demo_s_seeds(tmp_path: Path) -> None:
    status, output = run("dataset", "--out", tmp_path / "set", "--seed", 7)
    assert status == 2
    assert "1 to 10" in output


def test_an_odd_size_is_wrong_use(tmp_path: Path) -> None:
    status, output = run("dataset", "--out", tmp_path / "set", "--width", 641)
    assert status == 2
    assert "even" in output


def test_what_the_renderer_prints_stays_out_of_ours(capfd: pytest.CaptureFixture[str]) -> None:
    import os

    import click

    with quiet_renderer():
        os.write(1, b"Fra:1 Mem:63M\n")
        click.echo("ours")
    click.echo("after")
    assert capfd.readouterr().out == "ours\nafter\n"
