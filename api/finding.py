"""Cases that words are looked for in: the search's own order (of arrival, newest first) and its own pages."""

from __future__ import annotations

from sqlalchemy import Connection

from api import cursors, search
from api.errors import Unusable
from api.queue import Filter
from api.roles import Caller
from api.shapes import Page
from api.sight import in_state, of_districts
from api.summaries import seen_of, summaries


def page(connection: Connection, caller: Caller, words: str, which: Filter, limit: int, cursor: str | None) -> Page:
    """The caller's cases that hold all the words, after `cursor`.

    Raises:
        Unusable: there is no word to look for, or the cursor is none of ours.
    """
    looked = search.looked_for(words, *_facets(caller, which))
    wanted = [of_districts(caller), *which.conditions()]
    if which.state is not None:
        parts = in_state(which.state, caller)
        wanted.append(parts[0] if len(parts) == 1 else parts[0] | parts[1])
    rows = search.found(summaries().where(*wanted), connection, looked, limit + 1, None if cursor is None else _read_cursor(cursor))
    shown = [summary for row in rows[:limit] if (summary := seen_of(row).by(caller)) is not None]
    return Page(items=shown, next_cursor=_cursor(rows[limit - 1].number) if len(rows) > limit else None)


def _facets(caller: Caller, which: Filter) -> list[list[str]]:
    """What narrows the search within its index; the statement asks again."""
    equal = (("kind", which.kind), ("camera", which.camera), ("state", which.state), ("district", which.district))
    facets = [[search.facet(name, str(value))] for name, value in equal if value is not None]
    if which.district is None and not caller.is_everywhere:
        facets.append([search.facet("district", one) for one in sorted(caller.districts)])
    return facets


def _cursor(number: int) -> str:
    return cursors.written(f"q{number}")


def _read_cursor(cursor: str) -> int:
    try:
        text = cursors.read(cursor)
        if text.startswith("q") and text[1:].isdigit() and len(text) < 20:
            return int(text[1:])
    except ValueError:
        pass
    raise Unusable("cursor: is not one that this search gave; read it from its first page", "cursor 不是本次查找给出的，请从第一页重新读取")
