"""A packet whose evidence does not bear the grade that it claims is told by whoever verifies it, by its own receipt."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from evidence.borne import borne
from evidence.canonical import manifest_sha256
from evidence.grading import REASONS
from evidence.packet import Manifest, Phase, packet_id_of, read_manifest
from evidence.signing import signed_receipt
from evidence.verify import verify_path
from tests.evidence import archive as archives
from tests.evidence.archive import Archive
from tests.evidence.shop import NOON, Shop, faults
from tests.evidence.test_grading import BEGIN, CATALOGUE, FILES, case, of_kind
from tests.evidence.test_without_curbwatch import checked, key_file

AHEAD = "claims grade B, bears C: it is dated after it arrived: the worker's clock cannot be right / 声称 B 级，只达 C 级：时间晚于送达时间，工作机的时钟不可信"


NO_CONFIRMATION = (
    "claims grade B, bears C: no confirmation of this act is here, so it is judged by itself / 声称 B 级，只达 C 级：此处没有该行为的确认记录，按其自身证据评定"
)
NONE_IS_HERE = "no confirmation of this act is here"
LEAD, LEAD_ZH = "the confirmation of this act that is here bears no case", ("此处没有该行为的确认记录", "此处该行为的确认记录未达立案级")


def notes(manifest: dict[str, Any], received: timedelta = timedelta(hours=1), *, confirmed: bool | None = None) -> list[str]:
    return list(borne(read_manifest(manifest, "manifest"), BEGIN + received).notes(confirmed))


def test_what_bears_what_it_claims_is_not_told(manifest: dict[str, Any]) -> None:
    assert notes(case(manifest, {}, {})) == []


def test_what_is_dated_after_its_receipt_is_told_in_both_languages(manifest: dict[str, Any]) -> None:
    assert notes(case(manifest, {}, {}), timedelta(hours=-8)) == [AHEAD]


def test_nothing_lowers_a_lead(manifest: dict[str, Any]) -> None:
    assert notes(case(manifest, {}, {"grade": "C"}), timedelta(hours=-8)) == []


def test_what_the_former_rules_let_pass_is_told_as_such(manifest: dict[str, Any]) -> None:
    files = [file for file in case(manifest, {}, {})["files"] if "closeup" not in file["role"]]
    (note,) = notes(case(manifest, {}, {"files": files}))
    assert note.startswith("claims grade B, bears C by the rules of now (not by those of before, under which it may have come): it has no close-up / ")


@pytest.mark.parametrize(("version", "told"), [(CATALOGUE, 1), ("of another city", 0)])
def test_a_kind_that_is_not_proven_is_told_where_it_was_judged_by_this_catalogue(manifest: dict[str, Any], version: str, told: int) -> None:
    found = notes(of_kind(manifest, "V4", version))
    assert len(found) == told
    assert all(note.startswith("claims grade B, bears C by the rules of now (not by those of before") and REASONS["unproven"].zh in note for note in found)


def going_on(manifest: dict[str, Any], phase: str) -> Manifest:
    return read_manifest(case(manifest, {}, {}), "manifest").model_copy(update={"phase": phase, "files": ()})


@pytest.mark.parametrize("phase", ["continued", "ended"])
def test_what_goes_on_with_an_act_needs_no_clip_of_its_own_where_its_confirmation_is_here(manifest: dict[str, Any], phase: str) -> None:
    """Its case rests on the confirmation; its times count all the same."""
    read = going_on(manifest, phase)
    assert list(borne(read, BEGIN + timedelta(hours=1)).notes(confirmed=True)) == []
    assert list(borne(read, BEGIN - timedelta(hours=8)).notes(confirmed=True)) == [AHEAD]


@pytest.mark.parametrize("phase", ["continued", "ended"])
@pytest.mark.parametrize("confirmed", [None, False])
def test_what_goes_on_with_an_act_is_judged_by_itself_where_no_confirmation_bears_it(manifest: dict[str, Any], phase: str, confirmed: bool | None) -> None:
    first, *bars = borne(going_on(manifest, phase), BEGIN + timedelta(hours=1)).notes(confirmed)
    assert first == (NO_CONFIRMATION if confirmed is None else NO_CONFIRMATION.replace(NONE_IS_HERE, LEAD).replace(*LEAD_ZH))
    assert [bar.partition(" / ")[0].partition(": ")[2] for bar in bars] == [REASONS[reason].en for reason in ("one_moment", "no_closeup", "no_clip")]


def test_what_goes_on_with_an_act_and_bears_a_case_by_itself_needs_no_confirmation(manifest: dict[str, Any]) -> None:
    whole = read_manifest(case(manifest, {}, {}), "manifest").model_copy(update={"phase": "continued"})
    assert list(borne(whole, BEGIN + timedelta(hours=1)).notes(confirmed=None)) == []


CONFIRMATIONS = {
    "here": ({}, True, None),
    "of nobody": (None, True, NONE_IS_HERE),
    "of another act": ({"act_id": "a" * 32}, True, NONE_IS_HERE),
    "of another worker": ({"worker": {"name": "w2"}}, True, NONE_IS_HERE),
    "without a receipt": ({}, False, NONE_IS_HERE),
    "a lead itself": ({"grade": "C"}, True, LEAD),
    "that bears no more than a lead": ({"files": []}, True, LEAD),
    "that bears a case by the rules of before": ({"files": FILES[:3]}, True, None),
}


@pytest.mark.parametrize(("changes", "receipt", "told"), CONFIRMATIONS.values(), ids=CONFIRMATIONS)
def test_only_a_confirmation_of_its_act_with_a_receipt_excuses_it(
    manifest: dict[str, Any], tmp_path: Path, changes: dict[str, Any] | None, receipt: bool, told: str | None
) -> None:
    """The packets' files are not looked at here."""
    shop = Shop(tmp_path / "packets")
    whole = case(manifest, {}, {"worker": {**manifest["worker"], "name": "w1", "key_id": shop.worker.key_id}})
    confirmed = None if changes is None else whole | changes | {"worker": whole["worker"] | changes.get("worker", {})}
    ended = whole | {"phase": "ended", "packet_id": packet_id_of(whole["act_id"], Phase.ENDED), "files": []}
    for place, (one, vouched) in enumerate([(confirmed, receipt), (ended, True)]):
        if one is not None:
            folder = shop.root / one["phase"]
            folder.mkdir(parents=True)
            shop.sign(folder, one)
            if vouched:
                known = {"manifest_sha256": manifest_sha256(one), "log_index": 9 - 2 * place, "previous_sha256": "a" * 64}
                told_of = signed_receipt(shop.api, received_at=BEGIN + timedelta(hours=1), **known)
                (folder / "receipt.json").write_text(told_of.model_dump_json(), encoding="utf-8")
    report = verify_path(shop.root, shop.keys, selection=True)
    (mine,) = [[note for note in packet.notes if "bears C" in note] for packet in report.packets if packet.path == "ended"]
    assert len(mine) == (0 if told is None else 4), mine
    assert told is None or mine[0].startswith(f"claims grade B, bears C: {told}, ")


@pytest.mark.parametrize(
    ("begin", "told"),
    [
        pytest.param(timedelta(hours=8), "its stay ends 29", id="eight hours ahead"),
        pytest.param(timedelta(seconds=-20), None, id="within what clocks are off"),
        pytest.param(timedelta(days=-400), "s before it came", id="more than a year behind"),
    ],
)
def test_an_export_with_what_is_dated_after_it_came_says_so(begin: timedelta, told: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing fails: the packet is what its worker signed, and a lead by its own receipt."""
    shop: Callable[..., Any] = archives.Shop
    monkeypatch.setattr(archives, "Shop", lambda *args, **but: shop(*args, **{**but, "begin": NOON + begin}))
    archive = Archive.made(tmp_path / "export")
    report = verify_path(archive.root, archive.keys)
    assert faults(report) == []
    dates = [[note for note in packet.notes if "arrived" in note] for packet in report.packets]
    assert [len(one) for one in dates] == [0 if told is None else 1] * 3
    if shutil.which("node"):
        status, lines = checked(archive.root, key_file(archive))
        found = [line for line in lines if line.startswith("note: packets/") and "claims grade B, bears C: " in line]
        assert (status, len(found)) == (0, 0 if told is None else 3), lines
        assert told is None or all(told in line for line in found)
