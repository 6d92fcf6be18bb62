"""What a worker says beside packets, before the real case API: again what the API lost by a restore, and what was given up."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from api.backup import backup, restore
from api.checking import faults
from api.roles import Role
from api.schema import given_up, packets
from api.service import opened
from api.settings import Settings
from detector.judgement.values import Stay
from detector.worker.afterwards import bring_again
from detector.worker.desk import EvidenceDesk
from detector.worker.held import HeldEvidence
from detector.worker.order import PacketOrder
from detector.worker.outbox import Outbox
from detector.worker.registry import ApiClient
from detector.worker.room import RECEIPT, RECEIPT_BEFORE
from detector.worker.sender import Sender
from detector.worker.state import StateStore
from evidence.packet import WorkerNamed, act_id_of
from evidence.signing import SigningKey
from evidence.verify import verify_path
from streams.media import AccessUnit
from streams.ring import RingNow
from tests.detector.worker.test_delivery import served

KEY = SigningKey.generate()
NOW = 1_800_000_000.0
HEALTH = {"cameras": {}, "software_version": "0", "gauges": {}}


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "worker", key=KEY)
    box.open()
    yield box
    box.close()


@pytest.fixture
def put(
    tmp_path: Path,
    outbox: Outbox,
    units_of: Callable[[str], tuple[AccessUnit, ...]],
    wall: Callable[[float], datetime],
    made_order: Callable[..., PacketOrder],
    made_stay: Callable[..., Stay],
    worker: WorkerNamed,
) -> Iterator[Callable[[int], str]]:
    """Makes the packet of an act by its number, a second after the one before; gives its id."""
    state = StateStore(tmp_path / "worker" / "state.sqlite")
    state.open()
    named = worker.model_copy(update={"key_id": KEY.key_id})
    desk = EvidenceDesk(HeldEvidence(tmp_path / "worker" / "held"), outbox, KEY, state, named, lambda _: RingNow(1, units_of("h264")), wall)

    def make(number: int) -> str:
        stay = made_stay(stay_id=f"5a7e{number}", last_wall=wall(1003.0) + timedelta(seconds=number))
        order = replace(made_order(one=stay), act_id=act_id_of("cam-3", "main", "V2", stay.first_wall, stay.stay_id), ring_ready_seconds=1003.0)
        desk.owe(order.to_debt())
        assert desk.run_pending(1003.0) == 1
        return order.packet_id

    yield make
    state.close()


def test_what_came_after_the_backup_is_brought_again_and_everything_verifies(
    tmp_path: Path, outbox: Outbox, put: Callable[[int], str], worker: WorkerNamed
) -> None:
    def deliver(url: str, token: str) -> None:
        sender = Sender(outbox, base_url=url, token=token, worker=worker.name, key=KEY)
        assert sender.step(NOW) == 0.0, sender.trouble
        sender.close()

    first = put(1)
    with served(tmp_path / "api") as (url, tokens):
        deliver(url, tokens[Role.WORKER])
    backup(Settings.of(tmp_path / "api"), tmp_path / "backup")
    second = put(2)
    with served(tmp_path / "api") as (url, tokens):
        deliver(url, tokens[Role.WORKER])
    assert outbox.standing(NOW).delivered == 2
    restore(tmp_path / "backup", Settings.of(tmp_path / "restored"))
    with served(tmp_path / "restored") as (url, tokens):
        client = ApiClient(url, tokens[Role.WORKER], worker.name)
        client.open()
        assert bring_again(outbox, client.report(HEALTH).restores) == 1
        assert bring_again(outbox, client.report(HEALTH).restores) == 0
        client.close()
        assert outbox.standing(NOW).waiting == 1
        deliver(url, tokens[Role.WORKER])
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {tokens[Role.REVIEWER]}", "X-Purpose": "review"}) as person:
            cases = person.get("/cases").json()["items"]
            there = {packet["packet_id"] for case in cases for packet in person.get(f"/cases/{case['id']}").json()["packets"]}
    assert there == {first, second}
    assert [(tmp_path / "worker" / "packets" / name / RECEIPT_BEFORE).exists() for name in (first, second)] == [False, True]
    assert (tmp_path / "worker" / "packets" / second / RECEIPT).exists()
    (tmp_path / "worker" / "packets" / second / RECEIPT_BEFORE).rename(tmp_path / RECEIPT_BEFORE)
    api_key = SigningKey.load(tmp_path / "restored" / "keys" / "api.pem").public_key
    report = verify_path(tmp_path / "worker" / "packets", [KEY.public_key, api_key])
    assert report.ok, list(report.all_faults())


def test_the_same_backup_restored_twice_loses_nothing_and_gives_no_place_twice(
    tmp_path: Path, outbox: Outbox, put: Callable[[int], str], worker: WorkerNamed
) -> None:
    """A rehearsal, or a second disaster: what was receipted by the first restore is in no API any more."""

    def deliver(url: str, token: str) -> None:
        client = ApiClient(url, token, worker.name)
        client.open()
        bring_again(outbox, client.report(HEALTH).restores)
        client.close()
        sender = Sender(outbox, base_url=url, token=token, worker=worker.name, key=KEY)
        while outbox.standing(NOW).waiting:
            assert sender.step(NOW) == 0.0, sender.trouble
        sender.close()

    def places(folder: Path) -> dict[str, int]:
        with opened(Settings.of(folder)) as api, api.database.read() as connection:
            assert [str(fault) for fault in faults(connection, api.key.public_key, api.blobs)] == []
            return {row.packet_id: json.loads(row.receipt)["log_index"] for row in connection.execute(select(packets))}

    first = put(1)
    with served(tmp_path / "api") as (url, tokens):
        deliver(url, tokens[Role.WORKER])
    backup(Settings.of(tmp_path / "api"), tmp_path / "backup.tar")
    lost: list[str] = []
    told: list[dict[str, int]] = []
    for name in ("first", "second"):
        restore(tmp_path / "backup.tar", Settings.of(tmp_path / name))
        lost.append(put(len(lost) + 2))
        with served(tmp_path / name) as (url, tokens):
            deliver(url, tokens[Role.WORKER])
        told.append(places(tmp_path / name))
    assert told[0].keys() == {first, lost[0]}
    assert told[1].keys() == {first, *lost}
    before, after = set(told[0].values()) - {told[0][first]}, set(told[1].values()) - {told[1][first]}
    assert max(before) < min(after)


def test_what_was_given_up_is_taken_by_the_api_and_fills_its_place_in_the_chain(
    tmp_path: Path, outbox: Outbox, put: Callable[[int], str], worker: WorkerNamed
) -> None:
    put(1)
    assert outbox.room.make(9.0, NOW)
    put(2)
    with served(tmp_path / "api") as (url, tokens):
        sender = Sender(outbox, base_url=url, token=tokens[Role.WORKER], worker=worker.name, key=KEY)
        for second in range(3):
            sender.step(NOW + second)
        sender.close()
        assert (outbox.untold(), outbox.standing(NOW).delivered, outbox.refusals()) == ([], 1, [])
    with opened(Settings.of(tmp_path / "api")) as api, api.database.read() as connection:
        assert [row.sequence for row in connection.execute(select(given_up))] == [1]
    api_key = SigningKey.load(tmp_path / "api" / "keys" / "api.pem").public_key
    report = verify_path(tmp_path / "worker" / "packets", [KEY.public_key, api_key])
    assert report.ok, list(report.all_faults())
