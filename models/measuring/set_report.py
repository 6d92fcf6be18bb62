"""The figures of a labelled set all together, and the page that shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.measuring import drawing
from models.measuring.confusion import Confusion, Mistake, confusion, mistakes
from models.measuring.curves import Bin, box_outcomes, calibration_error, precision_recall, reliability
from models.measuring.looked import Looked
from models.measuring.origins import Interval
from models.measuring.page import Page, Text, open_page
from models.measuring.precision import Precision, evaluate, mean_intervals, tally
from models.measuring.ranking import Ranking, picture_scores, rank, roc
from models.measuring.sheets import FOUND, LABELLED, Cell, Drawn, write_sheets
from models.measuring.sizes import AREAS, HEIGHTS

WORST = 30
"""Mistakes of each sort on a sheet."""
CONTEXT = 1.0
"""Of a mistake's longer side that its cell shows about it, on each side."""
SIZE_NAMES = {
    "small": Text("小（<32²）", "small (<32²)"),
    "medium": Text("中（32²–96²）", "medium"),
    "large": Text("大（>96²）", "large (>96²)"),
    "height under 8 %": Text("高度 <8%", "height <8 %"),
    "height 8-15 %": Text("高度 8–15%", "height 8–15 %"),
    "height 15-30 %": Text("高度 15–30%", "height 15–30 %"),
    "height above 30 %": Text("高度 >30%", "height >30 %"),
}


@dataclass(frozen=True, slots=True, eq=False)
class SetFigures:
    """All figures of a set.

    Attributes:
        intervals: 95 %, of `ap` and `ap50`, by resampling origins.
        ranking, curve: of whole pictures by their best box of the asked classes, with the ROC curve's points (k, 2); None where they were not asked for.
        bins: reliability of the boxes' scores.
    """

    pictures: int
    origins: int
    precision: Precision
    intervals: Mapping[str, Interval]
    ranking: Ranking | None
    curve: NDArray[np.float64] | None
    confusion: Confusion
    bins: tuple[Bin, ...]

    def to_json(self) -> dict[str, Any]:
        """Every figure as JSON data; `map` and `map50` are the means over classes."""
        fields: dict[str, Any] = {
            "pictures": self.pictures,
            "origins": self.origins,
            "map": self.precision.ap,
            "map50": self.precision.ap50,
            "pycocotools": {"map": self.precision.pycocotools_ap, "map50": self.precision.pycocotools_ap50},
            "intervals": {name: [one.low, one.high] for name, one in self.intervals.items()},
            "classes": [asdict(one) for one in self.precision.classes],
            "by_size": {name: asdict(one) for name, one in self.precision.by_size.items()},
            "confusion": {"names": [*self.confusion.names, "background"], "counts": self.confusion.counts.tolist()},
            "reliability": {"bins": [asdict(one) for one in self.bins], "error": calibration_error(self.bins)},
        }
        return fields | ({"ranking": asdict(self.ranking)} if self.ranking else {})


def measure(pictures: Sequence[Looked], names: Sequence[str], thresholds: Mapping[str, float], of: Sequence[int] = ()) -> SetFigures:
    """All figures of a set; `of` are the class ids by whose best box whole pictures are ranked.

    Raises:
        ValueError: all pictures have a label of these classes, or none has.
    """
    ranking, curve = None, None
    if of:
        scores, positive = picture_scores(pictures, of)
        ranking, curve = rank(scores, positive), roc(scores, positive)
    origins = len({one.origin for one in pictures})
    bins = reliability(*box_outcomes(pictures))
    return SetFigures(len(pictures), origins, evaluate(pictures, names), mean_intervals(pictures), ranking, curve, confusion(pictures, names, thresholds), bins)


def write_report(
    folder: Path, facts: str, extra: Mapping[str, Any], measured: SetFigures, pictures: Sequence[Looked], names: Sequence[str], thresholds: Mapping[str, float]
) -> Path:
    """Writes the page with its pictures and `figures.json`; `extra` goes into the figures, `facts` under the title. Returns the page's path.

    Raises:
        EvaluationError: the folder cannot be written to.
        PictureError: a picture cannot be read again.
    """
    page = open_page(folder, Text("模型评估报告", "How good the model is"), facts)
    _precision(page, measured)
    _curves(page, measured, pictures, names)
    page.section(
        Text("混淆矩阵", "Confusion"),
        Text("行为实际，列为模型所言；最后一行与一列是背景。取各类阈值以上的框，IoU ≥ 0.5 成对。",
             "Rows are what is there, columns what was said; the last of both is background. Boxes above their class's threshold, paired at IoU 0.5."),
    )  # fmt: skip
    labels = [*measured.confusion.names, "background"]
    page.drawing(
        "confusion",
        drawing.heat("混淆 Confusion", labels, measured.confusion.counts, rows="实际 there", columns="模型 said"),
        Text("混淆矩阵", "Confusion"),
        half=False,
    )
    misses, alarms = mistakes(pictures, names, thresholds)
    _sheets(page, folder, misses, alarms)
    return page.write(dict(extra) | measured.to_json())


def _precision(page: Page, measured: SetFigures) -> None:
    precision = measured.precision
    page.section(
        Text("平均精度", "Average precision"),
        Text("按 COCO 定义：AP 为 IoU 0.50 至 0.95 的平均，AP50 为 IoU 0.5；找到率为 IoU 0.5 下被找到的标注比例。区间按来源重抽样，95%。积分同 Ultralytics。",
             "As COCO defines it: AP is the mean over IoU 0.50 to 0.95, AP50 that at 0.5; found is the share of labels that any box hits at IoU 0.5. "
             "Intervals are 95 %, by resampling origins. Integrated as Ultralytics does; below, as pycocotools does."),
    )  # fmt: skip
    header = [Text("类别", "class"), Text("标注数", "labels"), Text("AP", "0.5:0.95"), Text("AP50", "0.5"), Text("找到率", "found")]
    rows: list[list[str | int | float | None]] = [[one.name, one.labels, one.ap, one.ap50, one.recall50] for one in precision.classes]
    rows.append(["平均 mean", sum(one.labels for one in precision.classes), precision.ap, precision.ap50, None])
    rows.append(["pycocotools", None, precision.pycocotools_ap, precision.pycocotools_ap50, None])
    spread = [f"{one.low:.3f}–{one.high:.3f}" if (one := measured.intervals.get(name)) else None for name in ("ap", "ap50")]
    rows.append(["95 %", None, *spread, None])
    page.table(header, rows)
    page.section(
        Text("按大小", "By size"),
        Text("AP50（标注数）。COCO 的面积分档，及占画面高度的比例。", "AP50 (labels), by COCO's areas and by share of the picture's height."),
    )
    sizes = [size.name for size in (*AREAS, *HEIGHTS) if size.name in precision.by_size]
    by_class: list[list[str | int | float | None]] = [
        [one.name, *(f"{one.by_size[name].ap50:.3f} ({one.by_size[name].labels})" if name in one.by_size else None for name in sizes)]
        for one in precision.classes
    ]
    means = [f"{precision.by_size[name].ap50:.3f} ({precision.by_size[name].labels})" for name in sizes]
    page.table([Text("类别", "class"), *(SIZE_NAMES[name] for name in sizes)], [*by_class, ["平均 mean", *means]])


def _curves(page: Page, measured: SetFigures, pictures: Sequence[Looked], names: Sequence[str]) -> None:
    page.section(Text("曲线", "Curves"))
    ids = {name: i for i, name in enumerate(names)}
    lines = [drawing.Line(f"{one.name} {one.ap50:.2f}", precision_recall(tally(pictures, ids[one.name]))) for one in measured.precision.classes]
    for number, start in enumerate(range(0, len(lines), 11), start=1):
        svg = drawing.chart("精确率与召回率 Precision and recall, IoU 0.5", "召回率 recall", "精确率 precision", lines[start : start + 11])
        page.drawing(f"precision_recall_{number}", svg, Text("精确率与召回率（图例为 AP50）", "Precision over recall by class; the legend has AP50"))
    if measured.ranking is not None and measured.curve is not None:
        one = measured.ranking
        svg = drawing.chart(
            f"整图 ROC, AUC {one.auc:.3f}",
            "误报图片比例 negatives flagged",
            "找到图片比例 positives found",
            [drawing.Line("ROC", measured.curve)],
            diagonal=True,
        )
        page.drawing("roc", svg, Text(
            f"{one.positives} 张正例，{one.negatives} 张负例；误报 5% 时召回 {one.recall:.3f}",
            f"{one.positives} pictures with, {one.negatives} without; recall {one.recall:.3f} at 5 % flagged",
        ))  # fmt: skip
    points = [(one.score, one.share) for one in measured.bins]
    error = calibration_error(measured.bins)
    svg = drawing.chart(
        "分数可靠性 Reliability of scores", "平均分数 mean score", "命中比例 share that hit", [drawing.Line("boxes", points, dots=True)], diagonal=True
    )
    page.drawing(
        "reliability",
        svg,
        Text(f"框的分数与命中比例，期望校准误差 {error:.3f}", f"Scores of boxes and how often they hit; expected calibration error {error:.3f}"),
    )


def _sheets(page: Page, folder: Path, misses: Sequence[Mistake], alarms: Sequence[Mistake]) -> None:
    for name, found, title in (
        ("misses", misses, Text("最大的漏检", "The worst misses")),
        ("false_alarms", alarms, Text("最有把握的误报", "The surest false alarms")),
    ):
        page.section(title, Text(f"共 {len(found)} 个，示前 {min(WORST, len(found))} 个。", f"{len(found)} in all; the first {min(WORST, len(found))}."))
        for path in write_sheets([_cell(one, name == "misses") for one in found[:WORST]], folder, name):
            page.picture(path, title)


def _cell(one: Mistake, missed: bool) -> Cell:
    x0, y0, x1, y1 = one.xyxy
    margin = max(x1 - x0, y1 - y0) * CONTEXT
    words = f"best {one.score:.2f}" if missed else f"{one.score:.2f}"
    return Cell(
        one.path,
        f"{one.path.stem[:24]} {one.name} {words}",
        (Drawn(one.xyxy, LABELLED if missed else FOUND),),
        (x0 - margin, y0 - margin, x1 + margin, y1 + margin),
    )
