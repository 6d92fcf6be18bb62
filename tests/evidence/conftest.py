from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.evidence.shop import Shop, files_of, manifest_of


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A worker and an API that write packets into a folder."""
    return Shop(tmp_path / "packets")


@pytest.fixture
def manifest() -> dict[str, Any]:
    """A manifest that is in order."""
    return manifest_of([told for _, told in files_of("act").values()])
