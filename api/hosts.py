"""Hosts of cameras (recorders, gateways, a camera itself): how many streams each bears, and how many connects at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from api import log
from api.cameras import streams_at
from api.errors import Unusable
from api.registry import check_version
from api.roles import Caller
from api.schema import cameras, hosts
from api.shapes_registry import HostRequest, HostShown


def all_hosts(connection: Connection, only: frozenset[str] | None = None) -> list[HostShown]:
    """The hosts that have a bound, by name; or those of them that are named."""
    rows = connection.execute(select(hosts).order_by(hosts.c.host)).all()
    return [
        HostShown(
            host=row.host,
            version=row.version,
            most_streams=row.most_streams,
            most_connects=row.most_connects,
            streams=streams_at(connection, row.host),
        )
        for row in rows
        if only is None or row.host in only
    ]


def bounds_of(connection: Connection, worker: str) -> Sequence[Row[Any]]:
    """What the hosts of a worker's cameras bear, as it is kept, by name."""
    query = select(hosts).where(hosts.c.host.in_(_hosts_of(worker))).order_by(hosts.c.host)
    return connection.execute(query).all()


def hosts_of(connection: Connection, worker: str) -> frozenset[str]:
    """Where the cameras of a worker are read."""
    return frozenset(host for host in connection.execute(_hosts_of(worker)).scalars() if host is not None)


def save(
    connection: Connection, host: str, told: HostRequest, by: Caller, now: datetime, *, if_match: str | None = None, if_none_match: str | None = None
) -> HostShown:
    """Saves what a host bears, within a write transaction. A bound below what is registered there holds for what is registered from now on.

    Raises:
        Unusable: that is no host.
        VersionGone: somebody has saved it meanwhile.
    """
    if not 0 < len(host) <= 255 or any(sign in host for sign in "/@ ?#") or not host.isprintable():
        raise Unusable("host: is a name or an address, with its port where it has one", "host 应为主机名或地址，可带端口")
    host = host.lower()
    row = connection.execute(select(hosts).where(hosts.c.host == host)).first()
    version = 0 if row is None else row.version
    check_version("host", None if row is None else etag(host, version), version, if_match=if_match, if_none_match=if_none_match)
    values = {"version": version + 1, "most_streams": told.most_streams, "most_connects": told.most_connects, "saved_at": now, "saved_by": by.name}
    if row is None:
        connection.execute(insert(hosts).values(host=host, **values))
    else:
        connection.execute(update(hosts).where(hosts.c.host == host).values(**values))
    log.append(connection, log.LogEvent.CAMERA, now, by.name, {"host": host, **told.model_dump()})
    return all_hosts(connection, frozenset({host}))[0]


def _hosts_of(worker: str) -> Select[Any]:
    return select(cameras.c.host).where(cameras.c.worker == worker, cameras.c.version > 0, cameras.c.enabled, cameras.c.host.is_not(None)).distinct()


def etag(host: str, version: int) -> str:
    """The ETag of a host's version."""
    return f'"{host}-{version}"'
