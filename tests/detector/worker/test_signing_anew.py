"""A worker that was enrolled anew brings what its former key had signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detector.worker import signing_anew
from detector.worker.outbox import Outbox
from evidence.canonical import manifest_sha256
from evidence.chains import Link, chain_faults
from evidence.packet import SignedManifest
from evidence.signing import SigningKey
from tests.detector.worker.boxes import KEY, NOW, put, receipt_for

ANEW = SigningKey.generate()
WORKER = {"name": "w1", "key_id": KEY.key_id}


def opened(folder: Path, key: SigningKey = KEY) -> Outbox:
    box = Outbox(folder, key=key)
    box.open()
    return box


def stranded(folder: Path) -> list[str]:
    """A delivered packet, one that waits and one that was refused, in the outbox of a worker that takes a new key."""
    box = opened(folder)
    names = [put(box, folder, number, worker=WORKER) for number in (1, 2, 3)]
    due = box.next_due(NOW)
    assert due is not None
    box.delivered(due.packet_id, receipt_for(due.manifest_sha256), NOW)
    names.remove(due.packet_id)
    box.refused(names[1], "the chain was forked", NOW)
    box.close()
    return names


def manifest_of(folder: Path, packet_id: str, name: str = "manifest.json") -> dict[str, Any]:
    return dict(json.loads((folder / "packets" / packet_id / name).read_bytes())["manifest"])


def brought(box: Outbox) -> list[dict[str, Any]]:
    """All that waits, as it would be sent; each must be signed by the new key and be what its row says."""
    found = []
    while (due := box.next_due(NOW)) is not None:
        signed = due.signed()
        ANEW.public_key.verify(signed.manifest, signed.signature)
        assert manifest_sha256(signed.manifest) == due.manifest_sha256
        found.append(signed.manifest)
        box.delivered(due.packet_id, receipt_for(due.manifest_sha256), NOW)
    return sorted(found, key=lambda one: one["chain"]["sequence"])


def links(folder: Path) -> list[Link]:
    """The chain as its places tell it, whichever key signed."""
    found = [SignedManifest.model_validate_json(path.read_bytes()).manifest for path in folder.glob("packets/*/manifest*.json")]
    return [Link("w1", "", one["chain"]["sequence"], one["chain"]["previous_sha256"], manifest_sha256(one)) for one in found]


def test_what_waits_is_signed_by_the_new_key_at_the_end_of_the_chain(tmp_path: Path) -> None:
    names = stranded(tmp_path)
    before = [manifest_of(tmp_path, name) for name in names]
    box = opened(tmp_path, ANEW)
    assert [manifest_of(tmp_path, name, "manifest-former.json") for name in names] == before
    sent = brought(box)
    assert [one["packet_id"] for one in sent] == names
    assert [one["chain"]["sequence"] for one in sent] == [4, 5]
    for one, former in zip(sent, before, strict=True):
        assert one["worker"] == {"name": "w1", "key_id": ANEW.key_id}
        assert {**one, "worker": None, "chain": None} == {**former, "worker": None, "chain": None}
    assert list(chain_faults(links(tmp_path))) == []
    put(box, tmp_path, 9, worker=WORKER)
    box.close()


def test_it_is_done_once(tmp_path: Path) -> None:
    stranded(tmp_path)
    for _ in range(2):
        box = opened(tmp_path, ANEW)
        end = box.last_place()
        box.close()
    box = opened(tmp_path, ANEW)
    assert box.last_place() == end
    assert len(brought(box)) == 2
    box.close()


def test_a_kill_between_manifest_and_row_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = stranded(tmp_path)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    box = Outbox(tmp_path, key=ANEW)
    with monkeypatch.context() as patch:
        patch.setattr(signing_anew, "_move_row", killed)
        with pytest.raises(KeyboardInterrupt):
            box.open()
    box.close()
    box = opened(tmp_path, ANEW)
    assert [(one["packet_id"], one["chain"]["sequence"]) for one in brought(box)] == [(names[0], 4), (names[1], 5)]
    assert list(chain_faults(links(tmp_path))) == []
    box.close()


def test_a_manifest_that_was_changed_on_the_disk_is_vouched_for_by_nobody(tmp_path: Path) -> None:
    name = stranded(tmp_path)[0]
    path = tmp_path / "packets" / name / "manifest.json"
    path.write_text(path.read_text("utf-8").replace("cam", "other"), encoding="utf-8")
    box = opened(tmp_path, ANEW)
    assert path.with_name("manifest-former.json").exists() is False
    assert json.loads(path.read_bytes())["signature"]["key_id"] == KEY.key_id
    box.close()
