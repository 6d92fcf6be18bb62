"""What is wrong with a catalogue beyond the shape of its fields, and what is allowed and yet hardly meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Iterator
from datetime import date

from evidence.kinds.catalogue import Catalogue
from evidence.kinds.classes import KNOWN_CLASSES, MEASURED_CLASSES, PERSON, VERIFIED_CLASSES, VERIFIER_LOOKS
from evidence.kinds.codes import Code, CodeTable
from evidence.kinds.exclusions import Exclusion
from evidence.kinds.kind import PROVEN_NEGATIVES, PROVEN_ORIGINS, PROVEN_POSITIVES, Kind
from evidence.kinds.proofs import no_longer_proven
from evidence.views import ZoneKind

BEGGING_ZH = re.compile(r"乞讨|行乞|乞丐|要饭|讨饭|流浪(?:人员|者|汉|乞)")
BEGGING_EN = re.compile(r"\bbeg(?:s|g(?:ars?|ed|ing))?\b|\bpan ?handl|\balms\b|\bvagran|\bhomeless|\brough ?sle(?:ep|pt)", re.IGNORECASE)
"""A matter of people that is told by its usual words, whatever number it is given. Words can be got round: this is a fence, and no proof."""
PEOPLE = re.compile(rf"\b(?:{PERSON}s?|people|pedestrians?)\b", re.IGNORECASE)
"""In the name of a class: of a city's own model, beside the one that is known."""
LEAST_DIGITS = 4
"""Of a number for people alone, from which on a table that says nothing of it may not have it either; a vendor's three digits are anybody's."""
AREA_DIGITS = 6
"""Of the area before a number, in a city's full code."""
Path = tuple[str | int, ...]
Found = Iterator[tuple[Path, str]]


def faults(catalogue: Catalogue) -> Found:
    """Every fault with the field's path from the catalogue down: a catalogue that has one is refused."""
    for name, ids in (
        ("kinds", [kind.id for kind in catalogue.kinds]),
        ("tables", [table.id for table in catalogue.tables]),
        ("exclusions", [one.id for one in catalogue.exclusions]),
        ("reasons", [reason.id for reason in catalogue.reasons]),
    ):
        for index, one in enumerate(ids):
            if one in ids[:index]:
                yield (name, index, "id"), f"{one!r} is there twice"
    slugs = [kind.slug for kind in catalogue.kinds]
    for index, kind in enumerate(catalogue.kinds):
        at: Path = ("kinds", index)
        if kind.slug in slugs[:index]:
            yield (*at, "slug"), f"{kind.slug!r} is the slug of {catalogue.kinds[slugs.index(kind.slug)].id} already"
        for found in (_standing(kind), _people(kind), _things(kind, catalogue), _places(kind), _codes(kind, catalogue), _others(kind, catalogue)):
            yield from ((at + path, what) for path, what in found)
    for index, exclusion in enumerate(catalogue.exclusions):
        yield from ((("exclusions", index, *path), what) for path, what in _exclusion(exclusion, catalogue))


def _exclusion(one: Exclusion, catalogue: Catalogue) -> Found:
    told = {"class": ("class", KNOWN_CLASSES), "verifier": ("look of the verifier", VERIFIER_LOOKS)}.get(one.seen_by)
    if told is not None:
        what, names = told
        known = {*names, *catalogue.classes}
        for index, name in enumerate(one.shows):
            if name not in known:
                yield ("shows", index), f"there is no {what} {name!r}{_close(name, known)}; list those of your own model in `classes`"
    reasons = [reason.id for reason in catalogue.reasons]
    if one.reason not in reasons:
        yield ("reason",), f"there is no reason {one.reason!r}{_close(one.reason, reasons)}; there are {', '.join(reasons) or 'none'}"


def _standing(kind: Kind) -> Found:
    if kind.standing == "proven":
        if kind.proof is None:
            yield ("proof",), "is missing; a kind is proven on real pictures: model, version, positives, negatives, origins, note"
        elif not kind.proof.suffices:
            yield (
                ("proof",),
                f"{kind.proof.positives} real positives and {kind.proof.negatives} negatives of {kind.proof.origins} origins prove nothing yet: "
                f"{PROVEN_POSITIVES}, {PROVEN_NEGATIVES} and {PROVEN_ORIGINS} are the least",
            )
    if not kind.classes and kind.standing != "manual":
        yield ("objects",), f"is empty; a kind that no class shows is manual, not {kind.standing}"
    if not kind.classes and kind.enabled:
        yield ("enabled",), "no class shows this kind: people name it, and it cannot be switched on"


def _people(kind: Kind) -> Found:
    for field in ("objects", "line_objects"):
        for index, name in enumerate(getattr(kind, field)):
            if PEOPLE.search(_words(name)):
                yield (field, index), "a person makes no kind: each of the objects makes it alone, and no machine raises people for being there"
            elif _names_begging(name):
                yield (field, index), f"{name!r}: begging and vagrancy is for people alone; no machine raises it"
    for index, name in enumerate(kind.supporting):
        if _names_begging(name):
            yield ("supporting", index), f"{name!r}: begging and vagrancy is for people alone; no machine raises it"
    if not kind.classes:
        return
    for field, told in (("name", kind.name), ("explanation", kind.explanation)):
        if _names_begging(told.zh) or _names_begging(told.en):
            yield (field,), f"{told.zh} {told.en}: begging and vagrancy is for people alone; no machine raises it"
    if _names_begging(kind.slug):
        yield ("slug",), f"{kind.slug!r}: begging and vagrancy is for people alone; no machine raises it"


def _names_begging(text: str) -> bool:
    """Whether a text has one of the usual words for it; what stands between two signs of a Chinese word hides none."""
    return BEGGING_ZH.search(re.sub(r"[\W_]+", "", text)) is not None or BEGGING_EN.search(_words(text)) is not None


def _words(name: str) -> str:
    """A class's name or a slug as words: `person_lying`, `lying-person` and `PersonLying` alike."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[\s_-]+", " ", name)


def _things(kind: Kind, catalogue: Catalogue) -> Found:
    known = {*KNOWN_CLASSES, *catalogue.classes}
    for field in ("objects", "line_objects", "supporting", "counts_as"):
        for index, name in enumerate(getattr(kind, field)):
            if name not in known:
                yield (
                    (field, name if field == "counts_as" else index),
                    f"there is no class {name!r}{_close(name, known)}; list those of your own model in `classes`",
                )
    for name in kind.counts_as:
        if name in known and name not in (*kind.classes, *kind.supporting):
            yield ("counts_as", name), f"{name!r} is none of its objects"


def _places(kind: Kind) -> Found:
    for index, zone in enumerate(kind.zones):
        if zone in kind.zones[:index]:
            yield ("zones", index), f"{zone.value!r} is there twice"
        if zone in (ZoneKind.IGNORE, ZoneKind.PRIVACY_MASK):
            yield ("zones", index), f"nothing is judged in a zone {zone.value!r}"
    for index, zone in enumerate(kind.except_zones):
        if zone in kind.zones:
            yield ("except_zones", index), f"{zone.value!r} is one of its zones too"
    for index, count in enumerate(kind.counts):
        for number, zone in enumerate(count.zones):
            if zone not in kind.zones:
                yield ("counts", index, "zones", number), f"{zone.value!r} is none of its zones"


def _codes(kind: Kind, catalogue: Catalogue) -> Found:
    for index, code in enumerate(kind.codes):
        table = catalogue.table(code.table)
        if table is None:
            names = [one.id for one in catalogue.tables]
            yield ("codes", index, "table"), f"there is no table {code.table!r}{_close(code.table, names)}; there are {', '.join(names)}"
            continue
        if not table.fits(code.code):
            yield ("codes", index, "code"), f"{code.code!r} is no number of {table.id} ({table.digits.en})"
        elif kind.classes and (why := _for_people(code, table, catalogue)):
            yield ("codes", index, "code"), f"{code.code} of {table.id} is for people alone: {why}"
        if table.second_hand and not code.verify_with_official_text:
            yield ("codes", index, "verify_with_official_text"), f"{table.id} is known second-hand; a number of it cannot be verified before the table is"
        if (code.table, code.code) in [(one.table, one.code) for one in kind.codes[:index]]:
            yield ("codes", index, "code"), f"{code.code} of {table.id} is there twice"
        for number, zone in enumerate(code.zones):
            if zone not in kind.zones:
                yield ("codes", index, "zones", number), f"{zone.value!r} is none of its zones"


def _for_people(code: Code, table: CodeTable, catalogue: Catalogue) -> str | None:
    """Why no machine may raise a number: its table says so or names begging by it, or tells nothing of it and another table's number stands in it."""
    if code.code in table.people_only:
        return table.people_only[code.code].en
    if _names_begging(table.matters.get(code.code, "")):
        return "begging and vagrancy; no machine raises it"
    if table.people_only or code.code in table.matters:  # it has a number of its own for that, or says what else this is
        return None
    digits = _digits(code.code)
    for other in catalogue.tables:
        for number, why in other.people_only.items():
            wanted = _digits(number)
            if len(wanted) >= LEAST_DIGITS and digits.endswith(wanted) and len(digits) in (len(wanted), len(wanted) + AREA_DIGITS):
                return f"{number} of {other.id}, {why.en}"
    return None


def _digits(code: str) -> str:
    return "".join(sign for sign in code if sign.isdigit())


def _others(kind: Kind, catalogue: Catalogue) -> Found:
    reasons = [reason.id for reason in catalogue.reasons]
    exclusions = [one.id for one in catalogue.exclusions]
    for index, name in enumerate(kind.exclusions):
        one = catalogue.exclusion(name)
        if one is None:
            yield ("exclusions", index), f"there is no exclusion {name!r}{_close(name, exclusions)}"
        elif one.reason not in reasons:
            yield ("exclusions", index), f"{name!r} is rejected for {one.reason!r}, which is no reason of this catalogue"
        if name in kind.exclusions[:index]:
            yield ("exclusions", index), f"{name!r} is there twice"
    ids = [one.id for one in catalogue.kinds]
    for index, name in enumerate(kind.confusion):
        if name not in ids:
            yield ("confusion", index), f"there is no kind {name!r}; there are {', '.join(ids)}"
        elif name == kind.id:
            yield ("confusion", index), "is the kind itself"


def warnings(catalogue: Catalogue, today: date, shipped: Catalogue | None = None) -> Found:
    """What is odd as of a day: allowed, and told by `curbwatch kinds --check`, which holds the catalogue against the shipped one too."""
    yield from _without_permits(catalogue, shipped) if shipped is not None else ()
    for index, kind in enumerate(catalogue.kinds):
        at: Path = ("kinds", index)
        if kind.unproven:
            told = no_longer_proven(kind)
            yield (*at, kind.unproven[0]), f"{told.zh} / {told.en}"
        if kind.enabled and kind.leads_only:
            yield (*at, "enabled"), f"is on and {kind.standing}: it gives leads (grade C) only"
        for number, code in enumerate(kind.codes):
            yield from (((*at, "codes", number, "code"), what) for what in _code_oddities(code, catalogue))
        if not _has_code_in_force(kind, catalogue, today):
            yield (*at, "codes"), f"has no number in a table that is in force on {today}"
        for number, name in enumerate(kind.confusion):
            other = catalogue.kind(name)
            if other is not None and kind.id not in other.confusion:
                yield (*at, "confusion", number), f"{name} does not name {kind.id} in return: a reviewer of {name} is not offered it first"
        unmeasured = [name for name in kind.exclusions if _unmeasured(name, catalogue)]
        if kind.enabled and unmeasured:
            yield (*at, "exclusions"), f"how often these are recognised was not measured: {', '.join(unmeasured)}"
    for index, one in enumerate(catalogue.exclusions):
        if one.seen_by == "measurement" and not one.measured:
            yield ("exclusions", index, "measured"), "is missing: a measurement that says not what it measures is not judged (docs/kinds.md lists them)"


def _without_permits(catalogue: Catalogue, shipped: Catalogue) -> Found:
    """Kinds that heed permits as shipped and for which none counts here."""
    for index, one in enumerate(catalogue.exclusions):
        before = shipped.exclusion(one.id)
        if before is not None and _heeds_permits(before) and not _heeds_permits(one):
            field = "switched_on" if "permit" in one.measured else "measured"
            yield ("exclusions", index, field), "measures permits no longer, as the shipped exclusion does: permits do not count for the kinds that name it"
    for index, kind in enumerate(catalogue.kinds):
        named = shipped.kind(kind.id)
        if named is None:
            continue
        heeded = [name for name in named.exclusions if _counts_permits(name, shipped)]
        if not heeded or not set(heeded).isdisjoint(kind.exclusions):
            continue
        if not any(_counts_permits(name, catalogue) for name in kind.exclusions):
            what = f"leaves out `{heeded[0]}`, which the shipped kind heeds: permits do not count for it, and what stands there by its permit is judged as if "
            yield ("kinds", index, "exclusions"), what + "it had none"


def _counts_permits(name: str, catalogue: Catalogue) -> bool:
    one = catalogue.exclusion(name)
    return one is not None and _heeds_permits(one)


def _heeds_permits(one: Exclusion) -> bool:
    return one.can_be_judged and "permit" in one.measured


def _unmeasured(name: str, catalogue: Catalogue) -> bool:
    one = catalogue.exclusion(name)
    return one is not None and one.seen_by in ("class", "verifier") and one.recall is None


def _code_oddities(code: Code, catalogue: Catalogue) -> Iterator[str]:
    table = catalogue.table(code.table)
    if table is not None and table.matters and code.code not in table.matters:
        yield f"{code.code} is not among the {len(table.matters)} numbers of {table.id} that were read"


def _has_code_in_force(kind: Kind, catalogue: Catalogue, today: date) -> bool:
    tables = (catalogue.table(code.table) for code in kind.codes)
    return any(table is not None and table.in_force(today) for table in tables)


def lacking(kind: Kind, classes: Collection[str]) -> tuple[str, ...]:
    """Which of a kind's classes a model does not have, though it should: some are measured, whatever the model."""
    return tuple(name for name in kind.classes if name not in classes and name not in MEASURED_CLASSES)


def unasked(kind: Kind, catalogue: Catalogue) -> tuple[str, ...]:
    """The exclusions of a kind that the verifier shows of other kinds and never of this one: it is asked about none of the kind's classes."""
    if set(kind.classes) & set(VERIFIED_CLASSES):
        return ()
    return tuple(one.id for one in map(catalogue.exclusion, kind.exclusions) if one is not None and one.seen_by == "verifier")


def _close(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
