"""`curbwatch street`: pictures, clips and training sets of the rendered street, with ground truth.

Rendering needs `bpy` (extra `street`). What is finished is kept, so a command that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from curbwatch.terminal import emit_json
from models.street.environment import require_street
from models.street.scripts import DEMO, SCRIPTS

FOLDER = click.Path(path_type=Path, file_okay=False)
PICTURE = click.Path(path_type=Path, dir_okay=False)
THREADS = click.option("--threads", type=click.IntRange(0, 256), default=0, show_default=True, help="Threads for rendering; 0 takes all cores.")
SPLIT = click.option(
    "--split", type=click.Choice(["train", "open", "sealed"]), default="train", show_default=True, help="Which families of assets the street is made of."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON line for each thing that was made.")


@click.group()
def street() -> None:
    """Renders streets as pole cameras see them: every scene is a function of its seed."""


@street.command()
@click.option("--seed", type=click.IntRange(0), required=True)
@click.option("--out", type=PICTURE, required=True, help="JPEG or PNG to write.")
@click.option("--width", type=click.IntRange(64, 4096), default=1280, show_default=True)
@click.option("--height", type=click.IntRange(64, 4096), default=720, show_default=True)
@click.option("--samples", type=click.IntRange(1, 4096), default=8, show_default=True, help="Rays per pixel; the denoiser does the rest.")
@SPLIT
@THREADS
@AS_JSON
def scene(seed: int, out: Path, width: int, height: int, samples: int, split: str, threads: int, as_json: bool) -> None:
    """Renders one picture of the street of a seed and names what it shows.

    Example: curbwatch street scene --seed 42 --out street.jpg
    """
    if width % 2 or height % 2:
        raise click.UsageError("--width and --height must be even: cameras encode pairs of pixels")
    require_street()
    from models.street.dataset import render_picture

    out.parent.mkdir(parents=True, exist_ok=True)
    with quiet_renderer():
        picture = render_picture(seed, out, split=split, width=width, height=height, samples=samples, threads=threads)
    boxes = [
        {"class": box.label, "xyxy": [round(v * side, 1) for v, side in zip(box.xyxy, (width, height) * 2, strict=True)], "visible": box.visible}
        for box in picture.boxes
    ]
    if as_json:
        emit_json({"image": str(out), "seed": seed, "weather": picture.weather, "width": width, "height": height, "boxes": boxes})
    else:
        click.echo(f"{out}: seed {seed}, {picture.weather}, {len(boxes)} things")


@street.command()
@click.argument("names", metavar="[NAME…]", nargs=-1)
@click.option("--out", type=FOLDER, help="Folder for the clips and truth.json.")
@click.option("--cache", type=FOLDER, help="Folder for rendered states; by default OUT/cache. What lies there is not rendered again.")
@click.option("--list", "as_list", is_flag=True, help="Lists the clips and what happens in each, and ends.")
@THREADS
@AS_JSON
def video(names: tuple[str, ...], out: Path | None, cache: Path | None, as_list: bool, threads: int, as_json: bool) -> None:
    """Renders scripted clips with their ground truth; without a NAME the eight of the demo.

    Example: curbwatch street video cam1_stall --out clips
    """
    if as_list:
        for script in SCRIPTS.values():
            if as_json:
                emit_json({"name": script.name, "seed": script.seed, "seconds": script.seconds, "codec": script.codec, "what": script.summary()})
            else:
                click.echo(f"{script.name:<16} seed {script.seed}  {script.seconds} s  {script.codec:<5} {script.summary()}")
        return
    unknown = [name for name in names if name not in SCRIPTS]
    if unknown:
        raise click.UsageError(f"no clip is named {unknown[0]!r}: {', '.join(SCRIPTS)}")
    if out is None:
        raise click.UsageError("name a folder with --out")
    require_street()
    from models.street.video import Made, add_truth, make_clip

    def tell(line: str) -> None:
        click.echo(line, err=True)

    for name in names or [script.name for script in DEMO]:
        with quiet_renderer():
            made: Made = make_clip(SCRIPTS[name], out, cache or out / "cache", threads=threads, progress=tell)
        add_truth(made, out / "truth.json")
        if as_json:
            emit_json({"clip": str(made.path), **made.truth})
        else:
            click.echo(f"{made.path}: {made.path.stat().st_size / 1e6:.1f} MB, {len(made.truth['acts'])} violations, {len(made.truth['baits'])} baits")


@street.command()
@click.option("--out", type=FOLDER, required=True, help="Folder for images/, labels/, meta/, coco.json, verifier.jsonl and data.yaml.")
@click.option("--seed", type=click.IntRange(0), default=200_000, show_default=True, help="Seed of the first scene.")
@click.option("--count", type=click.IntRange(1), default=12, show_default=True, help="How many pictures; six of each scene.")
@SPLIT
@click.option("--width", type=click.IntRange(64, 4096), default=640, show_default=True)
@click.option("--height", type=click.IntRange(64, 4096), default=360, show_default=True)
@click.option("--samples", type=click.IntRange(1, 4096), default=4, show_default=True, help="Rays per pixel; the denoiser does the rest.")
@click.option("--contact-sheet", type=PICTURE, help="Writes a sheet of the pictures with their boxes, JPEG or PNG.")
@click.option("--boxes/--no-boxes", default=True, show_default=True, help="Whether the contact sheet shows the boxes.")
@THREADS
@AS_JSON
def dataset(
    out: Path, seed: int, count: int, split: str, width: int, height: int, samples: int, contact_sheet: Path | None, boxes: bool, threads: int, as_json: bool
) -> None:
    """Renders labelled pictures for `curbwatch models train --rendered` and `models evaluate`; the same seeds give the same labels.

    Example: curbwatch street dataset --out rendered --seed 300000 --count 48 --contact-sheet sheet.jpg
    """
    if seed <= max(script.seed for script in SCRIPTS.values()):
        raise click.UsageError("the demo's clips own the seeds 1 to 9: take others, so that no model sees what it will be shown")
    if width % 2 or height % 2:
        raise click.UsageError("--width and --height must be even: cameras encode pairs of pixels")
    require_street()
    from models.street import sheet
    from models.street.dataset import finished, names, render_dataset
    from models.street.formats import read_meta, write_sets

    done = before = finished(out, seed, count)
    if before and not as_json:
        click.echo(f"{before} of {count} pictures are there already", err=True)
    with quiet_renderer():
        for picture in render_dataset(out, seed, count, split=split, width=width, height=height, samples=samples, threads=threads):
            done += 1
            if as_json:
                emit_json({"image": str(out / "images" / f"{picture.name}.jpg"), "seed": picture.seed, "weather": picture.weather, "boxes": len(picture.boxes)})
            else:
                click.echo(f"{done}/{count}: {picture.name}, {picture.weather}, {len(picture.boxes)} things", err=True)
    path = write_sets(out)
    if contact_sheet is not None:
        sheet.contact_sheet(out, [read_meta(out / "meta" / f"{name}.json") for name in names(seed, count)], contact_sheet, boxes=boxes)
    if not as_json:
        click.echo(f"{path}: {done - before} new pictures, {done} in all")


@contextmanager
def quiet_renderer() -> Iterator[None]:
    """Sends the renderer's own chatter, which it writes to the process's standard output, nowhere; ours still comes out."""
    sys.stdout.flush()
    ours, real = sys.stdout, os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    try:
        with os.fdopen(os.dup(real), "w", encoding="utf-8", buffering=1) as kept:
            sys.stdout = kept
            try:
                yield
            finally:
                sys.stdout = ours
    finally:
        os.dup2(real, 1)
        os.close(real)
