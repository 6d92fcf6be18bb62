"""The code tables that cities use side by side, as data with their validity and standing; and a kind's number in one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import Field, field_validator

from evidence.model import Strict, Text
from evidence.views import Day, ZoneKind


class CodeTable(Strict):
    """A numbering of matters: a standard, a style that older city tables share, a vendor's list, or a city's own.

    Attributes:
        form: what a number of it looks like, a regular expression that fits it whole.
        digits: the same in words, and how the number stands within a city's full code.
        valid_from, valid_until: first and last day on which it is in force; None where no source tells.
        replaced_by: the table that came after it.
        second_hand: whether the official text was not at hand: whoever prints a number compares it first.
        matters: number → official name in Chinese, as far as it was read; an excerpt.
        people_only: numbers that no machine may raise, with the reason.
    """

    id: str
    title: Text
    form: str
    digits: Text
    valid_from: Day | None = None
    valid_until: Day | None = None
    replaced_by: str | None = None
    source: str
    second_hand: bool
    matters: dict[str, str] = Field(default_factory=dict)
    people_only: dict[str, Text] = Field(default_factory=dict)

    @field_validator("form")
    @classmethod
    def _form(cls, form: str) -> str:
        try:
            re.compile(form)
        except re.error as error:
            raise ValueError(f"is no regular expression ({error})") from None
        return form

    def fits(self, code: str) -> bool:
        """Whether a number has this table's form."""
        return re.fullmatch(self.form, code) is not None

    def in_force(self, day: date) -> bool:
        """Whether the table is in force on a day; a bound that no source tells bars nothing."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_until is None or day <= self.valid_until)


class Code(Strict):
    """A kind's number in one of the tables.

    Attributes:
        source: where the number was read.
        verify_with_official_text: whether that is second-hand, so that it must be compared before it is printed.
        zones: zone kinds in which the kind has this number; empty: everywhere.
        when: in words, when it is this number among several of one table that no zone tells apart.
    """

    table: str
    code: str
    source: str
    verify_with_official_text: bool
    zones: Annotated[tuple[Annotated[ZoneKind, Field(strict=False)], ...], Field(strict=False)] = ()
    when: Text | None = None


def codes_in(codes: Iterable[Code], zones: Iterable[ZoneKind]) -> tuple[Code, ...]:
    """The codes that hold for something that stands in these zones."""
    standing = set(zones)
    return tuple(code for code in codes if not code.zones or standing & set(code.zones))
