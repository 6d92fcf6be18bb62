"""A model that does not know what must be covered."""

from __future__ import annotations

import numpy as np
import pytest

from detector.worker.masking import Masker
from models.errors import ModelError


@pytest.mark.parametrize("names", [("car", "truck"), ("person", "stall"), ("stall", "goods")], ids=["no people", "no vehicles", "neither"])
def test_a_model_that_does_not_know_what_must_be_covered_masks_nothing_and_says_so(monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]) -> None:
    class Other:
        name = "other"

        def __init__(self) -> None:
            self.names = names

    monkeypatch.setattr("detector.worker.masking.open_model", lambda *_, **__: Other())
    with pytest.raises(ModelError, match=r"other knows none of (person|car, .*): what leaves a case cannot be masked"):
        Masker("other").masks(np.zeros((64, 64, 3), np.uint8), (0.0, 0.0, 0.0, 0.0))
