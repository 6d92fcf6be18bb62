"""Pages of `curbwatch bench events` and `bench events-footage`: every figure that they print, and pictures of what became a line and what did not.

Sheets show the photographs and recordings themselves, so they go where the caller says and nowhere else.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from benchmarks.errors import BenchmarkError
from benchmarks.events import DWELL_SECONDS, EventFigures, Seen
from benchmarks.footage_events import Cut, Outcome, Spot, frames, place_of, plan, played
from benchmarks.still_camera import HEIGHT_PX, KEYFRAME_SECONDS, SECONDS, WIDTH_PX, Picture, placed
from evidence.packet import Grade
from models.measuring.origins import Interval
from models.measuring.page import Page, Text, open_page
from models.measuring.sheets import FOUND, HARD, LABELLED, Box, Cell, Drawn, write_sheets
from models.photographs import Photograph

One = TypeVar("One")
MOST_PHOTOGRAPHS = 40
"""Of each sheet; the page says of how many."""
SHOWN_AT = 4
"""The keyframe that a recording without a line is shown by: its eighth second, when the stall stands."""
PHOTOGRAPH_PX = (370, 250)
COLUMNS, ROWS, TILE_PX = 2, 4, (560, 315)
"""Of the sheets of frames, whose things are small."""
LEFT_OUT = {"covered": "收摊或遮盖", "out of the zone": "不在区域内", "neither": "既非正例也非负例"}
STILLS = Text("照片作为固定摄像机：事件级", "Photographs as still cameras: event level")
FOOTAGE = Text("录像：原样与贴入摊位后，事件级", "Recorded footage as it is and with stalls set in: event level")


def open_report(folder: Path, title: Text, model: str) -> Page:
    """The page, opened before the work begins, so that a folder that cannot be made costs no run.

    Raises:
        EvaluationError: the folder cannot be made.
    """
    return open_page(folder, title, model)


def write_stills(page: Page, seen: Sequence[Seen], found: EventFigures, photographs: Sequence[Photograph]) -> Path:
    """The page of still cameras; returns its path.

    Raises:
        BenchmarkError: a photograph that was seen is not among these.
        PictureError: a photograph cannot be read.
        EvaluationError: the folder cannot be written to.
    """
    by_id = {one.id: one for one in photographs}
    groups = {
        "flagged": [one for one in seen if one.sort == "negative" and one.alarmed],
        "missed": [one for one in seen if one.sort == "positive" and not one.alarmed],
        "found": [one for one in seen if one.sort == "positive" and one.alarmed],
    }
    for one in (one for group in groups.values() for one in group):
        if one.photograph not in by_id:
            raise BenchmarkError(f"the photograph {one.photograph} was seen and is not in the folder's manifest: name the folder that was replayed")
    page.section(
        Text("数字", "Figures"),
        Text(f"每张照片作为固定摄像机 {SECONDS} 秒；停留 {DWELL_SECONDS:.0f} 秒后成为 B 级告警才算。括号内为按来源重抽样的 95 % 区间。",
             f"Each photograph is a still camera for {SECONDS} s; what counts is a line of grade B after a dwell of {DWELL_SECONDS:.0f} s. "
             "In brackets 95 % intervals that resample origins."),
    )  # fmt: skip
    header = [Text("照片", "photographs"), Text("张数", "count"), Text("成为 B 级告警", "a line of grade B")]
    page.table(header, [
        ["正例 positives", found.positives, share(found.hit, found.intervals.get("hit"))],
        ["负例 negatives", found.negatives, share(found.alarmed, found.intervals.get("alarmed"))],
    ])  # fmt: skip
    left = sorted(found.left_out.items())
    zh, en = "，".join(f"{LEFT_OUT.get(sort, sort)} {count} 张" for sort, count in left), ", ".join(f"{count} {sort}" for sort, count in left)
    page.note(Text(f"未计入：{zh or '无'}。", f"Left out: {en or 'none'}."))
    if found.delay_seconds is not None:
        page.note(Text(f"停留之后的延迟中位数 {found.delay_seconds:.1f} 秒。", f"Median delay after the dwell: {found.delay_seconds:.1f} s."))
    titles = {
        "flagged": Text("误报：负例成为告警", "False alarms: negatives that became a line"),
        "missed": Text("漏报：正例未成为告警", "Misses: positives that became none"),
        "found": Text("命中：正例成为告警", "Found: positives that became a line"),
    }
    for name, group in groups.items():
        shown = evenly(group, MOST_PHOTOGRAPHS)
        page.section(
            titles[name],
            Text(f"显示 {len(shown)} 张，共 {len(group)} 张。绿框为标注，淡绿为难判，橙框为 B 级告警。",
                 f"{len(shown)} of {len(group)} photographs. Green is labelled, pale green too hard to judge, orange a line of grade B."),
        )  # fmt: skip
        for path in write_sheets([_still(one, by_id[one.photograph]) for one in shown], page.folder, name, columns=3, rows=5, cell_px=PHOTOGRAPH_PX):
            page.picture(path, titles[name])
    return page.write({**asdict(found), **{name: [one.photograph for one in group] for name, group in groups.items()}})


def _still(one: Seen, photograph: Photograph) -> Cell:
    width, height = photograph.width, photograph.height
    scale, left, top = placed(width, height)
    labels = [Drawn(sized(box.xyxy, width, height), HARD if box.difficult else LABELLED, box.name) for box in photograph.boxes]
    lines = [line for line in one.lines if line["grade"] == Grade.B.value]
    boxes = []
    for line in lines:
        x0, y0, x1, y1 = (float(side) for side in line["xyxy"])
        xyxy = (max(0.0, (x0 - left) / scale), max(0.0, (y0 - top) / scale), min(width - 1.0, (x1 - left) / scale), min(height - 1.0, (y1 - top) / scale))
        boxes.append(Drawn(xyxy, FOUND, named(line)))
    return Cell(photograph.path, f"{one.photograph} {one.sort}: {captioned(lines)}", (*labels, *boxes))


def write_footage(page: Page, outcomes: Sequence[Outcome], seconds: float, footage: Path, photographs: Sequence[Photograph]) -> Path:
    """The page of recorded footage; `seconds` are the distinct ones. Returns its path.

    Raises:
        BenchmarkError: a recording cannot be read, or the photographs hold too few stalls.
        PictureError: a photograph cannot be read.
        EvaluationError: the folder cannot be written to.
    """
    plain, stalls = [one for one in outcomes if one.stall is None], [one for one in outcomes if one.stall is not None]
    came, hits, bound = sum(len(one.lines) for one in plain), sum(bool(one.found) for one in stalls), 3 / seconds * 3600
    page.section(
        Text("数字", "Figures"),
        Text(f"原样播放：互不相同的画面共 {seconds:.0f} 秒，成为 B 级告警 {came} 条。",
             f"As it is: {came} lines of grade B in {seconds:.0f} distinct seconds."),
        Text(f"这么短的录像里即使一条也没有，也只能说明误报率低于 3/T，即每小时 {bound:.0f} 次（95 % 把握），不能证明更低。"
             "重复播放不增加 T。",
             f"None in so few bounds the rate at 3/T, {bound:.0f} an hour (with 95 % confidence), and no lower. Playing it over and over adds nothing to T."),
    )  # fmt: skip
    if came:
        page.note(Text("这里有误报，因此这个上限不成立。", "Lines came here, so the bound does not hold."))
    page.note(Text(f"贴入的摊位：{len(stalls)} 个中 {hits} 个成为告警。", f"Stalls set in: {hits} of {len(stalls)} became a line."))
    rows = [[one.clip, one.stall, len(one.lines), _verdict(one)] for one in outcomes]
    page.table([Text("录像", "recording"), Text("摊位", "stall"), Text("B 级告警", "lines of grade B"), Text("结果", "outcome")], rows)
    planned = plan(photographs)
    still = {name: frames(footage / f"{name}.mp4") for name in {name for name, _, _ in planned}}
    titles = {"as_it_is": Text("原样播放", "As it is"), "stalls": Text("贴入摊位", "With a stall set in")}
    notes = {
        "as_it_is": Text("橙框为 B 级告警及其类别和分数。", "Orange is a line of grade B with its kind and score."),
        "stalls": Text(
            "绿框为贴入处，橙框为 B 级告警及其类别和分数。", "Green is where the stall was set in, orange a line of grade B with its kind and score."
        ),
    }
    with tempfile.TemporaryDirectory(prefix="curbwatch-event-pages-") as folder:
        cells = [
            _played(one, still[name], cut, spot, Path(folder) / f"{i}.png") for i, (one, (name, cut, spot)) in enumerate(zip(outcomes, planned, strict=True))
        ]
        for name, part in (("as_it_is", cells[: len(plain)]), ("stalls", cells[len(plain) :])):
            page.section(titles[name], notes[name])
            for path in write_sheets(part, page.folder, name, columns=COLUMNS, rows=ROWS, cell_px=TILE_PX):
                page.picture(path, titles[name])
    figures = {"distinct_seconds": seconds, "alarms_per_hour_below": bound, "lines_as_it_is": came, "stalls": len(stalls), "stalls_found": hits}
    return page.write({**figures, "outcomes": [asdict(one) for one in outcomes]})


def _played(one: Outcome, still: Sequence[Picture], cut: Cut | None, spot: Spot | None, path: Path) -> Cell:
    number = int(one.lines[0]["confirmed_at"] // KEYFRAME_SECONDS) if one.lines else SHOWN_AT
    write_frame(next(islice(played(still, cut, spot, 1), number, None)), path)
    boxes = [Drawn(xyxy_of(line["xyxy"]), FOUND, named(line)) for line in one.lines]
    if cut is not None and spot is not None:
        size = still[0].shape[1], still[0].shape[0]
        boxes.insert(0, Drawn(sized(place_of(cut, spot, size), WIDTH_PX, HEIGHT_PX), LABELLED))
    what = "as it is" if one.stall is None else f"stall of {one.stall} {'found' if one.found else 'missed'}"
    return Cell(path, f"{one.clip} {what}: {captioned(one.lines)}", tuple(boxes))


def _verdict(one: Outcome) -> str:
    return "原样 as it is" if one.found is None else "命中 found" if one.found else "漏报 missed"


def share(value: float | None, spread: Interval | None = None) -> str:
    """A share with its interval, a dash for what there is not."""
    if value is None:
        return "–"
    return f"{value:.3f}" + (f" ({spread.low:.2f}–{spread.high:.2f})" if spread else "")


def evenly(all_of_them: Sequence[One], most: int) -> list[One]:
    """So many at most, taken evenly."""
    count = min(most, len(all_of_them))
    return [all_of_them[i * len(all_of_them) // count] for i in range(count)]


def named(line: Mapping[str, Any]) -> str:
    """Kind and score of a line."""
    return f"{line['kind']} {line['score']:.2f}"


def captioned(lines: Sequence[Mapping[str, Any]]) -> str:
    """Lines as a caption has room for them, best first."""
    best = sorted(lines, key=lambda line: -float(line["score"]))
    return ", ".join(map(named, best[:3])) + (f" + {len(best) - 3}" if len(best) > 3 else "") if best else "no line"


def write_frame(picture: Picture, path: Path) -> None:
    """Keeps a frame (h, w, 3) RGB as PNG until its sheet is drawn."""
    if not cv2.imwrite(str(path), np.ascontiguousarray(picture[:, :, ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, 1]):
        raise BenchmarkError(f"{path} cannot be written: is there room for temporary files?")


def xyxy_of(sides: Sequence[float]) -> Box:
    """Four sides as a box."""
    x0, y0, x1, y1 = (float(side) for side in sides)
    return x0, y0, x1, y1


def sized(box: Box, width: float, height: float) -> Box:
    """A box of 0..1 in pixels."""
    x0, y0, x1, y1 = box
    return x0 * width, y0 * height, x1 * width, y1 * height
