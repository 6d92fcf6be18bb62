"""Ranges of evidence files, as players ask for them."""

from __future__ import annotations

import hashlib

import pytest

from api.blob_response import span_of
from api.roles import Role

from .conftest import MP4, Packet, Site

CLIP = MP4 + b"clip" * 500


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        (None, None),
        ("bytes=0-", (0, 100)),
        ("bytes=0-0", (0, 1)),
        ("bytes=10-19", (10, 20)),
        ("bytes=90-200", (90, 100)),
        ("bytes=-10", (90, 100)),
        ("bytes=-1000", (0, 100)),
        ("bytes = 5-9", (5, 10)),
        ("bytes=100-", ()),
        ("bytes=-0", ()),
        ("bytes=9-5", None),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=٠-١", None),
        ("bytes=" + "9" * 30 + "-", None),
    ],
)
def test_spans(asked: str | None, span: tuple[int, int] | tuple[()] | None) -> None:
    assert span_of(asked, 100) == span


def test_nothing_of_an_empty_file() -> None:
    assert [span_of("bytes=0-", 0), span_of("bytes=-5", 0), span_of(None, 0)] == [(), (), None]


async def test_over_http(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    sha256 = hashlib.sha256(CLIP).hexdigest()
    url = f"/cases/{case_id}/files/{sha256}?purpose=review"
    async with site.client(Role.REVIEWER) as client:
        whole = await client.get(url)
        assert (whole.status_code, whole.content, whole.headers["Accept-Ranges"]) == (200, CLIP, "bytes")
        part = await client.get(url, headers={"Range": "bytes=1000-1003"})
        assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, CLIP[1000:1004], "bytes 1000-1003/2024")
        assert part.headers["Content-Length"] == "4"
        beyond = await client.get(url, headers={"Range": "bytes=2024-"})
        assert (beyond.status_code, beyond.content, beyond.headers["Content-Range"]) == (416, b"", "bytes */2024")
        other = await client.get(url, headers={"Range": "bytes=0-3", "If-Range": '"another"'})
        assert (other.status_code, other.content) == (200, CLIP)
        same = await client.get(url, headers={"Range": "bytes=0-3", "If-Range": f'"{sha256}"'})
        assert (same.status_code, same.content) == (206, CLIP[:4])
        head = await client.head(url)
        assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "2024")
        assert (await client.get(url, headers={"If-None-Match": f'"{sha256}"'})).status_code == 304
