"""`curbwatch bench`: measurements with peers beside them, as a table and as JSON."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from curbwatch.commands.bench_api import api
from curbwatch.commands.bench_events import events, events_footage, events_street, footage_rules
from curbwatch.commands.bench_exclusions import exclusions
from curbwatch.commands.bench_kills import kills
from curbwatch.commands.bench_long import hold, ledger, overload, soak
from curbwatch.commands.bench_parts import CLIP, FILE, OUTPUT, WINDOW, chosen_clip, chosen_model, options, progress, show
from curbwatch.terminal import emit_json

DEFAULT_CAMERAS = "16,100"
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


for command in (api, hold, overload, soak, kills, ledger, events, events_footage, footage_rules, events_street, exclusions):
    bench.add_command(command)


def _end(number: int, frame: object) -> None:
    raise SystemExit(128 + number)


@bench.command()
@click.option(
    "--cameras",
    default=DEFAULT_CAMERAS,
    show_default=True,
    help="Simulated cameras for this reader: a number or a list; it looks with the fewest, peers get fewer.",
)
@click.option("--transport", type=click.Choice(["tcp", "udp", "both"]), default="tcp", show_default=True, help="How the cameras are read.")
@click.option("--only", multiple=True, metavar="KEY", help="Only this contender; repeat for several.")
@click.option("--scaling", is_flag=True, help="Only this reader, at 25 to 400 cameras in turns (or the sizes of --cameras), with a plot.")
@click.option("--plot", "picture", type=FILE, help="With --scaling: write the plot to this SVG.")
@CLIP
@WINDOW
@OUTPUT
def ingest(
    cameras: str, transport: str, only: tuple[str, ...], scaling: bool, picture: Path | None, codec: str, clip: Path | None, clips: Path | None,
    look_seconds: float, seconds: float, warm_up: float, rounds: int, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """CPU and memory of reading a camera, beside OpenCV, an ffmpeg process, PyAV and Motion on the same cameras.

    Example: curbwatch bench ingest --cameras 100,400 --transport both --rounds 3
    """
    from benchmarks import ingest as work
    from benchmarks import scaling as sizes
    from benchmarks.live import Plan

    plan = Plan(chosen_clip(codec, clip, clips), seconds, warm_up, rounds)
    ways = ("tcp", "udp") if transport == "both" else (transport,)
    if scaling:
        result = sizes.run(plan, cameras=_numbers(cameras) if cameras != DEFAULT_CAMERAS else sizes.SIZES, transports=ways, progress=progress)
        if picture is not None:
            sizes.write_plot(sizes.plot(result), picture)
        show(result, as_json, out)
        return
    show(work.run(plan, cameras=_numbers(cameras), look_seconds=look_seconds, transports=ways, only=only, progress=progress), as_json, out)


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
        model=chosen_model(model), provider=provider, batches=work.parse_batches(batch) if batch else None, size=_size(size), threads=threads, images=images,
        rounds=rounds, python=peer_python, weights=peer_model, progress=progress,
    )  # fmt: skip
    show(result, as_json, out)


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

    work = task.Work(chosen_model(model), provider, threads, _size(size), look_seconds, cameras, peer_cameras, profile)
    plan = Plan(chosen_clip(codec, clip, clips), seconds, warm_up, rounds)
    show(task.run(plan, work, python=peer_python, weights=peer_model, progress=progress), as_json, out)


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
