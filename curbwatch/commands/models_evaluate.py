"""`curbwatch models evaluate`: figures of a model on labelled pictures."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from curbwatch.terminal import EXIT_NO, emit_json
from models.measuring.labelled import looks, open_set
from models.measuring.precision import evaluate as measure
from models.measuring.ranking import rank_pictures
from models.session import DEFAULT_MODEL, open_model

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("model", default=DEFAULT_MODEL)
@click.option("--data", type=FILE, required=True, help="data.yaml of a labelled set in Ultralytics' layout.")
@click.option("--split", default="val", show_default=True)
@click.option("--min-score", type=click.FloatRange(0, 1), default=0.001, show_default=True)
@click.option("--provider", type=click.Choice(["auto", "cpu", "cuda", "tensorrt"]), default="auto", show_default=True)
@click.option("--pictures-of", "of", multiple=True, metavar="CLASS", help="Also ranks whole pictures by their best score of these classes; repeat.")
@click.option("--min-map50", type=click.FloatRange(0, 1), help="End with status 1 where the mean AP at IoU 0.5 is lower.")
@click.option("--json", "as_json", is_flag=True, help="All figures as one JSON line.")
def evaluate(model: str, data: Path, split: str, min_score: float, provider: str, of: tuple[str, ...], min_map50: float | None, as_json: bool) -> None:
    """Measures average precision on labelled pictures, as COCO defines it, through the session that serves.

    Example: curbwatch models evaluate curbwatch-n-street --data street/data.yaml
    """
    session = open_model(model, provider=provider, min_score=min_score)  # type: ignore[arg-type]
    labelled = open_set(data, split)
    unknown = [name for name in of if name not in session.names]
    if unknown:
        raise click.UsageError(f"{session.name} has no class {unknown[0]!r}: {', '.join(session.names)}")
    with click.progressbar(looks(session, labelled), length=len(labelled.pictures), label="looking", file=sys.stderr) as bar:
        pairs = list(bar)
    figures = measure(pairs, session.names)
    ranking = None
    if of:
        try:
            ranking = rank_pictures(pairs, [session.names.index(name) for name in of])
        except ValueError as error:
            raise click.UsageError(f"--pictures-of {' '.join(of)}: {error}") from None
    mean = sum(one.ap for one in figures) / len(figures) if figures else 0.0
    mean50 = sum(one.ap50 for one in figures) / len(figures) if figures else 0.0
    if as_json:
        classes = [asdict(one) for one in figures]
        emit_json({"model": session.name, "sha256": session.sha256, "provider": session.provider, "pictures": len(labelled.pictures),
                   "map": mean, "map50": mean50, "classes": classes} | ({"ranking": asdict(ranking)} if ranking else {}))  # fmt: skip
    else:
        click.echo(f"{'class':<16} {'labels':>7} {'AP':>7} {'AP50':>7} {'found':>7}")
        for one in figures:
            click.echo(f"{one.name:<16} {one.labels:>7} {one.ap:>7.3f} {one.ap50:>7.3f} {one.recall50:>7.3f}")
        click.echo(f"{'mean':<16} {sum(one.labels for one in figures):>7} {mean:>7.3f} {mean50:>7.3f}")
        if ranking:
            click.echo(
                f"{ranking.positives} pictures with {', '.join(of)}, {ranking.negatives} without: AUC {ranking.auc:.3f}; "
                f"from score {ranking.threshold:.3f} on, {ranking.recall:.2f} of the first and {ranking.flagged:.2f} of the others"
            )
    if min_map50 is not None and mean50 < min_map50:
        raise SystemExit(EXIT_NO)
