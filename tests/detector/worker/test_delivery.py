"""From held pictures to a case: the desk, the outbox and the sender before the real case API, over a real socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import httpx
import pytest
import uvicorn

from api.app import create_app
from api.roles import Role
from api.server import bind
from api.service import opened
from api.settings import Settings
from detector.worker.desk import EvidenceDesk
from detector.worker.held import HeldEvidence
from detector.worker.order import PacketOrder
from detector.worker.outbox import Outbox
from detector.worker.sender import Sender
from detector.worker.state import StateStore
from evidence.packet import Phase, Receipt, WorkerNamed
from evidence.signing import SigningKey, verify_receipt
from evidence.stays import Ending
from evidence.verify import verify_path
from streams.media import AccessUnit
from streams.ring import RingNow

NOW = 1_800_000_000.0


@contextmanager
def served(data_dir: Path, port: int = 0) -> Iterator[tuple[str, dict[Role, str]]]:
    """The case API on a port; its address and its tokens."""
    with opened(Settings.of(data_dir)) as api:
        listener = bind("127.0.0.1", port)
        server = uvicorn.Server(uvicorn.Config(create_app(api), log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield (
                f"http://127.0.0.1:{listener.getsockname()[1]}",
                {role: (data_dir / "tokens" / f"{role.value}.token").read_text().strip() for role in (Role.WORKER, Role.REVIEWER)},
            )
        finally:
            server.should_exit = True
            api.hub.close()
            thread.join()
            listener.close()


def test_an_act_becomes_one_case_although_the_api_dies_between(
    tmp_path: Path,
    units_of: Callable[[str], tuple[AccessUnit, ...]],
    wall: Callable[[float], datetime],
    made_order: Callable[..., PacketOrder],
    worker: WorkerNamed,
) -> None:
    ending = Ending(reason="gone", last_seen=wall(1003.0), first_gone=wall(1003.5), sure_at=wall(1004.0))
    units, begins, ends = units_of("hevc"), made_order(), made_order(Phase.ENDED, ending=ending)
    stay_id = begins.stay.stay_id
    key, state, outbox = SigningKey.generate(), StateStore(tmp_path / "state.sqlite"), Outbox(tmp_path)
    state.open()
    outbox.open()
    named = worker.model_copy(update={"key_id": key.key_id})
    desk = EvidenceDesk(HeldEvidence(tmp_path / "held"), outbox, key, state, named, lambda camera_id: RingNow(1, tuple(units)), wall)
    desk.hold_suspected("cam-3", stay_id, units[0], wall(1000.0))
    desk.hold_picture(stay_id, "confirming", units[50], wall(1002.0))
    desk.owe(begins.to_debt())
    assert desk.run_pending(1003.0) == 1
    with served(tmp_path / "api") as (url, tokens):
        sender = Sender(outbox, base_url=url, token=tokens[Role.WORKER], worker=worker.name, key=key)
        assert sender.step(NOW) == 0.0, sender.trouble
    desk.hold_picture(stay_id, "gone", units[75], wall(1003.0))
    desk.owe(ends.to_debt())
    assert desk.run_pending(1004.0) == 1
    assert sender.step(NOW) > 0.0, "nobody is there"
    with served(tmp_path / "api", httpx.URL(url).port or 0):
        assert sender.step(NOW + 60) == 0.0, sender.trouble
        outbox.try_again(begins.packet_id)  # as after a kill before the receipt was written
        assert sender.step(NOW + 60) == 0.0, sender.trouble
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {tokens[Role.REVIEWER]}", "X-Purpose": "review"}) as person:
            (case,) = person.get("/cases").json()["items"]
            detail = person.get(f"/cases/{case['id']}").json()
            copy = next(file for file in detail["packets"][0]["manifest"]["files"] if file["role"] == "clip_h264")
            clip = person.get(f"/cases/{case['id']}/files/{copy['sha256']}")
    sender.close()
    assert (case["kind"], case["camera_id"], case["act_id"]) == ("V2", "cam-3", begins.act_id)
    assert case["ended_at"] is not None
    assert [packet["manifest"]["phase"] for packet in detail["packets"]] == ["confirmed", "ended"]
    assert (clip.status_code, len(clip.content), clip.headers["Content-Type"]) == (200, copy["bytes"], "video/mp4")
    assert (outbox.standing(NOW).waiting, outbox.standing(NOW).delivered, outbox.refusals()) == (0, 2, [])
    api_key = SigningKey.load(tmp_path / "api" / "keys" / "api.pem").public_key
    receipts = [Receipt.model_validate_json((tmp_path / "packets" / one.packet_id / "receipt.json").read_bytes()) for one in (begins, ends)]
    for receipt in receipts:
        verify_receipt(receipt, api_key)
    assert [receipt.log_index for receipt in receipts] == sorted({receipt.log_index for receipt in receipts})
    report = verify_path(tmp_path / "packets", [key.public_key, api_key])
    assert report.ok, report
    outbox.close()
    state.close()


@pytest.mark.parametrize("damage", ["another worker's key", "a manifest that says otherwise"])
def test_what_the_real_api_will_not_have_is_refused_and_kept(
    tmp_path: Path,
    units_of: Callable[[str], tuple[AccessUnit, ...]],
    wall: Callable[[float], datetime],
    made_order: Callable[..., PacketOrder],
    worker: WorkerNamed,
    damage: str,
) -> None:
    order = made_order()
    key, state, outbox = SigningKey.generate(), StateStore(tmp_path / "state.sqlite"), Outbox(tmp_path)
    state.open()
    outbox.open()
    signing = SigningKey.generate() if damage == "another worker's key" else key
    other = {} if damage == "another worker's key" else {"name": "somebody else"}
    named = worker.model_copy(update={"key_id": signing.key_id, **other})
    desk = EvidenceDesk(HeldEvidence(tmp_path / "held"), outbox, signing, state, named, lambda camera_id: RingNow(1, units_of("h264")), wall)
    desk.owe(replace(order, ring_ready_seconds=1003.0).to_debt())
    assert desk.run_pending(1003.0) == 1
    with served(tmp_path / "api") as (url, tokens):
        sender = Sender(outbox, base_url=url, token=tokens[Role.WORKER], worker=worker.name, key=key)
        sender.step(NOW)
        sender.close()
    assert [one.packet_id for one in outbox.refusals()] == [order.packet_id]
    outbox.close()
    state.close()
