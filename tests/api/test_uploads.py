"""Hostile uploads leave no file and no row: bombs, names of paths, giant pictures, lengths that lie, and whatever comes to mind to hypothesis."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import socket
import struct
import time
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from api import contents, unnamed
from api import packets as receiving
from api.app import create_app
from api.awaited import Awaited
from api.blobs import BlobStore
from api.roles import Role
from api.schema import acts, cases, packet_files, packets
from api.service import Api
from evidence.packet import EvidenceFile

from .conftest import JPEG, MP4, Clock, Packet, Site
from .test_schemathesis import running

TABLES = (packets, packet_files, cases, acts)


def bomb() -> bytes:
    """A zip of 10 KB that unpacks to 10 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../etc/cron.d/x", bytes(10_000_000))
    return out.getvalue()


def jpeg(width: int, height: int) -> bytes:
    """A JPEG that says it is so large: an Exif segment, a frame header, and no picture."""
    exif = b"\xff\xe1" + struct.pack(">H", 5002) + bytes(5000)
    return b"\xff\xd8" + exif + b"\xff\xc2" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00" + b"\xff\xd9"


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", width, height, 8, 2, 0, 0, 0) + bytes(40)


def webp(width: int, height: int, canvas: tuple[int, int] | None = None) -> bytes:
    """A lossless one that says it is so large, on a canvas that may say something else."""
    wide, high = canvas or (width, height)
    extended = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (wide - 1).to_bytes(3, "little") + (high - 1).to_bytes(3, "little")
    picture = b"VP8L" + struct.pack("<I", 40) + b"\x2f" + (width - 1 | (height - 1) << 14).to_bytes(4, "little") + bytes(35)
    return b"RIFF" + struct.pack("<I", 200) + b"WEBP" + extended + picture


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + bytes(4)


def late_jpeg(width: int, height: int) -> bytes:
    """Its frame header stands behind five segments of 64 KB."""
    plain = jpeg(width, height)
    return plain[:2] + (b"\xff\xe1\xff\xff" + bytes(65533)) * 5 + plain[2:]


ANIMATION = webp(64, 64)[:30] + b"ANMF" + struct.pack("<I", 60) + bytes(60)


@dataclass(frozen=True)
class Left:
    """What an API holds."""

    files: frozenset[str]
    drafts: tuple[str, ...]
    rows: tuple[int, ...]


def left(api: Api) -> Left:
    with api.database.read() as connection:
        rows = tuple(connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES)
    drafts = tuple(sorted(path.name for path in api.blobs.incoming.folder.iterdir()))
    return Left(frozenset(api.blobs.all()), drafts, rows)


CONTENTS: dict[str, tuple[str, bytes, str]] = {
    "a zip bomb as a picture": ("image/jpeg", bomb(), "zip archive"),
    "a zip bomb as a clip": ("video/mp4", bomb(), "zip archive"),
    "a zip bomb as itself": ("application/zip", bomb(), "zip archive"),
    "a gzip bomb as JSON": ("application/json", gzip.compress(bytes(10_000_000)), "gzip archive"),
    "a page as a picture": ("image/jpeg", b"<script>alert(1)</script>", "no image/jpeg"),
    "an SVG as a picture": ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "no image/png"),
    "a giant JPEG": ("image/jpeg", jpeg(65500, 65500), "65500x65500"),
    "a giant PNG": ("image/png", png(2**31 - 1, 2**31 - 1), "million pixels"),
    "a giant WebP": ("image/webp", webp(16384, 16384), "16384x16384"),
    "a giant JPEG behind much else": ("image/jpeg", late_jpeg(65500, 65500), "does not tell its size"),
    "a giant PNG behind another chunk": ("image/png", b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"abcd") + png(2**31 - 1, 2**31 - 1)[8:], "does not tell its size"),
    "a giant WebP on a small canvas": ("image/webp", webp(16384, 16384, canvas=(1, 1)), "16384x16384"),
    "an animated WebP": ("image/webp", ANIMATION, "does not tell its size"),
    "a WebP without a picture": ("image/webp", webp(64, 64)[:30], "does not tell its size"),
    "another RIFF as a WebP": ("image/webp", b"RIFF" + bytes(4) + b"WAVE" + webp(64, 64)[12:], "does not tell its size"),
    "a JPEG without a size": ("image/jpeg", b"\xff\xd8\xff\xe0" + bytes(200), "does not tell its size"),
    "a JPEG without height": ("image/jpeg", jpeg(640, 0), "does not tell its size"),
    "a JPEG with a segment that has no length": ("image/jpeg", b"\xff\xd8\xff\xe0\x00\x01" + jpeg(640, 480)[2:], "does not tell its size"),
    "a page as a clip": ("video/mp4", b"<html><script>alert(1)</script>", "no video/mp4"),
    "a clip whose first box is larger than it": ("video/mp4", b"\x00\x01\x00\x00ftypisom" + bytes(40), "no video/mp4"),
    "a tar as a clip": ("video/mp4", MP4 + bytes(257 - len(MP4)) + b"ustar", "tar archive"),
    "a page as coded video": ("video/h264", b"<html>", "no video/h264"),
    "a clip as coded video": ("video/h265", MP4 + b"clip", "no video/h265"),
    "a page as JSON": ("application/json", b"<html>", "no application/json"),
    "bytes as JSON": ("application/json", b'{"a": "\xff"}', "no application/json"),
    "a GIF": ("image/gif", b"GIF89a" + bytes(40), "type image/gif"),
    "an SVG": ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "type image/svg+xml"),
    "a page": ("text/html", b"<html>", "type text/html"),
    "a type with another's name": ("image/jpeg; charset=utf-8", JPEG, "which evidence never is"),
    "a type in capitals": ("IMAGE/JPEG", JPEG, "which evidence never is"),
    "bytes": ("application/octet-stream", JPEG, "which evidence never is"),
}


async def test_a_file_that_is_not_what_its_manifest_says_is_deleted(site: Site) -> None:
    await site.bind_key()
    before = left(site.api)
    for label, (media_type, data, names) in CONTENTS.items():
        packet = Packet(files=(("snapshot_confirming", "confirming.jpg", data, media_type),), stay=label.replace(" ", "-"))
        await site.put_files(packet)
        answer = await site.post(packet)
        assert (answer.status_code, names in answer.json()["detail"]) == (422, True), (label, answer.text)
        assert left(site.api) == before, label


async def test_what_no_manifest_comes_for_goes_within_an_hour(site: Site, clock: Clock) -> None:
    """Whoever only sends files leaves nothing; what a packet names stays; what comes too late is asked for again."""
    honest, late = Packet(), Packet(stay="late", files=(("snapshot_confirming", "x.jpg", JPEG + b"late", "image/jpeg"),))
    await site.deliver(honest)
    before = left(site.api)
    async with site.client(Role.WORKER) as client:
        for data in (bomb(), b"<script>alert(1)</script>", bytes(2_000_000), *(data for _, _, data, _ in late.files)):
            assert (await client.put(f"/blobs/{hashlib.sha256(data).hexdigest()}", content=data)).status_code == 201
        part = hashlib.sha256(b"whole in parts").hexdigest()
        for span, data in (("bytes 0-4/14", b"whole"), ("bytes 5-13/14", b" in parts")):
            answer = await client.put(f"/blobs/{part}", content=data, headers={"Content-Range": span})
        assert answer.status_code == 201
        clock.forward(minutes=40)
        assert unnamed.drop_awaited(site.api) == 0
        assert (await client.head(f"/blobs/{part}")).status_code == 200, "somebody counts on it"
        clock.forward(minutes=21)
        assert unnamed.drop_awaited(site.api) == 4
        assert (await client.head(f"/blobs/{part}")).status_code == 200
        clock.forward(minutes=61)
        assert unnamed.drop_awaited(site.api) == 1
    assert left(site.api) == before
    assert list(site.api.awaited.folder.iterdir()) == []
    assert (await site.post(late)).status_code == 424
    await site.deliver(late)
    clock.forward(minutes=61)
    assert unnamed.drop_awaited(site.api) == 0


@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_nobody_fills_the_disk_with_what_no_manifest_names(site: Site) -> None:
    folder = site.api.settings.data_dir / "awaited"
    packet = Packet()
    vars(site.api)["awaited"] = Awaited.of(folder, most_bytes=100_000, most_files=5)
    await site.bind_key()
    async with site.client(Role.WORKER) as client:
        await site.put_files(packet)
        for number in range(5 - len(packet.files)):
            assert (await client.put(f"/blobs/{hashlib.sha256(b'%d' % number).hexdigest()}", content=b"%d" % number)).status_code == 201
        for headers, data in (({}, b"more"), ({"Content-Range": "bytes 0-3/9"}, b"more")):
            refused = await client.put(f"/blobs/{hashlib.sha256(b'more').hexdigest()}", content=data, headers=headers)
            assert (refused.status_code, refused.headers["Retry-After"], "wait for their manifests" in refused.json()["detail"]) == (429, "60", True)
        vars(site.api)["awaited"] = Awaited.of(folder, most_bytes=100_000, most_files=5)
        assert (await client.put(f"/blobs/{hashlib.sha256(b'more').hexdigest()}", content=b"more")).status_code == 429, "a restart forgets nothing"
        assert (await site.post(packet)).status_code == 201
        assert (await client.put(f"/blobs/{hashlib.sha256(b'more').hexdigest()}", content=b"more")).status_code == 201
        large = bytes(99_000)
        refused = await client.put(f"/blobs/{hashlib.sha256(large).hexdigest()}", content=large)
        assert refused.status_code == 201
        refused = await client.put(f"/blobs/{hashlib.sha256(large + b'x').hexdigest()}", content=large + b"x")
        assert (refused.status_code, "MiB" in refused.json()["detail"]) == (429, True)
    assert list(site.api.blobs.incoming.folder.iterdir()) == []


async def test_a_file_that_another_packet_names_is_not_deleted_by_a_lie_about_it(site: Site) -> None:
    honest = Packet()
    await site.deliver(honest)
    before = left(site.api)
    lie = Packet(
        files=(("snapshot_confirming", "x.jpg", next(data for role, _, data, _ in honest.files if role == "clip_confirmed"), "image/jpeg"),), stay="lie"
    )
    assert (await site.post(lie)).status_code == 422
    assert left(site.api) == before


@pytest.mark.parametrize("size", [(4096, 3072), (10_000, 10_000)], ids=["a traffic camera's", "the largest"])
def test_large_pictures_that_are_taken(size: tuple[int, int]) -> None:
    for data, media_type in ((jpeg(*size), "image/jpeg"), (png(*size), "image/png"), (webp(*size), "image/webp"), (JPEG, "image/jpeg")):
        assert contents.fault_of(data, media_type) is None


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        pytest.param("video/mp4", MP4 + b"moov", id="a clip"),
        pytest.param("video/h264", b"\x00\x00\x00\x01\x67", id="H.264"),
        pytest.param("video/h265", b"\x00\x00\x01\x40", id="H.265"),
        pytest.param("application/json", b' \n{"a": 1}', id="JSON"),
        pytest.param("application/json", ("[" + '"占"' * 150_000).encode()[: contents.FIRST_BYTES], id="JSON cut in the midst of a sign"),
        pytest.param("image/webp", webp(640, 480)[:12] + webp(640, 480)[30:], id="a plain WebP"),
    ],
)
def test_what_is_taken(media_type: str, data: bytes) -> None:
    assert contents.fault_of(data, media_type) is None


NAMES = ("../x.jpg", "/etc/passwd", "a/b.jpg", "..", ".", "", "a\\b.jpg", "x\0.jpg", ".hidden", "x" * 101, "con.jpg:stream", "%2e%2e%2fx.jpg", "\u202egpj.exe")


@pytest.mark.parametrize("damage", ["it vanishes", "it is not whole"])
async def test_a_file_that_goes_while_it_is_looked_at_is_asked_for_again(site: Site, damage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    packet = Packet()
    await site.bind_key()
    await site.put_files(packet)
    data = packet.files[1][2]
    victim = hashlib.sha256(data).hexdigest()
    looked_for = receiving.check_files

    def then_damaged(blobs: BlobStore, files: tuple[EvidenceFile, ...]) -> None:
        looked_for(blobs, files)
        blobs.delete(victim)
        if damage == "it is not whole":
            draft = blobs.incoming.folder / "half"
            draft.write_bytes(data[:10])
            blobs.incoming.keep(draft, victim)

    monkeypatch.setattr(receiving, "check_files", then_damaged)
    answer = await site.post(packet)
    assert (answer.status_code, answer.json()["missing"]) == (424, [victim]), answer.text
    assert "请重新上传" in answer.json()["detail_zh"]
    monkeypatch.undo()
    site.api.blobs.delete(victim)
    await site.put_files(packet)
    assert (await site.post(packet)).status_code == 201


async def test_names_of_paths(site: Site) -> None:
    await site.bind_key()
    packet = Packet()
    await site.put_files(packet)
    before = left(site.api)
    async with site.client(Role.WORKER) as client:
        for name in NAMES:
            manifest = packet.manifest()
            manifest["files"][0]["name"] = name
            answer = await client.post("/packets", json={"manifest": manifest, "signature": site.key.sign(manifest).model_dump(mode="json")})
            assert answer.status_code == 422, (name, answer.text)
        for name in ("..", "../../x", "%2e%2e", "0" * 63, "0" * 65, "G" * 64, "A" * 64, "0" * 64 + "%00", "0" * 32 + "/" + "0" * 32):
            answer = await client.put(f"/blobs/{name}", content=b"x")
            assert answer.status_code in (404, 405, 422), (name, answer.status_code)
    assert left(site.api) == before
    assert not list(site.api.settings.data_dir.rglob("passwd"))


async def test_packed_bodies(site: Site) -> None:
    before = left(site.api)
    data = gzip.compress(bytes(10_000_000))
    async with site.client(Role.WORKER) as client:
        for encoding in ("gzip", "deflate", "br", "x-unknown", "gzip, gzip"):
            put = await client.put(f"/blobs/{hashlib.sha256(data).hexdigest()}", content=data, headers={"Content-Encoding": encoding})
            post = await client.post("/packets", content=data, headers={"Content-Encoding": encoding, "Content-Type": "application/json"})
            assert (put.status_code, post.status_code) == (415, 415), (encoding, put.text, post.text)
    assert left(site.api) == before


async def test_lengths_in_manifests_that_lie(site: Site) -> None:
    await site.bind_key()
    packet = Packet()
    await site.put_files(packet)
    before = left(site.api)
    async with site.client(Role.WORKER) as client:
        for size in (0, 1, -1, len(packet.files[0][2]) + 1, 2**53, 2**70, 1.5, True, "2000"):
            manifest = packet.manifest()
            manifest["files"][0]["bytes"] = size
            try:
                signature = site.key.sign(manifest).model_dump(mode="json")
            except Exception:  # what has no canonical form cannot be signed at all
                signature = site.key.sign(packet.manifest()).model_dump(mode="json")
            answer = await client.post("/packets", json={"manifest": manifest, "signature": signature})
            assert answer.status_code in (403, 422), (size, answer.text)
    assert left(site.api) == before


def _exchange(address: str, request: bytes, *, breaks_off: bool) -> bytes:
    """Sends bytes as they are, breaks the line off there or waits, and reads until the other side ends."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as line:
        line.sendall(request)
        if breaks_off:
            line.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := line.recv(65536):
            answer += piece
    return answer


def test_lengths_of_bodies_that_lie(api: Api, clock: Clock) -> None:
    data = b"evidence" * 1000
    sha256 = hashlib.sha256(data).hexdigest()
    head = f"PUT /blobs/{sha256} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {api.first_tokens[Role.WORKER]}\r\nConnection: close\r\n"
    before = left(api)
    rows = {
        "more announced than comes": (f"Content-Length: {len(data) + 1}\r\n\r\n", data),
        "less announced than comes": (f"Content-Length: {len(data) - 1}\r\n\r\n", data),
        "nothing announced": ("\r\n", data),
        "a negative length": ("Content-Length: -1\r\n\r\n", data),
        "no number": ("Content-Length: many\r\n\r\n", data),
        "a length of twenty digits": ("Content-Length: 99999999999999999999\r\n\r\n", data),
        "two lengths": (f"Content-Length: {len(data)}\r\nContent-Length: 1\r\n\r\n", data),
        "length and chunks": (f"Content-Length: {len(data)}\r\nTransfer-Encoding: chunked\r\n\r\n", b"5\r\nwrong\r\n0\r\n\r\n"),
        "chunks that break off": ("Transfer-Encoding: chunked\r\n\r\n", b"1f40\r\n" + data[:100]),
        "a chunk's size that is none": ("Transfer-Encoding: chunked\r\n\r\n", b"zz\r\n" + data),
        "another hash": (f"Content-Length: {len(data)}\r\n\r\n", data[::-1]),
        "a part of more than the whole": (f"Content-Range: bytes 0-9999999/8000\r\nContent-Length: {len(data)}\r\n\r\n", data),
        "a part that ends before it begins": (f"Content-Range: bytes 10-5/8000\r\nContent-Length: {len(data)}\r\n\r\n", data),
        "a whole by parts with another hash": ("Content-Range: bytes 0-7999/8000\r\nContent-Length: 8000\r\n\r\n", data[::-1]),
    }
    with running(api) as address:
        for label, (headers, body) in rows.items():
            answer = _exchange(address, (head + headers).encode() + body, breaks_off=label in ("more announced than comes", "chunks that break off"))
            assert not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201", b"HTTP/1.1 204", b"HTTP/1.1 5")), (label, answer[:300])
            assert _settled(api, before) == before, label


def _settled(api: Api, wanted: Left) -> Left:
    """What is left once the server has noticed that the line broke."""
    until = time.monotonic() + 20
    while (found := left(api)) != wanted and time.monotonic() < until:
        time.sleep(0.02)
    return found


def _nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keys = st.sampled_from(["manifest", "signature", "files", "worker", "name", "schema", "algorithm", "value", "key_id", "sha256"]) | st.text(max_size=5)
    return st.lists(children, max_size=4) | st.dictionaries(keys, children, max_size=5)


DOCUMENTS = st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=20), _nested)


@pytest.mark.parametrize("store", ["files"], indirect=True)
def test_whatever_is_uploaded_under_another_hash_leaves_nothing(api: Api, clock: Clock) -> None:
    site = Site(api, clock, httpx.ASGITransport(app=create_app(api)))
    asyncio.run(site.bind_key())
    before = left(api)

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        data=st.binary(max_size=3000),
        other=st.binary(max_size=40),
        document=st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=20), _nested),
    )
    def upload(data: bytes, other: bytes, document: Any) -> None:
        async def send() -> None:
            async with site.client(Role.WORKER) as client:
                put = await client.put(f"/blobs/{hashlib.sha256(other + b'!').hexdigest()}", content=data)
                posts = [await client.post("/packets", content=data), await client.post("/packets", content=_json(document))]
            assert put.status_code == 400 if data != other + b"!" else put.status_code == 201
            assert all(400 <= post.status_code < 500 for post in posts), [post.text for post in posts]

        asyncio.run(send())
        assert left(api) == before

    upload()


def _json(document: Any) -> bytes:
    return json.dumps(document).encode("utf-8", "surrogatepass")
