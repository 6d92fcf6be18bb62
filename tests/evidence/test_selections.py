"""Exports of a time and of cases, held against the log that goes along."""

from __future__ import annotations

from pathlib import Path

import pytest

from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.shop import faults
from tests.evidence.tamper import (
    selected,
)


def test_a_selection_says_how_many_packets_were_not_asked_for(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")

    selected(archive, 3, until=3.999999)
    report = verify_path(archive.root, archive.keys)
    assert faults(report) == []
    assert "log/log.jsonl: 1 packets that the log names came at another time than was asked for, and are not here" in report.notes
    assert any(note.startswith("what workers' heads count was not looked for in a selection") for note in report.notes)


@pytest.mark.parametrize("chosen", [{"since": -1e9}, {"since": 0}, {"since": 2}, {"until": 2.000001}, {"since": 2, "until": 2.000001}, {"until": 1e9}])
def test_a_packet_of_the_time_that_was_asked_for_is_not_left_out(chosen: dict[str, float], tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    selected(archive, 2, **chosen)
    assert faults(verify_path(archive.root, archive.keys)) == [
        f"export log/log.jsonl entry 3: received the manifest {archive.documents[2]['manifest_sha256'][:12]}… within the time that was asked for, "
        "which is neither here nor deleted: the export leaves it out"
    ]


def test_of_cases_it_is_told_that_the_log_cannot_tell(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export", caseless=True)
    selected(archive, 2, 3, cases=["a" * 32], until=3)
    report = verify_path(archive.root, archive.keys)
    assert faults(report) == []
    assert any("1 packets that the log names came at another time" in note for note in report.notes)
    assert any("1 packets that it names are not here, and no entry says of which case they are" in note for note in report.notes)
