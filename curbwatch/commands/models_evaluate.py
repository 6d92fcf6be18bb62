"""`curbwatch models evaluate`: how good a model is, on a labelled set, or on held-back photographs by saved looks."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from curbwatch.commands.evaluate_photographs import PhotographsAsked, evaluate_photographs
from curbwatch.commands.models_options import refuse_given
from curbwatch.terminal import EXIT_NO, emit_json
from models.measuring.labelled import looks, open_set
from models.measuring.set_report import SetFigures, measure, write_report
from models.session import DEFAULT_MODEL, YoloSession, open_model

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
OF_DATA = ("split", "only", "size", "min_score", "of", "min_map50")
OF_PHOTOGRAPHS = ("fold", "scores", "sizes", "paste_into", "threshold", "list_them", "causes")


def _size(context: click.Context, option: click.Parameter, text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise click.BadParameter(f"{text!r} is no size: write width x height in pixels, as 640x640")
    return int(width), int(height)


@click.command()
@click.argument("model", default=DEFAULT_MODEL)
@click.option("--data", type=FILE, help="data.yaml of a labelled set in Ultralytics' layout.")
@click.option("--split", default="val", show_default=True)
@click.option("--class", "only", multiple=True, metavar="CLASS", help="Only this class; repeat for several.")
@click.option("--size", callback=_size, metavar="WxH", help="Width and height of the model's input in pixels; by default its own.")
@click.option("--min-score", type=click.FloatRange(0, 1), default=0.001, show_default=True)
@click.option("--provider", type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]), default="auto", show_default=True)
@click.option("--pictures-of", "of", multiple=True, metavar="CLASS", help="Also ranks whole pictures by their best score of these classes; repeat.")
@click.option("--min-map50", type=click.FloatRange(0, 1), help="End with status 1 where the mean AP at IoU 0.5 is lower.")
@click.option("--photographs", type=FOLDER, help="Instead of --data: a folder of photographs with a manifest.json, measured by origin.")
@click.option("--fold", default="all", show_default=True, help="Of the photographs: 1, 2, 3 or all; what a fold holds back is measured.")
@click.option(
    "--scores", type=FILE, multiple=True, help="JSON lines of `curbwatch detect --json --verify --min-score 0.01` on the held-back photographs; repeat."
)
@click.option(
    "--sizes", type=FILE, multiple=True, help="JSON lines of looks at pasted photographs; with one --fold and --paste-into they are made here, resumable."
)
@click.option("--paste-into", type=FOLDER, help="Folder for pictures with photographs set in at 32 to 160 px; MODEL looks at each by zone and as a whole.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="Shipped threshold of the fused score, for its own figures; by default that of MODEL's card.")
@click.option("--list", "list_them", is_flag=True, help="Only print the paths of the photographs that the folds hold back, one a line.")
@click.option("--causes", type=FILE, help="JSON object: id of a photograph, why it was missed or flagged; counted in the report.")
@click.option("--report", type=FOLDER, help="Folder for a page with all figures, curves and contact sheets (index.html, figures.json).")
@click.option("--json", "as_json", is_flag=True, help="All figures as one JSON line.")
@click.pass_context
def evaluate(
    context: click.Context, /,
    model: str, data: Path | None, split: str, only: tuple[str, ...], size: tuple[int, int] | None, min_score: float, provider: str, of: tuple[str, ...],
    min_map50: float | None, photographs: Path | None, fold: str, scores: tuple[Path, ...], sizes: tuple[Path, ...], paste_into: Path | None,
    threshold: float | None, list_them: bool, causes: Path | None, report: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Measures average precision on labelled pictures, as COCO defines it, through the session that serves; or figures on held-back photographs.

    \b
    Example: curbwatch models evaluate curbwatch-n-street --data street/data.yaml --report report
             curbwatch models evaluate --photographs street_real --fold 1 --list | xargs -r curbwatch detect --verify --voices --min-score 0.01 --json \\
                 --model fold1.onnx > fold1.jsonl
             curbwatch models evaluate --photographs street_real --fold all --scores fold1.jsonl --scores fold2.jsonl --scores fold3.jsonl
    """
    if (data is None) == (photographs is None):
        raise click.UsageError("name either --data (a labelled set) or --photographs (a folder with a manifest.json)")
    if photographs is not None:
        _refuse_for_photographs(context, scores, paste_into, report)
        asked = PhotographsAsked(model, photographs, fold, scores, sizes, paste_into, threshold, causes, list_them, report, provider)
        evaluate_photographs(asked, as_json=as_json)
        return
    assert data is not None
    refuse_given(context, OF_PHOTOGRAPHS, "goes with --photographs: it says nothing of a labelled set")
    session = open_model(model, provider=provider, min_score=min_score, input_size=size)  # type: ignore[arg-type]
    session.every_class = True  # as `ultralytics val` counts; a head without NMS gives what it gives
    labelled = open_set(data, split)
    unknown = [name for name in (*of, *only) if name not in session.names]
    if unknown:
        raise click.UsageError(f"{session.name} has no class {unknown[0]!r}: {', '.join(session.names)}")
    with click.progressbar(looks(session, labelled, only), length=len(labelled.pictures), label="looking", file=sys.stderr) as bar:
        pictures = list(bar)
    thresholds = session.card.score_thresholds if session.card else {}
    try:
        measured = measure(pictures, session.names, thresholds, [session.names.index(name) for name in of])
    except ValueError as error:
        raise click.UsageError(f"--pictures-of {' '.join(of)}: {error}") from None
    facts = {
        "model": session.name, "version": session.version, "sha256": session.sha256, "provider": session.provider,
        "input": [session.input_width_px, session.input_height_px], "data": str(data), "split": split,
    }  # fmt: skip
    if report is not None:
        page = write_report(report, _facts(session, data, split, measured), facts, measured, pictures, session.names, thresholds)
        click.echo(f"report: {page}", err=True)
    if as_json:
        emit_json(facts | measured.to_json())
    else:
        _print(measured, of)
    if min_map50 is not None and measured.precision.ap50 < min_map50:
        raise SystemExit(EXIT_NO)


def _refuse_for_photographs(context: click.Context, scores: tuple[Path, ...], paste_into: Path | None, report: Path | None) -> None:
    """Refuses what would change no figure of photographs, as they are asked for."""
    refuse_given(context, OF_DATA, "goes with --data: photographs are measured by saved looks")
    if report is None:
        refuse_given(context, ("causes",), "needs --report: causes are counted there")
    if paste_into is None:
        refuse_given(context, ("provider",), "needs --paste-into: else nothing is looked at here")
    if not scores:
        refuse_given(context, ("threshold", "report"), "needs --scores: its figures are of saved looks")


def _facts(session: YoloSession, data: Path, split: str, measured: SetFigures) -> str:
    size = f"{session.input_width_px}x{session.input_height_px}"
    return (
        f"{session.name} {session.version} ({session.sha256[:12]}), {size}, {session.provider} · {data.parent.name}/{data.name} {split}: "
        f"{measured.pictures} pictures, {measured.origins} origins"
    )


def _print(measured: SetFigures, of: tuple[str, ...]) -> None:
    precision = measured.precision
    click.echo(f"{'class':<16} {'labels':>7} {'AP':>7} {'AP50':>7} {'found':>7}")
    for one in precision.classes:
        click.echo(f"{one.name:<16} {one.labels:>7} {one.ap:>7.3f} {one.ap50:>7.3f} {one.recall50:>7.3f}")
    click.echo(f"{'mean':<16} {sum(one.labels for one in precision.classes):>7} {precision.ap:>7.3f} {precision.ap50:>7.3f}")
    click.echo(f"{'as pycocotools':<24} {precision.pycocotools_ap:>7.3f} {precision.pycocotools_ap50:>7.3f}")
    for name, spread in measured.intervals.items():
        click.echo(f"{name}: 95 % between {spread.low:.3f} and {spread.high:.3f}, by resampling {measured.origins} origins")
    for name, size in precision.by_size.items():
        click.echo(f"{name:<18} {size.labels:>5} {size.ap:>7.3f} {size.ap50:>7.3f} {size.recall50:>7.3f}")
    if measured.ranking is not None:
        ranking = measured.ranking
        click.echo(
            f"{ranking.positives} pictures with {', '.join(of)}, {ranking.negatives} without: AUC {ranking.auc:.3f}; "
            f"from score {ranking.threshold:.3f} on, {ranking.recall:.2f} of the first and {ranking.flagged:.2f} of the others"
        )
