"""Reads the shipped catalogue, or a city's own that extends it: a file is taken whole or refused whole, with line, kind and field.

    version: jinan-2026.12
    extends: shipped
    kinds:
      - {id: V4, enabled: true, dwell_seconds: 180}       # a shipped kind: only what changes
      - {id: J1, slug: sugar_cane_stand, name: {zh: 甘蔗摊, en: sugar cane stand}, ...}   # a kind of its own

What a city's file says of a shipped kind, table, exclusion or reason replaces those fields whole; lists are not added to. What no machine may raise
(`people_only` of a table) is added to, and never taken away.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from evidence.errors import CatalogueError
from evidence.kinds.catalogue import Catalogue, Reason
from evidence.kinds.codes import Code, CodeTable
from evidence.kinds.exclusions import Exclusion
from evidence.kinds.faults import faults
from evidence.kinds.kind import Count, Kind, Law, Proof, TimeLimit, Weight
from evidence.kinds.proofs import within_proof
from evidence.lined import Lined, UnreadableYaml, read_lined
from evidence.model import Text

ENVIRONMENT = "CURBWATCH_CATALOGUE"
"""Names the city's catalogue that takes the place of the shipped one, for workers and case API alike."""
MAX_FILE_BYTES = 4 * 1024 * 1024
SHIPPED_NAME = "the shipped catalogue"
TEXT_KEYS = frozenset({"id", "slug", "zh", "en", "version", "table", "code", "source", "form", "reason", "measured_on", "model", "replaced_by"})
"""Keys whose values stay the text that was written: the code 06010 is no number, the version 2026.10 no 2026.1."""
OWN_KEYS = ("version", "extends", "kinds", "reasons", "tables", "exclusions", "classes")
LISTS = ("kinds", "reasons", "tables", "exclusions")


@dataclass(frozen=True, slots=True)
class CatalogueFault:
    """Something wrong or odd in a catalogue's file: `kind` is the id of the kind (or table, exclusion, reason) that it stands in, or empty."""

    line: int
    kind: str
    field: str
    what: str

    def __str__(self) -> str:
        return ": ".join(part for part in (f"line {self.line}", self.kind, self.field, self.what) if part)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the entries of a catalogue were written: for each list, the index in the file of the entry at a place of the catalogue; None for a shipped one."""

    lined: Lined
    own: Mapping[str, tuple[int | None, ...]]

    def inherits(self, path: Sequence[str | int]) -> bool:
        """Whether a path lies in an exclusion that the file does not speak of: what it lacks for one is told of the kinds that name it."""
        return len(path) > 1 and path[0] == "exclusions" and isinstance(path[1], int) and self.own["exclusions"][path[1]] is None

    def fault(self, path: Sequence[str | int], what: str, ids: Sequence[str] = ()) -> CatalogueFault:
        """A fault at a path of the catalogue, told by the line and field of the file."""
        name, index = (str(path[0]), path[1]) if len(path) > 1 and path[0] in LISTS and isinstance(path[1], int) else ("", -1)
        if not name or not isinstance(index, int):
            return CatalogueFault(self.lined.line_of(path), "", dotted(path), what)
        own = self.own[name][index]
        line = self.lined.line_of((name,) if own is None else (name, own, *path[2:]))
        named = (ids[index] if ids else "") or f"{name}[{own}]"
        return CatalogueFault(line, named, dotted(path[2:]), what)


def load_catalogue(path: Path | None = None) -> Catalogue:
    """The catalogue in force: that of `path`, else the one that `$CURBWATCH_CATALOGUE` names, else the shipped one.

    Raises:
        CatalogueError: the file cannot be read, or names the line, kind and field at fault.
    """
    own = os.environ.get(ENVIRONMENT)
    if path is None and not own:
        return shipped_catalogue()
    path = Path(str(own)) if path is None else path
    return read_catalogue(read_file(path), str(path))


def read_file(path: Path) -> str:
    """A catalogue's text.

    Raises:
        CatalogueError: it cannot be read, is gigantic, or is no UTF-8.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise CatalogueError(f"{path}: cannot be read as a catalogue (it is larger than {MAX_FILE_BYTES >> 20} MiB)")
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: cannot be read as a catalogue ({error})") from error


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue as shipped: kinds, code tables and exclusions, a file each."""
    text = "\n".join((files("evidence") / name).read_text(encoding="utf-8") for name in ("catalogue.yaml", "codes.yaml", "exclusions.yaml"))
    lined = _lined(text, SHIPPED_NAME)
    own = {name: tuple(range(len(lined.data.get(name, ())))) for name in LISTS}
    catalogue, found = _validated(lined.data, Source(lined, own))
    if catalogue is None:
        raise _error(SHIPPED_NAME, found)
    return catalogue


def read_catalogue(text: str, where: str) -> Catalogue:
    """Reads a city's catalogue from YAML.

    Raises:
        CatalogueError: with line, kind and field of the first fault, and how many more there are.
    """
    catalogue, _, found = parse_catalogue(text, where)
    if catalogue is None:
        raise _error(where, found)
    return catalogue


def parse_catalogue(text: str, where: str) -> tuple[Catalogue | None, Source, list[CatalogueFault]]:
    """A city's catalogue and where its entries were written; or None, and every fault in the order of lines.

    Raises:
        CatalogueError: it is no YAML at all.
    """
    lined = _lined(text, where)
    data = lined.data
    nowhere = Source(lined, dict.fromkeys(LISTS, ()))
    if not isinstance(data, dict):
        return (
            None,
            nowhere,
            [CatalogueFault(1, "", "", "is no catalogue; it begins with `version:`, mostly `extends: shipped`, and a list `kinds`")],
        )
    early = [CatalogueFault(lined.line_of((key,)), "", str(key), _unknown(str(key), OWN_KEYS)) for key in data if key not in OWN_KEYS]
    if data.get("extends") not in (None, "shipped"):
        early.append(CatalogueFault(lined.line_of(("extends",)), "", "extends", f"is {data['extends']!r}; what can be extended is `shipped`"))
    early += [CatalogueFault(lined.line_of((name,)), "", name, "is no list") for name in LISTS if name in data and not isinstance(data[name], list)]
    if early:
        return None, nowhere, sorted(early, key=lambda fault: fault.line)
    strange = _strange_ids(data, lined)
    merged, own = _merged(data, strange)
    source = Source(lined, own)
    catalogue, found = _validated(merged, source)
    if strange:
        return None, source, sorted([*strange.values(), *found], key=lambda fault: (fault.line, fault.field))
    if catalogue is not None and catalogue.based_on is not None and catalogue.version == catalogue.based_on:
        line = lined.line_of(("version",))
        return None, source, [CatalogueFault(line, "", "version", "is the shipped catalogue's; give yours its own, since packets name it")]
    return (None if catalogue is None else within_proof(catalogue, shipped_catalogue())), source, found


def _lined(text: str, where: str) -> Lined:
    try:
        return read_lined(text, TEXT_KEYS)
    except UnreadableYaml as error:
        raise CatalogueError(f"{where}: line {error.line}: {error.what}") from None


def _strange_ids(data: dict[str, Any], lined: Lined) -> dict[tuple[str, int], CatalogueFault]:
    """Entries of the file whose id is there already or is a shipped one but for capitals; what else is wrong with them follows from that."""
    strange: dict[tuple[str, int], CatalogueFault] = {}
    for name in LISTS:
        shipped = {one.id.casefold(): one.id for one in getattr(shipped_catalogue(), name)} if _builds_upon(data, name) else {}
        first: dict[str, int] = {}
        for index, entry in enumerate(data.get(name, ())):
            told = entry.get("id") if isinstance(entry, dict) else None
            if not isinstance(told, str):
                continue
            line = lined.line_of((name, index, "id"))
            meant = shipped.get(told.casefold(), told)
            if told in first:
                strange[name, index] = CatalogueFault(line, told, "id", f"{told!r} is there twice; it is in line {first[told]} already")
            elif meant != told:
                what = f"there is no {told!r} in the shipped catalogue; did you mean {meant}? (a {name[:-1]} of your own needs another id)"
                strange[name, index] = CatalogueFault(line, told, "id", what)
            first.setdefault(told, line)
    return strange


def _builds_upon(data: Mapping[str, Any], name: str) -> bool:
    return data.get("extends") is not None or name in ("tables", "exclusions")


def _merged(data: dict[str, Any], without: Container[tuple[str, int]]) -> tuple[dict[str, Any], dict[str, tuple[int | None, ...]]]:
    """The file's data laid over the shipped catalogue's. Tables and exclusions are always built upon, kinds and reasons where the file extends."""
    shipped = shipped_catalogue()
    base = shipped.model_dump(mode="json")
    merged: dict[str, Any] = {key: value for key, value in data.items() if key not in ("extends", *LISTS)}
    own: dict[str, tuple[int | None, ...]] = {}
    if data.get("extends") is not None:
        merged["based_on"] = shipped.version
    for name in LISTS:
        under = base[name] if _builds_upon(data, name) else []
        if name not in data and not under:
            continue  # the catalogue's own check says what is missing
        over = {index: entry for index, entry in enumerate(data.get(name, ())) if (name, index) not in without}
        merged[name], own[name] = _laid_over(under, over, is_kind=name == "kinds")
    return merged, {name: own.get(name, ()) for name in LISTS}


def _laid_over(under: list[dict[str, Any]], over: Mapping[int, Any], *, is_kind: bool) -> tuple[list[Any], tuple[int | None, ...]]:
    entries: list[Any] = [*under]
    own: list[int | None] = [None] * len(under)
    places = {entry["id"]: place for place, entry in enumerate(under)}
    for index, entry in over.items():
        name = entry.get("id") if isinstance(entry, dict) else None
        place = places.pop(name, None) if isinstance(name, str) else None
        if place is None:
            entries.append({**entry, "origin": "own"} if is_kind and isinstance(entry, dict) else entry)
            own.append(index)
            continue
        entries[place], own[place] = {**under[place], **entry}, index
        if isinstance(entry.get("people_only"), dict):  # what no machine may raise is added to, never taken away
            entries[place]["people_only"] = {**entry["people_only"], **under[place]["people_only"]}
        if is_kind:
            changed = sorted(key for key, value in entry.items() if key in under[place] and under[place][key] != value)
            entries[place] |= {"origin": "changed" if changed else "shipped", "changed": changed}
    return entries, tuple(own)


def _validated(data: dict[str, Any], source: Source) -> tuple[Catalogue | None, list[CatalogueFault]]:
    ids = {name: [str(entry.get("id", "")) if isinstance(entry, dict) else "" for entry in data.get(name, ())] for name in LISTS}

    def told(path: Sequence[str | int], what: str) -> CatalogueFault:
        return source.fault(path, what, ids.get(str(path[0]), ()) if path else ())

    try:
        catalogue = Catalogue.model_validate(data)
    except ValidationError as error:
        found = {told(*_fault(fault)) for fault in error.errors(include_url=False)}
        return None, sorted(found, key=lambda fault: (fault.line, fault.field))
    beyond = {told(path, what) for path, what in faults(catalogue) if not source.inherits(path)}
    return (None, sorted(beyond, key=lambda fault: (fault.line, fault.field))) if beyond else (catalogue, [])


def _error(where: str, found: Sequence[CatalogueFault]) -> CatalogueError:
    more = f" (and {len(found) - 1} more; `curbwatch kinds --check FILE` lists them)" if len(found) > 1 else ""
    return CatalogueError(f"{where}: {found[0]}{more}")


def dotted(path: Sequence[str | int]) -> str:
    """A field's place as people write it: `codes[0].table`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _fault(fault: Any) -> tuple[tuple[str | int, ...], str]:
    path = tuple(fault["loc"])
    if fault["type"] == "extra_forbidden":
        return path, _unknown(str(path[-1]), list(_model_at(path[:-1]).model_fields))
    if fault["type"] == "missing":
        return path, "is missing"
    what = str(fault["msg"]).removeprefix("Value error, ")
    field, colon, rest = what.partition(": ")
    if colon and field.isidentifier():  # a check of the whole entry that names its field
        return (*path, field), rest
    given = fault.get("input")
    if isinstance(given, str | int | float) and not isinstance(given, bool) and fault["type"] != "value_error":
        what += f", not {given!r}"
    return path, what[:1].lower() + what[1:]


def _unknown(key: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"is not a known key here{f'; did you mean {close[0]}?' if close else ''} (there are {', '.join(known)})"


def _model_at(path: Sequence[str | int]) -> type[BaseModel]:
    """The model whose keys stand at a place of the catalogue."""
    names = [part for part in path if isinstance(part, str)]
    models: dict[str, type[BaseModel]] = {
        "kinds": Kind, "tables": CodeTable, "exclusions": Exclusion, "reasons": Reason, "codes": Code, "counts": Count, "weighs_more": Weight,
        "time_limit": TimeLimit, "laws": Law, "proof": Proof,
    }  # fmt: skip
    return Catalogue if not names else models.get(names[-1], Text)
