"""What the demo tells: to a person in Chinese and English, in place on a terminal; to a program one JSON object a line."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from curbwatch.demo.house import House
from curbwatch.demo.progress import CameraProgress, in_place, one_line
from curbwatch.demo.run import Goal, Outcome
from curbwatch.terminal import emit_json
from evidence.kinds import Catalogue, load_catalogue

LINE_SECONDS = 5.0
"""Between two lines of progress where the output is no terminal."""


class Screen:
    """Writes to standard output; a context manager's worth of state: how many lines the progress takes up."""

    def __init__(self, as_json: bool) -> None:
        self._json = as_json
        self._in_place = not as_json and sys.stdout.isatty()
        self._height = 0
        self._next_line = 0.0

    def started(self, house: House, judged: Catalogue, goal: Goal) -> None:
        """The addresses, and what the demo has shortened."""
        if self._json:
            pids = {name: part.process.pid for name, part in house.parts.items() if part.process is not None}
            emit_json({"event": "started", "page": house.page, "login": house.login_link(), "data_dir": str(house.folder), "processes": pids})
            return
        click.echo("curbwatch 千里眼 demo 演示")
        click.echo(f"  page 页面               {house.page}/")
        click.echo(f"  reviewer's login 审核员  {house.login_link()}")
        click.echo(f"  data 数据               {house.folder}")
        for line in shortened(judged):
            click.echo(f"  {line}")
        guilty = [f"{camera.camera_id} {camera.violation}" for camera in house.cameras if camera.violation]
        click.echo(f"  cameras 摄像头           {len(house.cameras)}; to fire 应报: {', '.join(guilty) or 'none 无'}")
        if goal.cases is None:
            click.echo("  Ctrl-C ends it 按 Ctrl-C 结束")

    def progress(self, seconds: float, cameras: Sequence[CameraProgress], trouble: str | None) -> None:
        """How far it is; a terminal sees every call, a log one in five seconds."""
        if self._in_place:
            text = in_place(seconds, cameras, trouble, shutil.get_terminal_size().columns - 1)
            back = f"\x1b[{self._height}F\x1b[J" if self._height else ""
            click.echo(back + text)
            self._height = text.count("\n") + 1
        elif seconds >= self._next_line:
            self._next_line = seconds + LINE_SECONDS
            if self._json:
                listed = [{"camera_id": camera.camera_id, "share": round(camera.share, 3), "state": camera.state, "cases": camera.cases} for camera in cameras]
                emit_json({"event": "progress", "seconds": round(seconds, 1), "cameras": listed, "trouble": trouble})
            else:
                click.echo(one_line(seconds, cameras, trouble))

    def verdict(self, outcome: Outcome) -> None:
        """What came of it."""
        if self._json:
            body = {"passed": outcome.passed, "judged": outcome.judged, "seconds": round(outcome.seconds, 1), "packets": outcome.packets}
            emit_json({"event": "verdict", **body, "findings": outcome.lines, "cases": [asdict(case) for case in outcome.cases]})
        elif outcome.judged:
            click.echo("\n".join(outcome.lines))
            word = "PASSED 通过" if outcome.passed else "FAILED 未通过"
            click.echo(f"{word}: {len(outcome.cases)} cases 案件, {outcome.packets} packets 证据包, {outcome.seconds:.0f} s")
        elif not outcome.passed:
            click.echo("ended before it could be judged  未及判定即结束")

    def kept(self, folder: object) -> None:
        """Where a temporary folder stays."""
        if not self._json:
            click.echo(f"its data stays in 数据保留在 {folder}")


def shortened(judged: Catalogue) -> list[str]:
    """A line for each kind whose dwell is not the shipped one."""
    real = {kind.id: kind.dwell_seconds for kind in load_catalogue().kinds}
    return [
        f"{kind.id} {kind.name.zh} {kind.name.en}: dwell 停留时长 {kind.dwell_seconds:g} s, shortened for the demo 演示缩短 (real 实际 {real[kind.id]:g} s)"
        for kind in judged.kinds
        if kind.id in real and kind.dwell_seconds < real[kind.id]
    ]
