"""The figures of held-back photographs all together, and the page that shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.measuring import drawing, held_back
from models.measuring.curves import Bin, calibration_error, reliability
from models.measuring.held_back import AtThreshold, CoveredFigures, Figures, Judged
from models.measuring.names import read_names
from models.measuring.origins import Interval
from models.measuring.page import Cell as PageCell
from models.measuring.page import Page, Text, open_page
from models.measuring.pasted import SizeRow
from models.measuring.ranking import roc
from models.measuring.scores import ScoredPicture
from models.measuring.sheets import FOUND, HARD, LABELLED, WEAK, Cell, Drawn, write_sheets
from models.measuring.voices import gains
from models.photographs import Fold, Photograph

Row = list[PageCell]
HEADER = (
    Text("数据", "data"), Text("正例", "with"), Text("负例", "without"), Text("AUC", "AUC"), Text("召回@5%", "recall at 5 % flagged"),
    Text("框召回", "box recall"), Text("框精确", "box precision"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class PhotographFigures:
    """Figures of held-back photographs.

    Attributes:
        judged: every photograph with its boxes.
        whole: of all together; the threshold is theirs.
        parts: of each fold, of the elevated views, and of the detector's own score, by name, where they have pictures of both kinds.
        shipped: at the threshold that was given; None where none was.
        covered: closed and covered stalls at the threshold; None where none is labelled.
        voices: of each subset of the voices; empty where the lines tell none, or of one fold only.
        bins: reliability of the scores of boxes.
        models: names of the models that looked.
    """

    judged: Sequence[Judged]
    whole: Figures
    parts: Mapping[str, Figures]
    shipped: AtThreshold | None
    covered: CoveredFigures | None
    voices: Mapping[tuple[str, ...], Figures]
    bins: tuple[Bin, ...]
    models: tuple[str, ...]
    sizes: Sequence[SizeRow] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """Every figure as JSON data."""
        return {
            "models": list(self.models),
            "whole": figures_json(self.whole),
            "parts": {name: figures_json(one) for name, one in self.parts.items()},
            "shipped": asdict(self.shipped) if self.shipped else None,
            "covered": asdict(self.covered) if self.covered else None,
            "voices": {" + ".join(names): figures_json(one) for names, one in self.voices.items()},
            "reliability": {"bins": [asdict(one) for one in self.bins], "error": calibration_error(self.bins)},
            "sizes": [{**asdict(one), "intervals": _spread(one.intervals)} for one in self.sizes],
            "misses": [one.photograph.id for one in held_back.misses(self.judged, self.whole.ranking.threshold)],
            "false_alarms": [one.photograph.id for one in held_back.false_alarms(self.judged, self.whole.ranking.threshold)],
        }


def figures_json(one: Figures) -> dict[str, Any]:
    """One set's figures as JSON data."""
    return {
        **asdict(one.ranking), "left_out": one.left_out, "box_recall": one.box_recall, "box_precision": one.box_precision,
        "by_height": {name: asdict(height) for name, height in one.by_height.items()}, "intervals": _spread(one.intervals),
    }  # fmt: skip


def measure_photographs(
    folds: Sequence[Fold], scored: Mapping[str, ScoredPicture], *, threshold: float | None = None, sizes: Sequence[SizeRow] = (), times: int = 1000
) -> PhotographFigures:
    """Figures of what these folds hold back, pooled; lines without `verified` are measured by the detector's score.

    Raises:
        EvaluationError: a photograph was not scored, or there are only positives or only negatives.
    """
    photographs = [fold.held_back for fold in folds]
    held = [one for part in photographs for one in part]
    verified = all(scored[one.path.stem].has_verified for one in held if one.path.stem in scored)
    by = held_back.by_verified if verified else held_back.by_detector
    judged = held_back.judge(held, scored, by)
    whole = held_back.figures(judged, times=times)
    numbered = {f"fold {fold.number}": held_back.judge(part, scored, by) for fold, part in zip(folds, photographs, strict=True)} if len(folds) > 1 else {}
    subsets = numbered | {"elevated views": held_back.elevated(judged)}
    if verified:
        subsets |= {"detector alone": held_back.judge(held, scored, held_back.by_detector)}
    parts = {name: held_back.figures(own, times=times) for name, own in subsets.items() if _both(own)}
    scores = np.concatenate([one.scores[~one.passed] for one in judged])
    true = np.concatenate([(one.label >= 0)[~one.passed] for one in judged])
    return PhotographFigures(
        judged,
        whole,
        parts,
        held_back.at_threshold(judged, threshold) if threshold is not None else None,
        held_back.covered_figures(judged, whole.ranking.threshold),
        gains(photographs, scored, times=times // 5) if len(folds) > 1 and _tell_voices(held, scored) else {},
        reliability(scores, true),
        tuple(sorted({scored[one.path.stem].model for one in held})),
        sizes,
    )


def write_photographs_report(folder: Path, facts: str, measured: PhotographFigures, causes: Mapping[str, str]) -> Path:
    """Writes the page with its pictures and `figures.json`; `causes` says of a photograph's id why it was missed or flagged. Returns the page's path.

    Raises:
        EvaluationError: the folder cannot be written to.
        PictureError: a photograph cannot be read.
    """
    page = open_page(folder, Text("留出照片评估", "Figures on held-back photographs"), facts)
    threshold = measured.whole.ranking.threshold
    page.section(
        Text("整图与框", "Whole pictures and boxes"),
        Text(f"图的分数取其最高的经营类框（至多八个），不分类别，不计遮阳伞。阈值 {threshold:.3f} 处误报 {measured.whole.ranking.flagged:.1%} 的负例。"
             f"{measured.whole.left_out} 张仅有难判框或遮阳伞的图不计。括号内为按来源重抽样的 95% 区间。",
             f"A picture's score is its best box of selling (at most eight), class not compared, parasols not counted. At {threshold:.3f}, "
             f"{measured.whole.ranking.flagged:.1%} of the negatives are flagged. {measured.whole.left_out} pictures with parasols only or boxes too hard "
             "to judge are left out. In brackets 95 % intervals by resampling origins."),
    )  # fmt: skip
    page.table(HEADER, [_row("all", measured.whole), *(_row(name, one) for name, one in measured.parts.items())])
    if measured.shipped is not None:
        _shipped(page, measured.shipped)
    _heights(page, measured)
    if measured.sizes:
        _sizes(page, measured.sizes)
    if measured.voices:
        page.section(
            Text("各声音的贡献", "What each voice gains"),
            Text("融合系数在其余各折上拟合，在本折上读取。", "Fused on the other folds, read on this one."),
        )  # fmt: skip
        page.table(HEADER, [_row(" + ".join(names), one) for names, one in measured.voices.items()])
    _curves(page, measured)
    _sheets(page, folder, measured, threshold, causes)
    return page.write(measured.to_json())


def _row(name: str, one: Figures) -> Row:
    shown = {"auc": one.ranking.auc, "recall": one.ranking.recall, "box_recall": one.box_recall, "box_precision": one.box_precision}
    cells = [f"{value:.3f}" + _brackets(one.intervals.get(key)) for key, value in shown.items()]
    return [name, one.ranking.positives, one.ranking.negatives, *cells]


def _brackets(interval: Interval | None) -> str:
    return f" ({interval.low:.2f}–{interval.high:.2f})" if interval else ""


def _shipped(page: Page, one: AtThreshold) -> None:
    page.section(Text(f"出厂阈值 {one.threshold:.3f}", f"At the shipped threshold {one.threshold:.3f}"))
    header = [
        Text("精确率", "precision"),
        Text("召回率", "recall"),
        Text("误报比例", "negatives flagged"),
        Text("框召回", "box recall"),
        Text("框精确", "box precision"),
    ]
    page.table(header, [[one.precision, one.recall, one.flagged, one.box_recall, one.box_precision]])


def _heights(page: Page, measured: PhotographFigures) -> None:
    page.section(Text("按框高", "By height of the box"), Text("占画面高度的比例。", "As a share of the picture's height."))
    rows: list[Row] = [[name, size.labels, size.recall] for name, size in measured.whole.by_height.items()]
    page.table([Text("高度", "height"), Text("标注数", "labels"), Text("框召回", "box recall")], rows)
    if (one := measured.covered) is not None:
        page.note(
            Text(f"收摊或遮盖的摊位 {one.labels} 个，找到 {one.found} 个，其中 {one.told} 个被认作遮盖；其他找到的 {one.others} 个中 {one.wrongly} 个被误认。",
                 f"Of {one.labels} closed or covered stalls {one.found} were found, {one.told} of them told to be covered; "
                 f"so were {one.wrongly} of the {one.others} others that were found."),
        )  # fmt: skip


def _sizes(page: Page, sizes: Sequence[SizeRow]) -> None:
    page.section(
        Text("贴入街景后的大小", "Set into streets, by size"),
        Text("照片按其最大计数框的短边缩小后贴入另一来源的 1080p 街景；以区域矩形或整幅画面为一次查看。",
             "Photographs are shrunk until the largest box that counts has this short side, and set into a 1080p street of another origin; "
             "looked at through the zone's rectangle, and as a whole frame."),
    )  # fmt: skip
    header = [
        Text("短边像素", "short side, px"),
        Text("查看", "look"),
        Text("正例", "with"),
        Text("负例", "without"),
        Text("AUC", "AUC"),
        Text("召回@5%", "recall at 5 % flagged"),
    ]
    rows: list[Row] = [
        [
            one.size_px, one.cut, one.ranking.positives, one.ranking.negatives, f"{one.ranking.auc:.3f}" + _brackets(one.intervals.get("auc")),
            f"{one.ranking.recall:.3f}" + _brackets(one.intervals.get("recall")),
        ]
        for one in sizes
    ]  # fmt: skip
    page.table(header, rows)


def _curves(page: Page, measured: PhotographFigures) -> None:
    page.section(Text("曲线", "Curves"))
    told = [one for one in measured.judged if one.photograph.selling or one.photograph.empty]
    scores, positive = np.array([one.score for one in told]), np.array([one.photograph.selling for one in told], np.bool_)
    lines = [drawing.Line(f"all, AUC {measured.whole.ranking.auc:.3f}", roc(scores, positive))]
    above = list(held_back.elevated(told))
    if _both(above):
        points = roc(np.array([one.score for one in above]), np.array([one.photograph.selling for one in above], np.bool_))
        lines.append(drawing.Line(f"elevated, AUC {measured.parts['elevated views'].ranking.auc:.3f}", points))
    svg = drawing.chart("整图 ROC of whole pictures", "误报图片比例 negatives flagged", "找到图片比例 positives found", lines, diagonal=True)
    page.drawing("roc", svg, Text("整图 ROC", "ROC of whole pictures"))
    grid = np.unique(np.concatenate([one.scores for one in told]))
    shares = [held_back.box_figures(told, float(t)) for t in grid[:: max(1, len(grid) // 150)]]
    svg = drawing.chart("正例中的框 Boxes in positives", "框召回 box recall", "框精确 box precision", [drawing.Line("boxes", shares)])
    page.drawing("box_precision_recall", svg, Text("框的精确率与召回率", "Precision over recall of boxes"))
    points = np.array([(one.score, one.share) for one in measured.bins])
    error = calibration_error(measured.bins)
    svg = drawing.chart("分数可靠性 Reliability", "平均分数 mean score", "命中比例 share that hit", [drawing.Line("boxes", points, dots=True)], diagonal=True)
    page.drawing("reliability", svg, Text(f"期望校准误差 {error:.3f}", f"Expected calibration error {error:.3f}"))


def _sheets(page: Page, folder: Path, measured: PhotographFigures, threshold: float, causes: Mapping[str, str]) -> None:
    for name, found, title in (
        ("misses", held_back.misses(measured.judged, threshold), Text("漏检", "Misses")),
        ("false_alarms", held_back.false_alarms(measured.judged, threshold), Text("误报", "False alarms")),
    ):
        why = Counter(causes.get(one.photograph.id) or one.photograph.hard_negative or "–" for one in found)
        page.section(
            title,
            Text(f"{len(found)} 张。绿框为标注，淡绿为难判，橙框达到阈值，浅橙未达。",
                 f"{len(found)} pictures. Green is labelled, pale green too hard to judge; orange reaches the threshold, pale orange does not."),
        )  # fmt: skip
        if found:
            page.table([Text("原因", "cause"), Text("张数", "pictures")], [[cause, count] for cause, count in why.most_common()])
        for path in write_sheets([_cell(one, threshold) for one in found], folder, name):
            page.picture(path, title)


def _cell(one: Judged, threshold: float) -> Cell:
    photograph = one.photograph
    sides = np.array([photograph.width, photograph.height] * 2, np.float32)
    labels = [Drawn(_pixels(np.array(box.xyxy) * sides), HARD if box.difficult else LABELLED, box.name) for box in photograph.boxes]
    found = [
        Drawn(_pixels(box * sides), FOUND if score >= threshold else WEAK, f"{score:.2f}")
        for box, score in reversed([*zip(one.xyxy, one.scores.tolist(), strict=True)][:3])
    ]
    return Cell(photograph.path, f"{photograph.id} {one.score:.2f} {photograph.view}", (*labels, *found))


def _pixels(box: Any) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(side) for side in box)
    return x0, y0, x1, y1


def _both(judged: Sequence[Judged]) -> bool:
    return any(one.photograph.selling for one in judged) and any(one.photograph.empty for one in judged)


def _tell_voices(held: Sequence[Photograph], scored: Mapping[str, ScoredPicture]) -> bool:
    lines = [scored[one.path.stem] for one in held]
    return any(one.voices for one in lines)


def _spread(intervals: Mapping[str, Interval]) -> dict[str, list[float]]:
    return {name: [one.low, one.high] for name, one in intervals.items()}


def read_causes(path: Path) -> Mapping[str, str]:
    """Why photographs were missed or flagged, as people saw it: a JSON object of ids and causes.

    Raises:
        EvaluationError: it cannot be read.
    """
    return read_names(path, "the id of a photograph to its cause")
