"""What the server does by itself: deletes evidence and cuttings whose time is over, signs the log's head, writes gaps of workers' chains down, lets second
reviews lapse that nobody did, and silences end.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, select

from api import belonging, cuttings, decisions, erasing, heads, log, periods, quiet, restoring, search, timekeeping, worker_chains
from api.retention import Due, due, is_due, with_days
from api.schema import cases
from api.shapes import RetentionRun, RetentionShown, RuleShown
from api.timekeeping import Timekeeper
from evidence.model import Text

if TYPE_CHECKING:
    from api.service import Api

log_ = logging.getLogger(__name__)
AT_ONCE = 200
SERVER = "retention"
"""Who deletes where no person asked for it."""
EXPORT = "an export is under way"
"""Why nothing is deleted meanwhile."""
SILENCES = "silences"
"""Who ends a silence whose time is over."""


def outlook(api: Api) -> RetentionShown:
    """The rules, and how many cases are due by each now."""
    with api.database.read() as connection:
        return outlook_of(connection, api.timekeeper)


def outlook_of(connection: Connection, keeper: Timekeeper, days: Mapping[str, int] = MappingProxyType({})) -> RetentionShown:
    """The rules of a database, and how many cases are due by each now; changes nothing.

    Args:
        days: periods that are only asked about.
    """
    now = keeper.clock()
    shown: list[RuleShown] = []
    coming = periods.coming(connection, now)
    for rule in with_days(periods.rules_in_force(connection, now), days):
        due_now = connection.execute(select(func.count()).select_from(cases).where(is_due(rule, now))).scalar_one()
        later, at = coming.get(rule.id, (None, None))
        told = Text(zh=rule.zh, en=rule.en)
        shown.append(RuleShown(id=rule.id, days=rule.days, counts_from=rule.counts_from, text=told, due=due_now, next_days=later, next_at=at))
    held = connection.execute(select(func.count()).select_from(cases).where(cases.c.held)).scalar_one()
    unfinished, doubt = len(erasing.unfinished(connection)), timekeeping.doubt(connection)
    waits = (keeper.fault() if doubt is None else doubt.why) or _restored(connection, now)
    return RetentionShown(rules=shown, held=held, unfinished=unfinished, waits=waits)


def _restored(connection: Connection, now: datetime) -> str | None:
    """Why nothing is deleted after a restore: its backup does not know what was forbidden since."""
    until = restoring.unsettled(connection, now)
    if until is None:
        return None
    told = "a backup was restored: holds and longer periods that were set after it was made may not be known any more; set them again"
    return f"{told}; deleting begins at {until:%Y-%m-%d %H:%M} UTC"


def retain(api: Api, by: str = SERVER, *, clock_is_right: bool = False) -> RetentionRun:
    """Finishes what was begun, then deletes the evidence of all cases that are due; each case is two short transactions. Nothing where the clock is in doubt,
    and nothing within a week after a restore.

    In the end nothing of it is left in the files of a SQLite database either, also of runs before that a crash cut off.

    Args:
        clock_is_right: somebody says so; it stands in the log.

    Raises:
        Conflict: somebody says so of a clock that is in no doubt, or cannot be right.
    """
    run, held_back = _run(api, by, clock_is_right=clock_is_right)
    api.exports.held_back(held_back)
    return run


def _run(api: Api, by: str, *, clock_is_right: bool) -> tuple[RetentionRun, set[str | None]]:
    """Of `retain`; and what exports held back: cases, or None for all."""
    with api.database.write() as connection:
        if clock_is_right:
            timekeeping.settle(connection, api.timekeeper, by)
        waits = timekeeping.watch(connection, api.timekeeper)
        foreign = belonging.store_fault(connection, api.blobs)
        restored = _restored(connection, api.clock())
    if restored is not None and waits is None:
        log_.warning("nothing is deleted: %s", restored)
        return RetentionRun(erased=0, waits=restored), set()
    if waits is not None:
        log_.error("nothing is deleted: %s; once it is right, say so (POST /retention?clock_is_right=true, serve retention --clock-is-right)", waits)
        return RetentionRun(erased=0, waits=waits), set()
    if foreign is not None:
        log_.error("nothing is deleted: %s is not the store of this database: %s", api.blobs.shown, foreign)
        return RetentionRun(erased=0, waits=f"the store of files is not this database's: {foreign}"), set()
    with api.exports.deleting() as may:
        erased = finish_begun(api) if may else 0
    if not may:
        with api.database.read() as connection:
            waits_for_it = erasing.unfinished(connection) or _due(api, connection, 1)
        log_.warning("nothing is deleted: an export is under way; it is tried again in an hour")
        return RetentionRun(erased=0, waits=EXPORT), {None} if waits_for_it else set()
    deleted, held_back = _delete_due(api, by)
    erased += deleted
    cuttings.delete_due(api, by)
    if not api.database.forget():
        log_.warning("somebody reads a state of before for long: what was deleted stays in the write-ahead log until retention runs again")
    if held_back:
        log_.warning("%d cases are not deleted yet: exports of them are under way; it is tried again in an hour", len(held_back))
    return RetentionRun(erased=erased, waits=EXPORT if held_back else None), held_back


def _delete_due(api: Api, by: str) -> tuple[int, set[str | None]]:
    """Looks at all cases that are due, once each, some at a time: what cannot be deleted now does not keep what comes after it. How many were deleted, and
    which ones exports held back.
    """
    erased, held_back, last = 0, set[str | None](), None
    while True:
        with api.database.read() as connection:
            found = [] if timekeeping.doubt(connection) is not None else _due(api, connection, AT_ONCE, last)
        for one in found:
            with api.exports.deleting(one.case_id) as may:
                erased += may and _erase(api, one, by)
            if not may:
                held_back.add(one.case_id)
            last = one
        if len(found) < AT_ONCE:
            return erased, held_back


def _due(api: Api, connection: Connection, limit: int, after: Due | None = None) -> list[Due]:
    now = api.clock()
    return due(connection, periods.rules_in_force(connection, now), now, limit, after=after)


def erase(api: Api, one: Due, by: str) -> bool:
    """Deletes the evidence of one case; whether it was still due, by a clock that is in no doubt, and no export of it is under way."""
    with api.exports.deleting(one.case_id) as may:
        return may and _erase(api, one, by)


def _erase(api: Api, one: Due, by: str) -> bool:
    with api.database.write() as connection:
        if timekeeping.watch(connection, api.timekeeper) is not None:
            return False
        now = api.clock()
        index = erasing.begin(connection, api.blobs, api.key.public_key, one, by, now)
        if index is None:
            return False
        api.tell(connection, "case.updated", one.case_id, index)
    _finish(api, index)  # or an export that begins meanwhile did
    return True


def finish_begun(api: Api) -> int:
    """Finishes the deletions that a crash cut off; how many."""
    with api.database.read() as connection:
        begun = erasing.unfinished(connection)
    return sum(_finish(api, index) for index in begun)


def sign_head(api: Api) -> bool:
    """Signs the log's head where entries came since the last one, and writes heads to their folder; whether there was one to sign.

    Before that it looks at the clock and at the gaps of workers' chains, so that what it finds is under the head.
    """
    with api.database.read() as connection:
        was_signed = heads.is_signed(connection)
        gap = worker_chains.waits_to_be_logged(connection, api.clock())
        doubtful = timekeeping.doubt(connection) is None and api.timekeeper.fault() is not None
    if was_signed and not gap and not doubtful:
        with api.database.read() as connection:
            heads.write_newer(connection, api.settings.data_dir / "heads")
            api.timekeeper.believe_until(log.head(connection).index)
        return False
    with api.database.write() as connection:
        timekeeping.watch(connection, api.timekeeper)
        worker_chains.log_gaps(connection, api.clock())
        signed = heads.sign(connection, api.key, api.clock())
    with api.database.read() as connection:
        heads.write_newer(connection, api.settings.data_dir / "heads")
    return signed is not None


def lapse(api: Api) -> int:
    """Lets first decisions stand that waited too long for a second person; how many."""
    with api.database.write() as connection:
        now = api.clock()
        stood = decisions.lapse(connection, api.catalogue, now)
        for case_id, log_index in stood:
            search.refresh(connection, case_id)
            api.tell(connection, "case.updated", case_id, log_index)
    return len(stood)


def end_silences(api: Api) -> int:
    """Writes down which silences of things are over by themselves; how many."""
    with api.database.write() as connection:
        return quiet.lapse(connection, SILENCES, api.clock())


def _finish(api: Api, index: int) -> bool:
    with api.database.write() as connection:
        return erasing.finish(connection, api.blobs, api.key, index, api.clock()) is not None
