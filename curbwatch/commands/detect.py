"""`curbwatch detect`: boxes of pictures, and what the verifier says of those that sell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from curbwatch.terminal import EXIT_WRONG_USE, complain, emit_json
from models.detections import Detections
from models.errors import CardError, PictureError
from models.looking import above_thresholds, look_at
from models.pictures import read_picture
from models.session import DEFAULT_MODEL, open_model
from models.verifier import Verifier, verifier_of


@click.command()
@click.argument("images", metavar="IMAGE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--model", default=DEFAULT_MODEL, show_default=True, help="Name from `curbwatch models list`, or the path of an ONNX file.")
@click.option(
    "--min-score", type=click.FloatRange(0, 1), help="Score from which boxes are given, with --verify the fused one; by default the thresholds of the card."
)
@click.option("--verify", is_flag=True, help="Keep the eight highest boxes of what sells, with the fused score of detector and verifier as `verified`.")
@click.option("--voices", is_flag=True, help="With --verify: also what each voice said, before the fusion.")
@click.option("--provider", type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]), default="auto", show_default=True, help="What runs the model.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="Threads on a CPU.")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a picture.")
def detect(images: tuple[Path, ...], model: str, min_score: float | None, verify: bool, voices: bool, provider: str, threads: int, as_json: bool) -> None:
    """Finds people, vehicles, stalls and goods in pictures; boxes are left, top, right, bottom in pixels of the picture as shown.

    With --verify the detector proposes from a score on that the card names, as in a worker, whatever --min-score is.

    Example: curbwatch detect street.jpg --min-score 0.2 --json
    """
    if voices and not verify:
        raise click.UsageError("--voices tells what the verifier heard: give --verify too")
    if voices and not as_json:
        raise click.UsageError("--voices is told in JSON lines: give --json too")
    session = open_model(model, provider=provider, threads=threads, min_score=None if verify else min_score)  # type: ignore[arg-type]
    verifier = verifier_of(session, threads) if verify else None
    if verify and verifier is None:
        raise CardError(f"the card of {session.name} names no verifier: name a --model that has one, or train one with `curbwatch models train-verifier`")
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
        found = look_at(session, picture, fitted=True)
        if verifier is not None:
            boxes = _verified(verifier, picture, found, verifier.threshold if min_score is None else min_score, voices=voices)
        else:
            likely = found if min_score is not None else above_thresholds(found, session.card)
            boxes = [_box(likely, i) for i in range(len(likely))]
        height, width = picture.shape[:2]
        if as_json:
            emit_json({"image": str(path), "width": width, "height": height, "model": session.name, "provider": session.provider, "detections": boxes})
        else:
            click.echo(f"{path}: {width}x{height}, {len(boxes)} boxes")
            for box in boxes:
                click.echo(_line(box))
    if faulty:
        raise SystemExit(EXIT_WRONG_USE)


def _box(found: Detections, i: int) -> dict[str, Any]:
    xyxy = [round(float(side), 1) for side in found.xyxy[i]]
    return {"class": found.names[int(found.class_ids[i])], "score": round(float(found.scores[i]), 4), "xyxy": xyxy}


def _verified(verifier: Verifier, picture: NDArray[np.uint8], found: Detections, from_score: float, *, voices: bool) -> list[dict[str, Any]]:
    """The boxes that were asked about and reach `from_score`, highest fused score first."""
    answer = verifier.ask(picture, found)
    boxes = []
    for i in np.argsort(-answer.verified, kind="stable").tolist():
        if answer.verified[i] < from_score:
            continue
        told: dict[str, Any] = {
            "verified": round(float(answer.verified[i]), 5),
            "looks_like": answer.looks_like[i],
            "covered": round(float(answer.covered[i]), 3),
        }
        if voices:
            told["voices"] = {name: round(float(voice[i]), 4) for name, voice in answer.voices.items()}
        boxes.append(_box(found, int(answer.asked[i])) | told)
    return boxes


def _line(box: dict[str, Any]) -> str:
    left, top, right, bottom = box["xyxy"]
    likeness = f"  verified {box['verified']:.2f}, looks like {box['looks_like']}" if "verified" in box else ""
    return f"  {box['score']:.2f}  {box['class']:<15} {left:7.1f} {top:7.1f} {right:7.1f} {bottom:7.1f}{likeness}"
