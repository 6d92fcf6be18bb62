"""A packet in one request: the same receipt as file by file, and nothing left of what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api import unnamed
from api.roles import Role
from evidence.bundles import write_bundle
from evidence.canonical import manifest_sha256

from .conftest import MP4, Clock, Packet, Site
from .test_uploads import left

Files = list[tuple[str, bytes]]


def parts(site: Site, packet: Packet) -> tuple[dict[str, Any], Files]:
    """The signed manifest and the files by hash."""
    signed = site.signed(packet)
    return signed, [(file["sha256"], data) for file, (_, _, data, _) in zip(signed["manifest"]["files"], packet.files, strict=True)]


async def post(site: Site, body: bytes, role: Role = Role.WORKER) -> httpx.Response:
    async with site.client(role) as client:
        return await client.post("/packets/bundle", content=body, headers={"Content-Type": "application/x-tar"})


async def test_one_request_brings_all(site: Site) -> None:
    await site.bind_key()
    packet = Packet()
    signed, files = parts(site, packet)
    body = write_bundle(json.dumps(signed).encode(), files)
    first, again = await post(site, body), await post(site, body)
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json()["receipt"] == again.json()["receipt"]
    assert first.json()["receipt"]["manifest_sha256"] == manifest_sha256(signed["manifest"])
    for sha256, data in files:
        assert b"".join(site.api.blobs.read(sha256)) == data
    assert (await site.case(first.json()["case_id"]))["packets"][0]["packet_id"] == packet.packet_id


async def test_files_that_came_before_need_not_come_again(site: Site) -> None:
    await site.bind_key()
    signed, files = parts(site, Packet())
    async with site.client(Role.WORKER) as client:
        await client.put(f"/blobs/{files[0][0]}", content=files[0][1])
    assert (await post(site, write_bundle(json.dumps(signed).encode(), files[1:]))).status_code == 201


async def test_what_is_missing_is_told_and_what_came_stays(site: Site) -> None:
    await site.bind_key()
    signed, files = parts(site, Packet())
    answer = await post(site, write_bundle(json.dumps(signed).encode(), files[1:]))
    assert (answer.status_code, answer.json()["missing"]) == (424, [files[0][0]])
    assert all(site.api.blobs.size(sha256) == len(data) for sha256, data in files[1:])


async def test_what_waits_for_the_rest_goes_after_an_hour(site: Site, clock: Clock) -> None:
    await site.bind_key()
    signed, files = parts(site, Packet())
    assert (await post(site, write_bundle(json.dumps(signed).encode(), files[1:]))).status_code == 424
    clock.forward(hours=1.1)
    site.api.timekeeper.believe(1)
    assert unnamed.drop_awaited(site.api) == len(files) - 1
    assert not any(site.api.blobs.size(sha256) for sha256, _ in files)


async def test_of_a_packet_that_forks_its_chain_nothing_stays_for_long(site: Site, clock: Clock) -> None:
    await site.deliver(Packet())
    other = Packet(camera="x", changes={"chain": {"sequence": 1, "previous_sha256": None}}, files=(("clip_confirmed", "clip.mp4", MP4 + b"z", "video/mp4"),))
    signed, files = parts(site, other)
    answer = await post(site, write_bundle(json.dumps(signed).encode(), files))
    assert (answer.status_code, answer.json()["fault"]) == (409, "chain_forked")
    clock.forward(hours=1.1)
    site.api.timekeeper.believe(1)
    assert unnamed.drop_awaited(site.api) == len(files)
    assert site.api.blobs.size(files[0][0]) is None


async def test_so_much_of_one_sender_waits_and_no_more(site: Site) -> None:
    await site.bind_key()
    signed, files = parts(site, Packet())
    site.api.awaited.most_bytes = sum(len(data) for _, data in files[1:])
    assert (await post(site, write_bundle(json.dumps(signed).encode(), files[1:]))).status_code == 424
    assert (await post(site, write_bundle(json.dumps(signed).encode(), files[:1]))).status_code == 429


def with_manifest(**changes: Any) -> Callable[[dict[str, Any], Files], bytes]:
    def made(signed: dict[str, Any], files: Files) -> bytes:
        return write_bundle(json.dumps({**signed, **changes}).encode(), files)

    return made


HOSTILE: dict[str, tuple[Callable[[dict[str, Any], Files], bytes], int, str]] = {
    "no tar": (lambda signed, files: json.dumps(signed).encode(), 422, "no tar"),
    "no JSON": (lambda signed, files: write_bundle(b"\xff{", files), 422, "manifest.json: is no JSON"),
    "deep JSON": (lambda signed, files: write_bundle(b"[" * 100_000, files), 422, "manifest.json: is no JSON"),
    "a list": (lambda signed, files: write_bundle(b"[]", files), 422, "manifest.json: "),
    "no signature": (lambda signed, files: write_bundle(json.dumps({"manifest": signed["manifest"]}).encode(), files), 422, "manifest.json: signature"),
    "more beside it": (with_manifest(note="x"), 422, "manifest.json: note"),
    "another's signature": (lambda signed, files: with_manifest(manifest=signed["manifest"] | {"grade": "C"})(signed, files), 403, "signed"),
    "a file that nobody named": (lambda signed, files: write_bundle(json.dumps(signed).encode(), [*files, ("0" * 64, b"x")]), 422, "does not name the file"),
    "a file under another's name": (
        lambda signed, files: write_bundle(json.dumps(signed).encode(), [(files[0][0], b"other"), *files[1:]]), 400, "another SHA-256",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("made", "status", "says"), HOSTILE.values(), ids=HOSTILE)
async def test_nothing_is_left_of_what_is_refused(site: Site, made: Callable[[dict[str, Any], Files], bytes], status: int, says: str) -> None:
    await site.bind_key()
    before = left(site.api)
    answer = await post(site, made(*parts(site, Packet())))
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
    assert left(site.api) == before


async def test_a_file_that_is_not_what_its_manifest_says_leaves_the_others_no_place(site: Site) -> None:
    await site.bind_key()
    before = left(site.api)
    packet = Packet(files=(("clip_confirmed", "clip.mp4", b"<html>", "video/mp4"), *Packet().files[1:]))
    signed, files = parts(site, packet)
    answer = await post(site, write_bundle(json.dumps(signed).encode(), files))
    assert (answer.status_code, "no video/mp4" in answer.json()["detail"]) == (422, True), answer.text
    assert left(site.api) == before


async def test_too_large_a_body_is_refused_and_says_so(site: Site) -> None:
    await site.bind_key()
    signed, files = parts(site, Packet())
    answer = await post(site, write_bundle(json.dumps(signed).encode(), [*files, ("0" * 64, bytes(4 * 1024 * 1024))]))
    assert (answer.status_code, "4096 KiB" in answer.json()["detail"]) == (413, True), answer.text
