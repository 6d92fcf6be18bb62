"""Full-text search of cases, in Chinese and in everything else, quick with two million of them.

Words are made here and alike for both databases, since neither knows how to part Chinese: a run of Chinese signs gives each sign and each pair
of neighbours (占道经营: 占, 道, 经, 营, 占道, 道经, 经营), anything else is parted at what is no letter or digit, small and without full width. Of a
text that is looked for the pairs count alone, and all of its words must be there; `jief*` finds what begins so. SQLite keeps the words in FTS5,
PostgreSQL as a `tsvector` with a GIN index. (FTS5's own trigrams would miss Chinese words of two signs, which most are.)

Found cases come in the order of arrival, newest first: the place in that order is the row's id in the index, so a page of a word that 600,000 cases
share needs no sorting. Words that no text can hold (`facets`) narrow a search within the index; they tell too much rather than too little.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, cast, column, delete, func, insert, select, table, text, update
from sqlalchemy.dialects.postgresql import TSQUERY

from api.errors import Unusable
from api.schema import about, cameras, cases, decisions

VERSION = "1"
"""Of the words: another one makes them anew when the database is opened."""
TABLE = "case_words"
LONGEST_WORD = 64
MOST_WORDS = 16
BATCH = 1000
CHINESE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"[{CHINESE}]+|[^\W_{CHINESE}]+\*?")
KEPT = table(TABLE, column("rowid"), column("words"), column(TABLE))
NEWEST = 50_000
"""So many of the newest cases PostgreSQL looks through one by one before it asks the index (0.3 µs each): what fills no page among them is in less than one
case of a thousand, as far as it is spread evenly.
"""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is looked for: `words` must all be there, those that end in `*` at the beginning of one; of each of `facets` one must be."""

    words: tuple[str, ...]
    facets: tuple[tuple[str, ...], ...] = ()

    def fts5(self) -> str:
        """As SQLite's FTS5 asks for it."""
        words = [f'"{word[:-1]}"*' if word.endswith("*") else f'"{word}"' for word in self.words]
        return " AND ".join([*words, *("(" + " OR ".join(f'"{one}"' for one in any_of) + ")" for any_of in self.facets)])

    def tsquery(self) -> str:
        """As PostgreSQL asks for it; words hold neither quotes nor backslashes."""
        words = [f"'{word[:-1]}':*" if word.endswith("*") else f"'{word}'" for word in self.words]
        return " & ".join([*words, *("(" + " | ".join(f"'{one}'" for one in any_of) + ")" for any_of in self.facets)])


def words_of(told: str) -> Iterator[str]:
    """The words under which a text is kept."""
    for run in _runs(told):
        word = run.rstrip("*")
        if _is_chinese(word):
            yield from word
            yield from _pairs(word)
        else:
            yield word[:LONGEST_WORD]


def looked_for(told: str, *facets: Iterable[str]) -> Looked:
    """What a person looks for, as words.

    Raises:
        Unusable: there is no word in it, too many, or a beginning of less than two signs.
    """
    words: list[str] = []
    for run in _runs(told):
        if _is_chinese(run):
            words += _pairs(run) if len(run) > 1 else run
        elif run.endswith("*"):
            if len(run) < 3:
                told_en = f"q: {run} would find nearly everything; give two letters at least before the *"
                raise Unusable(told_en, f"q：{run} 几乎会找到全部案件，* 之前至少需要两个字母")
            words.append(run[:LONGEST_WORD].rstrip("*") + "*")
        else:
            words.append(run[:LONGEST_WORD])
    unique = tuple(dict.fromkeys(words))
    if not unique:
        raise Unusable("q: holds no word; give letters, digits or Chinese signs", "q 中没有可查找的词，请输入字母、数字或汉字")
    if len(unique) > MOST_WORDS:
        raise Unusable(f"q: holds more than {MOST_WORDS} words; look for less", f"q 最多 {MOST_WORDS} 个词，请减少")
    return Looked(unique, tuple(some for one in facets if (some := tuple(one))))


def facet(name: str, value: str) -> str:
    """A word that stands for a value of a column: `facet("district", "西城")`."""
    return f"{name[0]}:{hashlib.blake2s(f'{name}={value}'.encode(), digest_size=5).hexdigest()}"


def found(statement: Select[Any], connection: Connection, looked: Looked, limit: int, before: int | None = None) -> list[Row[Any]]:
    """The rows of a select on `cases` whose case holds what is looked for, newest first, at most `limit` of them.

    Args:
        before: only cases with a smaller number, as for the next page.
    """
    if connection.dialect.name != "sqlite":
        return _found_in_postgresql(statement, connection, looked, limit, before)
    joined = statement.join(KEPT, cases.c.number == KEPT.c.rowid).where(KEPT.c[TABLE].op("MATCH")(looked.fts5()))
    if before is not None:
        joined = joined.where(before > KEPT.c.rowid)
    return list(connection.execute(joined.order_by(KEPT.c.rowid.desc()).limit(limit)).all())


def _found_in_postgresql(statement: Select[Any], connection: Connection, looked: Looked, limit: int, before: int | None) -> list[Row[Any]]:
    """First the newest cases one after the other, which is quick for words that many have; only where those do not fill the page the index of the others,
    which is quick for words that few have. Which of the two a search is the planner cannot tell: words that are there with each other, and hardly ever with
    an open case, took 600 ms by the one way, words of 200,000 cases 1.1 s by the other. Neither inner select can be merged into the outer one.
    """
    asked = cast(looked.tsquery(), TSQUERY)
    top = before if before is not None else connection.execute(select(func.coalesce(func.max(KEPT.c.rowid), 0) + 1)).scalar_one()
    floor = top - NEWEST
    of_newest = select(KEPT.c.rowid, KEPT.c.words).where(KEPT.c.rowid < top, KEPT.c.rowid >= floor).order_by(KEPT.c.rowid.desc()).limit(NEWEST)
    newest = of_newest.subquery("newest")
    among = statement.join(newest, cases.c.number == newest.c.rowid).where(newest.c.words.op("@@")(asked))
    rows = list(connection.execute(among.order_by(newest.c.rowid.desc()).limit(limit)).all())
    if len(rows) == limit or floor <= 1:
        return rows
    of_older = select(KEPT.c.rowid).where(KEPT.c.words.op("@@")(asked), KEPT.c.rowid < floor).order_by(KEPT.c.rowid.desc()).offset(0)
    older = of_older.subquery("older")
    beyond = statement.join(older, cases.c.number == older.c.rowid).order_by(older.c.rowid.desc()).limit(limit - len(rows))
    return [*rows, *connection.execute(beyond).all()]


def refresh(connection: Connection, case_id: str) -> None:
    """Keeps the words of a case as it is now, within the transaction that changed it."""
    _keep(connection, [case_id])


def refresh_all(connection: Connection, case_ids: Sequence[str]) -> None:
    """Keeps the words of some cases, of at most some hundreds, as `refresh`."""
    _keep(connection, list(case_ids))


def forget(connection: Connection, number: int) -> None:
    """Forgets a case's words, by its number."""
    connection.execute(delete(KEPT).where(KEPT.c.rowid == number))


def bring_up_to_date(connection: Connection, *, anew: bool = False) -> None:
    """Makes the words of all cases where another version made them, or none has, or `anew`; within a write transaction."""
    kept = connection.execute(select(about.c.value).where(about.c.name == TABLE)).scalar()
    if kept == VERSION and not anew:
        return
    connection.execute(delete(KEPT))
    last = 0
    while rows := connection.execute(select(cases.c.id, cases.c.number).where(cases.c.number > last).order_by(cases.c.number).limit(BATCH)).all():
        _keep(connection, [row.id for row in rows])
        last = rows[-1].number
    if kept is None:
        connection.execute(insert(about).values(name=TABLE, value=VERSION))
    else:
        connection.execute(update(about).where(about.c.name == TABLE).values(value=VERSION))


def _runs(told: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", told).casefold()
    return (found.group() for found in RUN.finditer(plain))


def _is_chinese(run: str) -> bool:
    return re.match(f"[{CHINESE}]", run) is not None


def _pairs(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def _keep(connection: Connection, case_ids: list[str]) -> None:
    """What people wrote of a case is not found while it is hidden from others (`api.hidden`), and no more once the evidence was deleted."""
    rows = connection.execute(_CHOSEN, {"ids": case_ids}).all()
    notes: dict[str, list[str]] = {}
    for note in connection.execute(_NOTES, {"ids": case_ids}):
        notes.setdefault(note.case_id, []).extend(part for part in (note.by, note.note) if part)
    kept = [{"place": row.number, "words": _words_of_case(row, [] if row.erased_at is not None else notes.get(row.id, []))} for row in rows]
    if not kept:
        return
    if connection.dialect.name == "sqlite":
        for one in kept:
            one["words"] = " ".join(one["words"])
            before = connection.execute(_WORDS, {"place": one["place"]}).scalar()
            if before != one["words"]:
                connection.execute(_PUT_FTS5, one)
        return
    connection.execute(_PUT_TSVECTOR, kept)


_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_SAID = ("id", "number", "kind", "kind_name", "camera_id", "camera_name", "view_id", "district", "state", "sealed_state", "erased_at")
_CHOSEN = (
    select(*(cases.c[name] for name in _SAID), cameras.c.name.label("registered_name"), cameras.c.address)
    .join(cameras, cameras.c.camera_id == cases.c.camera_id, isouter=True)
    .where(cases.c.id.in_(_IDS))
)
_NOTES = select(decisions.c.case_id, decisions.c.by, decisions.c.note).where(decisions.c.case_id.in_(_IDS), ~decisions.c.hidden)
_WORDS = select(KEPT.c.words).where(KEPT.c.rowid == bindparam("place"))
_PUT_FTS5 = text(f"INSERT OR REPLACE INTO {TABLE} (rowid, words) VALUES (:place, :words)")
_PUT_TSVECTOR = text(
    f"INSERT INTO {TABLE} (rowid, words) VALUES (:place, array_to_tsvector(CAST(:words AS text[]))) "
    f"ON CONFLICT (rowid) DO UPDATE SET words = excluded.words WHERE {TABLE}.words IS DISTINCT FROM excluded.words"
).bindparams(bindparam("place"), bindparam("words"))


def _words_of_case(row: Any, notes: list[str]) -> list[str]:
    named = (row.kind_name, row.camera_name, row.registered_name)
    names = [part for name in named if name for part in (name.values() if isinstance(name, dict) else [name])]
    told = [row.id, str(row.number), row.kind, row.camera_id, row.view_id, row.district, row.address or "", *names, *notes]
    states = {row.state, row.sealed_state} - {None}
    narrowing = [facet("kind", row.kind), facet("camera", row.camera_id), facet("district", row.district), *(facet("state", state) for state in states)]
    return sorted({word for one in told for word in words_of(one)} | set(narrowing))
