"""`curbwatch models`: cards and weights, training, export, figures."""

from __future__ import annotations

import re
from pathlib import Path

import click

from curbwatch.commands.models_evaluate import evaluate
from curbwatch.commands.models_train import export, train
from curbwatch.commands.models_verifier import train_verifier
from curbwatch.terminal import emit_json
from models.cards import NAME, ModelCard
from models.session import open_model
from models.shelf import list_models, put_on_shelf

FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def models() -> None:
    """Lists, imports, trains, exports and measures models."""


models.add_command(train)
models.add_command(export)
models.add_command(evaluate)
models.add_command(train_verifier)


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
    if name is not None and not NAME.fullmatch(name):
        raise click.UsageError(f"--name {name!r}: a model's name has small letters, digits, '.', '_' and '-', and begins with a letter or digit")
    card = ModelCard(
        name=name or re.sub(r"[^a-z0-9._-]", "-", file.stem.lower()).lstrip("._-") or "model",
        version=version,
        sha256=session.sha256,
        licence=licence,
        classes=session.names,
        input_size=(session.input_width_px, session.input_height_px),
    )
    target = put_on_shelf(file, card, replace=replace)
    click.echo(f"{card.name}: {len(card.classes)} classes, {card.input_size[0]}x{card.input_size[1]}, head {session.head}, at {target}")
