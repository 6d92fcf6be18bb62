"""`curbwatch detect`: boxes of pictures."""

from __future__ import annotations

from pathlib import Path

import click

from curbwatch.terminal import EXIT_WRONG_USE, complain, emit_json
from models.errors import PictureError
from models.looking import above_thresholds, look_at
from models.pictures import read_picture
from models.session import DEFAULT_MIN_SCORE, DEFAULT_MODEL, open_model


@click.command()
@click.argument("images", metavar="IMAGE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", default=DEFAULT_MODEL, show_default=True, help="Name from `curbwatch models list`, or the path of an ONNX file.")
@click.option("--min-score", type=click.FloatRange(0, 1), help="Score from which boxes are given; by default the thresholds of the model's card.")
@click.option("--provider", type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]), default="auto", show_default=True, help="What runs the model.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="Threads on a CPU.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a picture.")
def detect(images: tuple[Path, ...], model: str, min_score: float | None, provider: str, threads: int, as_json: bool) -> None:
    """Finds people, vehicles, stalls and goods in pictures; boxes are left, top, right, bottom in pixels of the picture as shown.

    Example: curbwatch detect street.jpg --min-score 0.2 --json
    """
    session = open_model(model, provider=provider, threads=threads, min_score=DEFAULT_MIN_SCORE if min_score is None else min_score)  # type: ignore[arg-type]
    if not as_json:
        click.echo(f"{session.name} {session.version} on {session.provider}, {session.input_width_px}x{session.input_height_px}", err=True)
    faulty = 0
    for path in images:
        try:
            picture = read_picture(path)
        except PictureError as error:
            complain(str(error))
            faulty += 1
            continue
        found = look_at(session, picture)
        if min_score is None:
            found = above_thresholds(found, session.card)
        height, width = picture.shape[:2]
        boxes = [
            {"class": name, "score": round(float(score), 4), "xyxy": [round(float(side), 1) for side in box]}
            for name, score, box in zip(found.classes(), found.scores, found.xyxy, strict=True)
        ]
        if as_json:
            emit_json({"image": str(path), "width": width, "height": height, "model": session.name, "provider": session.provider, "detections": boxes})
        else:
            click.echo(f"{path}: {width}x{height}, {len(boxes)} boxes")
            for name, score, (left, top, right, bottom) in zip(found.classes(), found.scores.tolist(), found.xyxy.tolist(), strict=True):
                click.echo(f"  {score:.2f}  {name:<15} {left:7.1f} {top:7.1f} {right:7.1f} {bottom:7.1f}")
    if faulty:
        raise SystemExit(EXIT_WRONG_USE)
