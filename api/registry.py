"""What the parts of the registry share: names, conditions, addresses that may be shown, and the keys that workers are bound to."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection, insert, select, union_all

from api import addresses, log
from api.errors import Conflict, Unusable, VersionGone
from api.schema import former_keys, workers
from api.shapes import KeyShown
from evidence.errors import EvidenceError
from evidence.signing import PublicKey

NAME = (
    "a name begins with a letter or digit and has at most 64 letters, digits, points, hyphens and underscores",
    "须以字母或数字开头，只含字母、数字、点、连字符和下划线，最多 64 个字符",
)
SCENE_FILE = ".yaml"
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def checked_id(value: str, what: str) -> str:
    """The name as it is.

    Raises:
        Unusable: it holds signs that no name has.
    """
    if ID.fullmatch(value) is None:
        raise Unusable(f"{what}: {NAME[0]}", f"{what} {NAME[1]}")
    return value


def checked_camera(camera_id: str) -> str:
    """The id of a camera that may be made known.

    Raises:
        Unusable: it holds signs that no name has, or ends in `.yaml`: `GET /views/gate.yaml` is the scene file of the camera `gate`.
    """
    if checked_id(camera_id, "camera_id").lower().endswith(SCENE_FILE):
        told = f"camera_id: ends in {SCENE_FILE}, by which a view is asked for as a file; take another id"
        raise Unusable(told, f"camera_id 不能以 {SCENE_FILE} 结尾：该结尾用于下载视图文件，请换一个编号")
    return camera_id


def check_public_url(url: str | None, where: str = "public_url", *, announced: bool = False) -> None:
    """Whether an address may be shown to everybody; `where` is the field that holds it. Of one that a worker announced it is shown without what nobody knows
    to be harmless, and so not refused for it.

    Raises:
        Unusable: it is none, or holds a user name, password or token; the address itself is not repeated.
    """
    if url is None:
        return
    try:
        scheme, secret = urlsplit(url).scheme, (addresses.holds_secret if announced else addresses.may_hold_secret)(url)
    except ValueError:
        raise Unusable(f"{where}: is no address", f"{where} 不是有效的地址") from None
    if not scheme:
        raise Unusable(f"{where}: is no address; it begins with a scheme like rtsp://", f"{where} 不是有效的地址，应以 rtsp:// 等开头")
    if secret:
        told = "holds a user name, password or token, or what may be one; give {username} and {password} in its place, and the login as `login`"
        raise Unusable(f"{where}: {told}", "地址中不得包含用户名、密码或令牌；请用 {username}、{password} 代替，并通过 login 提供登录信息")


def matches(condition: str, etag: str) -> bool:
    """Whether an If-Match or If-None-Match names the ETag."""
    return condition.strip() == "*" or etag in [one.strip().removeprefix("W/") for one in condition.split(",")]


def check_version(what: str, etag: str | None, version: int, *, if_match: str | None, if_none_match: str | None) -> None:
    """Whether the version that is there (`etag`; None: there is none) is the one that a change was made for.

    Raises:
        VersionGone: it is not the one that `if_match` names (`*`: there is any), or there is one and `if_none_match` is `*`.
    """
    if etag is not None and if_none_match is not None and matches(if_none_match, etag):
        raise VersionGone(f"the {what} has the version {version} already", version=version)
    if if_match is not None and (etag is None or not matches(if_match, etag)):
        now_is = "there is none yet" if etag is None else f"version {version} is the newest now"
        raise VersionGone(f"somebody has saved this {what} since you read it: {now_is}; read it and save again", version=version)


def bind_key(connection: Connection, name: str, public_key: str, now: datetime) -> KeyShown:
    """Binds a worker's name to its public key at first use, within a write transaction.

    Raises:
        Unusable: that is no key.
        Conflict: the name is bound to another key.
    """
    try:
        key = PublicKey.from_base64(public_key)
    except EvidenceError as error:
        raise Unusable(f"public_key: {error}") from None
    row = connection.execute(select(workers).where(workers.c.name == name)).first()
    if row is None:
        connection.execute(insert(workers).values(name=name, public_key=key.to_base64(), key_id=key.key_id, bound_at=now))
        log.append(connection, log.LogEvent.KEY_BOUND, now, f"worker {name}", {"public_key": key.to_base64(), "key_id": key.key_id})
    elif row.public_key != key.to_base64():
        raise Conflict(f"the worker {name!r} is bound to the key {row.key_id}; run it with that key, or give this one another name", "该工作节点已绑定其他密钥")
    return KeyShown(name=name, key_id=key.key_id, public_key=key.to_base64())


def worker_keys(connection: Connection) -> list[KeyShown]:
    """All workers' public keys, also those that were revoked, with the time at which they were: what came before stays verifiable."""
    columns = ("name", "key_id", "public_key", "bound_at", "revoked_at")
    every = union_all(*(select(*(table.c[name] for name in columns)) for table in (workers, former_keys))).subquery()
    rows = connection.execute(select(every).order_by(every.c.name, every.c.bound_at))
    return [KeyShown(name=row.name, key_id=row.key_id, public_key=row.public_key, revoked_at=row.revoked_at) for row in rows]
