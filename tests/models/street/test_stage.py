"""The same seed gives the same labels, whatever was rendered before it; passed over where `bpy` is not installed."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.street.dataset import render_dataset
from models.street.environment import require_street
from models.street.formats import pictures_in, write_sets

pytestmark = pytest.mark.street
if importlib.util.find_spec("bpy") is None:
    pytest.skip("needs Blender (make setup-street)", allow_module_level=True)
require_street()
SMALL = {"width": 64, "height": 36, "samples": 1, "threads": 1}


@pytest.mark.slow
def test_labels_are_the_same_twice_and_after_an_interruption(tmp_path: Path) -> None:
    whole = list(render_dataset(tmp_path / "whole", 900_001, 3, **SMALL))  # type: ignore[arg-type]
    list(render_dataset(tmp_path / "again", 900_001, 3, **SMALL))  # type: ignore[arg-type]
    (tmp_path / "again" / "meta" / "900001_1.json").unlink()
    mended = list(render_dataset(tmp_path / "again", 900_001, 3, **SMALL))  # type: ignore[arg-type]
    assert [picture.name for picture in mended] == ["900001_1"]
    assert pictures_in(tmp_path / "again") == whole
    assert write_sets(tmp_path / "again").exists()
    assert {path.name for path in (tmp_path / "again" / "labels").iterdir()} == {f"900001_{i}.txt" for i in range(3)}


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core: there is nothing to spin on")
def test_one_rendering_thread_has_no_other_that_spins_beside_it() -> None:
    count = "from models.street.shoot import load_blender; import os; load_blender({}); print(len(os.listdir('/proc/self/task')), len(os.sched_getaffinity(0)))"
    told = [subprocess.run([sys.executable, "-c", count.format(n)], capture_output=True, text=True, check=True, timeout=60).stdout.split()[-2:] for n in (1, 2)]
    (one, cores), (two, _) = told
    assert int(one) < int(two)
    assert int(cores) == len(os.sched_getaffinity(0))
