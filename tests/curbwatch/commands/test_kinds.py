from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from curbwatch.__main__ import is_user_error
from curbwatch.commands.kinds import kinds
from curbwatch.wide import cells
from evidence.errors import CatalogueError
from tests.models.conftest import build_model  # noqa: F401  # the tiny detectors of the models' tests
from tests.models.verifier.making import bind

OWN = """\
version: "7"
extends: shipped
kinds:
  - {id: V4, enabled: true, confusion: [V17, V10]}
  - {id: V7, dwell_seconds: 300}
  - {id: J1, slug: own, name: {zh: 乱, en: mess}, codes: [], objects: [bin_overflow], attendance: off,
     zones: [sidewalk], dwell_seconds: 60, minimum_looks: 3, grace_seconds: 20, enabled: true, explanation: {zh: 说明, en: why}}
"""


@pytest.fixture
def city(tmp_path: Path) -> Path:
    path = tmp_path / "city.yaml"
    path.write_text(OWN, encoding="utf-8")
    return path


def test_the_table_keeps_its_columns_in_chinese() -> None:
    done = CliRunner().invoke(kinds, [])
    assert done.exit_code == 0, done.output
    head, *rows = done.stdout.splitlines()[2:21]
    stall = rows[1]
    assert stall.split() == [
        "V2",
        "占道经营",
        "stall",
        "on",
        "the",
        "public",
        "way",
        "proven",
        "已证实",
        "yes",
        "300",
        "s",
        "5",
        "45",
        "s",
        "0.08",
        "20%",
        "of",
        "looks",
    ]
    for line in rows:
        dwell = line.index(" s ") - 6
        assert cells(line[: line.index(" s ")]) >= cells(head[: head.index("dwell")]) > cells(line[:dwell]) - 6
    assert [row.split()[0] for row in rows] == [f"V{number}" for number in range(1, 19)]


def test_each_kind_is_told_with_standing_sources_and_what_is_to_be_verified() -> None:
    done = CliRunner().invoke(kinds, [])
    lines = done.stdout.splitlines()
    assert "  codes     GB/T 47678.5-2026  09006  to be verified  second-hand transcription" in lines
    assert any(line.startswith("  law       《济南市城市市容管理条例》第三十一条 / Jinan city") and line.endswith("(to be verified)") for line in lines)
    assert any(line.startswith("  proven on 417 real positives, 552 negatives, 107 origins; figures in the card of curbwatch-n-street 0.3") for line in lines)
    assert "  to mend   2 hours (usual practice; no source read, to be verified)" in lines
    assert "  counts    3 or more (bikes_row for 3) or 1 or more in tactile_paving" in lines
    assert "  weighs    1.5 times in 17:00-02:00" in lines
    assert any("permitted_goods  许可品类" in line and "not judged; a reviewer rejects for permit" in line for line in lines)
    assert any("GB/T 30428.2-2013" in line and "until 2026-06-30" in line and "second-hand: to be verified" in line for line in lines)
    assert "未证实的类别默认关闭，开启后仅产生 C 级线索。" in lines


def told_of(kind_id: str, lines: list[str]) -> dict[str, str]:
    """What the list says of a kind's exclusions."""
    begins = next(at for at, line in enumerate(lines) if line.startswith(f"{kind_id} ") and line.count(" ") < 12 and lines[at - 1] == "")
    told = [line[12:].split(maxsplit=2) for line in lines[begins : lines.index("", begins)]]
    return {row[0]: row[2] for row in told if len(row) == 3}


def test_what_the_verifier_is_not_asked_of_a_kind_is_told_in_place_of_a_recall() -> None:
    lines = CliRunner().invoke(kinds, []).stdout.splitlines()
    stall, car, bicycles, grill = (told_of(name, lines) for name in ("V2", "V4", "V5", "V12"))
    unjudged = "本类别不判断 not judged for this kind: the verifier is not asked about its classes; a reviewer rejects for "
    assert stall["unloading"] == "by verifier (unloading), recall 0.67 on 300 rendered pictures, 14 of 21"
    assert car["unloading"] == unjudged + "unloading"
    assert (bicycles["courier"], bicycles["rider"]) == (unjudged + "unloading", unjudged + "not_a_violation")
    assert grill["covered_stall"] == unjudged + "not_a_violation"
    assert "measurement" in car["parking_bay"], "what is measured is judged of any kind"
    not_judged = json.loads(CliRunner().invoke(kinds, ["--json"]).stdout)["not_judged"]
    assert (not_judged["V4"], not_judged["V2"], not_judged["V17"]) == (["unloading", "construction"], [], [])


def test_json_has_everything() -> None:
    done = CliRunner().invoke(kinds, ["--json"])
    catalogue = json.loads(done.stdout)
    assert [kind["id"] for kind in catalogue["kinds"]][:3] == ["V1", "V2", "V3"]
    code = catalogue["kinds"][1]["codes"][0]
    assert (code["table"], code["code"], code["verify_with_official_text"]) == ("GB/T 47678.5-2026", "09006", True)
    assert {table["id"] for table in catalogue["tables"]} >= {"GB/T 47678.5-2026", "local"}
    assert len(catalogue["exclusions"]) > 20
    assert len(catalogue["reasons"]) == 9
    assert "占道经营" in done.stdout


def test_a_citys_own_catalogue(city: Path) -> None:
    done = CliRunner().invoke(kinds, ["--catalogue", str(city)])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("catalogue 7, on the shipped 2026.12, 19 kinds, 4 on\n")
    assert "  from      changed by the city: dwell_seconds" in done.stdout
    assert "  from      the city's own" in done.stdout


def test_a_check_tells_what_is_odd_of_the_city_s_own_lines_only(city: Path) -> None:
    done = CliRunner().invoke(kinds, ["--check", str(city)])
    assert done.exit_code == 0, done.output
    head, *odd = done.stdout.splitlines()
    assert head == f"{city}: sound: 19 kinds, 2 changed, 1 of its own; on: V2, V3, V4, J1; {len(odd)} warnings"
    assert [line.removeprefix(f"{city}: warning: ") for line in odd if "J1" in line] == [
        "line 6: J1: codes: has no number in a table that is in force on " + odd[-2].rpartition(" ")[2],
        "line 7: J1: enabled: is on and manual: it gives leads (grade C) only",
    ]
    assert f"{city}: warning: line 4: V4: confusion[1]: V10 does not name V4 in return: a reviewer of V10 is not offered it first" in odd
    assert f"{city}: warning: line 4: V4: enabled: is on and rendered_only: it gives leads (grade C) only" in odd


def test_what_is_proven_no_longer_is_told_by_the_check_and_the_list(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_text('version: a\nextends: shipped\nkinds:\n  - {id: V2, objects: [car],\n     attendance: "off"}\n', encoding="utf-8")
    line = (
        "不再视为已证实：与证实时相比要求不同或更低（objects, attendance），附上自己的 proof 之前仅产生 C 级线索 / is proven no longer: "
        "it asks other or less than what was proven (objects, attendance), and gives leads (grade C) only until it has a proof of its own"
    )
    done = CliRunner().invoke(kinds, ["--check", str(path)])
    assert (done.exit_code, done.stdout.splitlines()[1:]) == (
        0,
        [
            f"{path}: warning: line 4: V2: enabled: is on and rendered_only: it gives leads (grade C) only",
            f"{path}: warning: line 4: V2: objects: {line}",
        ],
    )
    told = CliRunner().invoke(kinds, ["--catalogue", str(path)]).stdout.splitlines()
    assert f"  standing  {line}" in told
    assert next(row for row in told if row.startswith("V2 ")).split()[7:11] == ["rendered", "only", "仅渲染", "yes"]
    assert sum(row.startswith("  proven on") for row in told) == 2, "V3 and V18"
    (found,) = [kind for kind in json.loads(CliRunner().invoke(kinds, ["--catalogue", str(path), "--json"]).stdout)["kinds"] if kind["id"] == "V2"]
    assert (found["standing"], found["unproven"], found["proof"]) == ("rendered_only", ["objects", "attendance"], None)


def test_a_check_tells_of_an_exclusion_that_measures_nothing_with_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(
        "version: a\nextends: shipped\nexclusions:\n"
        "  - {id: mine, name: {zh: 例, en: mine}, rule: {zh: 例, en: a rule}, seen_by: measurement, shows: [something], reason: permit, source: us}\n"
        "kinds:\n  - {id: V2, exclusions: [permit, mine]}\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(kinds, ["--check", str(path)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[1] == (
        f"{path}: warning: line 4: mine: measured: is missing: a measurement that says not what it measures is not judged (docs/kinds.md lists them)"
    )


def test_a_check_tells_that_permits_do_not_count_for_a_kind(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_text("version: a\nextends: shipped\nkinds:\n  - {id: V2,\n     exclusions: []}\n", encoding="utf-8")
    done = CliRunner().invoke(kinds, ["--check", str(path)], catch_exceptions=False)
    assert done.exit_code == 0
    told = [line for line in done.stdout.splitlines() if line.startswith(f"{path}: warning: line 5: V2: exclusions: ")]
    assert [("permits do not count for it" in line, "was proven (exclusions), and gives leads" in line) for line in sorted(told)] == [
        (True, False), (False, True),
    ]  # fmt: skip


def test_a_model_that_lacks_the_classes_of_a_kind_that_is_on(city: Path, build_model: Callable[..., Path]) -> None:  # noqa: F811
    detector = build_model()
    bind(detector)
    done = CliRunner().invoke(kinds, ["--check", str(city), "--model", str(detector)])
    assert done.exit_code == 1, done.output
    assert "line 6: J1: objects: is on, and tiny 1 knows none of its classes" in done.stdout
    lacks = json.loads(CliRunner().invoke(kinds, ["--json", "--model", str(detector)]).stdout)["model"]["lacks"]
    assert (lacks["V15"], lacks["V7"]) == ([], ["garbage_pile"])


def test_the_shipped_model_sees_what_is_on_as_shipped() -> None:
    done = CliRunner().invoke(kinds, ["--model", "curbwatch-n-street"])
    assert done.exit_code == 0, done.output
    told = [line.split() for line in done.stdout.splitlines()[-18:]]
    assert [line[0] for line in told] == [f"V{number}" for number in range(1, 19)]
    assert told[1] == ["V2", "占道经营", "sees", "it"]
    assert told[7] == ["V8", "积存垃圾渣土", "people", "name", "it"]
    lacks = json.loads(CliRunner().invoke(kinds, ["--json", "--model", "curbwatch-n-street"]).stdout)["model"]["lacks"]
    assert not any(lacks.values())


def test_a_check_in_json(city: Path, tmp_path: Path) -> None:
    sound = json.loads(CliRunner().invoke(kinds, ["--check", str(city), "--json"]).stdout)
    assert (sound["ok"], sound["on"]) == (True, ["V2", "V3", "V4", "J1"])
    assert {(one["line"], one["kind"], one["field"]) for one in sound["warnings"]} >= {(4, "V4", "enabled"), (7, "J1", "enabled")}
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("version: a\nextends: shipped\nkinds:\n  - {id: V4, objects: [buss]}\n  - {id: V99}\n", encoding="utf-8")
    done = CliRunner().invoke(kinds, ["--check", str(faulty), "--json"])
    assert done.exit_code == 2
    told = json.loads(done.stdout)
    assert told["ok"] is False
    assert {(one["line"], one["kind"]) for one in told["faults"]} == {(5, "V99")}, "what has not even its shape is told before what it means"


def test_every_fault_is_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(
        "version: a\nextends: shipped\nkinds:\n  - {id: V4, objects: [buss]}\n  - {id: V5, hours: []}\n  - {id: V6, confusion: [V6]}\n", encoding="utf-8"
    )
    done = CliRunner().invoke(kinds, ["--check", str(path)])
    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        f"curbwatch: {path}: line 4: V4: objects[0]: there is no class 'buss'; did you mean bus?; list those of your own model in `classes`",
        f"curbwatch: {path}: line 6: V6: confusion[0]: is the kind itself",
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("version: [", "line 2: is no YAML", id="no YAML"),
        pytest.param("version: '7'", "line 1: kinds: is missing", id="no kinds"),
        pytest.param(None, "cannot be read as a catalogue", id="no file"),
    ],
)
def test_a_bad_catalogue_is_one_line(tmp_path: Path, text: str | None, what: str) -> None:
    path = tmp_path / "city.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError, match=rf"city\.yaml: {what}") as caught:
        CliRunner().invoke(kinds, ["--catalogue", str(path)], catch_exceptions=False)
    assert is_user_error(caught.value)


def test_listing_and_checking_are_two_things(city: Path) -> None:
    done = CliRunner().invoke(kinds, ["--catalogue", str(city), "--check", str(city)])
    assert (done.exit_code, done.stderr) == (2, "curbwatch: name --catalogue to list a file, or --check to check it; not both\n")
