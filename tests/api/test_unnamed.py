"""Files that no packet came to name are set aside after a week and go after another; what a packet names stays, also where it comes just then."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from api import contents, restoring, unnamed
from api.roles import Role
from api.service import opened
from api.settings import Settings

from .conftest import Clock, Packet, Site

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
    assert list(site.api.blobs.aside(-60)) == [SHA256], "it could still be taken back"
    assert list(site.api.blobs.aside(60)) == [], "and lies there since now, however old it is"
    assert unnamed.sweep(site.api) == 0
    assert list(site.api.blobs.aside(-60)) == [], "now its time there was over too"
    assert len(list(site.api.blobs.all())) == 4


async def test_what_lies_aside_is_taken_back_once_a_packet_names_it(site: Site) -> None:
    """As where the database was an older state of itself, and its right one is put back."""
    await site.deliver(Packet())
    (sha256, *_) = sorted(site.api.blobs.all())
    assert site.api.blobs.set_aside(sha256)
    assert site.api.blobs.size(sha256) is None
    site.clock.forward(days=1)
    site.api.timekeeper.believe(1)
    age(site)
    unnamed.sweep(site.api)
    assert site.api.blobs.size(sha256) is not None
    assert list(site.api.blobs.aside(-60)) == []
    assert site.api.blobs.set_aside(sha256)
    site.api.blobs.delete(sha256)
    assert not site.api.blobs.take_back(sha256), "what is deleted by rule lies nowhere any more"


def age(site: Site) -> None:
    """The database is older than a week."""
    site.clock.forward(days=8)


def doubt_the_clock(site: Site) -> None:
    site.clock.jump(days=-3)


def restore(site: Site) -> None:
    with site.api.database.write() as connection:
        restoring.note(connection, site.clock())


def bring_many(site: Site) -> None:
    for number in range(3):
        site.api.blobs.take(hashlib.sha256(bytes([number])).hexdigest(), bytes([number]))


def take_the_store_away(site: Site) -> None:
    site.api.blobs.put_mark((site.api.blobs.mark() or b"").replace(b'"database_id": "', b'"database_id": "f'))


async def test_a_first_start_says_nothing_of_files_that_there_are_not(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    assert unnamed.sweep(site.api) == 0
    assert caplog.text == ""
    await put(site)
    assert unnamed.sweep(site.api) == 0
    assert "younger than seven days" in caplog.text


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (None, "younger than seven days"),
        (doubt_the_clock, "the clock is in doubt"),
        (restore, "restored within seven days"),
        (bring_many, "more than workers leave behind"),
        (take_the_store_away, "store is not this database's"),
    ],
    ids=lambda value: getattr(value, "__name__", "a young database") if callable(value) or value is None else "",
)
@pytest.mark.parametrize("store", ["files"], indirect=True)
async def test_nothing_goes_where_the_database_may_be_the_wrong_one(
    site: Site, trouble: object, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await site.deliver(Packet())
    await put(site)
    if trouble is not None:
        age(site)
    if callable(trouble):
        trouble(site)
    monkeypatch.setattr(type(site.api.blobs), "is_older", lambda *_: True)
    monkeypatch.setattr(unnamed, "MOST", 2)
    assert unnamed.sweep(site.api) == 0
    assert why in caplog.text
    assert site.api.blobs.size(SHA256) is not None
    if trouble is bring_many:
        assert unnamed.sweep(site.api, all_of_them=True) == 4


async def test_another_database_does_not_empty_the_city_s_store(site: Site, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gravest: an API with an empty database on the same --evidence-url, even where somebody has said that it may have it."""
    await site.deliver(Packet())
    with opened(Settings.of(tmp_path / "other", None, site.api.settings.evidence), clock, clock.steady, take_over=True) as other:
        monkeypatch.setattr(type(site.api.blobs), "is_older", lambda *_: True)
        assert unnamed.sweep(other) == 0
    assert len(list(site.api.blobs.all())) == 4


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
