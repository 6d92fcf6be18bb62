"""`curbwatch street`: pictures, clips and training sets of the rendered street, with ground truth.

Rendering needs `bpy` (extra `street`). What is finished is kept, so a command that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curbwatch.terminal import emit_json
from models.street.environment import require_street
from models.street.scripts import DEMO, SCRIPTS, Script

if TYPE_CHECKING:
    from models.street.clips.script import Script as DrawnScript

LAST_DEMO_SEED = max(script.seed for script in SCRIPTS.values())
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
@click.option("--seed", type=click.IntRange(0), help="Seed of the first of --count clips, each a story of its own seed; without it the demo's clips by NAME.")
@click.option("--seeds-of", metavar="COMMIT", help="Sealed clips: their seeds follow from this commit. Refused where thresholds or rules changed since.")
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, help="How many clips from --seed on, or of --seeds-of.")
@click.option(
    "--split",
    type=click.Choice(["train", "open", "sealed"]),
    help="Which families of assets the streets are made of; by default train, with --seeds-of sealed.",
)
@click.option("--out", type=FOLDER, help="Folder for the clips and truth.json.")
@click.option("--cache", type=FOLDER, help="Folder for rendered states; by default OUT/cache. What lies there is not rendered again.")
@click.option("--contact-sheet", type=PICTURE, help="Writes a sheet with pictures of the clips made from --seed, JPEG or PNG.")
@click.option("--list", "as_list", is_flag=True, help="Lists the clips and what happens in each, and ends.")
@THREADS
@AS_JSON
def video(
    names: tuple[str, ...], seed: int | None, seeds_of: str | None, count: int, split: str | None, out: Path | None, cache: Path | None,
    contact_sheet: Path | None, as_list: bool, threads: int, as_json: bool,
) -> None:  # fmt: skip
    """Renders scripted clips with their ground truth; without a NAME, --seed and --seeds-of the eight of the demo.

    \b
    Example: curbwatch street video cam1_stall --out clips
             curbwatch street video --seed 700002 --count 54 --split open --out clips
             curbwatch street video --seeds-of v1.0 --count 54 --out sealed
    """
    if sum(map(bool, (names, seed is not None, seeds_of))) > 1:
        raise click.UsageError("a NAME is one of the demo's clips, --seed and --seeds-of begin new ones: give one of the three")
    split = split or ("train" if seeds_of is None else "sealed")
    if (split == "sealed") != (seeds_of is not None):
        raise click.UsageError("sealed clips, and they alone, take their seeds from a commit: --split sealed goes with --seeds-of COMMIT")
    unknown = [name for name in names if name not in SCRIPTS]
    if unknown:
        raise click.UsageError(f"no clip is named {unknown[0]!r}: {', '.join(SCRIPTS)}")
    if seed is not None and seed <= LAST_DEMO_SEED:
        raise click.UsageError(f"the demo's clips own the seeds 1 to {LAST_DEMO_SEED}: take others")
    scripts = _drawn_scripts(seed, seeds_of, count, split)
    if as_list:
        _list_clips(scripts or SCRIPTS.values(), as_json)
        return
    if out is None:
        raise click.UsageError("name a folder with --out")
    require_street()
    if not scripts:
        _demo_clips(names, out, cache or out / "cache", threads, as_json)
    else:
        _drawn_clips(scripts, out, cache or out / "cache", threads, as_json)
        if contact_sheet is not None:
            from models.street.clips.sheet import contact_sheet as write_sheet

            write_sheet(out, contact_sheet)


def _drawn_scripts(seed: int | None, seeds_of: str | None, count: int, split: str) -> list[DrawnScript]:
    """The stories of the seeds; none where the demo's clips are meant."""
    from models.street.clips.script import draw_script
    from models.street.clips.sealing import seeds_of as sealed_seeds

    if seeds_of is not None:
        commit, seeds = sealed_seeds(seeds_of, count)
        return [replace(draw_script(one, split, turn=turn), seeds_of=commit) for turn, one in enumerate(seeds)]
    return [] if seed is None else [draw_script(one, split) for one in range(seed, seed + count)]


def _list_clips(scripts: Iterable[Script | DrawnScript], as_json: bool) -> None:
    told = [(script.name, script.seed, script.seconds, script.codec, script.summary()) for script in scripts]
    for name, number, seconds, codec, what in told:
        if as_json:
            emit_json({"name": name, "seed": number, "seconds": seconds, "codec": codec, "what": what})
        else:
            click.echo(f"{name:<16} seed {number}  {seconds} s  {codec:<5} {what}")


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _demo_clips(names: tuple[str, ...], out: Path, cache: Path, threads: int, as_json: bool) -> None:
    from models.street.video import Made, add_truth, make_clip

    for name in names or [script.name for script in DEMO]:
        with quiet_renderer():
            made: Made = make_clip(SCRIPTS[name], out, cache, threads=threads, progress=_tell)
        add_truth(made, out / "truth.json")
        if as_json:
            emit_json({"clip": str(made.path), **made.truth})
        else:
            click.echo(f"{made.path}: {made.path.stat().st_size / 1e6:.1f} MB, {len(made.truth['acts'])} violations, {len(made.truth['baits'])} baits")


def _drawn_clips(scripts: Sequence[DrawnScript], out: Path, cache: Path, threads: int, as_json: bool) -> None:
    """Makes the clips of the stories with scene and truth beside each, and truth.json of all that lie in the folder."""
    from curbwatch.street_scene import scene_text
    from models.street.clips.making import make, told, write_truths

    for script in scripts:
        with quiet_renderer():
            truth = make(script, out, cache, threads=threads, progress=_tell)
        (out / truth["file"]).with_suffix(".yaml").write_text(scene_text(truth), encoding="utf-8")
        write_truths(out)
        if as_json:
            emit_json(truth)
        else:
            click.echo(told(truth))


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
    if seed <= LAST_DEMO_SEED:
        raise click.UsageError(f"the demo's clips own the seeds 1 to {LAST_DEMO_SEED}: take others, so that no model sees what it will be shown")
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
