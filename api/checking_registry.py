"""The registry against the log: every version of permits, views and cameras ever saved, cameras as they are now by their newest version, hosts; and which
worker held a camera when a packet of it came.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, select

from api import packets as receiving
from api.cameras import PLAIN
from api.checking_rows import Entries, Entry, Fault, Unchecked, all_rows, differing, document_of
from api.log import LogEvent
from api.schema import camera_versions, cameras, cases, hosts, packets, permits, views

OF_CAMERAS = (*PLAIN, "name", "public_url", "worker", "district", "host", "version")
"""What a camera's row has from its newest version."""
Told = dict[tuple[Any, Any], Entry]
"""By what is saved in versions, and the version."""


def registry_faults(connection: Connection, entries: Entries, unchecked: Unchecked) -> Iterator[Fault]:
    """All of them."""
    drawn_on = {"camera_id": None, "view_id": "main", "withdrawn": False}
    yield from _version_faults(connection, entries, permits, "permit_id", LogEvent.PERMIT, drawn_on)
    yield from _version_faults(connection, entries, views, "camera_id", LogEvent.VIEW_SAVED, {"view_id": "main", "withdrawn": False})
    yield from _version_faults(connection, entries, camera_versions, "camera_id", LogEvent.CAMERA, {})
    yield from _camera_faults(connection, entries, unchecked)
    yield from _host_faults(connection, entries)
    yield from _holder_faults(connection, entries)


def _version_faults(connection: Connection, entries: Entries, table: Table, name: str, event: LogEvent, fields: Mapping[str, Any]) -> Iterator[Fault]:
    """Of a table of versions, which are told apart by `name` and `version`; `fields` are columns that the entry tells, with what it means where it does not."""
    told: Told = {(entry.document[name], entry.document.get("version")): entry for entry in entries.of(event) if name in entry.document}
    for row in all_rows(connection, select(table).order_by(table.c[name], table.c.version)):
        where = f"{table.name} {getattr(row, name)} version {row.version}"
        entry = told.pop((getattr(row, name), row.version), None)
        if entry is None:
            yield Fault(where, "the log has no entry by which it was saved")
            continue
        yield from differing(where, *((column, getattr(row, column), entry.document.get(column, unsaid)) for column, unsaid in fields.items()))
        document = ("document", hashlib.sha256(row.document.encode()).hexdigest(), entry.document.get("sha256"))
        yield from differing(where, document, ("saved_at", row.saved_at, entry.at), ("saved_by", row.saved_by, entry.by))
    for one, version in sorted(told, key=str):
        yield Fault(f"{table.name} {one} version {version}", "was removed, though the log has it")


def _camera_faults(connection: Connection, entries: Entries, unchecked: Unchecked) -> Iterator[Fault]:
    """A registered camera is what its newest version says; one that was only announced is nothing that the log tells of."""
    newest = {entry.document["camera_id"]: entry for entry in entries.of(LogEvent.CAMERA) if "camera_id" in entry.document}
    for row in all_rows(connection, select(cameras).order_by(cameras.c.camera_id)):
        where, entry = f"cameras {row.camera_id}", newest.pop(row.camera_id, None)
        if entry is None:
            if row.version:
                yield Fault(where, "is registered by its row alone: the log has no entry of it")
            continue
        version = entry.document.get("version")
        of_version = (camera_versions.c.camera_id == row.camera_id, camera_versions.c.version == version)
        document = document_of(connection.execute(select(camera_versions.c.document).where(*of_version)).scalar())
        yield from _row_faults(row, entry, document | {"version": version}, where)
        if row.secret is not None and "sealed_sha256" not in entry.document:
            unchecked["logins of cameras, whose entries do not hold their hash"] += 1
    for camera_id in sorted(newest):
        yield Fault(f"cameras {camera_id}", "was removed, though the log has it")


def _row_faults(row: Row[Any], entry: Entry, document: Mapping[str, Any], where: str) -> Iterator[Fault]:
    document = {**document, **{name: entry.document[name] for name in ("worker", "district") if name in entry.document}}
    yield from differing(where, *((name, getattr(row, name), document[name]) for name in OF_CAMERAS if name in document))
    if "sealed_sha256" in entry.document:
        sealed = None if row.secret is None else hashlib.sha256(row.secret.encode()).hexdigest()
        yield from differing(where, ("secret", sealed, entry.document["sealed_sha256"]))
    elif "has_login" in document:
        yield from differing(where, ("secret", row.secret is not None, document["has_login"]))


def _host_faults(connection: Connection, entries: Entries) -> Iterator[Fault]:
    told: dict[str, tuple[int, Entry]] = {}
    for entry in entries.of(LogEvent.CAMERA):
        if "host" in entry.document and "camera_id" not in entry.document:
            host = entry.document["host"]
            told[host] = (1 + (told[host][0] if host in told else 0), entry)
    for row in connection.execute(select(hosts).order_by(hosts.c.host)):
        where = f"hosts {row.host}"
        if row.host not in told:
            yield Fault(where, "the log has no entry by which it was saved")
            continue
        version, entry = told.pop(row.host)
        bounds = ((name, getattr(row, name), entry.document.get(name)) for name in ("most_streams", "most_connects"))
        yield from differing(where, ("version", row.version, version), *bounds, ("saved_at", row.saved_at, entry.at), ("saved_by", row.saved_by, entry.by))
    for host in sorted(told):
        yield Fault(f"hosts {host}", "was removed, though the log has it")


def _holder_faults(connection: Connection, entries: Entries) -> Iterator[Fault]:
    """A packet of a worker that does not hold its camera has a case apart, whose id says so; who held it, the log's entry before the packet's says."""
    given: dict[str, list[tuple[int, str | None]]] = defaultdict(list)
    for entry in entries.of(LogEvent.CAMERA):
        if "camera_id" in entry.document:
            given[entry.document["camera_id"]].append((entry.log_index, entry.document.get("worker")))
    columns = [packets.c[name] for name in ("packet_id", "act_id", "case_id", "worker", "held_by", "receipt", "camera_id")]
    every = select(*columns, cases.c.camera_id.label("of_case")).join(cases, cases.c.id == packets.c.case_id).order_by(packets.c.packet_id)
    for row in all_rows(connection, every):
        where = f"packets {row.packet_id}"
        if (row.held_by is not None) != (row.case_id == receiving.case_apart(row.worker, row.act_id)):
            yield Fault(where, "held_by is not as the case that it came to has it")
        elif row.held_by is not None:
            before = given[row.camera_id or row.of_case]
            place = bisect_left(before, int(json.loads(row.receipt).get("log_index", 0)), key=lambda one: one[0])
            if place == 0 or before[place - 1][1] != row.held_by:
                yield Fault(where, "held_by is not the worker that held its camera then, by the log")
