"""The names of the detector's classes and of what the verifier tells, as kinds and exclusions name them. The contract imports no model: a test compares these
with the models' own lists.
"""

from __future__ import annotations

from collections.abc import Iterable

COCO_STREET_CLASSES = (
    "person", "bicycle", "car", "motorcycle", "bus", "truck", "bench", "umbrella", "backpack", "handbag", "suitcase",
    "bottle", "cup", "bowl", "banana", "apple", "orange", "broccoli", "carrot", "chair", "potted plant", "dining table",
)  # fmt: skip
STREET_CLASSES = (
    "stall", "goods_out", "vendor_vehicle", "parasol", "garbage_pile", "bin_overflow", "material_pile", "laundry", "open_grill", "banner",
    "bikes_row",
)  # fmt: skip
PERSON = "person"
"""Attends, queues, walks past; makes no kind by itself."""
UNRECOGNISED = "unrecognised"
"""What no class covers, and yet is new on the ground and stays: the worker's model of the ground sees it, whatever the detector."""
MEASURED_CLASSES = (UNRECOGNISED,)
"""Classes of no model: a measurement gives them."""
KNOWN_CLASSES = COCO_STREET_CLASSES + STREET_CLASSES + MEASURED_CLASSES
VERIFIER_LOOKS = (
    "unloading", "courier", "rider", "construction", "cleaning_cart", "bus_shelter", "umbrella_queue", "planter", "flag", "parked_tricycle",
    "covered",
)  # fmt: skip
"""What the verifier may tell of a thing that excuses it: what it looks like, and that it is covered."""
VERIFIED_CLASSES = ("stall", "goods_out", "vendor_vehicle")
"""Classes that the verifier is asked about: of a thing that none of them names it tells nothing."""
CLASSES_ZH = {
    PERSON: "行人", "bicycle": "自行车", "car": "汽车", "motorcycle": "摩托车", "bus": "公交车", "truck": "货车", "bench": "长椅", "umbrella": "雨伞",
    "backpack": "背包", "handbag": "手提包", "suitcase": "行李箱", "bottle": "瓶子", "cup": "杯子", "bowl": "碗", "banana": "香蕉", "apple": "苹果",
    "orange": "橙子", "broccoli": "西兰花", "carrot": "胡萝卜", "chair": "椅子", "potted plant": "盆栽", "dining table": "桌子",
    "stall": "摊位", "goods_out": "外摆商品", "vendor_vehicle": "售货车", "parasol": "遮阳伞", "garbage_pile": "垃圾堆", "bin_overflow": "满溢垃圾箱",
    "material_pile": "杂物堆", "laundry": "晾挂衣物", "open_grill": "烧烤炉", "banner": "条幅牌匾", "bikes_row": "成排的车辆", UNRECOGNISED: "未识别物品",
}  # fmt: skip
"""What each class is called in Chinese, in packets and on the review page."""
LOOKS_ZH = {
    "unloading": "装卸货物", "courier": "快递分拣", "rider": "外卖骑手", "construction": "施工作业", "cleaning_cart": "环卫保洁车", "bus_shelter": "公交候车亭",
    "umbrella_queue": "打伞排队的人群", "planter": "花箱", "flag": "旗帜", "parked_tricycle": "停放的三轮车", "covered": "已遮盖", "other": "其他物品",
}  # fmt: skip
"""And what the verifier tells beside classes; `other` is none of what it knows."""


def seen_zh(names: Iterable[str]) -> str:
    """Classes and looks as a Chinese sentence lists them; a class of a city's own model by the name that the city gave it."""
    return "、".join(CLASSES_ZH.get(name) or LOOKS_ZH.get(name, name) for name in names)
