"""`curbwatch models`: cards and weights, training, export, figures."""

from __future__ import annotations

from pathlib import Path

import click

from curbwatch.commands.models_evaluate import evaluate
from curbwatch.terminal import emit_json
from models.cards import ModelCard
from models.session import open_model
from models.shelf import list_models, put_on_shelf

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def models() -> None:
    """Lists, imports, trains, exports and measures models."""


models.add_command(evaluate)


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON line a model.")
def list_(as_json: bool) -> None:
    """Lists the models that can be opened by name.

    Example: curbwatch models list
    """
    for shelved in list_models():
        card = shelved.card
        if as_json:
            fields = card.model_dump(mode="json") if card else {}
            emit_json({"name": shelved.name, "path": str(shelved.path), "shipped": shelved.shipped, "fault": shelved.fault, **fields})
        elif shelved.fault:
            click.echo(f"{shelved.name:<24} faulty: {shelved.fault}")
        elif card is None:
            click.echo(f"{shelved.name:<24} without a card   {shelved.path}")
        else:
            size = f"{card.input_size[0]}x{card.input_size[1]}"
            origin = "shipped" if shelved.shipped else "imported"
            click.echo(f"{shelved.name:<24} {card.version:<10} {size:<10} {len(card.classes):>3} classes  {card.licence:<10} {origin}")


@models.command("import")
@click.argument("file", type=FILE)
@click.option("--name", help="Name to open it by; by default the file's.")
@click.option("--version", default="1", show_default=True)
@click.option("--licence", default="unknown", show_default=True, help="SPDX name; Ultralytics' own weights are AGPL-3.0.")
@click.option("--replace", is_flag=True, help="Replace an imported model of this name.")
def import_(file: Path, name: str | None, version: str, licence: str, replace: bool) -> None:
    """Checks an ONNX file of a detector, writes its card and puts both where `--model NAME` finds them.

    Example: curbwatch models import yolo11n.onnx --licence AGPL-3.0
    """
    session = open_model(file, provider="cpu")
    card = ModelCard(
        name=name or "".join(sign if sign.isalnum() or sign in "._-" else "-" for sign in file.stem.lower()),
        version=version,
        sha256=session.sha256,
        licence=licence,
        classes=session.names,
        input_size=(session.input_width_px, session.input_height_px),
    )
    target = put_on_shelf(file, card, replace=replace)
    click.echo(f"{card.name}: {len(card.classes)} classes, {card.input_size[0]}x{card.input_size[1]}, head {session.head}, at {target}")


@models.command()
@click.option("--base", type=FILE, required=True, help="COCO checkpoint (YOLO26) whose frozen layers the branch stands on.")
@click.option("--real", type=FOLDER, help="Folder of real photographs with a manifest.json; split by origin.")
@click.option("--rendered", type=FOLDER, multiple=True, help="Folder of rendered pictures (images/, labels/); repeat for several.")
@click.option("--data", type=FILE, help="Instead of both: your own data.yaml with the classes of the street branch.")
@click.option("--out", type=FOLDER, required=True, help="Folder of the run; the same command again goes on where it stopped.")
@click.option("--start", type=FILE, help="Branch checkpoint, or shipped ONNX file, to go on from.")
@click.option("--epochs", type=click.IntRange(1), default=12, show_default=True)
@click.option("--learning-rate", type=click.FloatRange(0, 1, min_open=True), default=0.0015, show_default=True)
@click.option("--image-size", type=click.IntRange(64, 2048), default=448, show_default=True)
@click.option("--batch", type=click.IntRange(1), default=16, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
@click.option("--mosaic", type=click.FloatRange(0, 1), default=0.7, show_default=True, help="Share of the pictures that are set together, four in one.")
@click.option("--scale", type=click.FloatRange(0, 0.9), default=0.7, show_default=True, help="Pictures are scaled by 1 minus to 1 plus this at random.")
@click.option("--repeat-rendered", type=click.IntRange(1, 10), default=1, show_default=True, help="How often each rendered picture counts.")
def train(
    base: Path,
    real: Path | None,
    rendered: tuple[Path, ...],
    data: Path | None,
    out: Path,
    start: Path | None,
    epochs: int,
    learning_rate: float,
    image_size: int,
    batch: int,
    threads: int,
    mosaic: float,
    scale: float,
    repeat_rendered: int,
) -> None:
    """Trains the street branch beside a frozen COCO network; needs the environment of `make setup-train`.

    Example: curbwatch models train --base yolo26n.pt --real street_real --rendered rendered --out run
    """
    from models.training.environment import require_training_environment

    require_training_environment()
    from models.training.pictures import lay_out, training_pictures
    from models.training.shipped import start_from_file
    from models.training.street_branch import build_start
    from models.training.street_branch import train as run

    if (data is None) == (real is None):
        raise click.UsageError("name either --real (a folder with a manifest.json) or --data (your own data.yaml)")
    if data is None:
        assert real is not None
        split = lay_out(real, rendered, out / "data", repeat_rendered=repeat_rendered)
        click.echo(f"{split.train} real and {split.rendered} rendered pictures; {split.aside} pictures of {len(split.aside_origins)} origins kept aside")
        data = out / "data" / "data.yaml"
    if start is None:
        first = build_start(base, out / "start.pt")
    elif start.suffix == ".onnx":
        first = start_from_file(base, start, training_pictures(data), out / "start.pt", image_size=image_size)
    else:
        first = start
    last = run(
        first, data, out / "run", epochs=epochs, learning_rate=learning_rate, image_size=image_size, batch=batch, threads=threads, mosaic=mosaic, scale=scale
    )
    click.echo(f"trained: {last}; next: curbwatch models export {last} --base {base} --out model.onnx")


@models.command()
@click.argument("branch", type=FILE, required=False)
@click.option("--base", type=FILE, required=True, help="COCO checkpoint (YOLO26); its classes of the street are kept as they are.")
@click.option("--out", type=FILE, required=True, help="ONNX file to write.")
@click.option("--version", default="1", show_default=True)
@click.option("--width", type=click.IntRange(32), default=640, show_default=True, help="Input width that the file names; it takes any multiple of 32.")
@click.option("--height", type=click.IntRange(32), default=384, show_default=True)
def export(branch: Path | None, base: Path, out: Path, version: str, width: int, height: int) -> None:
    """Writes one ONNX file of the COCO classes of the street and, with a trained BRANCH, its own classes beside them.

    Example: curbwatch models export run/weights/last.pt --base yolo26n.pt --out street.onnx
    """
    from models.training.environment import require_training_environment

    require_training_environment()
    from models.training.export import export as write

    written = write(base, branch, out, input_size=(width, height), version=version)
    click.echo(f"{written.path}: {len(written.classes)} classes, {written.size_bytes / 1e6:.1f} MB")
