"""`curbwatch models evaluate --photographs`: figures on what folds hold back, from saved looks; and looks at photographs set into streets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from curbwatch.commands.evaluate_sizes import look_at_pasted
from curbwatch.terminal import emit_json
from models.cards import ModelCard, sha256_of
from models.errors import ModelNotFound
from models.measuring.held_back import Figures
from models.measuring.pasted import SizeRow, read_looks, size_table
from models.measuring.photographs_report import PhotographFigures, measure_photographs, read_causes, write_photographs_report
from models.measuring.scores import read_scores
from models.photographs import Fold, folds, read
from models.shelf import card_of, find_model

FOLDS = 3


@dataclass(frozen=True, slots=True)
class PhotographsAsked:
    """What was asked on the command line, by the names of its options."""

    model: str
    photographs: Path
    fold: str
    scores: tuple[Path, ...]
    sizes: tuple[Path, ...]
    paste_into: Path | None
    threshold: float | None
    causes: Path | None
    list_them: bool
    report: Path | None
    provider: str


def evaluate_photographs(asked: PhotographsAsked, *, as_json: bool) -> None:
    """Does what was asked and prints the figures.

    Raises:
        click.UsageError: options that do not go together.
        ModelError: photographs, scores or a model cannot be read.
    """
    chosen = _chosen(folds(read(asked.photographs), FOLDS), asked.fold)
    if asked.list_them:
        for photograph in (one for fold in chosen for one in fold.held_back):
            click.echo(str(photograph.path))
        return
    if asked.paste_into is not None:
        if len(chosen) != 1 or len(asked.sizes) != 1:
            raise click.UsageError("--paste-into needs one --fold, whose model looks, and one --sizes file to write the looks to")
        look_at_pasted(asked.model, asked.provider, chosen[0], asked.paste_into, asked.sizes[0])
    rows = size_table(read_looks(asked.sizes)) if asked.sizes else []
    if not asked.scores:
        if not rows:
            raise click.UsageError("name the saved looks: --scores (JSON lines of `curbwatch detect --json --verify --min-score 0.01`), or --sizes")
        if as_json:
            emit_json({"sizes": [_size_json(row) for row in rows]})
        else:
            _print_sizes(rows)
        return
    threshold = asked.threshold if asked.threshold is not None else _threshold_of(asked.model)
    measured = measure_photographs(chosen, read_scores(asked.scores), threshold=threshold, sizes=rows)
    if asked.report is not None:
        facts = f"{asked.photographs.name}, {FOLDS} folds by origin, held back: {asked.fold} · {', '.join(measured.models)}"
        page = write_photographs_report(asked.report, facts, measured, read_causes(asked.causes) if asked.causes else {})
        click.echo(f"report: {page}", err=True)
    if as_json:
        emit_json(measured.to_json())
    else:
        _print(measured)


def _chosen(cut: Sequence[Fold], wanted: str) -> tuple[Fold, ...]:
    chosen = tuple(fold for fold in cut if wanted in ("all", str(fold.number)))
    if not chosen:
        raise click.UsageError(f"there is no fold {wanted!r}: name 1 to {len(cut)}, or all")
    return chosen


def _threshold_of(model: str) -> float | None:
    """The fused score from which the model's card takes a box as seen; None where it has no verifier."""
    try:
        path = find_model(model)
    except ModelNotFound:
        return None
    card: ModelCard | None = card_of(path, sha256_of(path))
    return card.verifier.threshold if card and card.verifier else None


def _print(measured: PhotographFigures) -> None:
    click.echo(f"{'data':<36} {'with':>5} {'none':>5} {'AUC':>16} {'recall at 5 %':>16} {'box recall':>16} {'box precision':>16}")
    _line("all", measured.whole)
    for name, one in measured.parts.items():
        _line(name, one)
    for names, one in measured.voices.items():
        _line(" + ".join(names), one)
    click.echo(f"threshold {measured.whole.ranking.threshold:.4f}; {measured.whole.left_out} pictures left out that are neither")
    for name, height in measured.whole.by_height.items():
        click.echo(f"boxes of {name}: {height.recall:.3f} of {height.labels} found")
    if measured.covered is not None:
        covered = measured.covered
        click.echo(
            f"closed and covered stalls: {covered.found} of {covered.labels} found, {covered.told} of them told to be covered, "
            f"and {covered.wrongly} of {covered.others} others"
        )
    if measured.shipped is not None:
        one_ = measured.shipped
        click.echo(
            f"at the shipped threshold {one_.threshold:.3f}: precision {one_.precision:.3f}, recall {one_.recall:.3f}, negatives flagged {one_.flagged:.3f}, "
            f"box recall {one_.box_recall:.3f}, box precision {one_.box_precision:.3f}"
        )
    if measured.sizes:
        _print_sizes(measured.sizes)


def _line(name: str, one: Figures) -> None:
    cells = []
    for key, value in (("auc", one.ranking.auc), ("recall", one.ranking.recall), ("box_recall", one.box_recall), ("box_precision", one.box_precision)):
        spread = one.intervals.get(key)
        cells.append(f"{value:.3f}" + (f" {spread.low:.2f}-{spread.high:.2f}" if spread else ""))
    click.echo(f"{name:<36} {one.ranking.positives:>5} {one.ranking.negatives:>5} " + " ".join(f"{cell:>16}" for cell in cells))


def _print_sizes(rows: Sequence[SizeRow]) -> None:
    click.echo(f"{'px':>5} {'look':<6} {'with':>5} {'none':>5} {'AUC':>7} {'recall at 5 %':>16}")
    for row in rows:
        spread = row.intervals.get("recall")
        between = f" {spread.low:.2f}-{spread.high:.2f}" if spread else ""
        ranking = row.ranking
        click.echo(f"{row.size_px:>5} {row.cut:<6} {ranking.positives:>5} {ranking.negatives:>5} {ranking.auc:>7.3f} {f'{ranking.recall:.3f}{between}':>16}")


def _size_json(row: SizeRow) -> dict[str, object]:
    return {
        "size_px": row.size_px, "cut": row.cut, "positives": row.ranking.positives, "negatives": row.ranking.negatives, "auc": row.ranking.auc,
        "recall": row.ranking.recall, "threshold": row.ranking.threshold,
        "intervals": {name: [one.low, one.high] for name, one in row.intervals.items()},
    }  # fmt: skip
