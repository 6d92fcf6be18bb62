"""What the server does by itself: deletes evidence whose time is over, signs the log's head each day, and lets second reviews lapse that nobody did."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from api import decisions, erasing, heads, search
from api.retention import Due, due, is_due
from api.schema import cases
from api.shapes import RetentionRun, RetentionShown, RuleShown
from evidence.model import Text

if TYPE_CHECKING:
    from api.service import Api

log_ = logging.getLogger(__name__)
AT_ONCE = 200
SERVER = "retention"
"""Who deletes where no person asked for it."""


def outlook(api: Api) -> RetentionShown:
    """The rules, and how many cases are due by each now."""
    now = api.clock()
    with api.database.read() as connection:
        counts = {rule.id: connection.execute(select(func.count()).select_from(cases).where(is_due(rule, now))).scalar_one() for rule in api.settings.retention}
        held = connection.execute(select(func.count()).select_from(cases).where(cases.c.held)).scalar_one()
        unfinished = len(erasing.unfinished(connection))
    rules = [
        RuleShown(id=rule.id, days=rule.days, counts_from=rule.counts_from, text=Text(zh=rule.zh, en=rule.en), due=counts[rule.id])
        for rule in api.settings.retention
    ]
    return RetentionShown(rules=rules, held=held, unfinished=unfinished)


def retain(api: Api, by: str = SERVER) -> RetentionRun:
    """Finishes what was begun, then deletes the evidence of all cases that are due; each case is two short transactions.

    In the end nothing of it is left in the files of a SQLite database either, also of runs before that a crash cut off.
    """
    erased = 0
    with api.database.read() as connection:
        begun = erasing.unfinished(connection)
    for index in begun:
        erased += _finish(api, index)
    while True:
        with api.database.read() as connection:
            found = due(connection, api.settings.retention, api.clock(), AT_ONCE)
        done = sum(erase(api, one, by) for one in found)
        erased += done
        if done == 0:
            break
    if not api.database.forget():
        log_.warning("somebody reads a state of before for long: what was deleted stays in the write-ahead log until retention runs again")
    return RetentionRun(erased=erased)


def erase(api: Api, one: Due, by: str) -> bool:
    """Deletes the evidence of one case; whether it was still due."""
    now = api.clock()
    with api.database.write() as connection:
        index = erasing.begin(connection, one, by, now)
        if index is None:
            return False
        api.tell(connection, "case.updated", one.case_id, index)
    return _finish(api, index)


def sign_head(api: Api) -> bool:
    """Signs the log's head for today and writes heads to their folder; whether there was one to sign."""
    with api.database.write() as connection:
        signed = heads.sign_today(connection, api.key, api.clock())
    with api.database.read() as connection:
        heads.write_missing(connection, api.settings.data_dir / "heads")
    return signed is not None


def lapse(api: Api) -> int:
    """Lets first decisions stand that waited too long for a second person; how many."""
    with api.database.write() as connection:
        now = api.clock()
        stood = decisions.lapse(connection, now)
        for case_id, log_index in stood:
            search.refresh(connection, case_id)
            api.tell(connection, "case.updated", case_id, log_index)
    return len(stood)


def _finish(api: Api, index: int) -> bool:
    with api.database.write() as connection:
        return erasing.finish(connection, api.blobs, api.key, index, api.clock()) is not None
