"""Where people, vehicles and cycles were seen in a view over a day: a small grid of foot points, from which zones can be proposed.

A thing counts where it comes to stand or passes, not for as long as it stands: a car parked for a day is one arrival, a hundred cars that drive by are a
hundred. Two sheets of twelve watched hours each are kept, so that a grid tells of the last 12 to 24 hours and never grows. Pure: the clock is an argument.
Cost of a look with ten things and thirty known ones: see `docs/scenes.md`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.errors import DetectorError
from detector.judgement.geometry import Box, iou
from detector.judgement.values import Thing

COLUMNS, ROWS = 64, 36
GROUPS: Mapping[str, frozenset[str]] = {
    "people": frozenset({"person"}),
    "vehicles": frozenset({"car", "bus", "truck"}),
    "cycles": frozenset({"bicycle", "motorcycle"}),
}
"""What is told apart, and the classes of it."""
GROUP_OF = {label: group for group, labels in GROUPS.items() for label in labels}
SHEET_SECONDS = 12 * 3600.0
SAME_IOU = 0.5
"""From this overlap on, with a thing of the same group, it is the one that stands there already. Our choice: half of what places tolerate."""
FORGET_SECONDS = 300.0
"""Unseen for so long, what comes to the same place has come anew."""
MOST_KNOWN = 96
MOST_VIEWS = 16
SAME_RECTANGLE = 0.05
"""Zones follow a camera that moved a little, and the rectangle with them."""
EDGE = 0.012
"""A box that ends so close to an edge of what was looked at is cut off there, and where it touches the ground is not known."""
SCHEMA = "curbwatch.seen/1"


class SeenError(DetectorError):
    """What was seen over a day cannot be read."""


@dataclass(slots=True)
class Sheet:
    """Half a day's foot points.

    Attributes:
        cells: group → cell (row times 64 plus column) → arrivals, and the sums of their boxes' heights and widths in shares of the picture.
    """

    began: datetime
    until: datetime
    looks: int = 0
    watched_seconds: float = 0.0
    cells: dict[str, dict[int, list[float]]] = field(default_factory=lambda: {group: {} for group in GROUPS})


@dataclass(slots=True)
class _Known:
    group: str
    box: Box
    seconds: float


@dataclass(slots=True)
class SeenGrid:
    """The foot points of one view. Changed by one thread at a time.

    Attributes:
        rectangle: the part of the picture that was looked at; nothing is known of the rest. Another rectangle begins anew.
        changed: whether it holds more than what was last written.
    """

    rectangle: Box | None = None
    sheets: list[Sheet] = field(default_factory=list)
    changed: bool = False
    _known: list[_Known] = field(default_factory=list)
    _last_seconds: float | None = None

    def add(self, things: Iterable[Thing], at_seconds: float, wall: datetime, rectangle: Box) -> None:
        """Takes in one look: what it saw, when (arrival clock and wall time), and which part of the picture it was cut to."""
        if self.rectangle is None or max(abs(a - b) for a, b in zip(rectangle, self.rectangle, strict=True)) > SAME_RECTANGLE:
            self.rectangle, self.sheets, self._known = rectangle, [], []
        sheet = self._sheet(wall)
        sheet.looks += 1
        sheet.until = wall
        since = 0.0 if self._last_seconds is None else at_seconds - self._last_seconds
        sheet.watched_seconds += min(max(0.0, since), FORGET_SECONDS)
        self._last_seconds = at_seconds
        self._known = [one for one in self._known if at_seconds - one.seconds <= FORGET_SECONDS]
        left, _, right, bottom = rectangle
        for thing in things:
            group = GROUP_OF.get(thing.label)
            if group is None or self._stands(group, thing.xyxy, at_seconds):
                continue
            x1, y1, x2, y2 = thing.xyxy
            if x1 < left + EDGE or x2 > right - EDGE or (y2 > bottom - EDGE and group != "vehicles"):
                continue  # a vehicle that is cut off below stands on that ray of the road all the same
            column, row = min(COLUMNS - 1, int((x1 + x2) / 2 * COLUMNS)), min(ROWS - 1, int(y2 * ROWS))
            cell = sheet.cells[group].setdefault(row * COLUMNS + column, [0, 0.0, 0.0])
            cell[0] += 1
            cell[1] += y2 - y1
            cell[2] += x2 - x1
            self.changed = True

    def _sheet(self, wall: datetime) -> Sheet:
        """The sheet that is written on; a full one is kept, the one before it goes."""
        if not self.sheets or self.sheets[-1].watched_seconds >= SHEET_SECONDS:
            self.sheets = [*self.sheets[-1:], Sheet(wall, wall)]
        return self.sheets[-1]

    def _stands(self, group: str, box: Box, at_seconds: float) -> bool:
        """Whether something of that group stands there already; what comes is known from now on, of the known the longest unseen goes."""
        for one in self._known:
            if one.group == group and one.box[0] < box[2] and box[0] < one.box[2] and iou(one.box, box) >= SAME_IOU:
                one.box, one.seconds = box, at_seconds
                return True
        if len(self._known) >= MOST_KNOWN:
            self._known.remove(min(self._known, key=lambda one: one.seconds))
        self._known.append(_Known(group, box, at_seconds))
        return False

    @property
    def looks(self) -> int:
        """Looks that it tells of."""
        return sum(sheet.looks for sheet in self.sheets)

    def arrivals(self, group: str) -> int:
        """How many of a group it tells of."""
        return int(sum(cell[0] for sheet in self.sheets for cell in sheet.cells[group].values()))

    def columns(self, group: str) -> NDArray[np.float64]:
        """Rows (n, 5): where things of a group touched the ground (x, y, the middle of a cell), how many, and the mean height and width of their boxes; all
        but the number in shares of the picture.
        """
        sums: dict[int, list[float]] = {}
        for sheet in self.sheets:
            for cell, (count, height, width) in sheet.cells[group].items():
                have = sums.setdefault(cell, [0.0, 0.0, 0.0])
                have[0] += count
                have[1] += height
                have[2] += width
        rows = [((cell % COLUMNS + 0.5) / COLUMNS, (cell // COLUMNS + 0.5) / ROWS, n, h / n, w / n) for cell, (n, h, w) in sorted(sums.items())]
        return np.array(rows, np.float64).reshape(-1, 5)

    def to_json(self) -> dict[str, Any]:
        """The grid as JSON data; what stood there at the last look is not in it."""
        return {
            "schema": SCHEMA,
            "grid": [COLUMNS, ROWS],
            "rectangle": None if self.rectangle is None else list(self.rectangle),
            "sheets": [
                {
                    "began": sheet.began.isoformat(),
                    "until": sheet.until.isoformat(),
                    "looks": sheet.looks,
                    "watched_seconds": round(sheet.watched_seconds, 1),
                    **{group: [[cell, int(n), round(h, 4), round(w, 4)] for cell, (n, h, w) in sorted(cells.items())] for group, cells in sheet.cells.items()},
                }
                for sheet in self.sheets
            ],
        }


def seen_from_json(data: Any, where: str) -> SeenGrid:
    """A grid of its JSON data.

    Raises:
        SeenError: `where`, and what is wrong.
    """
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise SeenError(f"{where}: is no record of where people and vehicles were seen; `curbwatch scene seen` writes one ({SCHEMA})")
    if data.get("grid") != [COLUMNS, ROWS]:
        raise SeenError(f"{where}: has a grid of another size than {COLUMNS}x{ROWS}; write it anew with this version")
    try:
        rectangle = data["rectangle"]
        sheets = [_sheet_of(one) for one in data["sheets"]]
        grid = SeenGrid(None if rectangle is None else _box_of(rectangle), sheets[-2:])
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        raise SeenError(f"{where}: is damaged ({' '.join(str(error).split())[:120] or type(error).__name__}); write it anew") from None
    return grid


def _box_of(sides: Sequence[Any]) -> Box:
    left, top, right, bottom = (float(side) for side in sides)
    if not 0 <= left < right <= 1 + 1e-9 or not 0 <= top < bottom <= 1 + 1e-9:
        raise ValueError("its rectangle is none within the picture")
    return left, top, right, bottom


def _sheet_of(data: Mapping[str, Any]) -> Sheet:
    began, until = datetime.fromisoformat(data["began"]), datetime.fromisoformat(data["until"])
    if began.tzinfo is None or until.tzinfo is None:
        raise ValueError("a time without its zone")
    sheet = Sheet(began, until, int(data["looks"]), float(data["watched_seconds"]))
    for group in GROUPS:
        for cell, count, height, width in data[group]:
            index, numbers = int(cell), [float(count), float(height), float(width)]
            if not 0 <= index < COLUMNS * ROWS or not numbers[0] >= 1 or not all(0 < share <= numbers[0] * (1 + 1e-3) for share in numbers[1:]):
                raise ValueError(f"the cell {cell} has values that cannot be")
            sheet.cells[group][index] = numbers
    return sheet


@dataclass(slots=True)
class SeenByView:
    """The grids of a camera, one for each of its views."""

    grids: dict[str, SeenGrid] = field(default_factory=dict)

    def add(self, view_id: str, things: Iterable[Thing], at_seconds: float, wall: datetime, rectangle: Box) -> None:
        """Takes in one look at a view; of more views than a camera has positions, the first is forgotten."""
        grid = self.grids.get(view_id)
        if grid is None:
            if len(self.grids) >= MOST_VIEWS:
                self.grids.pop(next(iter(self.grids)))
            grid = self.grids[view_id] = SeenGrid()
        grid.add(things, at_seconds, wall, rectangle)
