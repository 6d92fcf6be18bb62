from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.worker.held import HeldEvidence
from detector.worker.order import PacketOrder
from detector.worker.state import StateStore
from evidence.signing import SigningKey
from evidence.verify import verify_path
from streams.media import AccessUnit

CHILD = Path(__file__).with_name("desk_child.py")
ACTS = 12


@pytest.mark.slow
def test_a_desk_killed_ten_times_makes_every_packet_it_owes_once(
    tmp_path: Path, clip_path: Callable[[str], Path], units_of: Callable[[str], tuple[AccessUnit, ...]], made_order: Callable[..., PacketOrder]
) -> None:
    chance = random.Random(5)
    (tmp_path / "order.json").write_text(json.dumps(made_order().to_json()))

    def child(how: str) -> subprocess.Popen[str]:
        command = [sys.executable, str(CHILD), str(tmp_path), str(clip_path("hevc")), str(ACTS), how]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    owed: set[str] = set()
    for round_number in range(11):
        process = child("endless" if round_number < 10 else "finish")
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        if round_number < 10:
            time.sleep(chance.uniform(0.0, 1.0))
            process.kill()
        owed |= {line.strip() for line in process.stdout if line.endswith("\n")}
        process.wait()
        process.stdin.close()
        process.stdout.close()
    assert "done" in owed
    owed.remove("done")
    packets = {path.parent.name for path in (tmp_path / "packets").glob("*/manifest.json")}
    assert packets == owed
    assert len(packets) == 2 * ACTS
    report = verify_path(tmp_path / "packets", [SigningKey.load(tmp_path / "keys" / "worker.pem").public_key], unreceipted=True)
    assert report.ok, report
    state = StateStore(tmp_path / "state.sqlite")
    state.open()
    assert state.debts() == []
    state.close()
    HeldEvidence(tmp_path / "held").sweep(set(), tmp_path / "aside")
    assert list((tmp_path / "held").iterdir()) == []
