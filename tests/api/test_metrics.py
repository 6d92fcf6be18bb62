"""Figures of whole tables: every state has one, and whoever asks often makes the database count no more."""

from __future__ import annotations

import pytest
from sqlalchemy import event, update

from api import metrics
from api.schema import cases

from .conftest import Packet, Site


async def figures(site: Site) -> dict[str, float]:
    """The figures of cases and packets."""
    async with site.client() as client:
        text = (await client.get("/metrics")).text
    rows = (line.rpartition(" ") for line in text.splitlines() if line.startswith(("curbwatch_api_cases{", "curbwatch_api_packets ")))
    return {name: float(value) for name, _, value in rows}


def of_state(state: str) -> str:
    return f'curbwatch_api_cases{{state="{state}"}}'


async def test_every_state_is_counted(site: Site) -> None:
    await site.deliver(Packet())
    with site.api.database.write() as connection:
        connection.execute(update(cases).values(state="disputed"))
    assert await figures(site) == {of_state("open"): 0, of_state("confirmed"): 0, of_state("rejected"): 0, of_state("disputed"): 1, "curbwatch_api_packets": 1}


async def test_whole_tables_are_counted_once_a_minute(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    with site.api.database.read() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", lambda *told: counted.append(told[2]) if "count(" in told[2] and "GROUP BY" in told[2] else None)
    for _ in range(5):
        assert (await figures(site))["curbwatch_api_packets"] == 0
    await site.deliver(Packet())
    assert ((await figures(site))["curbwatch_api_packets"], len(counted)) == (0, 1)
    monkeypatch.setattr(metrics, "COUNT_EVERY_SECONDS", 0.0)
    assert ((await figures(site))[of_state("open")], len(counted)) == (1, 2)
