"""`curbwatch models train` and `export`: a street branch from photographs and rendered pictures, and the file that serves."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click

from curbwatch.commands.models_options import refuse_given
from models.errors import TrainingError
from models.training.drawing import Shares
from models.training.recipe import MOST_IMAGE_EPOCHS, SEED, Recipe
from models.training.street_branch import FROZEN_LAYERS

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
FOLDS = 3
RECIPE = Recipe()


def _device(_context: click.Context, _option: click.Parameter, value: str) -> str:
    if re.fullmatch(r"auto|cpu|cuda(:\d{1,3})?", value) is None:
        raise click.BadParameter(f"{value!r} is none of auto, cpu, cuda and cuda:N")
    return value


@click.command()
@click.option("--base", type=FILE, required=True, help="COCO checkpoint (YOLO26) whose frozen backbone the branch stands on.")
@click.option("--real", type=FOLDER, help="Folder of real photographs with a manifest.json; split by origin.")
@click.option("--kinds", type=FOLDER, help="Folder of photographs of further kinds in the same form; their boxes are complete for their own kinds only.")
@click.option("--rendered", type=FOLDER, multiple=True, help="Folder of rendered pictures (images/, labels/); repeat for several.")
@click.option("--data", type=FILE, help="Instead of these: your own data.yaml with the classes of the street branch.")
@click.option("--fold", type=click.IntRange(1, FOLDS), help="Train a sibling that holds back this third of the origins; without it all are trained on.")
@click.option("--footage", type=FOLDER, help="Folder of recordings that are for tests: their frames are refused.")
@click.option("--out", type=FOLDER, required=True, help="Folder of the run; the same command again goes on where it stopped.")
@click.option("--start", type=FILE, help="Branch checkpoint, or shipped ONNX file, to go on from.")
@click.option("--image-epochs", type=click.IntRange(1, MOST_IMAGE_EPOCHS), default=RECIPE.image_epochs, show_default=True, help="Pictures shown in all.")
@click.option(
    "--pictures-per-epoch",
    type=click.IntRange(1),
    default=RECIPE.pictures_per_epoch,
    show_default=True,
    help="A checkpoint is written after so many; whole batches.",
)
@click.option("--learning-rate", type=click.FloatRange(0, 1, min_open=True), default=RECIPE.learning_rate, show_default=True)
@click.option("--last-learning-rate", type=click.FloatRange(0, 1, min_open=True), default=RECIPE.last_learning_rate, show_default=True)
@click.option(
    "--image-size", type=click.IntRange(64, 2048), default=RECIPE.image_size, show_default=True, help="Side of the square training pictures in pixels."
)
@click.option("--batch", type=click.IntRange(2), default=RECIPE.batch, show_default=True)
@click.option("--trained-from", type=click.IntRange(0, FROZEN_LAYERS), default=RECIPE.trained_from, show_default=True,
              help="First layer of the branch; before 11 it has its own copy of the backbone's last layers.")  # fmt: skip
@click.option(
    "--backbone-rate",
    type=click.FloatRange(0, 1),
    default=RECIPE.backbone_rate,
    show_default=True,
    help="Learning rate of that copy, as a share of the others'.",
)
@click.option("--device", default="auto", show_default=True, callback=_device, help="auto, cpu, cuda or cuda:N.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Of torch, on the processor.")
@click.option("--workers", type=click.IntRange(0), help="Processes that load pictures [default: none on a processor, up to 8 beside a card].")
@click.option(
    "--mosaic", type=click.FloatRange(0, 1), default=RECIPE.mosaic, show_default=True, help="Share of the pictures that are set together, four in one."
)
@click.option(
    "--scale", type=click.FloatRange(0, 0.9), default=RECIPE.scale, show_default=True, help="Pictures are scaled by 1 minus to 1 plus this at random."
)
@click.option(
    "--small-share", type=click.FloatRange(0, 1), default=RECIPE.shares.small, show_default=True, help="Share of copies set small into other streets."
)
@click.option("--kinds-share", type=click.FloatRange(0, 1), default=RECIPE.shares.kinds, show_default=True, help="Share of the photographs of --kinds.")
@click.option("--rendered-share", type=click.FloatRange(0, 1), default=RECIPE.shares.rendered, show_default=True, help="Share of the rendered pictures.")
@click.option("--unlabelled", type=click.FloatRange(0, 1), default=RECIPE.unlabelled, show_default=True,
              help="Weight of a class's loss in pictures whose boxes say nothing about the class.")  # fmt: skip
@click.option("--seed", type=int, default=SEED, show_default=True)
@click.pass_context
def train(
    context: click.Context,
    /,
    base: Path,
    real: Path | None,
    kinds: Path | None,
    rendered: tuple[Path, ...],
    data: Path | None,
    fold: int | None,
    footage: Path | None,
    out: Path,
    start: Path | None,
    device: str,
    threads: int,
    workers: int | None,
    small_share: float,
    kinds_share: float,
    rendered_share: float,
    **numbers: Any,
) -> None:
    """Trains the street branch beside a frozen COCO network; needs the environment of `make setup-train`.

    What is left of an epoch's pictures beside the shares of copies, kinds and rendered ones are photographs. A split is refused that shares an
    origin or a near-duplicate across its sides, or that holds frames of footage for tests; so is a set of --data of which a picture or a label cannot
    be read. The run's folder tells what it cost in run.json.

    Example: curbwatch models train --base yolo26n.pt --real street_real --kinds street_kinds --rendered rendered --fold 1 --out run
    """
    if (data is None) == (real is None):
        raise click.UsageError("name either --real (a folder with a manifest.json) or --data (your own data.yaml)")
    if data is not None and (fold is not None or kinds is not None or rendered):
        raise click.UsageError("--fold, --kinds and --rendered go with --real; --data names its pictures itself")
    if data is not None:
        refuse_given(context, ("small_share", "kinds_share", "rendered_share"), "goes with --real: of --data all pictures are shown alike")
    if start is not None and not start.is_file():
        raise TrainingError(f"{start} does not exist: check --start")
    left = 1.0 - small_share - kinds_share - rendered_share
    if left <= 0:
        raise click.UsageError("--small-share, --kinds-share and --rendered-share leave nothing for photographs: together they must stay under 1")
    shares = Shares(photographs=round(left, 6), small=small_share, kinds=kinds_share, rendered=rendered_share)
    recipe = Recipe(shares=shares, **numbers)

    from models.training.environment import require_training_environment

    require_training_environment()
    from models.cards import sha256_of
    from models.training.ledger import open_ledger
    from models.training.pictures import lay_out_set, refuse_set, training_pictures
    from models.training.run import train as run
    from models.training.shipped import start_from_file
    from models.training.street_branch import build_start
    from models.training.versions import version_of_set
    from models.training.where import find_place

    if data is not None:
        refuse_set(data, footage=footage)
    place = find_place(device, threads, workers)
    if data is None:
        assert real is not None
        data, versions = _lay_out(real, kinds, rendered, fold, footage, out / "data", small_copies=bool(small_share))
    else:
        versions = {"data": version_of_set(data)}
        data = lay_out_set(data, out / "data")
    versions["base"] = sha256_of(base) if base.is_file() else ""
    ledger = open_ledger(out, recipe.as_settings() | {"fold": fold, "start": sha256_of(start) if start else None}, versions)
    if start is None:
        first = build_start(base, out / "start.pt", recipe.trained_from)
    elif start.suffix == ".onnx":
        first = start_from_file(base, start, training_pictures(data), out / "start.pt", image_size=recipe.image_size)
    else:
        first = start
    total = recipe.epochs * recipe.pictures_per_epoch
    if total != recipe.image_epochs:
        click.echo(f"{total:,} pictures will be shown, in whole epochs of {recipe.pictures_per_epoch:,} (--pictures-per-epoch)", err=True)
    with click.progressbar(length=total, label="training", file=sys.stderr, item_show_func=lambda text: text, show_pos=True) as bar:
        bar.update(ledger.epochs_done * recipe.pictures_per_epoch)
        last = run(first, data, out, recipe, ledger, place=place, show=_show(bar, total))
    click.echo(f"{ledger.image_epochs:,} pictures shown in {ledger.core_seconds / 3600:.2f} core-hours on {place.name}")
    click.echo(f"trained: {last}; next: curbwatch models export {last} --base {base} --out model.onnx")


def _show(bar: Any, total: int) -> Any:
    """Moves the bar with each batch; where nobody watches a terminal, a line tells each hundredth part."""

    def show(pictures: int, losses: dict[str, float]) -> None:
        before = bar.pos * 100 // total
        text = ", ".join(f"{name.removesuffix('_loss')} {value:.3f}" for name, value in losses.items())
        bar.update(pictures, text)
        if not sys.stderr.isatty() and bar.pos * 100 // total > before:
            click.echo(f"{bar.pos:,} of {total:,} pictures: {text}", err=True)

    return show


def _lay_out(
    real: Path, kinds: Path | None, rendered: tuple[Path, ...], fold: int | None, footage: Path | None, target: Path, *, small_copies: bool
) -> tuple[Path, dict[str, Any]]:
    """Splits by origin, refuses what would flatter, lays out; returns the data.yaml and what the data were."""
    from models.photographs import CORRECTIONS, folds, read, whole
    from models.training.pictures import lay_out
    from models.training.versions import version_of_manifest, version_of_names, version_of_pictures

    photographs, others = read(real), read(kinds) if kinds else ()
    cut = whole(photographs, others=others) if fold is None else folds(photographs, FOLDS, others=others)[fold - 1]
    with click.progressbar(length=1, label="setting copies small into other streets", file=sys.stderr) as bar:

        def told(done: int, of: int) -> None:
            bar.length = of
            bar.update(done - bar.pos)

        laid = lay_out(cut, target, rendered=rendered, small_copies=1.0 if small_copies else 0.0, footage=footage, told=told)
    click.echo(
        f"{laid.photographs} photographs of {len(laid.origins)} origins, {laid.small} small copies, {laid.rendered} rendered pictures; "
        f"{laid.calibration} photographs of {len(laid.calibration_origins)} origins for thresholds, {len(cut.held_back)} held back"
    )
    versions: dict[str, Any] = {
        "photographs": laid.photographs, "small": laid.small, "rendered": laid.rendered, "real": version_of_manifest(real, CORRECTIONS),
        "kinds": version_of_manifest(kinds, CORRECTIONS) if kinds else None, "trained_on": version_of_names(p.id for p in cut.train),
        "rendered_folders": {folder.name: version_of_pictures(folder) for folder in rendered},
    }  # fmt: skip
    return laid.data, versions


@click.command()
@click.argument("branch", type=FILE, required=False)
@click.option("--base", type=FILE, required=True, help="COCO checkpoint (YOLO26); its classes of the street are kept as they are.")
@click.option("--out", type=FILE, required=True, help="ONNX file to write.")
@click.option("--version", default="1", show_default=True)
@click.option("--width", type=click.IntRange(32), default=640, show_default=True, help="Input width that the file names; it takes any multiple of 32.")
@click.option("--height", type=click.IntRange(32), default=384, show_default=True)
def export(branch: Path | None, base: Path, out: Path, version: str, width: int, height: int) -> None:
    """Writes one ONNX file of the COCO classes of the street and, with a trained BRANCH, its own classes beside them.

    Example: curbwatch models export run/branch.pt --base yolo26n.pt --out street.onnx
    """
    from models.training.environment import require_training_environment

    require_training_environment()
    from models.training.export import export as write

    written = write(base, branch, out, input_size=(width, height), version=version)
    click.echo(f"{written.path}: {len(written.classes)} classes, {written.size_bytes / 1e6:.1f} MB")
