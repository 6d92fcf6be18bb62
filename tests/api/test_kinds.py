"""The catalogue as the page reads it: what of each kind is not judged, as `curbwatch kinds` tells it."""

from __future__ import annotations

import json

from click.testing import CliRunner

from api.roles import Role
from curbwatch.commands.kinds import kinds

from .conftest import Site


async def test_what_of_a_kind_is_not_judged_is_what_the_command_line_tells(site: Site) -> None:
    async with site.client(Role.REVIEWER) as client:
        told = {kind["id"]: kind["not_judged"] for kind in (await client.get("/kinds")).json()["kinds"]}
    listed = json.loads(CliRunner().invoke(kinds, ["--json"]).stdout)
    exclusions = {one["id"]: one for one in listed["exclusions"]}
    assert set(told) == {kind["id"] for kind in listed["kinds"]}
    for kind in listed["kinds"]:
        nothing = [one for one in map(exclusions.get, kind["exclusions"]) if one["seen_by"] == "nothing" and one["switched_on"]]
        unasked = [exclusions[name] for name in listed["not_judged"][kind["id"]]]
        assert told[kind["id"]] == [
            *({"name": part, "why": "unseen", "reason": None} for part in kind["unseen"]),
            *({"name": one["name"], "why": "nothing", "reason": one["reason"]} for one in nothing),
            *({"name": one["name"], "why": "unasked", "reason": one["reason"]} for one in unasked),
        ]
    assert {one["why"] for one in told["V4"]} == {"nothing", "unasked"}
    assert told["V18"][0] == {"name": {"zh": "摊主是否为持证人", "en": "whether the vendor is the holder"}, "why": "unseen", "reason": None}
