"""`curbwatch bench events`: event level on real pixels, by `replay`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curbwatch.commands.bench_parts import FILE, FOLDER, progress
from curbwatch.terminal import emit_json

if TYPE_CHECKING:
    from detector.worker.eye import Eye
    from models.photographs import Photograph

REPORT = click.option("--report", type=FOLDER, help="Folder for a page with all figures and pictures of what was found, missed and wrong (index.html).")


@click.command()
@click.argument("seen", type=FILE, nargs=-1, required=True)
@click.option(
    "--photographs",
    type=FOLDER,
    help="Folder of photographs with a manifest.json: replay what one --fold holds back and append to the one file SEEN; "
    "with --report and several files it is only read.",
)
@click.option("--fold", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option("--model", default="curbwatch-n-street", show_default=True, help="The fold's sibling of the shipped model.")
@click.option("--limit", type=click.IntRange(1), help="Only so many photographs, evenly taken.")
@REPORT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def events(seen: tuple[Path, ...], photographs: Path | None, fold: int, model: str, limit: int | None, report: Path | None, as_json: bool) -> None:
    """Every held-back photograph as a still camera of 90 s through the code of `replay`: which become a line of grade B; resumable.

    \b
    Example: curbwatch bench events fold1.jsonl --photographs street_real --fold 1 --model sibling1.onnx
             curbwatch bench events fold1.jsonl fold2.jsonl fold3.jsonl
             curbwatch bench events fold1.jsonl fold2.jsonl fold3.jsonl --photographs street_real --report page
    """
    from dataclasses import asdict

    from benchmarks import events as work
    from benchmarks.event_pages import STILLS, open_report, write_stills
    from models.photographs import read

    if report is not None and photographs is None:
        raise click.UsageError("--report shows the photographs: name their folder with --photographs")
    if photographs is not None and len(seen) != 1 and report is None:
        raise click.UsageError("with --photographs one file is written: name one")
    page = None if report is None else open_report(report, STILLS, model)
    if photographs is not None and len(seen) == 1:
        eye, held = _eye_and_held_back(model, photographs, fold)
        if limit is not None:
            held = [held[number * len(held) // limit] for number in range(min(limit, len(held)))]
        with click.progressbar(length=len(held), label=f"fold {fold}", file=sys.stderr) as bar:
            work.watch(eye, held, fold, seen[0], lambda: bar.update(1))
    told = work.read_seen(seen)
    found = work.figures(told)
    if page is not None and photographs is not None:
        progress(f"report: {write_stills(page, told, found, read(photographs))}")
    if as_json:
        emit_json(asdict(found))
        return
    spread = {name: f" ({one.low:.3f} to {one.high:.3f})" for name, one in found.intervals.items()}
    click.echo(f"{found.positives} positives, a line of grade B: {found.hit:.3f}{spread.get('hit', '')}")
    click.echo(f"{found.negatives} negatives, a line of grade B: {found.alarmed:.3f}{spread.get('alarmed', '')}")
    click.echo("left out: " + (", ".join(f"{count} {sort}" for sort, count in sorted(found.left_out.items())) or "none"))
    if found.delay_seconds is not None:
        click.echo(f"median delay after the dwell: {found.delay_seconds:.1f} s")


def _eye_and_held_back(model: str, photographs: Path, fold: int) -> tuple[Eye, Sequence[Photograph]]:
    """What looks, by a model and the verifier that its card binds, and the photographs that a fold holds back."""
    from detector.worker.eye import Eye
    from models.photographs import folds, read
    from models.session import open_model
    from models.verifier import verifier_of

    session = open_model(model, provider="cpu")
    return Eye(session, verifier_of(session)), folds(read(photographs))[fold - 1].held_back


@click.command("events-footage")
@click.argument("footage", type=FOLDER)
@click.argument("outcomes", type=FILE)
@click.option("--photographs", type=FOLDER, required=True, help="Folder of photographs with a manifest.json: stalls are cut from what one --fold holds back.")
@click.option("--fold", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option("--model", default="curbwatch-n-street", show_default=True, help="The fold's sibling of the shipped model.")
@REPORT
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def events_footage(footage: Path, outcomes: Path, photographs: Path, fold: int, model: str, report: Path | None, as_json: bool) -> None:
    """Recorded footage without anything sold, then with stalls set into it at ten places: which become a line of grade B; resumable by OUTCOMES.

    Example: curbwatch bench events-footage footage footage.jsonl --photographs street_real --fold 1 --model sibling1.onnx
    """
    from dataclasses import asdict

    from benchmarks import footage_events as work
    from benchmarks.event_pages import FOOTAGE, open_report, write_footage

    page = None if report is None else open_report(report, FOOTAGE, f"{model}, fold {fold}")
    eye, held = _eye_and_held_back(model, photographs, fold)
    found = work.run(eye, footage, held, outcomes, progress)
    seconds = work.distinct_seconds(footage)
    if page is not None:
        progress(f"report: {write_footage(page, found, seconds, footage, held)}")
    plain, stalls = [one for one in found if one.stall is None], [one for one in found if one.stall is not None]
    if as_json:
        emit_json({"outcomes": [asdict(one) for one in found], "distinct_seconds": seconds, "alarms_per_hour_below": 3 / seconds * 3600})
        return
    for one in found:
        what = "as it is" if one.stall is None else f"with a stall of {one.stall}: {'found' if one.found else 'missed'}"
        click.echo(f"{one.clip} {what}, {len(one.lines)} lines of grade B")
    click.echo(f"as it is: {sum(len(one.lines) for one in plain)} lines of grade B in {seconds:.0f} distinct seconds")
    click.echo(f"none in so few bounds the rate at 3/T, {3 / seconds * 3600:.0f} an hour, and no lower")
    click.echo(f"stalls set in: {sum(bool(one.found) for one in stalls)} of {len(stalls)} became a line")


@click.command("footage-rules")
@click.argument("footage", type=FOLDER)
@click.argument("told", type=FILE)
@click.option("--photographs", type=FOLDER, required=True, help="Folder of photographs with a manifest.json: stalls are cut from what one --fold holds back.")
@click.option("--fold", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option("--model", default="curbwatch-n-street", show_default=True, help="The fold's sibling of the shipped model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of lines.")
def footage_rules(footage: Path, told: Path, photographs: Path, fold: int, model: str, as_json: bool) -> None:
    """Recorded footage under demanding zones, cars that stand for ten seconds, and stalls that permits and hours decide; resumable by TOLD.

    Example: curbwatch bench footage-rules footage rules.jsonl --photographs street_real --fold 1 --model sibling1.onnx
    """
    from dataclasses import asdict

    from benchmarks import footage_rules as work
    from benchmarks.footage_events import distinct_seconds

    eye, held = _eye_and_held_back(model, photographs, fold)
    found = work.run(eye, footage, held, told, progress)
    if as_json:
        emit_json({"told": [asdict(one) for one in found], "distinct_seconds": distinct_seconds(footage)})
        return
    for one in found:
        became = ", ".join(f"{line['kind']} {line['grade']} {line['score']:.2f} at {[round(v) for v in line['xyxy']]}" for line in one.lines) or "nothing"
        verdict = "" if one.right is None else " (as it must)" if one.right else " (not seen)" if one.said == work.RULES[0].name else " (WRONG)"
        click.echo(f"{one.question}: {one.clip}, {one.said}" + ("" if one.stall is None else f", {one.stall}") + f": {became}{verdict}")
    judged = [one for one in found if one.stall is not None and one.right is not None and one.said != work.RULES[0].name]
    click.echo(f"permits: {sum(bool(one.right) for one in judged)} of {len(judged)} as they must; a stall that nobody sees is not judged on")


@click.command("events-street")
@click.argument("truth", type=FILE)
@click.option("--model", default="curbwatch-n-street", show_default=True)
@click.option("--dwell-seconds", type=click.FloatRange(1, 3600), help="Of every kind; by default what the scene beside each clip says.")
@click.option(
    "--look-seconds", type=click.FloatRange(0.5, 60), multiple=True, default=(4.0,), show_default=True, help="Between two looks; give it twice for both."
)
@click.option("--grade", type=click.Choice(["B", "C"]), default="C", show_default=True, help="Lines of this grade and better.")
@REPORT
@click.option("--out", type=FILE, help="Keep the figures in this file too.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each look interval instead of lines.")
def events_street(
    truth: Path, model: str, dwell_seconds: float | None, look_seconds: tuple[float, ...], grade: str, report: Path | None, out: Path | None, as_json: bool
) -> None:
    """Clips of the rendered street with their truth.json: precision, recall, duplicates and delay of all kinds, and what leaves a camera that was turned away.

    \b
    Example: curbwatch bench events-street clips/truth.json
             curbwatch bench events-street clips/truth.json --look-seconds 4 --look-seconds 10 --json
    """
    from dataclasses import asdict

    from benchmarks import street_events as work
    from benchmarks.event_pages import open_report
    from benchmarks.event_pages_street import STREET, add_street
    from benchmarks.results import write_result
    from benchmarks.street_sealed import subject_of
    from benchmarks.street_tables import told
    from curbwatch.demo.truth import read_truth
    from detector.worker.eye import Eye
    from evidence.packet import Grade
    from models.session import open_model
    from models.verifier import files_of, verifier_of

    subject = subject_of(read_truth(truth).values())
    page = None if report is None else open_report(report, STREET, f"{model}, grade {grade} and better")
    drawn, kept = [], []
    session = open_model(model, provider="cpu")
    eye, grades = Eye(session, verifier_of(session)), [one for one in Grade if one.value <= grade]
    for every in look_seconds:
        outcomes = work.run(eye, truth, dwell_seconds=dwell_seconds, look_seconds=every, grades=grades, progress=progress)
        found = work.figures(outcomes)
        kept.append((every, found))
        if page is not None:
            drawn.append(add_street(page, outcomes, found, every, truth.parent))
        if as_json:
            emit_json({"subject": subject, "look_seconds": every, "grade": grade, **asdict(found), "outcomes": [asdict(one) for one in outcomes]})
            continue
        for line in told(outcomes, found, every):
            click.echo(line)
        click.echo(subject)
    if out is not None:
        write_result(work.as_result(kept, subject, f"{session.name} {session.version} ({files_of(session, eye.verifier)})", grade), out)
    if page is not None:
        progress(f"report: {page.write({'looks': drawn})}")
