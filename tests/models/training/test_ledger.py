from __future__ import annotations

import json
from pathlib import Path

import pytest

from models.errors import TrainingError
from models.training.ledger import open_ledger
from models.training.recipe import Recipe

SETTINGS = Recipe().as_settings()


def test_what_a_run_cost_adds_up_over_its_starts(tmp_path: Path) -> None:
    first = open_ledger(tmp_path / "run", SETTINGS, {"photographs": 3})
    first.begin()
    first.count(16)
    first.end_epoch(1, finished=False)
    again = open_ledger(tmp_path / "run", SETTINGS, {"photographs": 3})
    again.begin()
    again.count(16)
    again.end_epoch(2, finished=True)
    fields = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert (fields["image_epochs"], fields["epochs_done"], fields["starts"], fields["finished"]) == (32, 2, 2, True)
    assert fields["core_seconds"] >= again.core_seconds - 1e-6 > 0
    assert fields["settings"]["shares"]["rendered"] == 0.4


@pytest.mark.parametrize(
    ("settings", "data", "named"),
    [
        pytest.param(SETTINGS | {"learning_rate": 0.001}, {"real": "ab"}, "learning_rate was 0.002, now 0.001", id="another learning rate"),
        pytest.param(SETTINGS, {"real": "cd"}, 'real was "ab", now "cd"', id="other photographs"),
        pytest.param(SETTINGS, {"real": "ab", "kinds": "x"}, "kinds was null", id="more photographs"),
    ],
)
def test_a_run_goes_on_only_as_it_began(tmp_path: Path, settings: dict[str, object], data: dict[str, object], named: str) -> None:
    open_ledger(tmp_path, SETTINGS, {"real": "ab"}).begin()
    with pytest.raises(TrainingError, match=named):
        open_ledger(tmp_path, settings, data)


def test_a_broken_ledger_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(TrainingError, match=r"run\.json cannot be read"):
        open_ledger(tmp_path, SETTINGS, {})
