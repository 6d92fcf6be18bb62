"""`curbwatch kinds`: the catalogue of violations with thresholds and codes, as a table that keeps its columns in Chinese too."""

from __future__ import annotations

from pathlib import Path

import click

from curbwatch.terminal import emit_json
from curbwatch.wide import pad, table
from evidence.kinds import Catalogue, Code, Kind, load_catalogue


@click.command()
@click.option("--catalogue", "file", type=click.Path(path_type=Path), help="A city's own catalogue instead of the shipped one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything.")
def kinds(file: Path | None, as_json: bool) -> None:
    """Lists the kinds of violation: what makes them, where, for how long, and their codes with their standing.

    A code "to be verified" was not yet compared with the official text of its table.

    Example: curbwatch kinds
    """
    catalogue = load_catalogue(file)
    if as_json:
        emit_json(catalogue.model_dump(mode="json"))
        return
    click.echo(f"catalogue {catalogue.version}, {len(catalogue.kinds)} kind{'' if len(catalogue.kinds) == 1 else 's'}\n")
    click.echo("\n".join(table(["kind", "名称", "name", "dwell", "looks", "grace", "score", "attended", "line", "on"], map(_row, catalogue.kinds))))
    for kind in catalogue.kinds:
        click.echo(f"\n{kind.id} {kind.name.zh} {kind.name.en}")
        click.echo("\n".join(f"  {pad(name, 9)} {value}" for name, value in _details(kind).items() if value))
    click.echo("\n" + _reasons(catalogue))


def _row(kind: Kind) -> list[str]:
    attended = f"{kind.attended_share:.0%} of looks" if kind.attendance == "required" else "-"
    return [
        kind.id, kind.name.zh, kind.name.en, f"{kind.dwell_seconds:g} s", str(kind.minimum_looks), f"{kind.grace_seconds:g} s", f"{kind.minimum_score:g}",
        attended, kind.line or "-", "yes" if kind.enabled else "no",
    ]  # fmt: skip


def _details(kind: Kind) -> dict[str, str]:
    return {
        "what": f"{kind.explanation.zh} / {kind.explanation.en}",
        "objects": ", ".join(kind.objects),
        "at a line": ", ".join(kind.line_objects),
        "with": ", ".join(kind.supporting),
        "zones": ", ".join(zone.value for zone in kind.zones),
        "except": ", ".join(kind.exclusions),
        "law": f"{kind.law.zh} / {kind.law.en}" if kind.law else "",
        "codes": ("\n" + " " * 12).join(table(None, map(_code, kind.codes))),
    }


def _code(code: Code) -> list[str]:
    return [code.table, code.code, "to be verified" if code.verify_with_official_text else "verified", code.source]


def _reasons(catalogue: Catalogue) -> str:
    return "reasons to reject: " + ", ".join(f"{reason.id} {reason.zh}" for reason in catalogue.reasons)
