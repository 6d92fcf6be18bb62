from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.street.assets import versions


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The package's code in a folder of its own, and nothing remembered of it."""
    folder = tmp_path / "assets"
    shutil.copytree(versions.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(versions, "FOLDER", folder)
    forget()
    yield folder
    forget()


def forget() -> None:
    for remembered in (versions.version, versions._reached, versions._imported, versions._code):
        remembered.cache_clear()


@pytest.mark.parametrize(
    ("module", "changed", "kept"),
    [
        pytest.param("bodywork", ("car", "van", "unloading"), ("stall_table", "laundry", "pedestrian"), id="bodies of cars"),
        pytest.param("poses", ("pedestrian", "stall_mat", "umbrella_queue"), ("car",), id="how people hold themselves"),
        pytest.param("wares", ("stall_table", "out_shelf", "vendor_truck"), ("bicycle", "pedestrian"), id="goods"),
        pytest.param("mesh", ("car", "stall_table", "laundry"), (), id="what all are made of"),
    ],
)
def test_a_change_makes_new_versions_of_what_it_touches_and_of_nothing_else(copied: Path, module: str, changed: tuple[str, ...], kept: tuple[str, ...]) -> None:
    before = {name: versions.version(name) for name in changed + kept}
    (copied / f"{module}.py").write_text((copied / f"{module}.py").read_text(encoding="utf-8") + "\nCHANGED = 1\n", encoding="utf-8")
    forget()
    after = {name: versions.version(name) for name in before}
    assert all(before[name] != after[name] for name in changed)
    assert all(before[name] == after[name] for name in kept)


def test_a_version_is_short_and_stays() -> None:
    forget()
    first = versions.version("stall_table")
    forget()
    assert first == versions.version("stall_table")
    assert len(first) == 12
