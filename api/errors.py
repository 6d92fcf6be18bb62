"""The exception tree of the case API.

ApiError
├── StartError          the server cannot be started as asked (folder, port, address, option)
│   ├── DatabaseError   the database cannot be used
│   └── BackupError     a backup cannot be made or restored
└── Refusal             an answer to a client: a status and one sentence for people
    ├── BadRequest            400  not what was announced (a body whose hash differs)
    ├── NotSignedIn           401
    ├── NotAllowed            403  known, but may not; or signed by another key
    ├── NotFound              404
    ├── Conflict              409  somebody was first, or the same id holds something else
    ├── VersionGone           412  the version that was to be replaced is not the newest
    ├── TooLarge              413
    ├── WrongMediaType        415
    ├── Unusable              422  understood, but wrong in a named field
    ├── BlobsMissing          424  the manifest names files that were not sent yet
    └── NoSpace               507  the disk is full; nothing was kept
"""

from __future__ import annotations

from typing import Any, ClassVar


class ApiError(Exception):
    """Root of what the case API can raise."""


class StartError(ApiError):
    """The server cannot be started as asked."""


class DatabaseError(StartError):
    """The database cannot be used."""


class BackupError(StartError):
    """A backup cannot be made or restored."""


class Refusal(ApiError):
    """An answer to a client. `more` is added to the answer beside `detail`."""

    status: ClassVar[int] = 500

    def __init__(self, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.more = more


class BadRequest(Refusal):
    """Not what was announced."""

    status = 400


class NotSignedIn(Refusal):
    """Nobody is signed in."""

    status = 401


class NotAllowed(Refusal):
    """Known, but may not."""

    status = 403


class NotFound(Refusal):
    """There is no such thing."""

    status = 404


class Conflict(Refusal):
    """Somebody was first, or the same id holds something else."""

    status = 409


class VersionGone(Refusal):
    """The version that was to be replaced is not the newest."""

    status = 412


class TooLarge(Refusal):
    """More bytes than are taken."""

    status = 413


class WrongMediaType(Refusal):
    """Not the type of content that is taken."""

    status = 415


class Unusable(Refusal):
    """Understood, but wrong in a named field."""

    status = 422


class BlobsMissing(Refusal):
    """The manifest names files that were not sent yet."""

    status = 424


class NoSpace(Refusal):
    """The disk is full."""

    status = 507
