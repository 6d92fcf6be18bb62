"""`curbwatch bench`: measurements with peers beside them, as a table and as JSON."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from curbwatch.terminal import emit_json

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def options(*them: Option) -> Option:
    """Several options as one decorator, in the order in which they are listed."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(them):
            command = option(command)
        return command

    return decorate


OUTPUT = options(
    click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table."),
    click.option("--out", type=FILE, help="Keep the JSON in this file too."),
)
CLIP = options(
    click.option("--codec", type=click.Choice(["h264", "h265"]), default="h264", show_default=True, help="Of the drawn street, made once and kept."),
    click.option("--clip", type=FILE, help="Play this clip instead (MP4, H.264 or H.265)."),
    click.option("--clips", type=FOLDER, help="Where the drawn street is kept; by default the user's cache."),
)
WINDOW = options(
    click.option("--look-seconds", type=click.FloatRange(0.5, 60), default=4.0, show_default=True, help="One look per camera and so many seconds."),
    click.option("--seconds", type=click.FloatRange(1, 600), default=12.0, show_default=True, help="Of each window; a multiple of the look interval."),
    click.option("--warm-up", type=click.FloatRange(0, 120), default=5.0, show_default=True, help="Seconds before each window."),
    click.option("--rounds", type=click.IntRange(1, 20), default=1, show_default=True, help="Windows of each contender, in turns; the table has medians."),
)
MODEL = options(
    click.option("--model", default="curbwatch-n-street", show_default=True, help="Name from `curbwatch models list`, or the path of an ONNX file."),
    click.option("--provider", type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]), default="auto", show_default=True, help="What runs the model."),
    click.option("--size", default="640x384", show_default=True, help="Width and height of the model's input in pixels."),
    click.option("--threads", type=click.IntRange(1, 256), default=1, show_default=True, help="Threads of a session on a CPU, and of the peer."),
)
PEERS = options(
    click.option("--peer-python", type=FILE, help="Python of the environment with Ultralytics; by default .venv-train's."),
    click.option("--peer-model", type=FILE, help="Ultralytics' model: a checkpoint or an ONNX export."),
)


@click.group()
def bench() -> None:
    """Measures reading, detection and the whole pipeline beside their peers, and multiplies the figures up to a city."""
    signal.signal(signal.SIGTERM, _end)  # so that a killed benchmark takes its cameras with it


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


@bench.command()
@click.option(
    "--cameras", default="16,100", show_default=True, help="Simulated cameras for this reader: a number or a list; it looks with the fewest, peers get fewer."
)
@click.option("--transport", type=click.Choice(["tcp", "udp", "both"]), default="tcp", show_default=True, help="How the cameras are read.")
@click.option("--only", multiple=True, metavar="KEY", help="Only this contender; repeat for several.")
@CLIP
@WINDOW
@OUTPUT
def ingest(
    cameras: str, transport: str, only: tuple[str, ...], codec: str, clip: Path | None, clips: Path | None, look_seconds: float, seconds: float, warm_up: float,
    rounds: int, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """CPU and memory of reading a camera, beside OpenCV, an ffmpeg process, PyAV and Motion on the same cameras.

    Example: curbwatch bench ingest --cameras 100,400 --transport both --rounds 3
    """
    from benchmarks import ingest as work
    from benchmarks.live import Plan

    plan = Plan(_clip(codec, clip, clips), seconds, warm_up, rounds)
    ways = ("tcp", "udp") if transport == "both" else (transport,)
    _show(work.run(plan, cameras=_numbers(cameras), look_seconds=look_seconds, transports=ways, only=only, progress=_progress), LIVE, as_json, out)


@bench.command()
@MODEL
@click.option("--batch", help="Batch sizes: 4, a list 1,4,16, or 1..64; by default 1,4 on a CPU and 1..64 on a GPU.")
@click.option("--images", type=click.IntRange(1, 100_000), default=20, show_default=True, help="Images of each round.")
@click.option("--rounds", type=click.IntRange(1, 50), default=3, show_default=True, help="Rounds in turns; the table has medians.")
@PEERS
@OUTPUT
def infer(
    model: str, provider: str, size: str, threads: int, batch: str | None, images: int, rounds: int, peer_python: Path | None, peer_model: Path | None,
    as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Milliseconds an image of the session that serves, beside a bare onnxruntime loop and `ultralytics predict`.

    Example: curbwatch bench infer --provider tensorrt --batch 1..64
    """
    from benchmarks import infer as work

    result = work.run(
        model=_model(model), provider=provider, batches=work.parse_batches(batch) if batch else None, size=_size(size), threads=threads, images=images,
        rounds=rounds, python=peer_python, weights=peer_model, progress=_progress,
    )  # fmt: skip
    _show(result, TIMED, as_json, out)


@bench.command()
@click.option("--cameras", type=click.IntRange(1, 2000), default=16, show_default=True, help="Simulated cameras for this pipeline.")
@click.option("--peer-cameras", type=click.IntRange(1, 64), default=3, show_default=True, help="Simulated cameras for the peer: as many as it keeps up with.")
@click.option("--profile", is_flag=True, help="Tell where this pipeline's time goes, by stage, from one more window a round.")
@CLIP
@WINDOW
@MODEL
@PEERS
@OUTPUT
def pipeline(
    cameras: int, peer_cameras: int, profile: bool, codec: str, clip: Path | None, clips: Path | None, look_seconds: float, seconds: float, warm_up: float,
    rounds: int, model: str, provider: str, size: str, threads: int, peer_python: Path | None, peer_model: Path | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """CPU of a camera-second in the worker of `watch`, from the packet to the judgement, beside Ultralytics' LoadStreams and predict at the same look rate.

    Example: curbwatch bench pipeline --look-seconds 4 --rounds 3
    """
    from benchmarks import pipeline as task
    from benchmarks.live import Plan

    work = task.Work(_model(model), provider, threads, _size(size), look_seconds, cameras, peer_cameras, profile)
    plan = Plan(_clip(codec, clip, clips), seconds, warm_up, rounds)
    _show(task.run(plan, work, python=peer_python, weights=peer_model, progress=_progress), LIVE, as_json, out)


@bench.command()
@click.option("--cameras", type=click.IntRange(1, 1_000_000), default=8000, show_default=True)
@click.option("--busy-share", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="Share of the cameras that are busy.")
@click.option("--busy-seconds", type=click.FloatRange(0.1, 600), default=4.0, show_default=True, help="A busy camera's look interval.")
@click.option("--calm-seconds", type=click.FloatRange(0.1, 600), default=10.0, show_default=True, help="A calm camera's look interval.")
@click.option("--fill", type=click.FloatRange(0.05, 1), default=0.6, show_default=True, help="Share of each machine and card that is planned with.")
@click.option("--machine", "machines", multiple=True, metavar="NAME", help="small, medium, large, measured, or cores:memory_gib:network_gbit:slots; repeat.")
@click.option("--card", "cards", multiple=True, metavar="NAME", help="Name from the list of cards, or none; repeat. By default none, t4 and what was measured.")
@click.option("--mbit", type=click.FloatRange(0.01, 100), help="Megabits a second of a camera; by default the clip's.")
@click.option("--from", "files", type=FILE, multiple=True, help="A result kept with --out; for the others the newest of the ledger.")
@OUTPUT
def capacity(
    cameras: int, busy_share: float, busy_seconds: float, calm_seconds: float, fill: float, machines: tuple[str, ...], cards: tuple[str, ...],
    mbit: float | None, files: tuple[Path, ...], as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Machines and cards for a city: measured stage costs multiplied up, each input marked as measured or published.

    Example: curbwatch bench capacity --cameras 8000 --busy-share 0.5 --machine medium --card t4
    """
    from benchmarks import city_report
    from benchmarks.capacity import City

    city = City(cameras, busy_share, busy_seconds, calm_seconds, fill)
    report = city_report.make(city, machines, cards, files, mbit)
    if out is not None:
        city_report.keep(report, out)
    if as_json:
        emit_json(report.as_json())
    else:
        click.echo(city_report.as_text(report))


LIVE = (
    ("contender", "title"), ("by", "transport"), ("cameras", "cameras"), ("CPU ms/camera-s", "cpu_ms"), ("low", "cpu_ms_low"), ("high", "cpu_ms_high"),
    ("ratio", "ratio"), ("MB/camera", "memory_mb"), ("pictures/s", "pictures_per_second"), ("looks/s", "looks_per_second"), ("lost", "lost"), ("kept up", "kept_up"),
)  # fmt: skip
TIMED = (
    ("contender", "title"), ("provider", "provider"), ("batch", "batch"), ("CPU ms/image", "cpu_ms"), ("low", "cpu_ms_low"), ("high", "cpu_ms_high"),
    ("wall ms/image", "wall_ms"), ("ratio", "ratio"), ("images", "images"),
)  # fmt: skip


def _show(result: Any, columns: Sequence[tuple[str, str]], as_json: bool, out: Path | None) -> None:
    from benchmarks.results import write_result
    from benchmarks.tables import table
    from benchmarks.targets import told

    if out is not None:
        write_result(result, out)
    if as_json:
        emit_json(result.as_json())
        return
    beside = sum(row.get("beside_seconds", 0) for row in result.rows)
    said = {True: "yes", False: "NO"}
    cells = [[said.get(value, value) if isinstance(value, bool) else value for value in (row.get(field) for _, field in columns)] for row in result.rows]
    click.echo(f"bench {result.bench}: {result.subject}")
    click.echo(f"{result.machine.line}; {result.machine.at}, {result.code}; beside the contenders {beside:.0f} CPU s were used\n")
    click.echo(table([head for head, _ in columns], cells))
    for key, reason in result.skipped.items():
        click.echo(f"skipped {key}: {reason}")
    click.echo("".join(f"\n- {note}" for note in result.notes))
    if result.targets:
        click.echo("\n" + "\n".join(map(told, result.targets)))


def _clip(codec: str, clip: Path | None, folder: Path | None) -> Any:
    from benchmarks.clips import RECIPES, default_folder, ensure_clip, read_clip

    if clip is not None:
        return read_clip(clip)
    recipe = RECIPES[codec]
    return read_clip(ensure_clip(recipe, folder or default_folder(), _progress), recipe.description)


def _model(model: str) -> str:
    from models.shelf import find_model

    return str(find_model(model).resolve())


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 32 <= int(width) <= 4096 and 32 <= int(height) <= 4096):
        raise click.BadParameter(f"{text!r} is no size: write width x height in pixels, as 640x384", param_hint="--size")
    return int(width), int(height)


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() and 1 <= int(part) <= 2000 for part in parts):
        raise click.BadParameter(f"{text!r} is no number of cameras: write 16, or a list as 16,100,400 (1 to 2000)", param_hint="--cameras")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _progress(text: str) -> None:
    click.echo(text, err=True)
