from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from curbwatch.__main__ import is_user_error
from curbwatch.commands.kinds import kinds
from curbwatch.wide import cells
from evidence.errors import CatalogueError


def test_the_table_keeps_its_columns_in_chinese() -> None:
    done = CliRunner().invoke(kinds, [])
    assert done.exit_code == 0, done.output
    head, stall, goods = done.stdout.splitlines()[2:5]
    assert stall.split() == ["V2", "占道经营", "stall", "on", "the", "public", "way", "300", "s", "5", "45", "s", "0.15", "20%", "of", "looks", "-", "yes"]
    for sign in ("300 s", "600 s"):
        line = stall if sign in stall else goods
        assert cells(line[: line.index(sign)]) == cells(head[: head.index("dwell")])


def test_codes_stand_with_their_standing() -> None:
    lines = CliRunner().invoke(kinds, []).stdout.splitlines()
    assert "            GB/T 30428.2-2013    04-06  to be verified  city table in use" in lines
    assert any(line.startswith("  law       《济南市城市市容管理条例》第三十一条 / Jinan city") for line in lines)


def test_json_has_everything() -> None:
    done = CliRunner().invoke(kinds, ["--json"])
    catalogue = json.loads(done.stdout)
    assert [kind["id"] for kind in catalogue["kinds"]] == ["V2", "V3"]
    assert catalogue["kinds"][0]["codes"][0] == {
        "table": "GB/T 47678.5-2026", "code": "09006", "source": "second-hand transcription", "verify_with_official_text": True,
    }  # fmt: skip
    assert len(catalogue["reasons"]) == 9
    assert "占道经营" in done.stdout


def test_a_citys_own_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(
        'version: "7"\nreasons: []\nkinds:\n  - {id: V9, slug: own, name: {zh: 乱, en: mess}, codes: [], objects: [bin], attendance: "off",\n'
        "     zones: [sidewalk], dwell_seconds: 60, minimum_looks: 3, grace_seconds: 20, enabled: false, explanation: {zh: 说明, en: why}}\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(kinds, ["--catalogue", str(path)])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("catalogue 7, 1 kind\n")
    assert "V9    乱    mess  60 s   3      20 s   0.35   -         -     no" in done.stdout


@pytest.mark.parametrize(("text", "what"), [("version: [", "not YAML"), ("version: '7'", "reasons: is missing"), (None, "cannot be read as a catalogue")])
def test_a_bad_catalogue_is_one_line(tmp_path: Path, text: str | None, what: str) -> None:
    path = tmp_path / "city.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=rf"city\.yaml: {what}") as caught:
        CliRunner().invoke(kinds, ["--catalogue", str(path)], catch_exceptions=False)
    assert is_user_error(caught.value)
