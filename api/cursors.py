"""How a place in a list is told to whoever reads it page by page: a text that means nothing to them."""

from __future__ import annotations

import base64


def written(text: str) -> str:
    """A cursor for a place that ASCII text names."""
    return base64.urlsafe_b64encode(text.encode("ascii")).decode().rstrip("=")


def read(cursor: str) -> str:
    """The text that a cursor was written from.

    Raises:
        ValueError: it is no cursor.
    """
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
