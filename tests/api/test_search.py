"""Words of Chinese and other texts, and cases found by them on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from api import housekeeping, search
from api.errors import Unusable
from api.roles import Role
from api.schema import cases
from api.service import Api

from .conftest import Packet, Site


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("占道经营", ["占", "道", "经", "营", "占道", "道经", "经营"], id="Chinese by signs and pairs"),
        pytest.param("摊", ["摊"], id="one sign"),
        pytest.param("jiefang-road_3", ["jiefang", "road", "3"], id="names of cameras"),
        pytest.param("解放路3号East", ["解", "放", "路", "解放", "放路", "3", "号", "east"], id="both in one"),
        pytest.param("ＧＢ／Ｔ２８１８１", ["gb", "t28181"], id="full width"),
        pytest.param("Straße", ["strasse"], id="folded"),
        pytest.param("* ' \" \\ & | ! ( ) :", [], id="signs of query languages"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert list(search.words_of(text)) == words


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("占道经营", ("占道", "道经", "经营")),
        ("摊", ("摊",)),
        ("解放路 Gate*", ("解放", "放路", "gate*")),
        ("gate gate", ("gate",)),
        ("x' OR 1=1 --", ("x", "or", "1")),
    ],
)
def test_what_is_looked_for(told: str, words: tuple[str, ...]) -> None:
    assert search.looked_for(told).words == words


@pytest.mark.parametrize(
    ("told", "why"), [("", "no word"), ("--- !!", "no word"), ("a*", "nearly everything"), (" ".join(map(str, range(20))), "more than 16")]
)
def test_what_cannot_be_looked_for(told: str, why: str) -> None:
    with pytest.raises(Unusable, match=why):
        search.looked_for(told)


@pytest.fixture
async def three(site: Site) -> Site:
    for number, (camera, kind) in enumerate([("jiefang-1", "V2"), ("jiefang-2", "V1"), ("minzhu-1", "V2")]):
        await site.deliver(Packet(camera=camera, kind=kind, stay=f"s{number}"))
    return site


def found(api: Api, told: str, *facets: Any) -> list[int]:
    with api.database.read() as connection:
        return [row.number for row in search.found(select(cases.c.number), connection, search.looked_for(told, *facets), 100)]


@pytest.mark.parametrize("newest", [1, 2, 3, 50_000])
async def test_pages_are_the_same_however_many_of_the_newest_are_looked_through_first(three: Site, monkeypatch: pytest.MonkeyPatch, newest: int) -> None:
    monkeypatch.setattr(search, "NEWEST", newest)
    assert found(three.api, "占道") == [3, 2, 1]
    assert found(three.api, "jiefang") == [2, 1]
    with three.api.database.read() as connection:
        told, asked = search.looked_for("占道"), select(cases.c.number)
        pages = [[row.number for row in search.found(asked, connection, told, 2, before)] for before in (None, 3, 2, 1)]
    assert pages == [[3, 2], [2, 1], [1], []]


@pytest.mark.parametrize(
    ("told", "numbers"),
    [
        pytest.param("占道", [3, 2, 1], id="two signs"),
        pytest.param("占道经营", [3, 2, 1], id="four signs"),
        pytest.param("经占", [], id="signs in another order"),
        pytest.param("大", [3, 2, 1], id="one sign"),
        pytest.param("jiefang", [2, 1], id="a word of a camera's id"),
        pytest.param("JIEF*", [2, 1], id="the beginning of a word"),
        pytest.param("jief", [], id="half a word"),
        pytest.param("jiefang 1", [1], id="two words"),
        pytest.param("大门 minzhu", [3], id="Chinese and a word"),
        pytest.param("gate", [3, 2, 1], id="an English name"),
        pytest.param("ｊｉｅｆａｎｇ", [2, 1], id="full width"),
        pytest.param("nowhere", [], id="not there"),
        pytest.param("gate' OR 'x", [], id="no query language"),
    ],
)
async def test_finding(three: Site, told: str, numbers: list[int]) -> None:
    assert found(three.api, told) == numbers


async def test_facets_narrow(three: Site) -> None:
    kind = [search.facet("kind", "V2")]
    assert found(three.api, "gate", kind) == [3, 1]
    assert found(three.api, "gate", kind, [search.facet("camera", "jiefang-1"), search.facet("camera", "jiefang-2")]) == [1]
    assert found(three.api, "gate", [search.facet("state", "confirmed")]) == []


async def test_what_people_write_is_found_and_forgotten_cases_are_not(three: Site) -> None:
    with three.api.database.read() as connection:
        ids = list(connection.execute(select(cases.c.id).order_by(cases.c.number)).scalars())
    answer = await three.decide(ids[1], Role.ADMIN, action="confirm", version=1, note="摊主已劝离 called twice")
    assert answer.status_code == 200, answer.text
    with three.api.database.write() as connection:
        sealed = connection.execute(select(cases.c.sealed_index).where(cases.c.id == ids[1])).scalar()
    assert found(three.api, "劝离 twice") == ([2] if sealed is None else [])
    with three.api.database.write() as connection:
        search.forget(connection, 2)
    assert found(three.api, "jiefang") == [1]


async def test_over_http_page_by_page(three: Site) -> None:
    async with three.client(Role.REVIEWER) as client:
        first = (await client.get("/cases", params={"q": "占道 gate", "limit": 2})).json()
        rest = (await client.get("/cases", params={"q": "占道 gate", "limit": 2, "cursor": first["next_cursor"]})).json()
        assert [[item["number"] for item in page["items"]] for page in (first, rest)] == [[3, 2], [1]]
        assert rest["next_cursor"] is None
        assert [item["number"] for item in (await client.get("/cases", params={"q": "大门", "kind": "V1"})).json()["items"]] == [2]
        assert (await client.get("/cases", params={"q": "!"})).status_code == 422


async def test_the_words_are_made_anew_where_another_version_made_them(three: Site) -> None:
    with three.api.database.write() as connection:
        search.forget(connection, 1)
        search.bring_up_to_date(connection)
    assert found(three.api, "gate") == [3, 2]
    with three.api.database.write() as connection:
        connection.exec_driver_sql("UPDATE about SET value = '0' WHERE name = 'case_words'")
        search.bring_up_to_date(connection)
    assert found(three.api, "gate") == [3, 2, 1]


async def test_what_was_written_of_a_case_is_not_found_after_its_evidence_was_deleted(site: Site) -> None:
    case_id = (await site.deliver(Packet()))["case_id"]
    await site.decide(case_id, version=1, action="reject", reason="permit", note="摊主电话 13800138000")
    async with site.client(Role.REVIEWER) as client:

        async def found(words: str) -> list[str]:
            return [one["id"] for one in (await client.get("/cases", params={"q": words})).json()["items"]]

        assert await found("13800138000") == [case_id]
        site.clock.forward(days=31)
        assert housekeeping.retain(site.api).erased == 1
        assert await found("13800138000") == await found("摊主") == []
        assert await found("gate") == [case_id]
