"""Owes packets, act after act, and makes them until it is killed: run by test_desk_killed.py as a process of its own.

Arguments: the data folder, a clip, how many acts, `endless` or `finish`. Waits for a line on standard input; writes the act of each debt that is in the state
for good.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from detector.worker.desk import EvidenceDesk
from detector.worker.held import HeldEvidence
from detector.worker.order import PacketOrder
from detector.worker.outbox import Outbox
from detector.worker.state import StateStore
from evidence.packet import Phase, WorkerNamed
from evidence.signing import SigningKey
from evidence.stays import Ending
from streams.recorded import read_access_units
from streams.ring import RingNow


def wall_of(seconds: float) -> datetime:
    return datetime(2026, 11, 25, 8, 0, tzinfo=UTC) + timedelta(seconds=seconds)


GONE = Ending(reason="gone", last_seen=wall_of(1001.0), first_gone=wall_of(1002.0), sure_at=wall_of(1002.0))


def main() -> None:
    data_dir, clip, acts, how = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    template = PacketOrder.from_json(json.loads((data_dir / "order.json").read_bytes()))
    units = tuple(replace(unit, arrival_seconds=1000 + unit.arrival_seconds) for unit in read_access_units(clip))
    sys.stdin.readline()
    state, outbox, held = StateStore(data_dir / "state.sqlite"), Outbox(data_dir), HeldEvidence(data_dir / "held")
    state.open()
    outbox.open()
    key = SigningKey.load_or_create(data_dir / "keys" / "worker.pem")
    worker = WorkerNamed(name="w1", key_id=key.key_id, software="curbwatch", software_version="0", boot_id=template.boot_id)
    desk = EvidenceDesk(held, outbox, key, state, worker, lambda camera_id: RingNow(1, tuple(units)), wall_of)
    for debt in state.debts():
        desk.owe(debt)
    print("ready", flush=True)
    for number in range(acts):
        stay = replace(template.stay, stay_id=f"{number:020x}")
        for phase in (Phase.CONFIRMED, Phase.ENDED):
            order = replace(template, phase=phase, stay=stay, act_id=f"{number:032x}", ending=GONE if phase is Phase.ENDED else None)
            if outbox.holds(order.packet_id):
                continue
            state.save([], [order.to_debt()])
            print(order.packet_id, flush=True)
            if phase is Phase.CONFIRMED:
                desk.hold_suspected("cam-3", stay.stay_id, units[0], wall_of(1000.0))
                desk.hold_picture(stay.stay_id, "confirming", units[10], wall_of(1001.0))
            else:
                desk.hold_picture(stay.stay_id, "gone", units[10], wall_of(1002.0))
            desk.owe(order.to_debt())
            if how == "endless":
                desk.run_pending(1003.0)
    while state.debts():
        desk.run_pending(1003.0, force=True)
    print("done", flush=True)


if __name__ == "__main__":
    main()
