"""Whether what is sold is what a permit names, as far as classes of the detector show it.

A camera tells melons from other fruit seldom, so a permit's goods are judged only where the city has said of every one of them which classes show it
(`goods_shown`): other goods are then what stands there of the classes that show goods, with none of the permitted ones beside it. Anything less is
`not_judged`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from evidence.kinds.classes import seen_zh
from evidence.model import Text
from evidence.named import GoodsChecked
from evidence.permits import Permit

GOODS_CLASSES = frozenset({"apple", "banana", "bottle", "broccoli", "carrot", "orange"})
"""The classes of the detector that are goods and nothing else; none of them has a recall measured on stalls."""

LEAST_LOOKS, LEAST_SHARE = 2, 0.2
"""Looks, and share of them, that must have seen goods that no permit names before they count: once may be a customer's bag. Those that a permit names count
from the first look on. Our choice."""


def classes_of_goods(permits: Iterable[Permit]) -> tuple[frozenset[str], frozenset[str]]:
    """The classes that show goods to any of these permits, and those of them that a permit names; nothing where none is judged by its goods."""
    named = frozenset(label for permit in permits if permit.goods for shown in permit.goods_shown for label in shown.classes)
    return (named | GOODS_CLASSES if named else named), named


def goods_seen(beside: Mapping[str, int], looks: int, classes: frozenset[str], named: frozenset[str]) -> tuple[str, ...]:
    """The classes of goods that were seen in something's box.

    Args:
        beside: class → looks that saw it there; `looks`: all that saw the thing.
        classes, named: as `classes_of_goods` gives them.
    """
    if not classes:
        return ()
    return tuple(label for label, seen in beside.items() if label in classes and seen > 0 and (label in named or seen >= max(LEAST_LOOKS, LEAST_SHARE * looks)))


def check_goods(permit: Permit, labels: Collection[str]) -> GoodsChecked | None:
    """A permit's goods against the classes that were seen there; None where the permit names no goods."""
    if not permit.goods:
        return None
    named_zh, named_en = "、".join(permit.goods), ", ".join(permit.goods)
    unshown = [goods for goods in permit.goods if goods not in {shown.goods for shown in permit.goods_shown}]
    if unshown:
        return GoodsChecked(
            verdict="not_judged",
            reason=Text(zh=f"许可品类 {named_zh}：没有类别能识别 {'、'.join(unshown)}", en=f"goods {named_en}: no class shows {', '.join(unshown)}"),
        )
    classes = tuple(sorted({label for shown in permit.goods_shown for label in shown.classes}))
    recalls = [shown.recall for shown in permit.goods_shown]
    recall = None if None in recalls else min(recall for recall in recalls if recall is not None)
    seen = sorted(set(labels) & (GOODS_CLASSES | set(classes)))
    if not seen:
        return GoodsChecked(
            verdict="not_judged", shown_by=classes, recall=recall,
            reason=Text(zh=f"许可品类 {named_zh}：画面中未识别出货物", en=f"goods {named_en}: no goods were recognised"),
        )  # fmt: skip
    permitted = [label for label in seen if label in classes]
    if permitted:
        return GoodsChecked(
            verdict="as_permitted", shown_by=classes, recall=recall,
            reason=Text(zh=f"许可品类 {named_zh}：识别到{seen_zh(permitted)}", en=f"goods {named_en}: {', '.join(permitted)} was seen"),
        )  # fmt: skip
    return GoodsChecked(
        verdict="others", shown_by=classes, recall=recall,
        reason=Text(zh=f"许可品类 {named_zh}，识别到的是{seen_zh(seen)}", en=f"permitted are {named_en}; {', '.join(seen)} was seen and none of them"),
    )  # fmt: skip
