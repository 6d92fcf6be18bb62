"""`bench exclusions`: counting, what the verifier is asked about, and the command as a person calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from benchmarks import exclusions as work
from benchmarks.errors import BenchmarkError
from curbwatch.commands.bench import bench
from curbwatch.commands.bench_exclusions import exclusions as command
from evidence.kinds import Exclusion, load_catalogue
from models.session import open_model
from models.verifier import verifier_of
from tests.models.photographs.making import write
from tests.models.verifier.making import shipped_alone, shipped_with_verifier

KNOWN = load_catalogue().exclusions
LEFT, RIGHT = [0.1, 0.2, 0.4, 0.9], [0.6, 0.2, 0.9, 0.9]


def known(name: str) -> Exclusion:
    return next(one for one in KNOWN if one.id == name)


def things(count: int, look: str, looks_like: str, *, covered: bool = False, share: float = 0.0) -> list[work.Seen]:
    """One in each of so many scenes."""
    return [work.Seen(str(i), look, covered, looks_like, share) for i in range(count)]


def label(look: str, xyxy: Sequence[float], **more: Any) -> dict[str, Any]:
    return {"label": look, "xyxy": list(xyxy), "visible": 1.0, **more}


def rendered(folder: Path, pictures: dict[str, list[dict[str, Any]]]) -> Path:
    """A folder as it is rendered: pictures of 192x128 with a white left and a black right half."""
    half = np.zeros((128, 192, 3), np.uint8)
    half[:, :96] = 255
    (folder / "meta").mkdir(parents=True)
    for name, boxes in pictures.items():
        write(folder / "images" / f"{name}.jpg", half)
        (folder / "meta" / f"{name}.json").write_text(json.dumps({"boxes": boxes}), encoding="utf-8")
    return folder


def test_what_a_verifier_shows_is_measured_and_nothing_else() -> None:
    shown = [one.id for one in work.shown_by_verifier(KNOWN)]
    assert {"unloading", "covered_stall", "queue", "planter"} <= set(shown)
    assert not {"permit", "fixture", "removal", "stall_beneath"} & set(shown)


def test_cases_hits_and_wrong_excuses_are_counted() -> None:
    seen = [
        *things(9, "unloading", "unloading"), *things(3, "unloading", "stall", share=0.9),
        *things(6, "stall", "goods_out", covered=True, share=0.7), *things(4, "stall", "unloading", covered=True, share=0.69),
        *things(18, "stall", "stall", share=0.1), *things(1, "goods_out", "unloading"), *things(1, "vendor_vehicle", "courier", share=0.7),
    ]  # fmt: skip
    (unloading, covered), wrong = work.figures_of((known("unloading"), known("covered_stall")), seen)
    assert (unloading.recognised.n, unloading.recognised.counted, unloading.recognised.value) == (12, 9, 0.75)
    assert unloading.recognised.interval is not None
    assert 0.4 < unloading.recognised.interval.low < 0.75 < unloading.recognised.interval.high <= 1
    assert unloading.taken_for == {"unloading": 9, "stall": 3}
    # 0.7 is covered as judging reads it; a look-alike that is taken for covered is no case of it, and a covered stall excuses nothing wrongly.
    assert (covered.recognised.n, covered.recognised.counted) == (10, 6)
    assert (unloading.wrong.n, unloading.wrong.counted, covered.wrong.counted, wrong.counted) == (20, 1, 1, 2)


def test_few_cases_are_told_by_their_number_alone() -> None:
    (few,), wrong = work.figures_of((known("courier"),), [*things(9, "courier", "courier"), *things(9, "stall", "stall")])
    assert few.recognised == few.wrong == wrong == work.Share(9)
    assert few.taken_for == {}
    (ten,), _ = work.figures_of((known("courier"),), things(10, "courier", "courier"))
    assert (ten.recognised.value, ten.wrong) == (1.0, work.Share(0))


def test_all_or_none_is_less_sure_than_a_resampling_says() -> None:
    every = work.share_of(things(20, "flag", "flag"), lambda thing: thing.looks_like == "flag")
    assert every.interval is not None
    assert (every.interval.low, every.interval.high) == pytest.approx((0.839, 1.0), abs=1e-3)
    none = work.share_of(things(20, "flag", "flag"), lambda _: False)
    assert none.interval is not None
    assert (none.interval.low, none.interval.high) == pytest.approx((0.0, 0.161), abs=1e-3)


def test_pictures_of_few_scenes_give_no_interval() -> None:
    alike = [work.Seen(str(i % 2), "rider", False, "rider" if i < 6 else "stall", 0.0) for i in range(12)]
    assert work.share_of(alike, lambda thing: thing.looks_like == "rider") == work.Share(12, 6, 0.5, None)


def test_each_thing_is_asked_about_by_its_true_box_in_pixels(tmp_path: Path) -> None:
    boxes = [label("stall", LEFT), label("stall", RIGHT, covered=True), label("rider", LEFT), label("laundry", RIGHT), label("flag", LEFT, visible=0.1)]
    folder = rendered(tmp_path / "o", {"7_0": boxes, "7_1": [label("planter", RIGHT)]})
    asked: list[tuple[tuple[int, ...], list[float]]] = []

    def ask(picture: NDArray[np.uint8], box: NDArray[np.float32]) -> tuple[str, float]:
        asked.append((picture.shape, box.round(1).tolist()))
        return "planter", 0.25

    ticks: list[None] = []
    found = list(work.listen(ask, work.things_in([folder, folder]), lambda: ticks.append(None)))
    left, right = [19.2, 25.6, 76.8, 115.2], [115.2, 25.6, 172.8, 115.2]
    assert [box for _, box in asked] == [pytest.approx(one, abs=0.1) for one in (left, right, left, right)]
    assert {shape for shape, _ in asked} == {(128, 192, 3)}
    assert [(one.look, one.covered, one.is_open) for one in found] == [
        ("stall", False, True), ("stall", True, False), ("rider", False, False), ("planter", False, False),
    ]  # fmt: skip
    assert len({one.scene for one in found}) == 1
    assert len(ticks) == 4


def test_the_verifier_answers_about_the_box_that_is_shown(tmp_path: Path) -> None:
    session = open_model(str(shipped_with_verifier(tmp_path)), provider="cpu")
    verifier = verifier_of(session)
    assert verifier is not None
    folder = rendered(tmp_path / "o", {"7_0": [label("stall", LEFT), label("planter", RIGHT)]})
    white, black = work.listen(work.asked_of(verifier, session.names), work.things_in([folder]))
    assert (white.looks_like, black.looks_like) == ("stall", "other")
    assert white.covered_share < 0.5 < black.covered_share


def test_the_command_prints_a_table_and_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "COVERED_FROM", 0.5)  # the test's verifier is no surer of black
    model = str(shipped_with_verifier(tmp_path))
    names = [f"3000{i:02}_0" for i in range(6)]  # scenes that the shipped card names as learned from
    boxes = [label("stall", LEFT), label("goods_out", LEFT), label("stall", RIGHT, covered=True), label("stall", RIGHT, covered=True)]
    folder = str(rendered(tmp_path / "o", {name: [*boxes, label("rider", RIGHT)] for name in names}))
    done = CliRunner().invoke(bench, ["exclusions", folder, "--model", model, "--json"], catch_exceptions=False)
    told = json.loads(done.stdout)
    each = {one["id"]: one for one in told["exclusions"]}
    assert each["covered_stall"]["name"] == {"zh": "遮盖或收摊", "en": "covered or closed stall"}
    assert each["covered_stall"]["recognised"]["n"] == each["covered_stall"]["recognised"]["counted"] == 12
    assert each["rider"]["recognised"] == {"n": 6, "counted": None, "value": None, "interval": None}
    assert each["rider"]["wrong"]["counted"] == 0
    assert (told["pictures"], told["scenes"], told["learned"], told["wrong"]["n"]) == (6, 6, 6, 12)
    table = CliRunner().invoke(command, [folder, "--model", model], catch_exceptions=False).stdout
    assert "6 of the pictures show scenes that it was trained on" in table
    covered = next(line for line in table.splitlines() if line.startswith("covered_stall"))
    assert "1.000 (0.76 to 1.00)" in covered
    assert "fewer than 10" in next(line for line in table.splitlines() if line.startswith("rider"))


def refusal(*arguments: str) -> str:
    """The error that becomes one line at the front door."""
    done = CliRunner().invoke(command, arguments)
    assert isinstance(done.exception, BenchmarkError), done.output
    return str(done.exception)


def test_what_cannot_be_measured_is_one_line(tmp_path: Path) -> None:
    unlabelled = tmp_path / "unlabelled"
    write(unlabelled / "images" / "1_0.jpg", np.zeros((64, 96, 3), np.uint8))
    for folder in (unlabelled, tmp_path / "gone"):
        assert f"{folder} holds no pictures with labels" in refusal(str(folder))
    plain = rendered(tmp_path / "plain", {"1_0": [label("stall", LEFT), label("car", RIGHT)]})
    assert refusal(str(plain)).startswith("there is nothing to measure")
    full = rendered(tmp_path / "full", {"1_0": [label("rider", LEFT)]})
    assert "has no verifier" in refusal(str(full), "--model", str(shipped_alone(tmp_path)))
    told = subprocess.run([sys.executable, "-m", "curbwatch", "bench", "exclusions", str(plain)], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout, len(told.stderr.splitlines())) == (2, "", 1)


def test_it_needs_no_training_environment() -> None:
    code = "import sys, benchmarks.exclusions; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
