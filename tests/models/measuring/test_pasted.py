from __future__ import annotations

from pathlib import Path

import pytest

from models.errors import EvaluationError
from models.measuring.pasted import PastedLook, read_looks, size_table


def look(number: int, positive: bool, score: float, size_px: int = 64, cut: str = "zone") -> PastedLook:
    return PastedLook(f"{cut}{size_px}_{number}", f"origin {number % 5}", positive, size_px, cut, score, score / 2)  # type: ignore[arg-type]


def test_looks_are_written_and_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "looks.jsonl"
    looks = [look(1, True, 0.9), look(2, False, 0.1, cut="frame")]
    path.write_text("".join(one.line() for one in looks) + '{"picture": "cut sh', encoding="utf-8")
    assert read_looks([path]) == looks
    path.write_text('{"picture": "a"}\n', encoding="utf-8")
    with pytest.raises(EvaluationError, match="line 1"):
        read_looks([path])
    with pytest.raises(EvaluationError, match=r"gone\.jsonl"):
        read_looks([tmp_path / "gone.jsonl"])


def test_each_size_and_cut_has_its_row() -> None:
    looks = [look(i, True, 0.5 + i / 100) for i in range(10)] + [look(i, False, i / 100) for i in range(20)]
    looks += [look(i, True, 0.05, cut="frame") for i in range(10)] + [look(i, False, i / 100, cut="frame") for i in range(20)]
    looks += [look(i, True, 0.5, size_px=32) for i in range(3)]  # no negatives of that size
    zone, frame = size_table(looks, times=50)
    assert (zone.size_px, zone.cut, zone.ranking.recall, zone.ranking.auc) == (64, "zone", 1.0, 1.0)
    assert (frame.cut, frame.ranking.recall) == ("frame", 0.0)
    assert zone.intervals["recall"].low == 1.0
    assert size_table(looks, by="detector", times=0)[0].ranking.threshold < zone.ranking.threshold
