"""`curbwatch models train-verifier`: the second opinion on what sells, for one detector."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from curbwatch.terminal import emit_json
from models.cards import Fusion, ZoomBinding
from models.errors import TrainingError
from models.photographs import Fold

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
SHOWN_EVERY_SECONDS = 0.5


@click.command("train-verifier")
@click.argument("detector", type=FILE)
@click.option("--real", type=FOLDER, required=True, help="Folder of real photographs with a manifest.json.")
@click.option("--kinds", type=FOLDER, multiple=True, help="Folder of photographs of other kinds, in the same form: what they show does not sell.")
@click.option("--rendered", type=FOLDER, multiple=True, help="Folder of rendered pictures (images/, meta/) with look-alikes; repeat for several.")
@click.option("--fold", metavar="N/COUNT", help="Train for one fold and measure on what it holds back; without it, for all photographs.")
@click.option("--backbone", type=click.Choice(["lite0", "lite1", "lite2"]), default="lite2", show_default=True, help="EfficientNet-Lite of this size.")
@click.option("--cache", type=FOLDER, required=True, help="Folder in which features are kept; the same one serves all folds and detectors.")
@click.option("--json", "as_json", is_flag=True, help="Figures, fusion and reliability curve as one JSON line.")
def train_verifier(
    detector: Path, real: Path, kinds: tuple[Path, ...], rendered: tuple[Path, ...], fold: str | None, backbone: str, cache: Path, as_json: bool
) -> None:
    """Trains the verifier of DETECTOR (an ONNX file), writes it beside the detector and binds it in the detector's card.

    Where it is cut off, the same command goes on: what was computed lies in --cache. Needs the environment of `make setup-train`.

    Example: curbwatch models train-verifier run/street.onnx --real street_real --fold 1/3 --cache features
    """
    number, count = _fold(fold)
    from models.training.environment import require_training_environment

    require_training_environment()
    from models.photographs import folds, read, whole
    from models.session import open_model
    from models.training.verifier.settings import VerifierSettings, Workshop
    from models.training.verifier.train import train_verifier as train
    from models.training.verifier.train import write_verifier

    settings = VerifierSettings(backbone=backbone)
    session = open_model(detector, provider="cpu", min_score=settings.lowest)
    photographs = read(real)
    others = [photograph for folder in kinds for photograph in read(folder)]
    side = whole(photographs, others=others) if number is None else folds(photographs, count, others=others)[number - 1]
    began = time.process_time()
    trained = train(Workshop(cache, session, settings), side, rendered=rendered, progress=_progress)
    path = write_verifier(trained, session, settings)
    zoom = _zoom(detector, side, cache / "zoomed")
    seconds = time.process_time() - began
    if as_json:
        emit_json({
            "verifier": str(path), "detector": session.name, "backbone": trained.plan.backbone, "core_seconds": round(seconds, 1), "fold": fold,
            "threshold": trained.threshold, "fusion": trained.fusion.model_dump(),
            "zoom": None if zoom is None else zoom.model_dump(), "examples": dict(trained.examples),
            "reliability": [asdict(one) for one in trained.curve],
            "held_back": {name: {"auc": auc, "recall_at_5": recall} for name, (auc, recall) in trained.figures.items()},
        })  # fmt: skip
        return
    click.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB, bound in the card of {session.name}; {seconds:.0f} core-seconds")
    click.echo(_told("fusion", trained.fusion, trained.threshold))
    if zoom is not None:
        click.echo(_told("zoom looks", zoom.fusion, zoom.threshold))
    for name, (auc, recall) in trained.figures.items():
        click.echo(f"held back, {name:<9} AUC {auc:.3f}, recall at 5 % flagged {recall:.2f}")


def _zoom(detector: Path, side: Fold, folder: Path) -> ZoomBinding | None:
    """Fits how zoom looks are fused and binds it; nothing where the calibration photographs have no street to set others into, which is told."""
    from curbwatch.commands.calibrate_zoom import calibrate_zoom
    from models.session import open_model
    from models.training.verifier.train import bind_zoom
    from models.verifier import verifier_of

    session = open_model(detector, provider="cpu")
    verifier = verifier_of(session)
    assert verifier is not None, "it was bound a moment ago"
    try:
        zoom = calibrate_zoom(session, verifier, side, folder, tick=_progress("zoom looks"))
    except TrainingError as error:
        click.echo(f"zoom looks are fused as whole pictures are: {error}", err=True)
        return None
    bind_zoom(detector, zoom)
    return zoom


def _told(what: str, fusion: Fusion, threshold: float) -> str:
    weights = ", ".join(f"{name} {weight:+.2f}" for name, weight in fusion.weights.items())
    return f"{what}: bias {fusion.bias:+.2f}, {weights}, contrast {fusion.contrast:g}; taken from {threshold:.3f} on"


def _fold(text: str | None) -> tuple[int | None, int]:
    if text is None:
        return None, 1
    number, _, count = text.partition("/")
    if not (number.isdigit() and count.isdigit() and int(count) >= 2 and 1 <= int(number) <= int(count)):
        raise click.BadParameter(f"{text!r} is no fold: write 1/3, 2/3 or 3/3", param_hint="--fold")
    return int(number), int(count)


def _progress(step: str) -> Callable[[], None]:
    """Counts pictures on standard error, on a terminal in place."""
    seen, shown = 0, 0.0

    def tick() -> None:
        nonlocal seen, shown
        seen += 1
        if sys.stderr.isatty() and time.monotonic() - shown > SHOWN_EVERY_SECONDS:
            shown = time.monotonic()
            click.echo(f"\r\x1b[K{step}: {seen} pictures", nl=False, err=True)

    return tick
