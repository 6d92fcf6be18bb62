"""`curbwatch kinds`: the catalogue of violations with standing, thresholds, codes and laws, as a table that keeps its columns in Chinese too; and its check."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from curbwatch.commands.kinds_check import check_file, model_classes, show_model
from curbwatch.terminal import EXIT_NO, emit_json, fail
from curbwatch.wide import pad, table
from evidence.kinds import Catalogue, Code, CodeTable, Kind, load_catalogue
from evidence.kinds.faults import lacking, unasked
from evidence.kinds.proofs import no_longer_proven

STANDINGS = {"proven": "proven 已证实", "rendered_only": "rendered only 仅渲染", "manual": "manual 人工"}
STANDINGS_MEANT = (
    "proven 已证实: shown on real pictures (at least 30 with it and 100 without, split by origin) · rendered only 仅渲染: nothing real has proven it\n"
    "manual 人工: nothing has; people name it. What is not proven is off by default; switched on it gives leads (grade C) only.\n"
    "未证实的类别默认关闭，开启后仅产生 C 级线索。"
)


@click.command()
@click.option(
    "--catalogue",
    "file",
    type=click.Path(path_type=Path),
    help="A city's own catalogue instead of the one in force ($CURBWATCH_CATALOGUE, or the shipped one).",
)
@click.option(
    "--check",
    "checked",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Only check a city's catalogue: every fault and oddity with line, kind and field.",
)
@click.option("--model", help="Also tell which kinds this model (name or path) cannot see; exit status 1 where a kind that is on is among them.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything.")
def kinds(file: Path | None, checked: Path | None, model: str | None, as_json: bool) -> None:
    """Lists the kinds of violation: how far each is proven, what makes it, where, for how long, its codes and laws.

    A code or law "to be verified" was not yet compared with its official text.

    Exit status 0: fine (with --check: usable, oddities or not); 1: of a kind that is on the model of --model knows no class; 2: faults, each with its line.

    \b
    Example: curbwatch kinds
             curbwatch kinds --check city.yaml --model our-city
    """
    if file is not None and checked is not None:
        fail("name --catalogue to list a file, or --check to check it; not both")
    seen = None if model is None else model_classes(model)
    if checked is not None:
        catalogue = check_file(checked, datetime.now(UTC).date(), seen, as_json=as_json)
    else:
        catalogue = load_catalogue(file)
        if as_json:
            told = {} if seen is None else {"model": {"name": seen.name, "lacks": {kind.id: list(lacking(kind, seen.classes)) for kind in catalogue.kinds}}}
            not_judged = {kind.id: list(unasked(kind, catalogue)) for kind in catalogue.kinds}
            emit_json({**catalogue.model_dump(mode="json"), "not_judged": not_judged, **told})
        else:
            _show(catalogue)
            if seen is not None:
                click.echo("\n" + "\n".join(show_model(catalogue, seen)))
    if seen is not None and any(kind.enabled and not set(kind.classes) & set(seen.classes) for kind in catalogue.kinds):
        raise SystemExit(EXIT_NO)


def _show(catalogue: Catalogue) -> None:
    based = f", on the shipped {catalogue.based_on}" if catalogue.based_on else ""
    on = sum(kind.enabled for kind in catalogue.kinds)
    click.echo(f"catalogue {catalogue.version}{based}, {len(catalogue.kinds)} kind{'' if len(catalogue.kinds) == 1 else 's'}, {on} on\n")
    click.echo("\n".join(table(["kind", "名称", "name", "standing", "on", "dwell", "looks", "grace", "score", "attended"], map(_row, catalogue.kinds))))
    click.echo("\n" + STANDINGS_MEANT)
    for kind in catalogue.kinds:
        click.echo(f"\n{kind.id} {kind.name.zh} {kind.name.en}")
        click.echo("\n".join(f"  {pad(name, 9)} {value}" for name, value in _details(kind, catalogue).items() if value))
    click.echo("\ncode tables")
    click.echo("\n".join(f"  {line}" for line in table(None, map(_table, catalogue.tables))) if catalogue.tables else "  none")
    click.echo("\n" + _reasons(catalogue))


def _row(kind: Kind) -> list[str]:
    attended = f"{kind.attended_share:.0%} of looks" if kind.attendance == "required" else "-"
    return [
        kind.id, kind.name.zh, kind.name.en, STANDINGS[kind.standing], "yes" if kind.enabled else "no", f"{kind.dwell_seconds:g} s", str(kind.minimum_looks),
        f"{kind.grace_seconds:g} s", f"{kind.minimum_score:g}", attended,
    ]  # fmt: skip


def _details(kind: Kind, catalogue: Catalogue) -> dict[str, str]:
    return {
        "from": {"shipped": "", "own": "the city's own", "changed": f"changed by the city: {', '.join(kind.changed)}"}[kind.origin],
        "standing": _unproven(kind),
        "what": f"{kind.explanation.zh} / {kind.explanation.en}",
        "proven on": _proof(kind),
        "objects": ", ".join(kind.objects) or "none: people name it",
        "at a line": ", ".join(kind.line_objects),
        "with": ", ".join(kind.supporting),
        "zones": ", ".join(zone.value for zone in kind.zones) + (", the whole box of what hangs there" if kind.anchor == "box" else ""),
        "never in": ", ".join(zone.value for zone in kind.except_zones),
        "line": kind.line or "",
        "counts": " or ".join(_count(kind, index) for index in range(len(kind.counts))),
        "hours": ", ".join(kind.hours),
        "weighs": ", ".join(f"{one.times:g} times in {one.hours}" for one in kind.weighs_more),
        "breach": "of a permit, and of nothing else" if kind.permit_breach else "",
        "except": _lines(table(None, (_exclusion(name, kind, catalogue) for name in kind.exclusions))),
        "unseen": "; ".join(f"{one.zh} {one.en}" for one in kind.unseen),
        "taken for": ", ".join(kind.confusion),
        "law": _lines([f"{law.title.zh} / {law.title.en}: {law.says.en} ({_verified(law.verify_with_official_text)})" for law in kind.laws]),
        "to mend": _limit(kind),
        "codes": _lines(table(None, map(_code, kind.codes))),
    }


def _unproven(kind: Kind) -> str:
    told = no_longer_proven(kind)
    return f"{told.zh} / {told.en}" if kind.unproven else ""


def _proof(kind: Kind) -> str:
    proof = kind.proof
    if proof is None:
        return ""
    counted = f"{proof.positives} real positives, {proof.negatives} negatives, {proof.origins} origins"
    return f"{counted}; figures in the card of {proof.model} {proof.version}: {proof.note.en}"


def _count(kind: Kind, index: int) -> str:
    count = kind.counts[index]
    stand = ", ".join(f"{name} for {number}" for name, number in kind.counts_as.items())
    where = f" in {', '.join(zone.value for zone in count.zones)}" if count.zones else ""
    return f"{count.at_least} or more{where}{f' ({stand})' if stand and index == 0 else ''}"


def _exclusion(name: str, kind: Kind, catalogue: Catalogue) -> list[str]:
    one = catalogue.exclusion(name)
    assert one is not None, "a catalogue names exclusions that it has"
    if not one.switched_on:
        return [name, one.name.zh, "off: for a city to decide"]
    if one.seen_by == "nothing":
        return [name, one.name.zh, f"not judged; a reviewer rejects for {one.reason}"]
    if name in unasked(kind, catalogue):
        return [name, one.name.zh, f"本类别不判断 not judged for this kind: the verifier is not asked about its classes; a reviewer rejects for {one.reason}"]
    recall = f"recall {one.recall:.2f} on {one.measured_on}" if one.recall is not None else "not measured"
    return [name, one.name.zh, f"by {one.seen_by} ({', '.join(one.shows)}), {recall}"]


def _limit(kind: Kind) -> str:
    limit = kind.time_limit
    if limit is None:
        return ""
    note = f"; {limit.note.en}" if limit.note else ""
    return f"{limit.amount:g} {limit.unit.replace('_', ' ')} ({limit.source}, {_verified(limit.verify_with_official_text)}{note})"


def _code(code: Code) -> list[str]:
    where = f"in {', '.join(zone.value for zone in code.zones)}" if code.zones else f"{code.when.zh} {code.when.en}" if code.when else ""
    return [code.table, code.code, _verified(code.verify_with_official_text), code.source, where]


def _table(one: CodeTable) -> list[str]:
    until = f"until {one.valid_until}" if one.valid_until else ""
    force = " ".join(part for part in (f"from {one.valid_from}" if one.valid_from else "", until) if part) or "-"
    return [one.id, one.title.zh, force, "second-hand: to be verified" if one.second_hand else "-", one.source]


def _verified(second_hand: bool) -> str:
    return "to be verified" if second_hand else "verified"


def _lines(lines: list[str]) -> str:
    return ("\n" + " " * 12).join(lines)


def _reasons(catalogue: Catalogue) -> str:
    return "reasons to reject: " + ", ".join(f"{reason.id} {reason.zh}" for reason in catalogue.reasons)
