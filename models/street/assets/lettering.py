"""Words in pictures: Chinese and Latin by the font that OpenCV 5 carries; strokes that look like writing from afar where it carries none.

The font travels inside the `opencv` wheel, so a picture is the same on every machine with that wheel; which path is taken uses no random
numbers, so that the street of a seed stays the same street.
"""

from __future__ import annotations

from random import Random

import numpy as np
from numpy.typing import NDArray

from models.street.assets import families

Ink = tuple[int, int, int]

WORDS: dict[str, tuple[str, ...]] = {
    "food_words": ("老王烧烤", "煎饼果子", "麻辣烫", "手抓饼", "烤冷面", "铁板鱿鱼", "臭豆腐", "糖葫芦", "PANCAKES", "HOT FOOD"),
    "shop_words": ("便民超市", "五金建材", "手机维修", "烟酒副食", "童装世界", "文具百货", "水产海鲜", "名烟名酒", "MOBILE", "SUPERMARKET"),
    "sale_words": ("全场五折", "清仓处理", "10元3斤", "一律10元", "买一送一", "跳楼价", "SALE 50%", "ALL $2"),
    "service_words": ("开锁配钥匙", "修鞋擦鞋", "贴膜换屏", "电动车维修", "快递代收", "打字复印", "房屋出租", "REPAIR"),
    "daily_words": ("百货日杂", "袜子内衣", "皮带钱包", "生活用品", "洗衣干洗", "DAILY GOODS"),
    "craft_words": ("泉城烤鱼", "黄焖鸡米饭", "兰州拉面", "热干面馆", "把子肉", "NOODLES"),
    "fresh_words": ("新鲜水果", "时令蔬菜", "现摘草莓", "本地西瓜", "土鸡蛋", "FRESH FRUIT"),
    "home_words": ("鲜花礼品", "济南大包", "千佛药房", "小李理发", "家常菜馆", "FLOWERS"),
}
"""By family of words, see `families`."""


def words(random: Random, split: str) -> str:
    """A sign's words."""
    return random.choice(WORDS[families.draw("words", random, split)])


def price(random: Random) -> str:
    """A price on a card."""
    return random.choice(
        (f"{random.randint(2, 15)}元", f"{random.randint(2, 9)}.8", f"{random.randint(1, 3)}0元{random.randint(2, 5)}斤", f"¥{random.randint(3, 39)}")
    )


def write(picture: NDArray[np.uint8], text: str, area: tuple[int, int, int, int], ink: Ink, *, upright: bool = False, bold: bool = True) -> None:
    """Writes a line of words into an area (x0, y0, x1, y1 in pixels), as large as fits; `upright` puts one sign below the other."""
    x0, y0, x1, y1 = area
    if upright:
        step = (y1 - y0) / max(1, len(text))
        for i, letter in enumerate(text):
            write(picture, letter, (x0, int(y0 + i * step), x1, int(y0 + (i + 1) * step)), ink, bold=bold)
        return
    mask = _mask(text, max(4, x1 - x0), max(4, y1 - y0), bold)
    h, w = mask.shape
    top, left = y0 + (y1 - y0 - h) // 2, x0 + (x1 - x0 - w) // 2
    part = picture[max(0, top) : top + h, max(0, left) : left + w]
    share = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255
    part[..., :3] = (part[..., :3] * (1 - share) + np.array(ink, np.float32) * share).astype(np.uint8)


def _mask(text: str, width: int, height: int, bold: bool) -> NDArray[np.uint8]:
    """The words white on black, no larger than asked."""
    import cv2

    face = getattr(cv2, "FontFace", None)
    if face is None:
        return _strokes(text, width, height)
    font, size = face("uni" if any(ord(letter) > 0x2000 for letter in text) else "sans"), 64
    canvas = np.zeros((2 * size, size * (len(text) + 2), 3), np.uint8)
    cv2.putText(canvas, text, (size // 2, size + size // 3), (255, 255, 255), font, size, 700)
    ink = canvas[..., 0]
    rows, columns = np.flatnonzero(ink.max(axis=1)), np.flatnonzero(ink.max(axis=0))
    if not len(rows):
        return _strokes(text, width, height)
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if bold:
        ink = np.asarray(cv2.dilate(ink, np.ones((4, 4), np.uint8)), np.uint8)
    k = min(width / ink.shape[1], height / ink.shape[0])
    return np.asarray(cv2.resize(ink, (max(2, int(ink.shape[1] * k)), max(2, int(ink.shape[0] * k))), interpolation=cv2.INTER_AREA), np.uint8)


def _strokes(text: str, width: int, height: int) -> NDArray[np.uint8]:
    """Strokes in squares, as many as there are letters, the same for the same words."""
    import cv2

    random = Random(text)
    side = max(4, min(height, width // max(1, len(text))))
    mask = np.zeros((side, side * max(1, len(text))), np.uint8)
    for i in range(len(text)):
        for _ in range(5):
            at = (i * side + random.randrange(side), random.randrange(side))
            end = random.choice(((i * side + side - 2, at[1]), (at[0], side - 2), (i * side + random.randrange(side), side - 2)))
            cv2.line(mask, at, end, 255, max(1, side // 9))
    return mask
