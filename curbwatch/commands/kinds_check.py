"""`curbwatch kinds --check` and `--model`: what is wrong or odd in a city's catalogue, and what a model cannot see of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import click

from curbwatch.terminal import EXIT_WRONG_USE, complain, emit_json, fail
from curbwatch.wide import table
from evidence.kinds import Catalogue
from evidence.kinds.faults import lacking, warnings
from evidence.kinds.reading import CatalogueFault, parse_catalogue, read_file, shipped_catalogue


@dataclass(frozen=True, slots=True)
class ModelSeen:
    """A model as far as kinds are concerned: its name and version by its card, and the classes that it knows."""

    name: str
    version: str
    classes: tuple[str, ...]


def model_classes(model: str) -> ModelSeen:
    """The classes of a model, by its card.

    Raises:
        ModelError: there is no such model, or its card is of another file.
        SystemExit: it has no card.
    """
    from models.cards import sha256_of
    from models.shelf import card_of, find_model

    path = find_model(model)
    card = card_of(path, sha256_of(path))
    if card is None:
        fail(f"{path} has no card that tells its classes: `curbwatch models import {path}` writes one")
    return ModelSeen(card.name, card.version, card.classes)


def check_file(path: Path, today: date, seen: ModelSeen | None, *, as_json: bool) -> Catalogue:
    """Checks a city's catalogue and tells what it found; the catalogue where it is usable.

    Raises:
        CatalogueError: it cannot be read, or is no YAML.
        SystemExit: it has faults (status 2), all of which were told.
    """
    catalogue, source, faults = parse_catalogue(read_file(path), str(path))
    if catalogue is None:
        if as_json:
            emit_json({"file": str(path), "ok": False, "faults": [asdict(fault) for fault in faults]})
        else:
            for fault in faults:
                complain(f"{path}: {fault}")
        raise SystemExit(EXIT_WRONG_USE)
    ids = [kind.id for kind in catalogue.kinds]
    named = {"kinds": ids, "exclusions": [one.id for one in catalogue.exclusions]}
    told = warnings(catalogue, today, shipped_catalogue())
    odd = [source.fault(at, what, named[str(at[0])]) for at, what in told if source.own[str(at[0])][int(at[1])] is not None]
    if seen is not None:
        odd += [source.fault(("kinds", ids.index(kind_id), "objects"), what, ids) for kind_id, what in model_oddities(catalogue, seen)]
    odd.sort(key=lambda fault: (fault.line, fault.field))
    if as_json:
        emit_json(
            {
                "file": str(path),
                "ok": True,
                "kinds": len(ids),
                "on": [kind.id for kind in catalogue.kinds if kind.enabled],
                "warnings": [asdict(one) for one in odd],
            }
        )
    else:
        _tell(path, catalogue, odd)
    return catalogue


def _tell(path: Path, catalogue: Catalogue, odd: list[CatalogueFault]) -> None:
    on = ", ".join(kind.id for kind in catalogue.kinds if kind.enabled)
    count = {origin: sum(kind.origin == origin for kind in catalogue.kinds) for origin in ("changed", "own")}
    click.echo(f"{path}: sound: {len(catalogue.kinds)} kinds, {count['changed']} changed, {count['own']} of its own; on: {on or 'none'}; {len(odd)} warnings")
    for one in odd:
        click.echo(f"{path}: warning: {one}")


def model_oddities(catalogue: Catalogue, seen: ModelSeen) -> Iterator[tuple[str, str]]:
    """Kinds that are on and that a model sees in part or not at all, or that were proven with another model."""
    for kind in catalogue.kinds:
        if not kind.enabled:
            continue
        missing = lacking(kind, seen.classes)
        if missing:
            extent = (
                "none of its classes" if len(missing) == len(kind.classes) else f"not its {'class' if len(missing) == 1 else 'classes'} {', '.join(missing)}"
            )
            yield kind.id, f"is on, and {seen.name} {seen.version} knows {extent}"
        if kind.proof is not None and (kind.proof.model, kind.proof.version) != (seen.name, seen.version):
            yield kind.id, f"was proven with {kind.proof.model} {kind.proof.version}, not with {seen.name} {seen.version}"


def show_model(catalogue: Catalogue, seen: ModelSeen) -> list[str]:
    """What a model sees of each kind, as lines."""
    rows = []
    for kind in catalogue.kinds:
        missing = lacking(kind, seen.classes)
        sees = (
            "people name it" if not kind.classes else "sees it" if not missing else "cannot see it" if len(missing) == len(kind.classes) else "sees it in part"
        )
        rows.append([kind.id, kind.name.zh, sees, f"lacks {', '.join(missing)}" if missing else ""])
    return [
        f"model {seen.name} {seen.version}",
        *(f"  {line}" for line in table(None, rows)),
        *(f"  {kind_id} {what}" for kind_id, what in model_oddities(catalogue, seen)),
    ]
