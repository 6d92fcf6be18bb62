"""What is wrong between packets is named: gaps, forks, chains written anew, logs that contradict themselves, and what lies outside of all of them."""

from __future__ import annotations

import shutil
from pathlib import Path

from evidence.canonical import manifest_sha256
from evidence.signing import signed_receipt
from evidence.verify import verify_path
from tests.evidence.shop import NOON, Shop, faults


def test_a_missing_receipt_is_a_fault_unless_the_caller_says_that_there_are_none(shop: Shop) -> None:
    folder = shop.write(receipt=False)
    (fault,) = faults(verify_path(folder, shop.keys))
    assert fault.startswith("receipt receipt.json: is missing: no case API vouches for when the packet came")
    assert fault.endswith("(outside of exports --unreceipted says that it was not delivered yet)")
    report = verify_path(folder, shop.keys, unreceipted=True)
    assert report.ok
    assert report.notes[0].startswith("this packet has no receipt")


def test_a_missing_packet_shows_as_a_gap_unless_it_is_a_selection(shop: Shop) -> None:
    folders = [shop.write() for _ in range(5)]
    shutil.rmtree(folders[1])
    shutil.rmtree(folders[2])
    (fault,) = faults(verify_path(shop.root, shop.keys))
    assert fault == (
        f"chain w1 (key {shop.worker.key_id}) 4: the manifests 2 to 3 are missing before it; if this is a selection of packets, say so with --selection"
    )
    assert verify_path(shop.root, shop.keys, selection=True).ok


def test_a_pruned_beginning_is_told_but_no_fault(shop: Shop) -> None:
    first = shop.write()
    shop.write()
    shutil.rmtree(first)
    report = verify_path(shop.root, shop.keys)
    assert report.ok
    assert report.notes == (f"the chain of w1 (key {shop.worker.key_id}) begins here with manifest 2; what came before it was not looked at",)


def test_a_manifest_that_was_signed_anew_breaks_the_chain(shop: Shop) -> None:
    folders = [shop.write() for _ in range(3)]
    shop.resign(folders[1], lambda manifest: manifest["place"].update(shop="another"))
    (fault,) = faults(verify_path(shop.root, shop.keys, unreceipted=True))
    assert fault.startswith(f"chain w1 (key {shop.worker.key_id}) 3: names ")
    assert "but manifest 2 is " in fault


def test_a_chain_that_was_rewritten_whole_is_found_by_its_receipts(shop: Shop) -> None:
    folders = [shop.write() for _ in range(2)]
    kept = (folders[0] / "receipt.json").read_bytes()
    shop.resign(folders[0], lambda manifest: manifest["place"].update(shop="another"))
    rewritten = manifest_sha256(shop.manifest(folders[0]))
    shop.resign(folders[1], lambda manifest: manifest["chain"].update(previous_sha256=rewritten))
    assert [fault.partition(":")[0] for fault in faults(verify_path(shop.root, shop.keys))] == ["receipt receipt.json"] * 2
    assert faults(verify_path(shop.root, shop.keys, unreceipted=True)) == []  # with the worker's key alone it fits
    (folders[0] / "receipt.json").write_bytes(kept)
    (fault,) = faults(verify_path(shop.root, shop.keys, unreceipted=True))
    assert fault.startswith("receipt receipt.json: is for the manifest ")


def test_two_workers_have_two_chains(shop: Shop) -> None:
    shop.write(receipt=False)
    other = Shop(shop.root, name="w2", count=4, last="0" * 64)
    other.write(receipt=False)
    assert verify_path(shop.root, [*shop.keys, *other.keys], unreceipted=True).ok


def test_a_fork_of_the_chain_and_one_id_with_two_contents(shop: Shop, tmp_path: Path) -> None:
    folder = shop.write(receipt=False)
    twin = shop.root / "twin"
    shutil.copytree(folder, twin)
    assert verify_path(shop.root, shop.keys, unreceipted=True).ok  # the same packet twice
    shop.resign(twin, lambda manifest: manifest["place"].update(shop="another"))
    found = faults(verify_path(shop.root, shop.keys, unreceipted=True))
    assert "two manifests have this number" in found[0]
    assert found[1].startswith("field twin packet_id: is that of ")


def test_two_workers_may_claim_one_act(shop: Shop) -> None:
    """An act's id is a claim, so that a packet's id is one worker's."""
    shop.write(receipt=False)
    other = Shop(shop.root / "of-w2", name="w2")
    folder = other.write(receipt=False)
    other.resign(folder, lambda manifest: manifest["place"].update(shop="another"))
    assert verify_path(shop.root, [*shop.keys, *other.keys], unreceipted=True).ok


def test_a_fork_of_the_api_log_is_found(shop: Shop) -> None:
    folders = [shop.write() for _ in range(2)]
    sha256 = manifest_sha256(shop.manifest(folders[1]))
    for index, previous, what in ((1, None, "two receipts have this place"), (2, "0" * 64, "does not follow entry 1")):
        receipt = signed_receipt(shop.api, manifest_sha256=sha256, received_at=NOON, log_index=index, previous_sha256=previous)
        (folders[1] / "receipt.json").write_text(receipt.model_dump_json(), encoding="utf-8")
        (fault,) = faults(verify_path(shop.root, shop.keys))
        assert what in fault


def test_a_packet_without_its_manifest_among_others_is_not_passed_over(shop: Shop) -> None:
    folders = [shop.write() for _ in range(2)]
    (folders[1] / "manifest.json").unlink()
    assert faults(verify_path(shop.root, shop.keys)) == ["file manifest.json: is missing"]


def test_files_outside_of_packets_are_counted(shop: Shop) -> None:
    shop.write()
    (shop.root / "README").write_text("x", encoding="utf-8")
    (shop.root / ".draft").mkdir()
    (shop.root / ".draft" / "manifest.json").write_text("x", encoding="utf-8")
    report = verify_path(shop.root, shop.keys)
    assert report.ok
    assert report.notes == ("2 files lie outside of every packet and were not looked at",)
