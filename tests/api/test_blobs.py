"""Evidence files: whole or not at all, under their own hash."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.blobs import BlobStore
from api.errors import BadRequest, NoSpace, NotFound, StartError, TooLarge
from api.roles import Role

from .conftest import Site

DATA = b"a clip" * 1000
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    store = BlobStore(tmp_path / "evidence", largest_bytes=100_000, reserve_bytes=0)
    store.open()
    return store


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_put_once(store: BlobStore, tmp_path: Path) -> None:
    for is_new in (True, False):
        receiver = store.receive(SHA256)
        receiver.write(DATA[:100])
        receiver.write(DATA[100:])
        assert receiver.finish() is is_new
    assert store.path(SHA256).read_bytes() == DATA
    assert len(kept(tmp_path)) == 1
    assert list(store.all()) == [SHA256]


def test_two_that_send_the_same_file_at_once(store: BlobStore, tmp_path: Path) -> None:
    one, two = store.receive(SHA256), store.receive(SHA256)
    one.write(DATA)
    two.write(DATA)
    assert (two.finish(), one.finish()) == (True, False)
    assert len(kept(tmp_path)) == 1


def test_other_bytes_are_refused_and_nothing_is_kept(store: BlobStore, tmp_path: Path) -> None:
    receiver = store.receive(SHA256)
    receiver.write(DATA + b"!")
    with pytest.raises(BadRequest, match="nothing was kept"):
        receiver.finish()
    assert kept(tmp_path) == []


def test_too_large_by_what_is_announced_or_what_comes(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        store.receive(SHA256, 100_001)
    receiver = store.receive(SHA256)
    with pytest.raises(TooLarge):
        receiver.write(bytes(100_001))
    assert kept(tmp_path) == []


def test_the_disk_is_kept_from_running_full(tmp_path: Path) -> None:
    store = BlobStore(tmp_path / "evidence", largest_bytes=100_000, reserve_bytes=2**60)
    store.open()
    with pytest.raises(NoSpace, match="disk of the case API is full"):
        store.receive(SHA256)


def test_what_a_crash_left_half_sent_is_thrown_away(store: BlobStore, tmp_path: Path) -> None:
    store.receive(SHA256).write(DATA[:10])
    assert len(kept(tmp_path)) == 1
    store.open()
    assert kept(tmp_path) == []


@pytest.mark.parametrize("name", ["", "..", "a" * 63, "A" * 64, "../" + "a" * 61, "a" * 65, "a" * 64 + "\n"])
def test_only_a_hash_is_a_name(store: BlobStore, name: str) -> None:
    with pytest.raises(NotFound):
        store.path(name)


def test_a_disk_that_fills_up_while_a_file_comes(tmp_path: Path) -> None:
    """A real limit of the kernel, in a process of its own: a file may grow to 4 kB and no further."""
    code = f"""
        import resource, signal
        from pathlib import Path
        from api.blobs import BlobStore
        from api.errors import NoSpace
        store = BlobStore(Path({str(tmp_path / "evidence")!r}), largest_bytes=100_000, reserve_bytes=0)
        store.open()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            receiver = store.receive("{SHA256}")
            receiver.write(bytes(6000))
            receiver.finish()
        except NoSpace as error:
            print(error)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert "is full" in ended.stdout
    assert kept(tmp_path) == []


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("")
    with pytest.raises(StartError, match="cannot be written"):
        BlobStore(tmp_path / "evidence", largest_bytes=1, reserve_bytes=0).open()


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


async def test_the_same_file_ten_times_at_once(site: Site) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(DATA), 700):
            yield DATA[start : start + 700]
            await asyncio.sleep(0)

    async with site.client(Role.WORKER) as client:
        answers = await asyncio.gather(*(client.put(f"/blobs/{SHA256}", content=pieces()) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert [path.name for path in kept(site.api.settings.evidence_dir)] == [SHA256[2:]]
