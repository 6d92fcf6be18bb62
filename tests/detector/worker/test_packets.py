from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import av
import pytest

from detector.judgement.values import Stay, StaySample, StayShift
from detector.worker.coded import coded_sha256
from detector.worker.files import sha256_of
from detector.worker.held import HeldEvidence
from detector.worker.masking import Masker
from detector.worker.order import PacketOrder
from detector.worker.packets import NothingHeld, Prepared, overlay_of, prepare, view_named
from evidence.files import MASKED, MASKED_FOR
from evidence.packet import Chain, Ending, Manifest, Occasion, Phase, WorkerNamed, packet_id_of, read_manifest
from evidence.views import ViewDocument
from models.session import DEFAULT_MODEL
from streams.media import AccessUnit

Units = Callable[[str], tuple[AccessUnit, ...]]
Wall = Callable[[float], datetime]
Order = Callable[..., PacketOrder]
CHAIN = Chain(sequence=1, previous_sha256=None)


def hold_all(held: HeldEvidence, order: PacketOrder, units: tuple[AccessUnit, ...], wall: Wall) -> None:
    stay_id = order.stay.stay_id
    held.hold_keyframe(stay_id, "first", units[0], wall(1000.0))
    held.hold_keyframe(stay_id, "middle", units[25], wall(1001.0))
    held.hold_keyframe(stay_id, "confirming", units[50], wall(1002.0))
    held.hold_clip(stay_id, "suspected", units[:50], wall, camera_id="c1")
    held.hold_clip(stay_id, "confirmed", units[25:], wall, camera_id="c1", requested_start_seconds=1000.5)


def checked(prepared: Prepared) -> Manifest:
    """The manifest through JSON and the contract's own reader, with every file as it says."""
    manifest = read_manifest(prepared.manifest(CHAIN).to_json(), "test")
    for file, (entry, path) in zip(manifest.files, prepared.files, strict=True):
        assert (file.name, file.sha256, file.bytes) == (entry.name, sha256_of(path), path.stat().st_size)
    return manifest


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_confirmed_packet_has_originals_and_linked_copies(
    held: HeldEvidence, units_of: Units, wall: Wall, made_order: Order, worker: WorkerNamed, tmp_path: Path, codec: str
) -> None:
    order = made_order()
    hold_all(held, order, units_of(codec), wall)
    manifest = checked(prepare(order, held, worker, tmp_path / "work"))
    roles = [file.role.value for file in manifest.files]
    copies = ["clip_h264"] if codec == "hevc" else []
    assert roles == [
        "keyframe_first", "snapshot_first", "keyframe_middle", "snapshot_middle", "keyframe_confirming", "snapshot_confirming", "boxed_confirming", "closeup",
        "clip_suspected", *copies, "clip_confirmed", *copies,
    ]  # fmt: skip
    by_role = {file.role.value: file for file in manifest.files}
    assert by_role["snapshot_first"].derived_from == by_role["keyframe_first"].sha256
    assert by_role["closeup"].derived_from == by_role["keyframe_confirming"].sha256
    assert by_role["snapshot_middle"].at_seconds == 1.0
    assert by_role["clip_confirmed"].clip_start == wall(1001.0)
    assert by_role["clip_confirmed"].clip_requested == wall(1000.5), "what was asked for, beside what there was"
    assert by_role["clip_confirmed"].clip_begins == "keyframe"
    assert {box.clip for box in manifest.overlay} == {by_role["clip_confirmed"].sha256}
    assert by_role["clip_confirmed"].picture_seconds is not None
    if codec == "hevc":
        assert [file.derived_from for file in manifest.files if file.role == "clip_h264"] == [
            by_role[f"clip_{one}"].sha256 for one in ("suspected", "confirmed")
        ]
        path = tmp_path / "work" / "clip_confirmed_h264.mp4"
        with av.open(str(path)) as container:
            times = [round(float(frame.time or 0), 2) for frame in container.decode(video=0)]
        assert times == [round(seconds, 2) for seconds in by_role["clip_confirmed"].picture_seconds]


def test_the_manifest_says_what_was_ordered(
    held: HeldEvidence, units_of: Units, wall: Wall, made_order: Order, made_stay: Callable[..., Stay], worker: WorkerNamed, tmp_path: Path
) -> None:
    shift = StayShift(wall(1001.0), (0.1, 0.2, 0.3, 0.5), (0.2, 0.2, 0.4, 0.5), 1.9)
    order = made_order(boot_id="an earlier boot", one=made_stay(shifts=(shift,)))
    hold_all(held, order, units_of("h264"), wall)
    manifest = checked(prepare(order, held, worker, tmp_path / "work"))
    assert (manifest.packet_id, manifest.act_id, manifest.phase, manifest.grade.value) == (order.packet_id, order.act_id, Phase.CONFIRMED, "B")
    assert (manifest.view.id, manifest.view.version, len(manifest.view.zones)) == ("main", 4, 2)
    assert (manifest.stay.first_seen, manifest.stay.confirmed_at, manifest.stay.dwell_seconds) == (wall(1000.0), wall(1002.0), 3.0)
    assert [(one.status, one.label, one.score) for one in manifest.stay.samples] == [("looked", "stall", 0.8)] * 4 + [("unchanged", None, None)]
    assert [(gap.begins, gap.reason) for gap in manifest.stay.gaps] == [(wall(900.0), "nobody looked")]
    assert [(one.at, one.before, one.after, one.metres) for one in manifest.stay.shifts] == [(shift.wall, shift.before, shift.after, 1.9)]
    assert manifest.zoom_look is not None
    assert manifest.zoom_look.agreed
    assert manifest.permit.checked == order.permits
    assert (manifest.worker.name, manifest.worker.boot_id) == ("w1", "an earlier boot"), "the boot on whose clock the samples were read"
    assert [(box.at_seconds, box.xyxy[0]) for box in manifest.overlay] == [(0.0, 0.26), (1.0, 0.27), (2.0, 0.28)]


@pytest.mark.parametrize(
    ("arrival", "at"),
    [(1002.0, 1.0), (1002.3, 1.0), (1002.5, 1.0), (1000.6, 0.0), (1000.0, None), (1005.0, None)],
    ids=["the keyframe itself", "the small stream's picture beside it", "half a second beside it", "just before the clip", "long before", "after it"],
)
def test_a_box_lies_on_the_very_picture_it_was_seen_on(
    held: HeldEvidence, units_of: Units, wall: Wall, made_stay: Callable[..., Stay], arrival: float, at: float | None
) -> None:
    held.hold_clip("s1", "confirmed", units_of("h264")[25:], wall, camera_id="c1")
    one = made_stay(samples=(StaySample(arrival, wall(arrival), "looked", "stall", (0.1, 0.1, 0.2, 0.2), 0.5),))
    assert [box.at_seconds for box in overlay_of(one, held.clips("s1"))] == ([] if at is None else [at])


def test_a_camera_that_changes_its_parameter_sets_has_several_clips_of_a_moment(
    held: HeldEvidence, units_of: Units, wall: Wall, made_order: Order, worker: WorkerNamed, tmp_path: Path
) -> None:
    order, ours, others = made_order(), units_of("h264"), units_of("hevc")
    held.hold_clip(order.stay.stay_id, "confirmed", [*ours[:50], *others[50:]], wall, camera_id="c1", requested_start_seconds=999.0)
    manifest = checked(prepare(order, held, worker, tmp_path / "work"))
    files = [(file.role.value, file.name, file.clip_requested, file.clip_start) for file in manifest.files]
    assert files == [
        ("clip_confirmed", "clip_confirmed.mp4", wall(999.0), wall(1000.0)),
        ("clip_confirmed", "clip_confirmed_2.mp4", wall(999.0), wall(1002.0)),
        ("clip_h264", "clip_confirmed_2_h264.mp4", wall(999.0), wall(1002.0)),
    ]
    first, second, copy = manifest.files
    assert copy.derived_from == second.sha256
    clip_of = {first.sha256: "first", second.sha256: "second"}
    assert [(box.at_seconds, clip_of[box.clip or ""]) for box in manifest.overlay] == [(0.0, "first"), (1.0, "first"), (0.0, "second"), (1.0, "second")]


def test_the_end_shows_before_and_after(held: HeldEvidence, units_of: Units, wall: Wall, made_order: Order, worker: WorkerNamed, tmp_path: Path) -> None:
    order = made_order(Phase.ENDED)
    hold_all(held, order, units_of("h264"), wall)
    held.hold_keyframe(order.stay.stay_id, "gone", units_of("h264")[75], wall(1003.0))
    manifest = checked(prepare(order, held, worker, tmp_path / "work"))
    roles = [file.role.value for file in manifest.files]
    assert roles == ["keyframe_confirming", "snapshot_confirming", "boxed_confirming", "keyframe_gone", "snapshot_gone", "closeup"]
    by_role = {file.role.value: file for file in manifest.files}
    assert by_role["closeup"].derived_from == by_role["keyframe_gone"].sha256, "the empty place"
    assert manifest.overlay == ()


@pytest.mark.parametrize(
    ("phase", "pieces", "expected"),
    [
        (Phase.CONFIRMED, ["keyframe_first"], ["keyframe_first", "snapshot_first", "closeup"]),
        (Phase.CONFIRMED, ["clip_confirmed"], ["clip_confirmed"]),
        (Phase.ENDED, ["keyframe_first", "clip_suspected"], ["keyframe_first", "snapshot_first", "closeup", "clip_suspected"]),
        (Phase.ENDED, ["clip_confirmed"], ["clip_confirmed"]),
    ],
    ids=["only the first picture", "only a clip", "an end without its own pictures", "an end with a clip alone"],
)
def test_what_was_lost_is_simply_absent(
    held: HeldEvidence,
    units_of: Units,
    wall: Wall,
    made_order: Order,
    worker: WorkerNamed,
    tmp_path: Path,
    phase: Phase,
    pieces: list[str],
    expected: list[str],
) -> None:
    order = made_order(phase)
    hold_all(held, order, units_of("h264"), wall)
    for meta in held.folder(order.stay.stay_id).glob("*.json"):
        if meta.stem not in pieces:
            meta.unlink()
    assert [file.role.value for file in checked(prepare(order, held, worker, tmp_path / "work")).files] == expected


def test_without_anything_held_there_is_no_packet(held: HeldEvidence, made_order: Order, worker: WorkerNamed, tmp_path: Path) -> None:
    with pytest.raises(NothingHeld, match="camera cam-3: nothing is held"):
        prepare(made_order(), held, worker, tmp_path / "work")


def test_a_picture_that_does_not_decode_goes_out_as_it_came(
    held: HeldEvidence, units_of: Units, wall: Wall, made_order: Order, worker: WorkerNamed, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    order = made_order()
    unit = units_of("h264")[0]
    broken = replace(unit, nals=tuple(nal[:1] + b"\x80" for nal in unit.nals), damaged=True)
    held.hold_keyframe(order.stay.stay_id, "first", broken, wall(1000.0))
    assert [file.role.value for file in checked(prepare(order, held, worker, tmp_path / "work")).files] == ["keyframe_first"]
    assert "goes out undecoded" in caplog.text


def test_a_stay_moved_onto_another_boots_clock_keeps_its_boxes(
    held: HeldEvidence, units_of: Units, wall: Wall, made_order: Order, made_stay: Callable[..., Stay], worker: WorkerNamed, tmp_path: Path
) -> None:
    moved = made_stay()
    samples = tuple(replace(one, at_seconds=one.at_seconds - 990) for one in moved.samples)
    order = made_order(one=replace(moved, samples=samples, first_seconds=10.0))
    held.hold_keyframe(order.stay.stay_id, "confirming", units_of("h264")[50], wall(1002.0) + timedelta(milliseconds=100))
    boxed = next(file for file in checked(prepare(order, held, worker, tmp_path / "work")).files if file.role == "boxed_confirming")
    assert boxed.recipe is not None
    assert boxed.recipe["xyxy"][0] == 0.27
    assert boxed.at_seconds == 2.1


def test_every_picture_has_a_copy_that_may_leave_the_case(
    held: HeldEvidence, units_of: Units, wall: Wall, made_order: Order, worker: WorkerNamed, tmp_path: Path
) -> None:
    order = made_order()
    for which, number in (("first", 0), ("confirming", 50)):
        held.hold_keyframe(order.stay.stay_id, which, units_of("h264")[number], wall(1000.0 + number / 25))  # type: ignore[arg-type]
    manifest = checked(prepare(order, held, worker, tmp_path / "work", Masker(DEFAULT_MODEL)))
    shown = [file for file in manifest.files if file.role in MASKED_FOR]
    masked = [file for file in manifest.files if file.role in MASKED]
    assert [MASKED_FOR[file.role] for file in shown] == [file.role for file in masked]
    assert [file.derived_from for file in shown] == [file.derived_from for file in masked]
    recipe = masked[0].recipe or {}
    assert recipe["made"] == "whole picture"
    assert {"detector", "people_upper_share", "vehicles_lower_share", "act_xyxy", "covered"} <= set(recipe["masked"])


def test_an_end_says_when_it_was_sure_and_how(held: HeldEvidence, units_of: Units, wall: Wall, made_order: Order, worker: WorkerNamed, tmp_path: Path) -> None:
    ending = Ending(reason="gone", last_seen=wall(1003.0), first_gone=wall(1005.0), sure_at=wall(1035.0))
    order = made_order(Phase.ENDED, ending=ending)
    held.hold_keyframe(order.stay.stay_id, "gone", units_of("h264")[75], wall(1035.0))
    assert checked(prepare(order, held, worker, tmp_path / "work")).ending == ending


def test_what_continues_an_act_has_a_number_and_its_own_picture(
    held: HeldEvidence, units_of: Units, wall: Wall, made_order: Order, worker: WorkerNamed, tmp_path: Path
) -> None:
    order = made_order(Phase.CONTINUED, ordinal=3, occasion=Occasion.ORDER, ordered_case="17")
    held.hold_keyframe(order.stay.stay_id, "confirming", units_of("h264")[50], wall(1002.0))
    held.hold_keyframe(order.stay.stay_id, "continued", units_of("h264")[75], wall(1003.0))
    assert PacketOrder.from_json(order.to_json()) == order
    manifest = checked(prepare(order, held, worker, tmp_path / "work"))
    assert (manifest.packet_id, manifest.ordinal, manifest.ordered_case) == (packet_id_of(order.act_id, Phase.CONTINUED, 3), 3, "17")
    assert [file.role.value for file in manifest.files if file.original] == ["keyframe_confirming", "keyframe_continued"]
    assert order.key.endswith("/continued/3")


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_clips_coded_pictures_are_bit_identical_to_what_the_camera_sent(
    held: HeldEvidence, units_of: Units, wall: Wall, made_order: Order, worker: WorkerNamed, tmp_path: Path, codec: str
) -> None:
    order, sent = made_order(), units_of(codec)[25:]
    held.hold_clip(order.stay.stay_id, "confirmed", sent, wall, camera_id="c1")
    prepared = prepare(order, held, worker, tmp_path / "work")
    (file, path), *_ = prepared.files
    nals: list[bytes] = []
    with av.open(str(path)) as container:
        for packet in container.demux(video=0):
            data = bytes(packet)
            while data:
                size = int.from_bytes(data[:4], "big")
                nals.append(data[4 : 4 + size])
                data = data[4 + size :]
    assert file.coded_sha256 == coded_sha256(sent[0].codec, nals) == coded_sha256(sent[0].codec, (nal for unit in sent for nal in unit.nals))
    changed = [nal if number else nal[:-1] + bytes([nal[-1] ^ 1]) for number, nal in enumerate(nals[-1:])]
    assert coded_sha256(sent[0].codec, [*nals[:-1], *changed]) != file.coded_sha256


def test_the_shops_of_a_view_are_named_with_their_lines() -> None:
    shops, lines = [{"id": "s7", "name": "老王水果店"}], [{"id": "l1", "shop": "s7", "points": [[0, 0.5], [1, 0.5]], "outside": "right"}]
    named = view_named(ViewDocument.model_validate({"camera_id": "c1", "shops": shops, "lines": lines}))
    assert [(shop.id, shop.name) for shop in named.shops] == [("s7", "老王水果店")]
    assert named.lines[0].shop == "s7"
