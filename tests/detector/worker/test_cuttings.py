"""Crops to learn from: cut out of masked pictures only, with the box where it lies in them, and with an expiry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from detector.judgement.values import Box
from detector.worker import cuttings
from detector.worker.cuttings import LARGEST_PX, MARGIN
from detector.worker.held import HeldEvidence, Picture
from detector.worker.masking import COVER, Mask, Masker
from detector.worker.order import PacketOrder
from detector.worker.packets import prepare
from detector.worker.pictures import Jpeg, Marked
from evidence.claims import claim_faults
from evidence.files import CUTTINGS, EvidenceFile
from evidence.packet import Chain, Ending, Manifest, Phase, Signature, WorkerNamed
from evidence.quiet import QuietNamed
from streams.media import AccessUnit

Pixels = NDArray[np.uint8]
PICTURE = np.random.default_rng(3).integers(0, 255, (720, 1280, 3), np.uint8)
MASKED = {"covered": []}
BOX: Box = (0.25, 0.25, 0.5, 0.75)


def cut(box: Box = BOX, *, picture: Pixels = PICTURE, which: Picture = "confirming", phase: Phase = Phase.CONFIRMED) -> list[Jpeg]:
    return [jpeg for _, jpeg in cuttings.cuttings(picture, which, phase, box, Marked(box, "stall", 0.8), MASKED)]


def decoded(jpeg: Jpeg) -> Pixels:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg.data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.parametrize(
    ("box", "crop"),
    [((0.25, 0.25, 0.5, 0.75), [240, 90, 720, 630]), ((0.0, 0.0, 0.1, 0.1), [0, 0, 160, 90]), ((0.9, 0.9, 1.0, 1.0), [1120, 630, 1280, 720])],
    ids=["with a quarter about it", "at the upper left edge", "at the lower right edge"],
)
def test_a_cutting_shows_the_thing_with_a_little_about_it(box: Box, crop: list[int]) -> None:
    (jpeg,) = cut(box)
    assert jpeg.recipe["crop_px"] == crop
    height, width = decoded(jpeg).shape[:2]
    assert (jpeg.recipe["width"], jpeg.recipe["height"]) == (width, height)
    x0, y0, x1, y1 = jpeg.recipe["box_px"]
    scale = jpeg.recipe["scale"]
    seen = [x0 / scale + crop[0], y0 / scale + crop[1], x1 / scale + crop[0], y1 / scale + crop[1]]
    assert seen == pytest.approx([box[0] * 1280, box[1] * 720, box[2] * 1280, box[3] * 720], abs=0.05), "the box lies where the thing does"
    assert (jpeg.recipe["class"], jpeg.recipe["score"], jpeg.recipe["masked"], jpeg.recipe["margin"]) == ("stall", 0.8, MASKED, MARGIN)


def test_a_large_thing_is_made_smaller() -> None:
    (jpeg,) = cut((0.0, 0.0, 1.0, 1.0))
    assert max(decoded(jpeg).shape[:2]) == LARGEST_PX
    assert jpeg.recipe["box_px"] == [0.0, 0.0, 640.0, 360.0]


@pytest.mark.parametrize(
    ("which", "phase", "count"),
    [
        ("first", Phase.CONFIRMED, 1), ("middle", Phase.CONFIRMED, 1), ("confirming", Phase.CONFIRMED, 1), ("confirming", Phase.CONTINUED, 0),
        ("continued", Phase.CONTINUED, 0), ("confirming", Phase.ENDED, 0), ("gone", Phase.ENDED, 1),
    ],
)  # fmt: skip
def test_each_picture_is_cut_once_in_an_act(which: Picture, phase: Phase, count: int) -> None:
    assert len(cut(which=which, phase=phase)) == count


def test_the_empty_place_is_of_no_class() -> None:
    (jpeg,) = cut(which="gone", phase=Phase.ENDED)
    assert (jpeg.recipe["class"], jpeg.recipe["score"], jpeg.recipe["shows"]) == (None, None, "the place after the thing had gone")


@pytest.mark.parametrize("box", [(0.5, 0.5, 0.51, 0.9), (0.5, 0.5, 0.9, 0.52)], ids=["narrow", "flat"])
def test_what_is_too_small_teaches_nothing(box: Box) -> None:
    assert cut(box) == []


class Coverer(Masker):
    """Covers the left half of the thing, as of a person before it."""

    def __init__(self) -> None:
        self.asked = 0

    @property
    def recipe(self) -> dict[str, object]:
        return {"detector": "of the test"}

    @property
    def identity(self) -> dict[str, object]:
        return {"detector": "of the test"}

    def masks(self, pixels: Pixels, act: Box) -> tuple[Mask, ...]:
        self.asked += 1
        return (Mask((0.0, 0.0, 0.4, 1.0), "person", 0.9),)


def packet(
    order: PacketOrder, held: HeldEvidence, units: tuple[AccessUnit, ...], wall: Callable[[float], datetime], worker: WorkerNamed, folder: Path,
    masker: Masker | None,
) -> tuple[Manifest, dict[str, tuple[EvidenceFile, Path]]]:  # fmt: skip
    for which, number in (("first", 0), ("confirming", 50), ("gone", 75)):
        held.hold_keyframe(order.stay.stay_id, which, units[number], wall(1000.0 + number / 25))  # type: ignore[arg-type]
    prepared = prepare(order, held, worker, folder, masker)
    return prepared.manifest(Chain(sequence=1, previous_sha256=None)), {file.role.value: (file, path) for file, path in prepared.files if file.role in CUTTINGS}


def test_a_packet_has_cuttings_of_its_masked_pictures_and_says_when_they_go(
    held: HeldEvidence, units_of: Callable[[str], tuple[AccessUnit, ...]], wall: Callable[[float], datetime], made_order: Callable[..., PacketOrder],
    worker: WorkerNamed, tmp_path: Path,
) -> None:  # fmt: skip
    manifest, found = packet(made_order(), held, units_of("h264"), wall, worker, tmp_path / "work", Coverer())
    assert sorted(found) == ["cutting_confirming", "cutting_first"]
    for file, path in found.values():
        assert (file.keep_days, file.original, file.media_type) == (90, False, "image/jpeg")
        pixels = cv2.imread(str(path))
        assert pixels is not None
        x0, _, x1, _ = (file.recipe or {})["crop_px"]
        edge = round((0.4 * 320 - x0) * pixels.shape[1] / (x1 - x0))
        covered = np.abs(pixels[:, : edge - 8].astype(int) - COVER[0]).max()
        assert covered < 16, "what is covered in the packet's pictures is covered here"
        assert np.abs(pixels[:, edge + 8 :].astype(int) - COVER[0]).max() > 60
    assert found["cutting_first"][0].recipe != found["cutting_confirming"][0].recipe, "each has the box of its own look"
    signature = Signature(algorithm="ed25519-sha256", key_id=manifest.worker.key_id, value="")
    assert [where for where, _ in claim_faults(manifest, signature) if where.startswith(("files", "quiet"))] == []


def test_without_a_masked_picture_nothing_is_cut(
    held: HeldEvidence, units_of: Callable[[str], tuple[AccessUnit, ...]], wall: Callable[[float], datetime], made_order: Callable[..., PacketOrder],
    worker: WorkerNamed, tmp_path: Path,
) -> None:  # fmt: skip
    for number, masker in enumerate((None, Masker("no-such-model"))):
        _, found = packet(made_order(), held, units_of("h264"), wall, worker, tmp_path / f"work{number}", masker)
        assert found == {}


def test_the_end_of_an_act_has_a_cutting_of_the_empty_place(
    held: HeldEvidence, units_of: Callable[[str], tuple[AccessUnit, ...]], wall: Callable[[float], datetime], made_order: Callable[..., PacketOrder],
    worker: WorkerNamed, tmp_path: Path,
) -> None:  # fmt: skip
    ending = Ending(reason="gone", last_seen=wall(1003.0), first_gone=wall(1005.0), sure_at=wall(1035.0))
    _, found = packet(made_order(Phase.ENDED, ending=ending), held, units_of("h264"), wall, worker, tmp_path / "work", Coverer())
    assert sorted(found) == ["cutting_gone"]


@pytest.mark.parametrize(
    ("reason", "crowded"),
    [("unseen", False), ("allowed", False), ("breach_over", False), ("gone", True)],
    ids=["nobody saw it", "allowed by then", "no breach by then", "another thing stands there"],
)
def test_a_place_that_is_not_known_to_be_empty_is_not_cut(
    held: HeldEvidence, units_of: Callable[[str], tuple[AccessUnit, ...]], wall: Callable[[float], datetime], made_order: Callable[..., PacketOrder],
    worker: WorkerNamed, tmp_path: Path, reason: Literal["unseen", "allowed", "breach_over", "gone"], crowded: bool,
) -> None:  # fmt: skip
    ending = Ending(reason=reason, last_seen=wall(1003.0), first_gone=wall(1005.0), sure_at=wall(1035.0))
    order = made_order(Phase.ENDED, ending=ending, crowded=crowded)
    assert PacketOrder.from_json(order.to_json()) == order
    assert packet(order, held, units_of("h264"), wall, worker, tmp_path / "work", Coverer())[1] == {}


@pytest.mark.parametrize(
    ("other", "touched"),
    [((0.3, 0.3, 0.4, 0.4), True), ((0.55, 0.4, 0.7, 0.6), True), ((0.57, 0.4, 0.7, 0.6), False), ((0.3, 0.9, 0.4, 1.0), False)],
    ids=["within", "at its margin", "beside its margin", "below"],
)
def test_whether_another_thing_stands_in_what_is_cut(other: Box, touched: bool) -> None:
    assert cuttings.is_touched(BOX, [(0.9, 0.9, 1.0, 1.0), other]) is touched
    assert not cuttings.is_touched(BOX, [])


def test_other_rules_make_other_cuttings(
    held: HeldEvidence, units_of: Callable[[str], tuple[AccessUnit, ...]], wall: Callable[[float], datetime], made_order: Callable[..., PacketOrder],
    worker: WorkerNamed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    masker, order = Coverer(), made_order()
    for _ in range(2):
        packet(order, held, units_of("h264"), wall, worker, tmp_path / "work", masker)
    assert masker.asked == 2, "finished copies are taken up again"
    monkeypatch.setitem(cuttings.RULES, "margin", 0.5)
    packet(order, held, units_of("h264"), wall, worker, tmp_path / "work", masker)
    assert masker.asked == 4


@pytest.mark.parametrize("where", ["quiet", "files."], ids=["a mark beside no confirmation", "a cutting of a picture that was not masked"])
def test_the_api_refuses_what_no_worker_makes(
    held: HeldEvidence, units_of: Callable[[str], tuple[AccessUnit, ...]], wall: Callable[[float], datetime], made_order: Callable[..., PacketOrder],
    worker: WorkerNamed, tmp_path: Path, where: str,
) -> None:  # fmt: skip
    order = replace(made_order(), quiet=QuietNamed(order=3, until=wall(2000.0)))
    manifest, _ = packet(order, held, units_of("h264"), wall, worker, tmp_path / "work", Coverer())
    signature = Signature(algorithm="ed25519-sha256", key_id=manifest.worker.key_id, value="")
    if where == "files.":
        files = tuple(file.model_copy(update={"recipe": {"made": "cutting"}}) if file.role in CUTTINGS else file for file in manifest.files)
        manifest = manifest.model_copy(update={"files": files})
    else:
        manifest = manifest.model_copy(update={"phase": Phase.ENDED})
    assert any(found.startswith(where) for found, _ in claim_faults(manifest, signature))
    assert PacketOrder.from_json(order.to_json()) == order
