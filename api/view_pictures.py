"""The pictures that views were drawn on: one for each view in force. Workers measure against them whether a camera has moved, and know its positions by them.

A picture shows the street at one moment, people too: it is kept as long as a view in force names it, and who of the people reads it stands in the log.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from api.errors import NotFound, TooLarge, WrongMediaType
from api.schema import view_pictures
from api.views import StoredView, save_view, view, views_of
from evidence.kinds import Catalogue

LARGEST_BYTES = 400 * 1024
"""A JPEG of 1920x1080 in fair quality; what is measured is 320 pixels wide."""
NO_PICTURE = "no reference picture has been saved for this view"


def check_picture(jpeg: bytes) -> None:
    """Whether it can be a reference picture.

    Raises:
        TooLarge: more than 400 KB.
        WrongMediaType: no whole JPEG.
    """
    if len(jpeg) > LARGEST_BYTES:
        raise TooLarge(f"a reference picture may have at most {LARGEST_BYTES // 1024} KB; send it smaller")
    if not (jpeg.startswith(b"\xff\xd8\xff") and jpeg.rstrip(b"\0").endswith(b"\xff\xd9")):
        raise WrongMediaType("a reference picture is one whole JPEG")


def save_picture(
    connection: Connection, catalogue: Catalogue, camera_id: str, view_id: str | None, jpeg: bytes, by: str, now: datetime, *, if_match: str | None
) -> StoredView:
    """Makes a picture the reference of a view, which is a new version of it, within a write transaction. Pictures that no view names any more are deleted.

    Raises:
        NotFound: the camera has no such view.
        TooLarge, WrongMediaType: as `check_picture`.
        VersionGone: somebody has saved the view since `if_match` was read.
    """
    check_picture(jpeg)
    before = view(connection, camera_id, view_id=view_id)
    sha256 = hashlib.sha256(jpeg).hexdigest()
    known = connection.execute(select(view_pictures.c.sha256).where(view_pictures.c.camera_id == camera_id, view_pictures.c.sha256 == sha256)).first()
    if known is None:
        connection.execute(insert(view_pictures).values(camera_id=camera_id, sha256=sha256, jpeg=jpeg, saved_at=now, saved_by=by))
    body = {**json.loads(before.document), "reference": {"sha256": sha256}}
    stored = save_view(connection, catalogue, camera_id, body, by, now, if_match=if_match, if_none_match=None)
    named = [named for one in views_of(connection, camera_id) if (named := _named(one)) is not None]
    connection.execute(delete(view_pictures).where(view_pictures.c.camera_id == camera_id, view_pictures.c.sha256.not_in(named)))
    return stored


def picture(connection: Connection, stored: StoredView) -> tuple[bytes, str]:
    """A view's reference picture and its hash.

    Raises:
        NotFound: it has none, or a later version has another one.
    """
    sha256 = _named(stored)
    query = select(view_pictures.c.jpeg).where(view_pictures.c.camera_id == stored.camera_id, view_pictures.c.sha256 == sha256)
    row = None if sha256 is None else connection.execute(query).first()
    if row is None or sha256 is None:
        raise NotFound(NO_PICTURE, "该视图没有参考图")
    return bytes(row.jpeg), sha256


def _named(stored: StoredView) -> str | None:
    reference = json.loads(stored.document).get("reference") or {}
    sha256 = reference.get("sha256")
    return sha256 if isinstance(sha256, str) else None
