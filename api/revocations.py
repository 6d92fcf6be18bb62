"""Rights that were taken away, told outside of the database too, so that a backup does not give them back: `<data-dir>/revocations.jsonl` holds the log's
entries on people, tokens and workers, and `serve restore --revocations FILE` applies those that the backup does not have. So does it with those on legal
holds and periods of retention (`api.kept_again`), so that a backup deletes nothing that was to be kept.

It only ever takes away, and keeps. Whose role, districts or password changed is disabled, or without a password, until an administrator has looked.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, delete, select, update

from api import enrolments, kept_again, log, tokens
from api.errors import BackupError, NotFound
from api.roles import Caller, Role
from api.schema import enrolments as enrolments_table
from api.schema import holds as holds_table
from api.schema import log as log_table
from api.schema import people, retention_periods, sessions, workers
from api.schema import tokens as tokens_table
from evidence.canonical import canonical_json, sha256_hex
from evidence.folders import sync

if TYPE_CHECKING:
    from api.service import Api

NAME = "revocations.jsonl"
EVENTS = (log.LogEvent.PERSON.value, log.LogEvent.TOKEN.value, log.LogEvent.WORKER.value, *kept_again.HOLDS, *kept_again.PERIODS)
BY = Caller(log.RESTORE, Role.ADMIN)
LONGEST_LINE = 2**20
MOST_NAMED = 50


def write(api: Api) -> int:
    """Adds the entries that the file does not have yet, durably; how many."""
    path = api.settings.data_dir / NAME
    after = _last_index(path)
    with api.database.read() as connection:
        older = _left_out(connection, path, after)
        newer = select(log_table.c.document).where(log_table.c.log_index > after, log_table.c.event.in_(EVENTS)).order_by(log_table.c.log_index)
        lines = [f"{document}\n" for document in connection.execute(newer).scalars()]
    if older:
        _put_in(path, older)
    if lines:
        is_new = not path.exists()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8") as file:
            file.write("".join(lines))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync(path.parent)
    return len(older) + len(lines)


def _left_out(connection: Connection, path: Path, after: int) -> list[str]:
    """Entries of holds and periods that stand and that the file has not: an older version wrote none of them."""
    held = select(holds_table.c.log_index).where(holds_table.c.released_at.is_(None), holds_table.c.log_index <= after)
    standing = {*connection.execute(held).scalars(), *connection.execute(select(retention_periods.c.log_index)).scalars()}
    standing = {index for index in standing if index <= after}
    if not standing:
        return []
    standing -= {int(index) for index in INDEX.findall(path.read_bytes())}
    return list(connection.execute(select(log_table.c.document).where(log_table.c.log_index.in_(sorted(standing)))).scalars())


INDEX = re.compile(rb'"log_index":(\d+)')


def _put_in(path: Path, documents: list[str]) -> None:
    """Puts entries at their places in the file, which is there as a whole before and after."""
    lines = sorted([*path.read_text("utf-8").removesuffix("\n").split("\n"), *documents], key=lambda line: int(json.loads(line)["log_index"]))
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    sync(path.parent)


@dataclass(frozen=True, slots=True)
class Told:
    """What a file tells: its entries, and the number of its last line where that is cut off and was left out."""

    path: Path
    entries: list[dict[str, Any]]
    cut_line: int | None = None

    def sentences(self, former_index: int) -> Iterator[str]:
        """How far a file reaches, and what of it could not be read; `former_index`: the last place of the backup's log."""
        last = self.entries[-1]
        later = sum(told["log_index"] > former_index for told in self.entries)
        reach = f"up to entry {last['log_index']} of the log ({str(last.get('at', 'without a time'))[:16]})"
        yield f"--revocations: {self.path} tells of {len(self.entries)} entries, {reach}; {later or 'none'} of them came after the backup"
        if self.cut_line is not None:
            yield (
                f"--revocations: {self.path} line {self.cut_line} is cut off and was left out: what it tells, and all that came after it, was not applied; "
                "apply a whole copy, or look at each person, token, worker, hold and period"
            )


def read(path: Path) -> Told:
    """The entries of a file; a last line that was cut off is left out, and told.

    Raises:
        BackupError: it cannot be read, is no such file, or holds not one entry.
    """
    named = f"name the {NAME} of the data folder of before"
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise BackupError(f"{path}: cannot be read ({error.strerror or error}); {named}") from None
    found: list[dict[str, Any]] = []
    cut_line = None
    for number, line in enumerate(lines, 1):
        is_last = number == len(lines)  # what a whole line leaves behind its end is empty
        try:
            told = json.loads(line.decode())
            if told["event"] not in EVENTS or type(told["log_index"]) is not int:
                raise ValueError
        except (ValueError, KeyError, TypeError):
            if not is_last:
                raise BackupError(f"{path} line {number}: is no entry on people, tokens, workers, holds or periods; {named}") from None
            cut_line = number if line else None
            break
        found.append(told)
    if not found:
        raise BackupError(f"{path}: holds not one entry on people, tokens, workers, holds or periods; {named}, or, where that folder has none, leave this out")
    return Told(path, found, cut_line)


def apply(connection: Connection, entries: list[dict[str, Any]], former_index: int, now: datetime) -> list[str]:
    """Takes away again what was taken away after a place of the log, and has kept what was to be kept, within a write transaction; a sentence for each.

    Raises:
        BackupError: the entries are of another log, or one of them cannot be.
    """
    _check_log(connection, entries, former_index)
    later = [told for told in entries if told["log_index"] > former_index]
    said = kept_again.apply(connection, later, now)
    for told in later:
        change = told.get("change")
        if told["event"] == log.LogEvent.TOKEN.value and change == "revoked":
            said += _token(connection, told, now)
        elif told["event"] == log.LogEvent.TOKEN.value and change == "ends":
            said += _end(connection, told, now)
        elif told["event"] == log.LogEvent.PERSON.value:
            said += _person(connection, told, now)
        elif told["event"] == log.LogEvent.WORKER.value and change in ("revoked", "enrolled"):
            said += _worker(connection, str(told.get("worker")), now)
    return list(dict.fromkeys(said))


def end_what_passes(connection: Connection, now: datetime) -> None:
    """Ends all sessions and one-time tokens of a backup, within a write transaction: who should be signed in signs in anew."""
    connection.execute(delete(sessions))
    connection.execute(update(enrolments_table).where(enrolments_table.c.used_at.is_(None), enrolments_table.c.ends_at > now).values(ends_at=now))


def in_force(connection: Connection, now: datetime) -> Iterator[str]:
    """Who may do what by a database: to be looked at after a restore, since what was taken away after its backup may be in force again."""
    for row in connection.execute(select(people).where(people.c.disabled_at.is_(None)).order_by(people.c.name)):
        yield f"person {row.name} ({row.role}, {_told(row.districts)})"
    for row in connection.execute(select(tokens_table).where(tokens.in_force(now), tokens_table.c.worker.is_(None)).order_by(tokens_table.c.id)):
        until = "without an end" if row.ends_at is None else f"until {row.ends_at:%Y-%m-%d}"
        yield f"token {row.name} ({row.role}, {_told(row.districts)}, {until})"
    names = list(connection.execute(select(workers.c.name).where(workers.c.revoked_at.is_(None)).order_by(workers.c.name)).scalars())
    yield from (f"worker {name}" for name in names[:MOST_NAMED])
    if len(names) > MOST_NAMED:
        yield f"and {len(names) - MOST_NAMED} workers more"


def _check_log(connection: Connection, entries: list[dict[str, Any]], former_index: int) -> None:
    for told in (told for told in entries if told["log_index"] <= former_index):
        kept = connection.execute(select(log_table.c.sha256).where(log_table.c.log_index == told["log_index"])).scalar()
        if kept != sha256_hex(canonical_json(told)):
            raise BackupError(f"--revocations: entry {told['log_index']} is not that of the backup's log; it is the file of another API")


def _token(connection: Connection, told: dict[str, Any], now: datetime) -> list[str]:
    same = (tokens_table.c.id == told.get("token"), tokens_table.c.name == told.get("name"), tokens_table.c.revoked_at.is_(None))
    if connection.execute(update(tokens_table).where(*same).values(revoked_at=now)).rowcount == 0:
        return []
    log.append(connection, log.LogEvent.TOKEN, now, BY.name, {"change": "revoked", "token": told["token"], "name": told["name"]})
    return [f"token {told['name']}: was revoked, and is again"]


def _end(connection: Connection, told: dict[str, Any], now: datetime) -> list[str]:
    """A token that had no end when the backup was made."""
    until = datetime.fromisoformat(str(told.get("until")))
    same = (tokens_table.c.id == told.get("token"), tokens_table.c.name == told.get("name"), tokens_table.c.ends_at.is_(None))
    if connection.execute(update(tokens_table).where(*same).values(ends_at=until)).rowcount == 0:
        return []
    log.append(connection, log.LogEvent.TOKEN, now, BY.name, {name: told[name] for name in ("change", "token", "name", "until")})
    return [f"token {told['name']}: had an end, {until:%Y-%m-%d}, and has it again"]


def _person(connection: Connection, told: dict[str, Any], now: datetime) -> list[str]:
    name = str(told.get("person"))
    row = connection.execute(select(people).where(people.c.name == name)).first()
    if row is None:
        return []
    if told.get("change") == "password":
        if row.password is None:
            return []
        connection.execute(update(people).where(people.c.id == row.id).values(password=None, must_change=True, changed_at=now))
        log.append(connection, log.LogEvent.PERSON, now, BY.name, {"person": name, "change": "password", "must_change": True, "kept_sha256": None})
        return [f"person {name}: had another password since; an administrator gives a first one (POST /people/{name}/password)"]
    rights = told.keys() & {"role", "districts"}
    if told.get("change") != "changed" or not (told.get("disabled") or rights) or row.disabled_at is not None:
        return []
    connection.execute(update(people).where(people.c.id == row.id).values(disabled_at=now))
    log.append(connection, log.LogEvent.PERSON, now, BY.name, {"person": name, "change": "changed", "disabled": True})
    why = "was disabled, and is again" if told.get("disabled") else "had other rights since; is disabled until an administrator has set them again"
    return [f"person {name}: {why}"]


def _worker(connection: Connection, name: str, now: datetime) -> list[str]:
    """Also one that was enrolled anew since: the key that the backup knows is a former one."""
    row = connection.execute(select(workers.c.revoked_at).where(workers.c.name == name)).first()
    if row is None or row.revoked_at is not None:
        return []
    try:
        enrolments.revoke(connection, name, BY, now)
    except NotFound:
        return []
    return [f"worker {name}: was revoked or enrolled anew since, and is revoked; enrol it anew"]


def _last_index(path: Path) -> int:
    """The place of the last whole entry of the file; 0 where there is none. What a crash cut off is cut away."""
    try:
        with path.open("r+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LONGEST_LINE))
            end = file.read()
            whole = end.rpartition(b"\n")[0]
            if len(end) - len(whole) > 1:
                file.truncate(size - (len(end) - len(whole) - (1 if whole else 0)))
    except FileNotFoundError:
        return 0
    last = whole.rpartition(b"\n")[2]
    return int(json.loads(last)["log_index"]) if last else 0


def _told(districts: Any) -> str:
    return "all districts" if "*" in districts else ", ".join(districts)
