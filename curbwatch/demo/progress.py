"""How far the demo is, for a person: in place on a terminal, else a line every few seconds. Texts are made here, written elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.model import Text

BAR_CELLS = 12


@dataclass(frozen=True, slots=True)
class CameraProgress:
    """One camera: the share of its clip that was looked at, its state, the kinds of its cases, what it shows."""

    camera_id: str
    share: float
    state: str
    cases: tuple[str, ...]
    shows: Text


def in_place(seconds: float, cameras: Sequence[CameraProgress], trouble: str | None, columns: int = 120) -> str:
    """A line per camera and one of sums, none wider than the terminal; the looked-at share as a bar."""
    width = max((len(camera.camera_id) for camera in cameras), default=0)
    lines = []
    for camera in cameras:
        full = min(BAR_CELLS, int(camera.share * BAR_CELLS))
        found = " ".join(camera.cases) if camera.cases else "-"
        bar = "█" * full + "░" * (BAR_CELLS - full)
        lines.append(f"  {camera.camera_id:<{width}}  {bar} {percent(camera.share):>5}  {camera.state:<11}  {found:<5}  {camera.shows.zh} {camera.shows.en}")
    lines.append(f"  {seconds:4.0f} s  {count_cases(cameras)}" + (f"  ({trouble})" if trouble else ""))
    return "\n".join(fitted(line, columns) for line in lines)


def one_line(seconds: float, cameras: Sequence[CameraProgress], trouble: str | None) -> str:
    """All of it in one line, for a log."""
    shares = "  ".join(f"{camera.camera_id} {percent(camera.share)}" for camera in cameras)
    return f"{seconds:4.0f} s  looked at 已看: {shares}  {count_cases(cameras)}" + (f"  ({trouble})" if trouble else "")


def count_cases(cameras: Sequence[CameraProgress]) -> str:
    """The number of cases and where they are."""
    found = [f"{camera.camera_id} {kind}" for camera in cameras for kind in camera.cases]
    return f"cases 案件: {len(found)}" + (f" ({', '.join(found)})" if found else "")


def percent(share: float) -> str:
    """A share of a clip; more than all of it is all of it."""
    return f"{min(1.0, share):.0%}"


def fitted(line: str, columns: int) -> str:
    """The line cut to a terminal's width, in which Chinese signs take two columns; a wrapped line could not be written over."""
    width = 0
    for index, sign in enumerate(line):
        width += 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        if width > columns:
            return line[:index]
    return line
