"""Webhooks: addresses that are told of every case that came or changed, signed by the API's key, in order, again and again until they answer.

An address' place in the log is kept, so nothing is lost over a restart and nothing is sent twice but what was not acknowledged. A case that changed
several times meanwhile is told once, as it is now. What is told holds no name, place or picture: who wants them reads the case, as somebody who may.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, delete, insert, select, update

from api import log
from api.districts import visible
from api.errors import NotFound
from api.moments import iso
from api.roles import Caller, Role, districts_of
from api.schema import about, cases, webhooks
from api.shapes_registry import WebhookRequest, WebhookShown
from evidence.signing import SigningKey

SCHEMA = "curbwatch.webhook/1"
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: the place in the log that it tells, its id, and the body."""

    log_index: int
    id: str
    body: bytes

    def headers(self, key: SigningKey, at: datetime) -> dict[str, str]:
        """The signature over id, time and the body's hash (`evidence`'s canonical JSON), in headers."""
        document = {"schema": SCHEMA, "id": self.id, "at": iso(at), "body_sha256": hashlib.sha256(self.body).hexdigest()}
        signature = key.sign(document)
        return {
            "Content-Type": "application/json",
            "User-Agent": "curbwatch",
            "Webhook-Id": self.id,
            "Webhook-At": document["at"],
            "Webhook-Signature": f"{signature.algorithm} {signature.key_id} {signature.value}",
        }


def all_webhooks(connection: Connection) -> Sequence[Row[Any]]:
    """All, by name."""
    return connection.execute(select(webhooks).order_by(webhooks.c.name)).all()


def save(connection: Connection, name: str, told: WebhookRequest, by: Caller, now: datetime) -> WebhookShown:
    """Makes a webhook, or changes it, within a write transaction; a new one is told what comes from now on, one that was off what it missed."""
    row = connection.execute(select(webhooks).where(webhooks.c.name == name)).first()
    values: dict[str, Any] = {"url": told.url, "events": sorted(set(told.events)), "districts": sorted(districts_of(told.districts))}
    values |= {"failures": 0, "next_at": now, "disabled_at": None if told.enabled else now}
    if row is None:
        connection.execute(insert(webhooks).values(name=name, at_index=log.head(connection).index, made_at=now, made_by=by.name, **values))
    else:
        connection.execute(update(webhooks).where(webhooks.c.name == name).values(**values))
    body = {
        "webhook": name,
        "change": "saved",
        "host": urlsplit(told.url).hostname,
        "url_sha256": hashlib.sha256(told.url.encode()).hexdigest(),
        "events": values["events"],
        "districts": values["districts"],
        "enabled": told.enabled,
    }
    log.append(connection, log.LogEvent.WEBHOOK, now, by.name, body)
    return shown(connection.execute(select(webhooks).where(webhooks.c.name == name)).one())


def remove(connection: Connection, name: str, by: Caller, now: datetime) -> None:
    """Removes a webhook, within a write transaction.

    Raises:
        NotFound: there is none of that name.
    """
    if connection.execute(delete(webhooks).where(webhooks.c.name == name)).rowcount == 0:
        raise NotFound("there is no such webhook", "没有此推送地址")
    log.append(connection, log.LogEvent.WEBHOOK, now, by.name, {"webhook": name, "change": "removed"})


def due(connection: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Those that are to be told something now, if there is anything."""
    newest = log.head(connection).index
    query = select(webhooks).where(webhooks.c.disabled_at.is_(None), webhooks.c.next_at <= now, webhooks.c.at_index < newest)
    return connection.execute(query.order_by(webhooks.c.next_at)).all()


def messages(connection: Connection, hook: Row[Any]) -> tuple[list[Message], int]:
    """What a webhook is to be told next, in order, and the place in the log that it has heard of afterwards."""
    newest = log.head(connection).index
    reader = Caller(f"webhook {hook.name}", Role.AUDITOR, districts=districts_of(hook.districts))
    query = select(cases).where(cases.c.changed_index > hook.at_index, visible(cases.c.district, reader)).order_by(cases.c.changed_index)
    rows = connection.execute(query.limit(AT_ONCE)).all()
    database_id = connection.execute(select(about.c.value).where(about.c.name == "database_id")).scalar_one()
    found = [message for row in rows if (message := _message(row, hook, database_id)) is not None]
    return found, rows[-1].changed_index if len(rows) == AT_ONCE else newest


def answered(connection: Connection, name: str, at_index: int, status: int | None, now: datetime) -> None:
    """Notes that an address has heard everything up to a place in the log, within a write transaction."""
    told = {} if status is None else {"last_status": status, "last_error": None, "told_at": now}
    connection.execute(update(webhooks).where(webhooks.c.name == name, webhooks.c.at_index < at_index).values(at_index=at_index, failures=0, **told))


def failed(connection: Connection, hook: Row[Any], status: int | None, why: str, now: datetime) -> None:
    """Notes a failure, within a write transaction: the next try is later each time; an address that says 410 Gone is told no more."""
    failures = hook.failures + 1
    values = {"failures": failures, "next_at": now + wait_after(failures), "last_status": status, "last_error": why[:300]}
    if status == 410:
        values["disabled_at"] = now
    found = connection.execute(update(webhooks).where(webhooks.c.name == hook.name).values(**values)).rowcount
    if status == 410 and found:
        log.append(connection, log.LogEvent.WEBHOOK, now, f"webhook {hook.name}", {"webhook": hook.name, "change": "gone"})


def wait_after(failures: int) -> timedelta:
    """Between two tries."""
    return min(FIRST_WAIT * int(2 ** min(failures - 1, 20)), LONGEST_WAIT)


def shown(row: Row[Any]) -> WebhookShown:
    """A webhook as it is answered."""
    return WebhookShown.model_validate({name: getattr(row, name) for name in WebhookShown.model_fields})


def _message(row: Row[Any], hook: Row[Any], database_id: str) -> Message | None:
    event = "case.created" if row.created_index > hook.at_index else "case.updated"
    if event not in hook.events:
        return None
    told = {name: getattr(row, name) for name in ("id", "number", "kind", "grade", "state", "version", "camera_id", "district")}
    identity = f"{database_id}-{row.changed_index}"
    body = {"schema": SCHEMA, "id": identity, "event": event, "at": iso(row.updated_at), "case": {**told, "url": f"/cases/{row.id}"}}
    return Message(row.changed_index, identity, json.dumps(body, ensure_ascii=False).encode())
