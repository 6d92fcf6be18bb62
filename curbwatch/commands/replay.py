"""`curbwatch replay`: a recording through the same readers, rules and evidence as a live camera."""

from __future__ import annotations

import sys
import tempfile
from contextlib import nullcontext
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from curbwatch.terminal import complain, emit_json, fail
from detector.replay import Replay, ReplaySettings, Violation
from detector.scene.checking import check_scene
from detector.scene.scene import Scene, read_scene
from detector.seeing import Span
from detector.worker.eye import Eye
from evidence.kinds import load_catalogue
from models.session import DEFAULT_MODEL, open_model
from models.verifier import verifier_of
from streams.camera import CAMERA_ID
from streams.recorded import began_at

FAULTS = {
    "lost": "lost", "frozen": "frozen", "dark": "too dark", "over_exposed": "over-exposed", "blurred": "blurred", "covered": "covered",
    "sprayed": "partly sprayed", "tilted": "tilted",
}  # fmt: skip
"""What a picture is that has such a fault."""
WHY = {
    "moved": "the camera has moved", "unrecognised": "the picture is not that of the view", "unsure": "the picture has changed, and was measured first",
    "another_view": "another view was seen",
}  # fmt: skip
PROVIDERS = click.Choice(["auto", "cpu", "cuda", "tensorrt"])


@click.command()
@click.argument("video", type=click.Path(path_type=Path))
@click.option("--scene", "scene_file", type=click.Path(path_type=Path), help="Scene file; without it the whole picture is one zone and everything is a lead.")
@click.option("--camera", "camera_id", help="The scene's camera whose view holds; by default its only one, else the video's name.")
@click.option("--model", default=DEFAULT_MODEL, show_default=True)
@click.option("--provider", type=PROVIDERS, default="auto", show_default=True)
@click.option("--speed", type=click.Choice(["max", "1"]), default="max", show_default=True, help="As fast as can be, or as it was recorded.")
@click.option("--look-seconds", type=click.FloatRange(0.04, 3600), default=2.0, show_default=True, help="Seconds of video between two looks.")
@click.option(
    "--began",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]),
    help="Wall time of the first picture (2026-11-25T08:00:00+0800); it is signed, and permit hours are judged by it. Default: the creation time that "
    "the video's container holds, else the file's time less the video's length, else the file's time.",
)
@click.option("--evidence", "evidence_dir", type=click.Path(path_type=Path, file_okay=False), help="Folder in which the signed packets are kept.")
@click.option("--no-gate", is_flag=True, help="Look at still pictures too.")
@click.option("--json", "as_json", is_flag=True, help='Violations as JSON lines, then one line {"summary": …}: looks, faults of the picture, suspensions.')
def replay(
    video: Path, scene_file: Path | None, camera_id: str | None, model: str, provider: str, speed: str, look_seconds: float,
    began: datetime | None, evidence_dir: Path | None, no_gate: bool, as_json: bool,
) -> None:  # fmt: skip
    """Looks at a recording as at a live camera and prints the violations that it finds; then how it could see: looks, faults of the picture, suspended zones.

    With --json each violation is one line, and the last line is {"summary": …}. What a scene contradicts itself in is told on standard error, as by
    `scene check`.

    Example: curbwatch replay street.mp4 --scene scene.yaml --json
    """
    if not video.is_file():
        fail(f"{video}: there is no such video file")
    scene = None if scene_file is None else read_scene(scene_file)
    named = camera_id or _only_camera(scene) or _as_id(video.stem)
    if not CAMERA_ID.fullmatch(named):
        fail(f"--camera {named!r}: use 1 to 64 letters, digits, dots, dashes or underscores")
    if scene is not None and scene.view(named) is None:
        fail(f"{scene_file}: has no view of the camera {named!r}; name one of it with --camera")
    start = began or began_at(video)
    session = open_model(model, provider=provider)  # type: ignore[arg-type]
    eye = Eye(session, verifier_of(session))
    if scene_file is not None:
        _warn(scene_file, named, start)
    settings = ReplaySettings(named, start, look_seconds, gated=not no_gate, real_time=speed == "1")
    with tempfile.TemporaryDirectory(prefix="curbwatch-replay-") if evidence_dir is None else nullcontext(str(evidence_dir)) as folder:
        run = Replay(eye, settings, scene, Path(folder))
        on_terminal = sys.stderr.isatty()
        count = 0
        for violation in run.run(video, lambda at: click.echo(f"\r{video.name}: {at:.0f} s", nl=False, err=True) if on_terminal else None):
            count += 1
            if as_json:
                emit_json(_json(violation))
            else:
                click.echo(_line(violation))
        if on_terminal:
            click.echo("\r\x1b[K", nl=False, err=True)
        if as_json:
            emit_json({"summary": _summary(run, named, count)})
        else:
            kept = "" if evidence_dir is None else f"; packets in {evidence_dir / 'packets'}"
            click.echo(f"{count} violations in {run.seconds:.0f} s of video, {run.looks} looks, {run.unchanged} unchanged{_withheld(run)}{kept}")
            for span in run.seeing.faults:
                click.echo(f"picture {FAULTS.get(span.what, span.what)} {_seconds(span)}")
            for span in run.seeing.suspensions:
                click.echo(f"zones{'' if span.view_id is None else f' of the view {span.view_id}'} suspended {_seconds(span)}: {WHY.get(span.what, span.what)}")


def _warn(scene_file: Path, camera_id: str, at: datetime) -> None:
    """What `scene check` says of the camera's views as of the recording's time."""
    checked = check_scene(scene_file, load_catalogue(), at, camera_id=camera_id)
    for contradiction in checked.contradictions:
        complain(f"{scene_file}: {contradiction}")
    for warning in checked.warnings:
        click.echo(f"{scene_file}: warning: {warning}", err=True)


def _withheld(run: Replay) -> str:
    told = "; ".join(f"{number}: {WHY.get(why) or f'the picture was {FAULTS.get(why, why)}'}" for why, number in run.seeing.why.most_common())
    undecodable = f", {run.undecodable} could not be decoded" if run.undecodable else ""
    return (f", {run.withheld} not judged ({told})" if run.withheld else "") + undecodable


def _seconds(span: Span) -> str:
    return f"from {span.from_seconds:.0f} s to {'the end' if span.until_seconds is None else f'{span.until_seconds:.0f} s'}"


def _summary(run: Replay, camera_id: str, violations: int) -> dict[str, object]:
    return {
        "camera": camera_id,
        "violations": violations,
        "seconds": round(run.seconds, 2),
        "looks": run.looks,
        "unchanged": run.unchanged,
        "undecodable": run.undecodable,
        "not_judged": run.withheld,
        "not_judged_why": dict(run.seeing.why.most_common()),
        "picture_faults": [{"fault": span.what, "from": span.from_seconds, "until": span.until_seconds} for span in run.seeing.faults],
        "zones_suspended": [
            {"view": span.view_id, "why": span.what, "from": span.from_seconds, "until": span.until_seconds} for span in run.seeing.suspensions
        ],
    }


def _only_camera(scene: Scene | None) -> str | None:
    cameras = set() if scene is None else {view.camera_id for view in scene.views}
    return cameras.pop() if len(cameras) == 1 else None


def _as_id(name: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "-" for sign in name).strip(".-_")[:64] or "video"


def _json(violation: Violation) -> dict[str, object]:
    return {**asdict(violation), "xyxy": list(violation.xyxy), "grade": violation.grade.value}


def _line(violation: Violation) -> str:
    x0, y0, x1, y1 = (round(v) for v in violation.xyxy)
    return (
        f"{violation.kind}  first seen {violation.first_seen:.0f} s, confirmed {violation.confirmed_at:.0f} s, at ({x0}, {y0})-({x1}, {y1}), "
        f"score {violation.score:.2f}, grade {violation.grade.value}"
    )
