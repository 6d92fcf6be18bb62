"""The figures of `curbwatch bench events-street` as lines for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.street_events import LEAST_EACH, KindFigures, Situation, StreetFigures
from benchmarks.street_judging import ClipOutcome
from models.measuring.origins import Interval

ROW = "{:<6} {:>5} {:>11} {:>5}  {:<20} {:<20} {:>10} {:>8}  {}"


def told(outcomes: Sequence[ClipOutcome], found: StreetFigures, look_seconds: float) -> Iterator[str]:
    """Lines about each clip, then the table by kind."""
    for one in outcomes:
        total = one.total
        yield f"{one.clip}: {total.found} of {total.acts} acts, {total.false} false of {total.lines} lines, {total.duplicates} duplicates"
        for sort, lines in (("missed", one.missed), ("false", one.false), ("duplicate", one.duplicated)):
            yield from (f"    {sort}: {line}" for line in lines)
    grades = ", ".join(f"{n} {grade}" for grade, n in found.grades.items()) or "none"
    left_out = f", {found.left_out} events not seen well enough to be judged by" if found.left_out else ""
    yield f"{found.clips} clips{left_out}, a look every {look_seconds:g} s, lines by grade: {grades}"
    yield ROW.format("kind", "acts", "look-alikes", "lines", "precision", "recall", "duplicates", "raised", "after the dwell")
    for kind, figures in (*found.kinds.items(), ("all", found.total)):
        yield row(kind, figures)
    yield from (situation(one) for one in found.situations)
    yield (
        f"cameras turned away: {found.turned_clips}; an alarm left {found.moved_clips} of them afterwards ({found.moved_lines} lines)"
        if found.turned_clips
        else "no camera was turned away"
    )


def row(kind: str, one: KindFigures) -> str:
    """One line of the table."""
    if not one.shown:
        return f"{kind:<6} {one.acts:>5} {one.look_alikes:>11}        not shown: fewer than {LEAST_EACH} acts or look-alikes"
    shares = [_share(one.precision, one.intervals.get("precision")), _share(one.recall, one.intervals.get("recall"))]
    delay = "-" if one.delay_median is None else f"median {one.delay_median:.1f} s, longest {one.delay_longest:.1f} s"
    return ROW.format(kind, one.acts, one.look_alikes, one.lines, *shares, _share(one.duplicate_share), _share(one.raised_share), delay)


def situation(one: Situation) -> str:
    """One line about a situation: how many of its events came out right."""
    wanted = "found" if one.violation else "kept quiet"
    return f"    {one.kind} {one.what} ({one.reason or 'no reason told'}): {one.right} of {one.events} {wanted}"


def _share(value: float | None, spread: Interval | None = None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" + (f" ({spread.low:.2f} to {spread.high:.2f})" if spread else "")
