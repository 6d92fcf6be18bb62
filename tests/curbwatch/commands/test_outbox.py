from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from curbwatch.commands.outbox import outbox
from detector.worker.outbox import Outbox
from tests.detector.worker.boxes import KEY, NOW, deliver_all, put


def test_what_was_refused_is_listed_and_tried_again_beside_a_worker_that_runs(tmp_path: Path) -> None:
    box = Outbox(tmp_path, key=KEY)
    box.open()
    put(box, tmp_path, 1)
    deliver_all(box)
    refused, other, waits = (put(box, tmp_path, number) for number in (2, 3, 4))
    for name in (refused, other):
        box.refused(name, "not valid: kind:\nis missing", NOW)
    done = CliRunner().invoke(outbox, ["list", "--data-dir", str(tmp_path), "--json"])
    assert [(one["packet_id"], one["state"]) for one in map(json.loads, done.stdout.splitlines())] == [
        (refused, "refused"), (other, "refused"), (waits, "waiting"),
    ]  # fmt: skip
    lines = CliRunner().invoke(outbox, ["list", "--data-dir", str(tmp_path)]).stdout.splitlines()
    assert lines[0] == f"{refused}  refused   1970-01-12 13:46:40Z  cam2  0 failed  not valid: kind: is missing"
    done = CliRunner().invoke(outbox, ["retry", "--data-dir", str(tmp_path), refused, "0" * 32])
    assert (done.exit_code, done.stdout) == (1, "1 refused packets wait again\n")
    assert "0" * 32 in done.stderr
    assert [one.packet_id for one in box.refusals()] == [other]
    assert CliRunner().invoke(outbox, ["retry", "--data-dir", str(tmp_path)]).exit_code == 0
    assert (box.standing(NOW).waiting, box.refusals()) == (3, [])
    box.close()


def test_a_folder_without_an_outbox_is_said_and_nothing_is_made_there(tmp_path: Path) -> None:
    done = CliRunner().invoke(outbox, ["list", "--data-dir", str(tmp_path)])
    assert done.exit_code != 0
    assert "is no worker's data folder" in str(done.exception)
    assert list(tmp_path.iterdir()) == []
