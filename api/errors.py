"""The exception tree of the case API.

ApiError
├── StartError          the server cannot be started as asked (folder, port, address, option)
│   ├── DatabaseError   the database cannot be used
│   └── BackupError     a backup cannot be made or restored
└── Refusal             an answer to a client: a status and one sentence for people
    ├── BadRequest            400  not what was announced (a body whose hash differs)
    ├── NotSignedIn           401
    ├── NotAllowed            403  known, but may not; or signed by another key
    ├── NotFound              404  also for what lies in a district that is not the caller's
    ├── Conflict              409  somebody was first, or the same id holds something else
    ├── VersionGone           412  the version that was to be replaced is not the newest
    ├── TooLarge              413
    ├── WrongMediaType        415
    ├── Unusable              422  understood, but wrong in a named field
    ├── BlobsMissing          424  the manifest names files that were not sent yet
    ├── TooOften              429  too many failed tries; `Retry-After` says when the next is looked at
    ├── Unavailable           503  a store that the API needs does not answer; nothing was done
    └── NoSpace               507  the disk is full; nothing was kept

A refusal says why in English (`detail`) and in Chinese (`detail_zh`): the sentence of its own where it was given one, else that of its class.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

FIELD = re.compile(r"[A-Za-z_][\w.-]*(?=: )")
"""What a sentence about a field begins with."""


class ApiError(Exception):
    """Root of what the case API can raise."""


class StartError(ApiError):
    """The server cannot be started as asked."""


class DatabaseError(StartError):
    """The database cannot be used."""


class BackupError(StartError):
    """A backup cannot be made or restored."""


class Refusal(ApiError):
    """An answer to a client: one sentence in each language. `more` is added to the answer beside them."""

    status: ClassVar[int] = 500
    general_zh: ClassVar[str] = "请求被拒绝"

    def __init__(self, detail: str, zh: str | None = None, **more: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.detail_zh = zh or self.general_zh
        self.more = more


class BadRequest(Refusal):
    """Not what was announced."""

    status = 400
    general_zh = "请求与声明的内容不符"


class NotSignedIn(Refusal):
    """Nobody is signed in."""

    status = 401
    general_zh = "尚未登录，或令牌无效、已撤销、已过期"


class NotAllowed(Refusal):
    """Known, but may not."""

    status = 403
    general_zh = "没有权限执行此操作"


class NotFound(Refusal):
    """There is no such thing."""

    status = 404
    general_zh = "没有找到，或不在您的辖区内"


class Conflict(Refusal):
    """Somebody was first, or the same id holds something else."""

    status = 409
    general_zh = "该操作与当前状态不符，请重新读取后再试"


class VersionGone(Refusal):
    """The version that was to be replaced is not the newest."""

    status = 412
    general_zh = "您读取之后已有人保存了新版本，请重新读取后再保存"


class TooLarge(Refusal):
    """More bytes than are taken."""

    status = 413
    general_zh = "内容超过允许的大小"


class WrongMediaType(Refusal):
    """Not the type of content that is taken."""

    status = 415
    general_zh = "内容类型不被接受"


class Unusable(Refusal):
    """Understood, but wrong in a named field."""

    status = 422
    general_zh = "请求中有字段不正确"

    def __init__(self, detail: str, zh: str | None = None, **more: Any) -> None:
        field = FIELD.match(detail)
        super().__init__(detail, zh or (f"{self.general_zh}：{field[0]}" if field else None), **more)


class Elsewhere(Refusal):
    """Another process does it already."""

    status = 423
    general_zh = "另一个进程正以同一身份工作"


class BlobsMissing(Refusal):
    """The manifest names files that were not sent yet."""

    status = 424
    general_zh = "清单所列的文件尚未全部上传"


class TooOften(Refusal):
    """Too many failed tries, or too much that waits."""

    status = 429
    general_zh = "请求过于频繁，请稍后再试"

    def __init__(self, detail: str, zh: str | None = None, *, retry_after_seconds: int, **more: Any) -> None:
        super().__init__(detail, zh, **more)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Refusal):
    """A store does not answer."""

    status = 503
    general_zh = "存储暂时不可用，请稍后重试"


class NoSpace(Refusal):
    """The disk is full."""

    status = 507
    general_zh = "服务器磁盘已满，未保存任何内容"
