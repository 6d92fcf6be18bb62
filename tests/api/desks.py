"""People at their desks: each asks with a token of the own name, role, unit and districts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from api import tokens
from api.roles import EVERYWHERE, Role

from .conftest import Site


@dataclass
class Person:
    """Somebody who asks the API over ASGI."""

    site: Site
    name: str
    token: str

    async def ask(self, method: str, path: str, status: int | None = 200, **options: Any) -> httpx.Response:
        """One request; its answer, which must have the status unless that is None."""
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        async with self.site.client() as client:
            answer: httpx.Response = await client.request(method, path, headers=headers, **options)
        assert status is None or answer.status_code == status, (answer.status_code, answer.text)
        return answer

    async def json(self, method: str, path: str, status: int = 200, **options: Any) -> Any:
        """The answer's JSON."""
        return (await self.ask(method, path, status, **options)).json()

    async def decide(self, case_id: str, status: int = 200, **told: Any) -> Any:
        """A decision on the version that the person sees now, unless it names another."""
        if "version" not in told:
            told["version"] = (await self.case(case_id))["version"]
        return await self.json("POST", f"/cases/{case_id}/decisions", status, json=told)

    async def case(self, case_id: str) -> Any:
        """The case as the person sees it."""
        return await self.json("GET", f"/cases/{case_id}")

    async def claim(self, **told: Any) -> list[str]:
        """Ids of the next cases."""
        return [item["id"] for item in (await self.json("POST", "/cases/claim", json=told))["items"]]

    async def listed(self, **query: Any) -> list[str]:
        """Ids of a page of the queue."""
        return [item["id"] for item in (await self.json("GET", "/cases", params=query))["items"]]


def person(site: Site, name: str, role: Role = Role.REVIEWER, *, districts: frozenset[str] = EVERYWHERE, unit: str | None = None) -> Person:
    """Somebody new, with a token that no route has made: the log does not tell of it."""
    with site.api.database.write() as connection:
        token = tokens.new_token(connection, role, name, site.clock(), unit=unit, districts=districts)
    return Person(site, name, token)


async def desk(site: Site, name: str, role: Role = Role.REVIEWER) -> Person:
    """Somebody new, with a token that an administrator made by its route."""
    async with site.client(Role.ADMIN) as admin:
        answer = await admin.post("/tokens", json={"name": name, "role": role.value, "districts": ["*"]})
    assert answer.status_code == 201, answer.text
    return Person(site, name, answer.json()["token"])
