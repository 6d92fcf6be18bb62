from __future__ import annotations

import numpy as np
import pytest

from models.overlap import suppress
from models.training.torchvision_standin import nms

torch = pytest.importorskip("torch", reason="needs the training environment (make setup-train)")


@pytest.mark.parametrize("seed", range(5))
def test_nms_keeps_what_our_own_suppression_keeps(seed: int) -> None:
    random = np.random.default_rng(seed)
    corner = random.uniform(0, 60, (80, 2)).astype(np.float32)
    boxes = np.concatenate([corner, corner + random.uniform(5, 30, (80, 2)).astype(np.float32)], 1)
    scores = random.permutation(80).astype(np.float32)
    kept = nms(torch.from_numpy(boxes), torch.from_numpy(scores), 0.4).tolist()
    assert kept == suppress(boxes, scores, np.zeros(80, np.int64), 0.4).tolist()


def test_nothing_is_kept_of_nothing() -> None:
    assert nms(torch.empty(0, 4), torch.empty(0), 0.5).tolist() == []


def test_an_export_with_nms_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.onnx, "is_in_onnx_export", lambda: True)
    with pytest.raises(RuntimeError, match="needs the real torchvision"):
        nms(torch.zeros(1, 4), torch.zeros(1), 0.5)
