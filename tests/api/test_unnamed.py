"""Files that no packet came to name go after a week; what a packet names stays, also where it comes just then."""

from __future__ import annotations

import hashlib

import pytest

from api import contents, unnamed
from api.roles import Role

from .conftest import Packet, Site

LOST = b"sent by a worker that was lost"
SHA256 = hashlib.sha256(LOST).hexdigest()


async def put(site: Site) -> None:
    async with site.client(Role.WORKER) as client:
        assert (await client.put(f"/blobs/{SHA256}", content=LOST)).status_code == 201


async def test_only_what_nobody_names_and_is_old(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await site.deliver(Packet())
    await put(site)
    assert unnamed.sweep(site.api) == 0
    monkeypatch.setattr(unnamed, "KEPT_SECONDS", -60)
    assert unnamed.sweep(site.api) == 1
    assert site.api.blobs.size(SHA256) is None
    assert len(list(site.api.blobs.all())) == 4
    assert unnamed.sweep(site.api) == 0


async def test_a_packet_whose_files_go_while_it_comes_is_told_to_send_them_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look for its files and the transaction that takes it in."""
    packet = Packet()
    await site.bind_key()
    await site.put_files(packet)
    monkeypatch.setattr(unnamed, "KEPT_SECONDS", -60)
    looked = contents.check
    swept: list[int] = []

    def look_and_lose(*args: object) -> None:
        looked(*args)  # type: ignore[arg-type]
        if not swept:
            swept.append(unnamed.sweep(site.api))

    monkeypatch.setattr(contents, "check", look_and_lose)
    answer = await site.post(packet)
    assert (swept, answer.status_code, len(answer.json()["missing"])) == ([4], 424, 4)
    await site.put_files(packet)
    assert (await site.post(packet)).status_code == 201
