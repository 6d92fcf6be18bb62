"""The page of `curbwatch bench events-street`: every figure that it prints, and a frame of each act and of each false line."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import av
import numpy as np

from benchmarks.errors import BenchmarkError
from benchmarks.event_pages import COLUMNS, ROWS, TILE_PX, evenly, share, sized, write_frame
from benchmarks.still_camera import Picture
from benchmarks.street_events import LEAST_EACH, KindFigures, StreetFigures
from benchmarks.street_judging import ClipOutcome, Shown
from models.measuring.page import Cell as PageCell
from models.measuring.page import Page, Text
from models.measuring.sheets import FOUND, LABELLED, Cell, Drawn, write_sheets

MOST_TILES = 60
"""Of each of missed, false and found; the page says of how many."""
DRAWN = re.compile(r" in \[[^]]*\]")
"""The sides of a line's box in words: a picture shows them."""
STREET = Text("渲染街道：事件级", "Rendered street: event level")
SORTS = {"missed": Text("漏报的行为", "Acts that were missed"), "false": Text("误报", "False lines"), "found": Text("命中的行为", "Acts that were found")}
KIND_HEADER = (
    Text("类别", "kind"), Text("行为", "acts"), Text("形似物", "look-alikes"), Text("告警", "lines"), Text("精确率", "precision"), Text("召回率", "recall"),
    Text("重复", "duplicates"), Text("形似物误报", "raised"), Text("停留后秒数：中位、最长", "s after the dwell: median, longest"),
)  # fmt: skip
SITUATION_HEADER = (
    Text("类别", "kind"), Text("情形", "situation"), Text("理由", "reason"), Text("应当", "should"), Text("事件", "events"), Text("判对", "came out right"),
)  # fmt: skip
WANTED = {True: "告警 fire", False: "不告警 stay quiet"}


def add_street(page: Page, outcomes: Sequence[ClipOutcome], found: StreetFigures, look_seconds: float, clips: Path) -> Mapping[str, Any]:
    """The sections of one look interval; `clips` is the folder of the clips. Returns what `figures.json` holds of it.

    Raises:
        BenchmarkError: a clip cannot be read.
        EvaluationError: the folder cannot be written to.
    """
    left = found.left_out
    grades = ", ".join(f"{count} {grade}" for grade, count in found.grades.items())
    page.section(
        Text(f"每 {look_seconds:g} 秒看一次", f"A look every {look_seconds:g} s"),
        Text(f"{found.clips} 段录像；{left} 个事件看不清，未计入；各级告警：{grades or '无'}。括号内为按录像重抽样的 95 % 区间。",
             f"{found.clips} clips; {left} events were not seen well enough to be judged by; lines by grade: {grades or 'none'}. "
             "In brackets 95 % intervals that resample clips."),
        Text(f"行为或形似物少于 {LEAST_EACH} 个的类别不给数字。", f"A kind with fewer than {LEAST_EACH} acts or look-alikes is not shown."),
        Text(f"被人转开的摄像机 {found.turned_clips} 台；此后仍有告警的 {found.moved_clips} 台（{found.moved_lines} 条）。",
             f"Cameras turned away: {found.turned_clips}; an alarm left {found.moved_clips} of them afterwards ({found.moved_lines} lines)."),
    )  # fmt: skip
    page.table(KIND_HEADER, [_row(kind, one) for kind, one in (*found.kinds.items(), ("全部 all", found.total))])
    page.table(SITUATION_HEADER, [[one.kind, one.what, one.reason, WANTED[one.violation], one.events, one.right] for one in found.situations])
    header = [Text("录像", "clip"), Text("行为", "acts"), Text("命中", "found"), Text("告警", "lines"), Text("误报", "false"), Text("重复", "duplicates")]
    totals = [(one.clip, one.total) for one in outcomes]
    page.table(header, [[clip, one.acts, one.found, one.lines, one.false, one.duplicates] for clip, one in totals])
    duplicated = [[one.clip, words] for one in outcomes for words in one.duplicated]
    if duplicated:
        page.table([Text("录像", "clip"), Text("重复的告警", "duplicate line")], duplicated)
    for sort in SORTS:
        _add_sort(page, sort, [(one.clip, shown) for one in outcomes for shown in one.shown if shown.sort == sort], look_seconds, clips)
    return {"look_seconds": look_seconds, **asdict(found), "outcomes": [asdict(one) for one in outcomes]}


def _row(kind: str, one: KindFigures) -> list[PageCell]:
    if not one.shown:
        return [kind, one.acts, one.look_alikes, *[None] * 6]
    delay = None if one.delay_median is None else f"{one.delay_median:.1f}, {one.delay_longest:.1f}"
    shares = [share(one.precision, one.intervals.get("precision")), share(one.recall, one.intervals.get("recall"))]
    return [kind, one.acts, one.look_alikes, one.lines, *shares, share(one.duplicate_share), share(one.raised_share), delay]


def _add_sort(page: Page, sort: str, all_of_them: Sequence[tuple[str, Shown]], look_seconds: float, clips: Path) -> None:
    tiles = evenly(all_of_them, MOST_TILES)
    how = (
        Text("画面取自告警确认之时，橙框为告警。", "The frame at its confirmation, its box orange.")
        if sort == "false"
        else Text("画面取自行为的中间时刻，绿框为真值。", "The frame at the middle of the act, the truth's box green.")
    )
    title = SORTS[sort]
    page.section(
        Text(f"{title.zh}（每 {look_seconds:g} 秒）", f"{title.en} (every {look_seconds:g} s)"),
        Text(f"显示 {len(tiles)} 个，共 {len(all_of_them)} 个。{how.zh}", f"{len(tiles)} of {len(all_of_them)} are shown. {how.en}"),
    )
    if sort != "found" and all_of_them:
        page.table([Text("录像", "clip"), Text("内容", "what")], [[clip, one.words] for clip, one in all_of_them])
    with tempfile.TemporaryDirectory(prefix="curbwatch-event-pages-") as folder:
        cells = [_tile(clip, one, clips, Path(folder) / f"{i}.png") for i, (clip, one) in enumerate(tiles)]
        for path in write_sheets(cells, page.folder, f"{sort}_{look_seconds:g}s", columns=COLUMNS, rows=ROWS, cell_px=TILE_PX):
            page.picture(path, title)


def _tile(clip: str, one: Shown, clips: Path, path: Path) -> Cell:
    frame = frame_at(clips / clip, one.second)
    write_frame(frame, path)
    box = Drawn(sized(one.xyxy, frame.shape[1], frame.shape[0]), FOUND if one.sort == "false" else LABELLED)
    return Cell(path, f"{Path(clip).stem} {one.sort}: {DRAWN.sub('', one.words)}", (box,))


def frame_at(clip: Path, second: float) -> Picture:
    """The frame (h, w, 3) RGB that a clip shows at a second, its last one where it ends before.

    Raises:
        BenchmarkError: it cannot be read.
    """
    shown: av.VideoFrame | None = None
    try:
        with av.open(str(clip)) as container:
            container.seek(round(second * av.time_base))
            for shown in container.decode(video=0):
                if (shown.time or 0.0) >= second - 1e-3:
                    break
    except (OSError, av.error.FFmpegError) as error:
        raise BenchmarkError(f"{clip} cannot be read as video: {error}") from None
    if shown is None:
        raise BenchmarkError(f"{clip} shows no picture at {second:.0f} s: render it again")
    return np.asarray(shown.to_ndarray(format="rgb24"), np.uint8)
