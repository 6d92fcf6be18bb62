"""Where people, vehicles and cycles were seen, drawn over a view's picture: dots on the ground, the larger the more often."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.scene.drawing import on_canvas
from detector.scene.lettering import Colour, write
from detector.scene.seen import COLUMNS, GROUPS, SeenGrid

COLOURS: dict[str, Colour] = {"people": (250, 204, 21), "vehicles": (96, 165, 250), "cycles": (45, 212, 191)}
NAMES = {"people": "行人 people", "vehicles": "机动车 vehicles", "cycles": "非机动车 cycles"}
SHADE = 0.55
"""How bright the picture stays under the dots."""


def draw_seen(grid: SeenGrid, picture: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """A day's grid over its picture (h, w, 3) RGB, or over a plain ground, with a line of figures for each group."""
    canvas = np.asarray(on_canvas(picture) * SHADE, np.uint8)
    height, width = canvas.shape[:2]
    largest = width / COLUMNS * 0.6
    columns = {group: grid.columns(group) for group in GROUPS}
    most = max((float(rows[:, 2].max()) for rows in columns.values() if len(rows)), default=1.0)
    for number, (group, rows) in enumerate(columns.items()):
        shift = (number - 1) * largest * 0.5
        for x, y, count, _, _ in rows.tolist():
            radius = max(2, round(largest * (count / most) ** 0.5))
            cv2.circle(canvas, (round(x * width + shift), round(y * height)), radius, COLOURS[group], -1, cv2.LINE_AA)
    size_px = max(14, height // 42)
    for number, group in enumerate(GROUPS):
        write(canvas, f"{NAMES[group]}: {grid.arrivals(group)}", size_px, (2 + 2 * number) * size_px, size_px, COLOURS[group])
    return canvas
