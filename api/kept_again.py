"""Legal holds and longer periods that were set after a backup, set again by its restore from what `api.revocations` tells outside of the database.

Nothing is released and nothing is shortened by a restore: what a person said meanwhile to that end is named, to be said again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from api import keeping, log, periods
from api.errors import BackupError, NotFound, StartError
from api.roles import Caller, Role
from api.schema import cases

HOLDS = (log.LogEvent.HOLD.value, log.LogEvent.HOLD_RELEASED.value)
PERIODS = (log.LogEvent.RETENTION.value,)
TOLD_ON = ("by", "unit", "at")
"""What the new entry of a hold says of the one of before, beside its place."""


def apply(connection: Connection, entries: list[dict[str, Any]], now: datetime) -> list[str]:
    """Sets again what the log's entries of after a backup say, oldest first, within a write transaction; a sentence for each.

    Raises:
        BackupError: an entry tells of a period that is none.
    """
    last_of_case = {str(told.get("case_id")): told for told in entries if told["event"] in HOLDS}
    last_of_rule = {str(told.get("rule")): told for told in entries if told["event"] in PERIODS}
    said = [_hold(connection, case_id, told, now) for case_id, told in last_of_case.items()]
    said += [_period(connection, rule_id, told, now) for rule_id, told in sorted(last_of_rule.items())]
    return [one for one in said if one is not None]


def _hold(connection: Connection, case_id: str, told: dict[str, Any], now: datetime) -> str | None:
    row = connection.execute(select(cases.c.held, cases.c.erased_at).where(cases.c.id == case_id)).first()
    if told["event"] == log.LogEvent.HOLD_RELEASED.value:
        return f"case {case_id}: was released from legal hold since, and stays under it; release it again" if row is not None and row.held else None
    put = f"case {case_id}: was put under legal hold since ({told.get('reason')})"
    if row is None:
        return f"{put}, and is not in the backup: set it again once its packets have been brought again"
    if row.erased_at is not None:
        return f"{put}, but its evidence was deleted before the backup"
    if row.held:
        return None
    by = Caller(log.RESTORE, Role.ADMIN, unit=told.get("unit"))
    again = {"index": told["log_index"], **{name: told.get(name) for name in TOLD_ON}}
    keeping.hold(connection, case_id, str(told.get("reason")), by, now, again=again)
    return f"{put}, and is again"


def _period(connection: Connection, rule_id: str, told: dict[str, Any], now: datetime) -> str | None:
    """By the last word on a rule, against what the backup's own would come to."""
    wanted = told.get("days") if told.get("next_days") is None else told["next_days"]
    where = f"--revocations: entry {told['log_index']} is no period of retention"
    rule = next((one for one in periods.rules_in_force(connection, now) if one.id == rule_id), None)
    if type(wanted) is not int or rule is None:
        raise BackupError(f"{where}; name the file of the data folder of before")
    days, _ = periods.coming(connection, now).get(rule_id, (rule.days, now))
    if wanted < days:
        return f"rule {rule_id}: was given {wanted} days since, and keeps {days}; `curbwatch serve keep {rule_id}={wanted}` shortens it again"
    if wanted == days:
        return None
    try:
        periods.change(connection, rule_id, wanted, log.RESTORE, now)
    except (NotFound, StartError) as error:
        raise BackupError(f"{where} ({error})") from None
    return f"rule {rule_id}: was given {wanted} days since, and has them again"
