"""Evidence files in a folder and in a bucket: whole or not at all, under their own hash; large ones in parts."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api import blob_bucket
from api.blobs import BlobStore
from api.errors import BadRequest, NoSpace, NotFound, StartError, TooLarge, Unavailable
from api.incoming import MOST_PARTS, PART_SECONDS
from api.roles import Role
from api.settings import Settings

from .conftest import Site

DATA = b"a clip" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()
SENDER = "worker-1"
BUCKET = pytest.mark.parametrize("store", ["server"], indirect=True)
FOLDER = pytest.mark.parametrize("store", ["files"], indirect=True)


@pytest.fixture
def small(settings: Settings) -> Settings:
    return replace(settings, largest_blob_bytes=100_000, reserve_bytes=0)


@pytest.fixture
def blobs(small: Settings) -> BlobStore:
    blobs = small.blobs()
    blobs.open()
    return blobs


def drafts(blobs: BlobStore) -> list[Path]:
    return list(blobs.incoming.folder.iterdir())


def put(blobs: BlobStore, data: bytes = DATA) -> bool:
    receiver = blobs.receive(hashlib.sha256(data).hexdigest())
    receiver.write(data[:100])
    receiver.write(data[100:])
    return receiver.finish()


def test_a_file_is_put_once(blobs: BlobStore) -> None:
    assert [put(blobs), put(blobs)] == [True, False]
    assert b"".join(blobs.read(SHA256)) == DATA
    assert list(blobs.all()) == [SHA256]
    assert blobs.size(SHA256) == len(DATA)
    assert drafts(blobs) == []


@pytest.mark.parametrize(("start", "stop"), [(0, None), (0, 10), (5, 17), (5990, None), (5990, 6000), (7, 7)])
def test_a_part_of_a_file(blobs: BlobStore, start: int, stop: int | None) -> None:
    put(blobs)
    assert b"".join(blobs.read(SHA256, start, stop)) == DATA[start:stop]


def test_a_file_that_is_not_here(blobs: BlobStore) -> None:
    assert blobs.size(SHA256) is None
    assert not blobs.is_older(SHA256, 0)
    with pytest.raises(FileNotFoundError):
        blobs.read(SHA256)


def test_a_file_is_deleted(blobs: BlobStore) -> None:
    put(blobs)
    assert not blobs.is_older(SHA256, 3600)
    assert [blobs.delete(SHA256), blobs.delete(SHA256)] == [True, False]
    assert blobs.size(SHA256) is None
    assert list(blobs.all()) == []
    assert put(blobs)


def test_two_that_send_the_same_file_at_once(blobs: BlobStore) -> None:
    one, two = blobs.receive(SHA256), blobs.receive(SHA256)
    one.write(DATA)
    two.write(DATA)
    assert (two.finish(), one.finish()) == (True, False)
    assert list(blobs.all()) == [SHA256]
    assert drafts(blobs) == []


def test_other_bytes_are_refused_and_nothing_is_kept(blobs: BlobStore) -> None:
    receiver = blobs.receive(SHA256)
    receiver.write(DATA + b"!")
    with pytest.raises(BadRequest, match="nothing was kept"):
        receiver.finish()
    assert drafts(blobs) == []
    assert blobs.size(SHA256) is None


def test_too_large_by_what_is_announced_or_what_comes(blobs: BlobStore) -> None:
    with pytest.raises(TooLarge):
        blobs.receive(SHA256, 100_001)
    with pytest.raises(TooLarge):
        blobs.incoming.resume(SHA256, SENDER, 0, 100_001)
    receiver = blobs.receive(SHA256)
    with pytest.raises(TooLarge):
        receiver.write(bytes(100_001))
    assert drafts(blobs) == []


def test_the_disk_is_kept_from_running_full(small: Settings) -> None:
    blobs = replace(small, reserve_bytes=2**60).blobs()
    blobs.open()
    with pytest.raises(NoSpace, match="disk of the case API is full"):
        blobs.receive(SHA256)


@pytest.mark.parametrize("name", ["", "..", "a" * 63, "A" * 64, "../" + "a" * 61, "a" * 65, "a" * 64 + "\n"])
@FOLDER
def test_only_a_hash_is_a_name(blobs: BlobStore, name: str) -> None:
    for use in (blobs.size, blobs.read, blobs.delete, blobs.receive):
        with pytest.raises(NotFound):
            use(name)


def test_a_file_comes_in_parts(blobs: BlobStore) -> None:
    for first in range(0, 6000, 2000):
        assert blobs.incoming.offset(SHA256, SENDER) == first
        receiver = blobs.incoming.resume(SHA256, SENDER, first, 6000)
        receiver.write(DATA[first : first + 2000])
        if receiver.is_whole:
            assert receiver.finish()
        receiver.pause()
        assert blobs.incoming.offset(SHA256, "worker-2") == 0
    assert b"".join(blobs.read(SHA256)) == DATA
    assert drafts(blobs) == []


def test_parts_outlive_a_restart_and_a_crash_and_drafts_do_not(blobs: BlobStore, small: Settings) -> None:
    blobs.receive("1" * 64).write(DATA[:10])
    blobs.incoming.resume(SHA256, SENDER, 0, 6000).write(DATA[:4000])  # neither finished nor paused
    blobs.incoming.resume("2" * 64, SENDER, 0, 6000).write(DATA[:10])
    old = next(path for path in drafts(blobs) if path.name.startswith("222"))  # the other draft's name is drawn
    os.utime(old, (0, old.stat().st_mtime - PART_SECONDS - 1))
    again = small.blobs()
    again.open()
    assert [path.name[:3] for path in drafts(again)] == [SHA256[:3]]
    receiver = again.incoming.resume(SHA256, SENDER, again.incoming.offset(SHA256, SENDER), 6000)
    receiver.write(DATA[4000:])
    assert receiver.finish()


def test_parts_that_make_another_file_are_thrown_away(blobs: BlobStore) -> None:
    receiver = blobs.incoming.resume(SHA256, SENDER, 0, 6000)
    receiver.write(bytes(6000))
    with pytest.raises(BadRequest, match="nothing was kept"):
        receiver.finish()
    assert blobs.incoming.offset(SHA256, SENDER) == 0
    assert drafts(blobs) == []


@FOLDER
def test_one_sender_keeps_so_many_parts_and_no_more(blobs: BlobStore) -> None:
    for number in range(MOST_PARTS + 3):
        receiver = blobs.incoming.resume(f"{number:064x}", SENDER, 0, 6000)
        receiver.write(b"x")
        receiver.pause()
        os.utime(next(path for path in drafts(blobs) if path.name.startswith(f"{number:064x}")), (0, 2_000_000_000 + number))
    assert len(drafts(blobs)) == MOST_PARTS
    assert [blobs.incoming.offset(f"{number:064x}", SENDER) for number in (0, 2, 3, MOST_PARTS + 2)] == [0, 0, 1, 1]


@BUCKET
def test_a_large_file_goes_into_a_bucket_in_parts(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blob_bucket, "ONE_GO_BYTES", 1024 * 1024)
    data = os.urandom(1024) * (6 * 1024)
    blobs = settings.blobs()
    blobs.open()
    assert [put(blobs, data), put(blobs, data)] == [True, False]
    assert b"".join(blobs.read(hashlib.sha256(data).hexdigest())) == data


@pytest.mark.parametrize("url", ["s3://no-such-bucket", "s3://evidence?region=us-east-1&endpoint=http://127.0.0.1:1"])
@BUCKET
def test_a_bucket_that_cannot_be_written(settings: Settings, url: str) -> None:
    endpoint = settings.evidence.partition("?")[2]
    there = Settings.of(settings.data_dir, evidence_url=url if "?" in url else f"{url}?{endpoint}")
    with pytest.raises(StartError, match="the bucket cannot be written") as caught:
        there.blobs().open()
    assert "\n" not in str(caught.value)


@BUCKET
def test_a_bucket_that_does_not_answer(settings: Settings) -> None:
    blobs = Settings.of(settings.data_dir, evidence_url="s3://evidence?region=us-east-1&endpoint=http://127.0.0.1:1").blobs()
    blobs.connect()
    blobs.incoming.open()
    for use in (blobs.size, blobs.read, blobs.delete, blobs.receive):
        with pytest.raises(Unavailable, match=r"does not answer .*nothing was done"):
            use(SHA256)


def test_a_disk_that_fills_up_while_a_file_comes(tmp_path: Path) -> None:
    """A real limit of the kernel, in a process of its own: a file may grow to 4 kB and no further."""
    code = f"""
        import resource, signal
        from pathlib import Path
        from api.blob_folder import FolderStore
        from api.errors import NoSpace
        store = FolderStore(Path({str(tmp_path / "evidence")!r}), largest_bytes=100_000, reserve_bytes=0)
        store.open()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        for receiver in (store.receive("{SHA256}"), store.incoming.resume("{SHA256}", "worker-1", 0, 6000)):
            try:
                receiver.write(bytes(6000))
                receiver.finish()
            except NoSpace as error:
                print(error)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert ended.stdout.count("is full") == 2
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("")
    with pytest.raises(StartError, match="cannot be written"):
        Settings.of(tmp_path).blobs().open()


async def test_over_http(site: Site) -> None:
    async with site.client(Role.WORKER) as client:
        assert (await client.head(f"/blobs/{SHA256}")).status_code == 404
        assert (await client.put(f"/blobs/{SHA256}", content=DATA)).status_code == 201
        assert (await client.put(f"/blobs/{SHA256}", content=DATA)).status_code == 200
        assert (await client.head(f"/blobs/{SHA256}")).status_code == 200
        tampered = await client.put(f"/blobs/{'0' * 64}", content=DATA)
        assert tampered.status_code == 400
        assert "nothing was kept" in tampered.json()["detail"]
        assert (await client.head(f"/blobs/{'0' * 64}")).status_code == 404
        assert (await client.put("/blobs/..%2f..%2fetc", content=DATA)).status_code in (404, 405)
        announced = await client.put(f"/blobs/{'1' * 64}", content=b"", headers={"Content-Length": str(2**40)})
        assert announced.status_code == 413
    async with site.client(Role.REVIEWER) as client:
        assert (await client.get(f"/blobs/{SHA256}")).status_code in (404, 405)


async def test_parts_over_http(site: Site) -> None:
    async with site.client(Role.WORKER) as client:
        assert (await client.head(f"/blobs/{SHA256}")).headers["Upload-Offset"] == "0"
        answer = await send(client, 0, 2000)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, "2000")
        for first in (0, 1999, 2001):
            answer = await send(client, first, 2500)
            assert (answer.status_code, answer.headers["Upload-Offset"], answer.json()["upload_offset"]) == (409, "2000", 2000)
        assert (await send(client, 2000, 2600, DATA[2000:3600])).status_code == 400  # more than it says: what it says is kept
        assert (await client.head(f"/blobs/{SHA256}")).headers["Upload-Offset"] == "2600"
        assert (await send(client, 2600, 6000)).status_code == 201
        assert (await send(client, 0, 2000)).status_code == 200
        assert (await client.head(f"/blobs/{SHA256}")).status_code == 200
    assert b"".join(site.api.blobs.read(SHA256)) == DATA


async def send(client: httpx.AsyncClient, first: int, stop: int, data: bytes | None = None) -> httpx.Response:
    headers = {"Content-Range": f"bytes {first}-{stop - 1}/{len(DATA)}"}
    return await client.put(f"/blobs/{SHA256}", content=DATA[first:stop] if data is None else data, headers=headers)


@pytest.mark.parametrize(
    "told", ["bytes", "bytes 0-1", "bytes 5-4/10", "bytes 0-10/10", "bytes 0-9/*", "bytes -1-5/10", "items 0-1/2", "bytes 0-1/9999999999999999"]
)
@FOLDER
async def test_a_content_range_that_cannot_be(site: Site, told: str) -> None:
    async with site.client(Role.WORKER) as client:
        answer = await client.put(f"/blobs/{SHA256}", content=b"x", headers={"Content-Range": told})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("Content-Range: ")


@pytest.mark.parametrize(("first", "stop"), [(0, len(DATA)), (0, 10), (len(DATA) - 1, len(DATA))], ids=["all of it", "a part", "the last byte"])
async def test_a_file_that_came_whole_before_a_crash_is_finished(site: Site, first: int, stop: int) -> None:
    """All of it is here, but the crash came before it was kept: whatever part its sender offers next finishes it."""
    receiver = site.api.blobs.incoming.resume(SHA256, "worker", 0, len(DATA))
    receiver.write(DATA)
    receiver.pause()  # what a kill -9 leaves
    async with site.client(Role.WORKER) as client:
        assert (await client.head(f"/blobs/{SHA256}")).headers["Upload-Offset"] == str(len(DATA))
        assert (await send(client, first, stop)).status_code == 201
        assert (await client.head(f"/blobs/{SHA256}")).status_code == 200
    assert (b"".join(site.api.blobs.read(SHA256)), drafts(site.api.blobs)) == (DATA, [])


async def test_what_came_whole_before_a_crash_and_is_another_file_is_thrown_away(site: Site) -> None:
    receiver = site.api.blobs.incoming.resume(SHA256, "worker", 0, len(DATA))
    receiver.write(DATA[:-1] + b"!")
    receiver.pause()
    async with site.client(Role.WORKER) as client:
        refused = await send(client, 0, len(DATA))
        assert (refused.status_code, "SHA-256" in refused.json()["detail"]) == (400, True)
        assert (await client.head(f"/blobs/{SHA256}")).headers["Upload-Offset"] == "0"
        assert (await send(client, 0, len(DATA))).status_code == 201
    assert drafts(site.api.blobs) == []


async def test_the_same_file_ten_times_at_once(site: Site) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(DATA), 700):
            yield DATA[start : start + 700]
            await asyncio.sleep(0)

    async with site.client(Role.WORKER) as client:
        answers = await asyncio.gather(*(client.put(f"/blobs/{SHA256}", content=pieces()) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert list(site.api.blobs.all()) == [SHA256]
    assert drafts(site.api.blobs) == []


def test_a_deletion_is_counted_before_the_file_goes_and_after(blobs: BlobStore) -> None:
    """Else whoever counted and saw the file in its middle would take it for one that stays."""
    for goes in (blobs.delete, blobs.set_aside):
        put(blobs)
        before = blobs.deletions
        assert goes(SHA256)
        assert blobs.deletions == before + 2
    with blobs.deleting():
        within = blobs.deletions
    assert blobs.deletions > within
