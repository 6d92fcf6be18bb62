"""`curbwatch bench hold`, `overload` and `soak`: many cameras for many minutes."""

from __future__ import annotations

from pathlib import Path

import click

from curbwatch.commands.bench_parts import CLIP, FILE, FOLDER, OUTPUT, chosen_clip, chosen_model, progress, show


@click.command()
@click.option("--cameras", type=click.IntRange(1, 2000), default=400, show_default=True)
@click.option("--seconds", type=click.FloatRange(5, 86_400), default=600.0, show_default=True)
@click.option("--transport", type=click.Choice(["tcp", "udp"]), default="tcp", show_default=True)
@click.option("--coalesced", is_flag=True, help="Over UDP: cameras that hand the kernel whole pictures (GSO) instead of single datagrams.")
@CLIP
@OUTPUT
def hold(
    cameras: int, seconds: float, transport: str, coalesced: bool, codec: str, clip: Path | None, clips: Path | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """Holds many live cameras in one process and accounts for every keyframe.

    Example: curbwatch bench hold --cameras 400 --seconds 600
    """
    from benchmarks import hold as work

    played = chosen_clip(codec, clip, clips)
    result = work.run(played, cameras=cameras, seconds=seconds, transport=transport, segmented=coalesced, progress=progress)
    show(result, as_json, out)


@click.command()
@click.option("--cameras", type=click.IntRange(20, 2000), default=200, show_default=True, help="One in twenty shows a stall.")
@click.option("--seconds", type=click.FloatRange(10, 86_400), default=180.0, show_default=True, help="That are observed.")
@click.option("--warm-up", type=click.FloatRange(0, 3600), default=60.0, show_default=True, help="Seconds before them.")
@click.option("--look-seconds", type=click.FloatRange(1, 60), default=4.0, show_default=True, help="Between two looks, as far as the machine gets.")
@click.option("--suspicious-seconds", type=click.FloatRange(1, 60), default=2.0, show_default=True, help="The same for views under suspicion.")
@click.option("--detectors", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--decoders", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option("--model", default="curbwatch-n-street", show_default=True)
@click.option("--provider", type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]), default="auto", show_default=True)
@CLIP
@OUTPUT
def overload(
    cameras: int, seconds: float, warm_up: float, look_seconds: float, suspicious_seconds: float, detectors: int, decoders: int, model: str, provider: str,
    codec: str, clip: Path | None, clips: Path | None, as_json: bool, out: Path | None,
) -> None:  # fmt: skip
    """More cameras than the machine can look at, in the worker of `watch`: what is stretched, and whether the worker says so.

    Example: curbwatch bench overload --cameras 200
    """
    from benchmarks import overload as work

    load = work.Load(chosen_model(model), provider, cameras, look_seconds, suspicious_seconds, detectors, decoders, warm_up, seconds)
    show(work.run(chosen_clip(codec, clip, clips), load, progress=progress), as_json, out)


@click.command()
@click.option("--cameras", type=click.IntRange(10, 2000), default=40, show_default=True, help="A tenth of them at random faults.")
@click.option("--minutes", type=click.FloatRange(0.2, 24 * 60), default=60.0, show_default=True)
@click.option("--look-seconds", type=click.FloatRange(1, 600), default=10.0, show_default=True, help="Between two looks at a camera.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the faults; the same seed does the same wrong at the same time.")
@click.option("--folder", type=FOLDER, required=True, help="Data and logs of API and worker.")
@click.option("--log", type=FILE, required=True, help="The samples, a line of JSON each.")
@click.option("--plot", "picture", type=FILE, help="Write the plots to this SVG.")
@click.option("--resume", is_flag=True, help="Go on with the log of a soak that was broken off.")
@click.option("--model", default="curbwatch-n-street", show_default=True)
@OUTPUT
def soak(
    cameras: int, minutes: float, look_seconds: float, seed: int, folder: Path, log: Path, picture: Path | None, resume: bool, model: str, as_json: bool,
    out: Path | None,
) -> None:  # fmt: skip
    """Runs worker, case API and simulated cameras for an hour, a tenth of the cameras at random faults, and says what has grown.

    Example: curbwatch bench soak --folder /tmp/soak --log soak.jsonl --plot soak.svg
    """
    from benchmarks import soak as work
    from benchmarks.overload import STALL
    from benchmarks.scaling import write_plot
    from benchmarks.soak_report import plot, read_log
    from detector.fleet.processes import stop_on_signals

    clips = [chosen_clip("h264", None, None).path, chosen_clip("h265", None, None).path] * 2 + [STALL]
    what = work.Soak(clips, chosen_model(model), folder, log, cameras, minutes, look_seconds, seed=seed)
    result = work.run(what, resume=resume, stop=stop_on_signals(), progress=progress)
    if picture is not None:
        write_plot(plot(*read_log(log)), picture)
    show(result, as_json, out)


@click.command()
@click.option("--write", "document", type=FILE, help="Write the tables into this document, between its comments `<!-- ledger: NAME -->` and `<!-- end -->`.")
@click.argument("names", nargs=-1)
def ledger(document: Path | None, names: tuple[str, ...]) -> None:
    """Prints kept results (benchmarks/ledger) as tables, or writes them into a document.

    Example: curbwatch bench ledger --write docs/performance.md
    """
    from benchmarks import ledger_tables
    from benchmarks.results import newest, read_result

    if document is not None:
        click.echo(f"{document}: {'written anew' if ledger_tables.write(document) else 'nothing to change'}", err=True)
    for name in names:
        path = newest(name)
        click.echo(f"{name}: nothing kept" if path is None else ledger_tables.as_markdown(read_result(path)))
