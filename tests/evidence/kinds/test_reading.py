from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from evidence.errors import CatalogueError
from evidence.kinds import Catalogue, load_catalogue, read_catalogue
from evidence.kinds.reading import ENVIRONMENT, MAX_FILE_BYTES, parse_catalogue
from tests.conftest import REPO

OWN = """\
  - id: J1
    slug: cane_stand
    name: {zh: 甘蔗摊, en: sugar cane stand}
    codes: [{table: local, code: cane, source: 城市自定, verify_with_official_text: false}]
    objects: [cane_press]
    attendance: required
    zones: [sidewalk, tactile_paving]
    dwell_seconds: 240
    minimum_looks: 5
    grace_seconds: 45
    explanation: {zh: 说明, en: why}
"""


def city(kinds: str = "", head: str = "") -> str:
    """A city's file: five lines, then the kinds from line 6 on."""
    return f"# our city\nversion: city-1\nextends: shipped\nclasses: [cane_press]\n{head or 'kinds:'}\n{kinds}"


def read(kinds: str = "", head: str = "") -> Catalogue:
    return read_catalogue(city(kinds, head), "city.yaml")


def test_a_file_that_says_nothing_is_the_shipped_catalogue_under_its_own_name() -> None:
    shipped, found = load_catalogue(), read("", "kinds: []")
    assert (found.version, found.based_on) == ("city-1", shipped.version)
    assert (found.kinds, found.tables, found.exclusions, found.reasons) == (shipped.kinds, shipped.tables, shipped.exclusions, shipped.reasons)


def test_a_shipped_kind_takes_what_changes_and_tells_it() -> None:
    found = read("  - {id: V4, enabled: true, dwell_seconds: 180, minimum_looks: 5}").kind("V4")
    shipped = load_catalogue().kind("V4")
    assert found is not None
    assert shipped is not None
    assert (found.enabled, found.dwell_seconds, found.origin, found.changed) == (True, 180, "changed", ("dwell_seconds", "enabled"))
    assert found.overridden == (), "a city's catalogue is its rule; what a scene shortens is `overridden`"
    assert found.model_copy(update={"enabled": False, "dwell_seconds": shipped.dwell_seconds, "origin": "shipped", "changed": ()}) == shipped


def test_a_kind_of_the_city_s_own_works_without_code_and_is_off_by_itself() -> None:
    found = read(OWN).kind("J1")
    assert found is not None
    assert (found.name.zh, found.objects, found.dwell_seconds, found.origin) == ("甘蔗摊", ("cane_press",), 240, "own")
    assert (found.standing, found.enabled, found.leads_only) == ("manual", False, True)
    assert read(OWN + "    enabled: true\n").kinds[-1].enabled


def test_a_kind_that_is_proven_is_on_by_itself() -> None:
    proof = "    standing: proven\n    proof: {model: ours, version: '1.10', positives: 30, negatives: 100, origins: 2, note: {zh: 注, en: note}}\n"
    found = read(OWN + proof).kinds[-1]
    assert (found.enabled, found.leads_only) == (True, False)
    assert found.proof is not None
    assert found.proof.version == "1.10", "no number: 1.10 is not 1.1"


def test_own_tables_exclusions_and_reasons_join_the_shipped_ones() -> None:
    head = (
        "reasons: [{id: wedding, zh: 婚庆, en: wedding}, {id: permit, zh: 持证, en: has a permit}]\n"
        "exclusions: [{id: wedding_arch, name: {zh: 婚庆拱门, en: wedding arch}, rule: {zh: 当日, en: on the day}, seen_by: nothing,\n"
        "  reason: wedding, source: us}]\n"
        "tables: [{id: ours, title: {zh: 本市表, en: our table}, form: 'J-[0-9]+', digits: {zh: J 加数字, en: J and digits}, source: us, second_hand: false}]\n"
        "kinds:"
    )
    found = read("  - {id: V13, exclusions: [wedding_arch], codes: [{table: ours, code: J-7, source: us, verify_with_official_text: false}]}", head)
    assert [reason.id for reason in found.reasons].count("permit") == 1
    assert (found.reasons[0].zh, found.reasons[-1].id) == ("持证", "wedding")
    kind = found.kind("V13")
    assert kind is not None
    assert (kind.exclusions, kind.codes[0].code) == (("wedding_arch",), "J-7")


def test_a_file_that_extends_nothing_stands_alone_but_for_tables_and_exclusions() -> None:
    found = read_catalogue(city(OWN).replace("extends: shipped\n", "reasons: []\n"), "city.yaml")
    assert [kind.id for kind in found.kinds] == ["J1"]
    assert (found.based_on, found.reasons) == (None, ())
    assert found.table("local") is not None


def test_the_environment_names_the_catalogue_in_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(city(OWN), encoding="utf-8")
    monkeypatch.setenv(ENVIRONMENT, str(path))
    assert load_catalogue().version == "city-1"
    monkeypatch.setenv(ENVIRONMENT, "")
    assert load_catalogue().version != "city-1"
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path / "gone.yaml"))
    with pytest.raises(CatalogueError, match=r"gone\.yaml: cannot be read as a catalogue"):
        load_catalogue()


PEOPLE = "begging and vagrancy is for people alone"


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        pytest.param("name", "{zh: 甘蔗摊, en: sugar cane stand}", "{zh: 行乞、要饭人员, en: people on the corner}", id="another Chinese word"),
        pytest.param("name", "{zh: 甘蔗摊, en: sugar cane stand}", "{zh: 乞 讨, en: on the corner}", id="with a space"),
        pytest.param("name", "{zh: 甘蔗摊, en: sugar cane stand}", "{zh: 乞·丐, en: on the corner}", id="with a dot"),
        pytest.param("name", "{zh: 甘蔗摊, en: sugar cane stand}", "{zh: 街角, en: people asking for alms}", id="alms"),
        pytest.param("name", "{zh: 甘蔗摊, en: sugar cane stand}", "{zh: 街角, en: Panhandling}", id="panhandling"),
        pytest.param("name", "{zh: 甘蔗摊, en: sugar cane stand}", "{zh: 街角, en: rough sleepers}", id="rough sleepers"),
        pytest.param("slug", "cane_stand", "homeless_at_roadside", id="a slug"),
        pytest.param("explanation", "{zh: 说明, en: why}", "{zh: 在路边的流浪人员, en: at the roadside}", id="a Chinese explanation"),
        pytest.param("explanation", "{zh: 说明, en: why}", "{zh: 路边, en: begging at the roadside}", id="an explanation"),
        pytest.param("objects[0]", "cane_press", "beggar", id="a class"),
        pytest.param("objects[0]", "cane_press", "vagrant", id="a class of vagrants"),
        pytest.param("objects[0]", "cane_press", "roughSleeper", id="a class in one word"),
        pytest.param("objects[0]", "cane_press", "流浪汉", id="a Chinese class"),
        pytest.param("supporting[0]", "[cane_press]\n    attendance", "[cane_press]\n    supporting: [beggar]\n    attendance", id="a class that stands in"),
    ],
)
def test_begging_by_another_word_is_no_kind_either(field: str, old: str, new: str) -> None:
    with pytest.raises(CatalogueError, match=rf"J1: {re.escape(field)}: .*{PEOPLE}"):
        read_catalogue(city(OWN).replace(old, new).replace("classes: [", "classes: [beggar, "), "city.yaml")


@pytest.mark.parametrize("name", ["person_lying", "people", "lying-person", "PersonSitting", "pedestrian"])
def test_people_are_no_class_of_a_kind_by_another_name_either(name: str) -> None:
    with pytest.raises(CatalogueError, match=r"J1: objects\[0\]: a person makes no kind"):
        read_catalogue(city(OWN).replace("cane_press", name), "city.yaml")


@pytest.mark.parametrize("name", ["{zh: 流浪犬只, en: stray dogs begin to gather}", "{zh: 讨价还价的摊, en: palms and vagaries}"])
def test_what_only_sounds_like_it_is_a_kind(name: str) -> None:
    assert read(OWN.replace("{zh: 甘蔗摊, en: sugar cane stand}", name)).kind("J1") is not None


FAULTS: dict[str, tuple[str, str]] = {
    "a key that is none": ("  - {id: V4, dwell: 3}", "line 6: V4: dwell: is not a known key here; did you mean "),
    "a key of a code that is none": (
        "  - {id: V4, codes: [{tabel: local, code: a, source: x, verify_with_official_text: false}]}", "line 6: V4: codes[0].tabel: is not a known key here",
    ),
    "a dwell of nothing": ("  - id: V4\n    dwell_seconds: 0", "line 7: V4: dwell_seconds: input should be greater than 0, not 0"),
    "a dwell in words": ("  - id: V4\n    dwell_seconds: long", "line 7: V4: dwell_seconds: input should be a valid number, not 'long'"),
    "one look": ("  - {id: V4, minimum_looks: 1}", "line 6: V4: minimum_looks: input should be greater than or equal to 2, not 1"),
    "a score of one": ("  - {id: V4, minimum_score: 1}", "line 6: V4: minimum_score: input should be less than 1"),
    "attendance of another word": ("  - {id: V4, attendance: yes}", "line 6: V4: attendance: input should be 'off' or 'required', not 'yes'"),
    "a zone that is none": ("  - id: V4\n    zones: [sidewalk,\n      moon]", "line 8: V4: zones[1]: input should be 'carriageway'"),
    "nowhere": ("  - {id: V4, zones: []}", "line 6: V4: zones: tuple should have at least 1 item"),
    "a place that takes away": ("  - {id: V4, zones: [ignore]}", "line 6: V4: zones[0]: nothing is judged in a zone 'ignore'"),
    "a zone twice": ("  - {id: V4, zones: [sidewalk, sidewalk]}", "line 6: V4: zones[1]: 'sidewalk' is there twice"),
    "an exception that is a zone too": ("  - {id: V4, except_zones: [sidewalk]}", "line 6: V4: except_zones[0]: 'sidewalk' is one of its zones too"),
    "a class that is none": ("  - {id: V4, objects: [car, buss]}", "line 6: V4: objects[1]: there is no class 'buss'; did you mean bus?"),
    "nothing that makes it": ("  - {id: V4, objects: []}", "line 6: V4: objects: is empty; a kind that no class shows is manual"),
    "what nobody sees, on": ("  - {id: V8, enabled: true}", "line 6: V8: enabled: no class shows this kind"),
    "a number of another form": (
        "  - {id: V4, codes: [{table: GB/T 47678.5-2026, code: 04-09, source: x, verify_with_official_text: true}]}",
        "line 6: V4: codes[0].code: '04-09' is no number of GB/T 47678.5-2026 (2 digits of the category",
    ),
    "a number that YAML would read as one": (
        "  - {id: V4, codes: [{table: GB/T 47678.5-2026, code: 9009, source: x, verify_with_official_text: true}]}",
        "line 6: V4: codes[0].code: '9009' is no number",
    ),
    "a table that is none": (
        "  - {id: V4, codes: [{table: GB/T 47678.5, code: '09009', source: x, verify_with_official_text: true}]}",
        "line 6: V4: codes[0].table: there is no table 'GB/T 47678.5'; did you mean GB/T 47678.5-2026?",
    ),
    "verified in a table that is not": (
        "  - {id: V4, codes: [{table: GB/T 47678.5-2026, code: '09009', source: x, verify_with_official_text: false}]}",
        "line 6: V4: codes[0].verify_with_official_text: GB/T 47678.5-2026 is known second-hand",
    ),
    "begging, by machine": (
        "  - {id: V4, codes: [{table: GB/T 47678.5-2026, code: '09003', source: x, verify_with_official_text: true}]}",
        "line 6: V4: codes[0].code: 09003 of GB/T 47678.5-2026 is for people alone: begging",
    ),
    "begging, by machine, in the table before": (
        "  - {id: V4, codes: [{table: GB/T 30428.2-2013, code: '04-03', source: x, verify_with_official_text: true}]}",
        "line 6: V4: codes[0].code: 04-03 of GB/T 30428.2-2013 is for people alone: begging",
    ),
    "begging, by machine, as a local number": (
        "  - {id: V4, codes: [{table: local, code: '09003', source: x, verify_with_official_text: false}]}",
        "line 6: V4: codes[0].code: 09003 of local is for people alone: 09003 of GB/T 47678.5-2026, begging",
    ),
    "begging, by machine, as a city's full number": (
        "  - {id: V4, codes: [{table: local, code: '370102-04-03', source: x, verify_with_official_text: false}]}",
        "line 6: V4: codes[0].code: 370102-04-03 of local is for people alone: 04-03 of GB/T 30428.2-2013, begging",
    ),
    "begging, by its name": ("  - {id: V4, name: {zh: 乞讨车辆, en: cars}}", "line 6: V4: name: 乞讨车辆 cars: begging and vagrancy is for people alone"),
    "a person": ("  - {id: V4, objects: [person]}", "line 6: V4: objects[0]: a person makes no kind"),
    "a person among things": ("  - {id: V4, objects: [car, person]}", "line 6: V4: objects[1]: a person makes no kind: each of the objects makes it alone"),
    "a person at a line": ("  - {id: V3, line_objects: [person]}", "line 6: V3: line_objects[0]: a person makes no kind"),
    "an exclusion that is none": ("  - {id: V4, exclusions: [unload]}", "line 6: V4: exclusions[0]: there is no exclusion 'unload'; did you mean unloading?"),
    "taken for what is none": ("  - {id: V4, confusion: [V99]}", "line 6: V4: confusion[0]: there is no kind 'V99'; there are V1, V2"),
    "taken for itself": ("  - {id: V4, confusion: [V4]}", "line 6: V4: confusion[0]: is the kind itself"),
    "hours in words": ("  - {id: V4, hours: [day]}", "line 6: V4: hours: is 'day'; hours are written HH:MM-HH:MM"),
    "hours of no length": ("  - {id: V4, hours: ['08:00-08:00']}", "line 6: V4: hours: is '08:00-08:00'"),
    "an hour that no clock has": (
        "  - {id: V4, weighs_more: [{hours: '17:00-25:00', times: 2}]}", "line 6: V4: weighs_more[0].hours: is '17:00-25:00'; hours are written",
    ),
    "weighs less": (
        "  - {id: V4, weighs_more: [{hours: '17:00-02:00', times: 0.5}]}", "line 6: V4: weighs_more[0].times: input should be greater than or equal to 1",
    ),
    "counts of nothing": ("  - {id: V5, counts: [{at_least: 0}]}", "line 6: V5: counts[0].at_least: input should be greater than or equal to 1"),
    "counts elsewhere": ("  - {id: V5, counts: [{at_least: 1, zones: [green_belt]}]}", "line 6: V5: counts[0].zones[0]: 'green_belt' is none of its zones"),
    "counts of what it is not": ("  - {id: V5, counts_as: {car: 2}}", "line 6: V5: counts_as.car: 'car' is none of its objects"),
    "proven on too little": (
        "  - {id: V4, standing: proven, proof: {model: m, version: '1', positives: 29, negatives: 100, origins: 2, note: {zh: 注, en: n}}}",
        "line 6: V4: proof: 29 real positives and 100 negatives of 2 origins prove nothing yet",
    ),
    "proven on nothing": ("  - {id: V4, standing: proven}", "line 6: V4: proof: is missing"),
    "a name in one language": ("  - {id: V4, name: {zh: 停车}}", "line 6: V4: name.en: is missing"),
    "an own kind that lacks most": ("  - {id: J1, slug: x}", "line 6: J1: attendance: is missing (and "),
    "an own kind with another's slug": (OWN.replace("cane_stand", "roaming_vendor"), "line 7: J1: slug: 'roaming_vendor' is the slug of V1 already"),
    "one kind twice": ("  - {id: V4, enabled: false}\n  - {id: V4, enabled: true}", "line 7: V4: id: 'V4' is there twice; it is in line 6 already"),
    "a kind of its own twice": (OWN + "  - {id: J1, slug: x}", "line 17: J1: id: 'J1' is there twice; it is in line 6 already"),
    "a shipped kind in small letters": (
        "  - {id: v4, enabled: true}", "line 6: v4: id: there is no 'v4' in the shipped catalogue; did you mean V4? (a kind of your own needs another id)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_line_with_line_kind_and_field(name: str) -> None:
    kinds, what = FAULTS[name]
    with pytest.raises(CatalogueError) as caught:
        read(kinds)
    assert str(caught.value).startswith(f"city.yaml: {what}")
    assert "\n" not in str(caught.value)


HEADS: dict[str, tuple[str, str]] = {
    "a key that is none": ("colour: 1", "line 5: colour: is not a known key here (there are version, extends, kinds"),
    "kinds a mapping": ("kinds: {}", "line 5: kinds: is no list"),
    "kinds of words": ("kinds: [V4]", "line 5: kinds[0]: input should be a valid dictionary"),
    "an exclusion that says too much": (
        "exclusions: [{id: dusk, name: {zh: 暮, en: dusk}, rule: {zh: 暮, en: dusk}, seen_by: nothing, shows: [sun], reason: permit, source: us}]",
        "line 5: dusk: shows: names what shows it",
    ),
    "a recall of nobody knows what": (
        "exclusions: [{id: dusk, name: {zh: 暮, en: dusk}, rule: {zh: 暮, en: dusk}, seen_by: class, shows: [sun], recall: 0.5, reason: permit, source: us}]",
        "line 5: dusk: recall: belongs to what is seen, and needs measured_on",
    ),
    "a form that is no expression": (
        "tables: [{id: ours, title: {zh: 表, en: t}, form: '(', digits: {zh: 位, en: d}, source: us, second_hand: false}]",
        "line 5: ours: form: is no regular expression",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HEADS)
def test_a_fault_beside_the_kinds(name: str) -> None:
    head, what = HEADS[name]
    with pytest.raises(CatalogueError) as caught:
        read("", head)
    assert str(caught.value).startswith(f"city.yaml: {what}")


def test_what_no_machine_may_raise_is_not_taken_out_of_a_table() -> None:
    head = "tables: [{id: GB/T 47678.5-2026, people_only: {'09020': {zh: 市场, en: the market}}}]\nkinds:"
    table = read("", head.replace("kinds:", "kinds: []")).table("GB/T 47678.5-2026")
    assert table is not None
    assert set(table.people_only) == {"09003", "09020"}
    with pytest.raises(CatalogueError, match=r"09003 of GB/T 47678\.5-2026 is for people alone: begging"):
        read("  - {id: V4, codes: [{table: GB/T 47678.5-2026, code: '09003', source: x, verify_with_official_text: true}]}", head)


def test_a_number_of_a_city_s_own_table_that_is_begging_there() -> None:
    table = "{id: ours, title: {zh: 表, en: t}, form: '[0-9]+', digits: {zh: 位, en: d}, source: us, second_hand: false"
    kinds = "  - {id: V4, codes: [{table: ours, code: '675', source: us, verify_with_official_text: false}]}"
    with pytest.raises(CatalogueError, match="675 of ours is for people alone: begging and vagrancy"):
        read(kinds, f"tables: [{table}, matters: {{'675': 流浪乞讨}}}}]\nkinds:")
    with pytest.raises(CatalogueError, match=r"09003 of ours is for people alone: 09003 of GB/T 47678\.5-2026"):
        read(kinds.replace("675", "09003"), f"tables: [{table}, matters: {{'1': 市场}}}}]\nkinds:")
    assert read(kinds.replace("675", "09003"), f"tables: [{table}, matters: {{'09003': 市场}}}}]\nkinds:").kind("V4") is not None
    assert read(kinds, f"tables: [{table}}}]\nkinds:").kind("V4") is not None, "three digits of a vendor are a city's own as well"


def test_an_exclusion_whose_reason_a_lone_catalogue_lacks() -> None:
    text = city(OWN + "    exclusions: [unloading]\n").replace("extends: shipped\n", "reasons: []\n")
    with pytest.raises(CatalogueError, match=r"line 17: J1: exclusions\[0\]: 'unloading' is rejected for 'unloading', which is no reason of this catalogue"):
        read_catalogue(text, "city.yaml")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("", "line 1: is empty", id="nothing"),
        pytest.param("- 1", "line 1: is no catalogue; it begins with `version:`", id="a list"),
        pytest.param("version: [", "line 2: is no YAML", id="a bracket left open"),
        pytest.param("a: 1\nb: {c", "line 3: is no YAML", id="a brace left open"),
        pytest.param("!!python/object:os.system x", "line 1: ", id="a tag that would run something"),
        pytest.param("a: \x01", "line 1: is no YAML", id="a sign that YAML does not know"),
        pytest.param("version: a\nversion: b", "line 2: the key 'version' is there twice", id="a key twice"),
        pytest.param("? [a]\n: b", "line 1: has a key that is no text", id="a key that is a list"),
        pytest.param("[" * 5000, "line 1: is no YAML (exceeded maximum nesting depth)", id="nested without end"),
        pytest.param("version: a", "line 1: kinds: is missing (and 1 more", id="no kinds"),
        pytest.param("version: a\nextends: other\nkinds: []", "line 2: extends: is 'other'; what can be extended is `shipped`", id="extends what is not there"),
        pytest.param("version: 2026.12\nextends: shipped\nkinds: []", "line 1: version: is the shipped catalogue's", id="the shipped version"),
    ],
)
def test_what_is_no_catalogue_at_all(text: str, what: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(text, "city.yaml")
    assert str(caught.value).startswith(f"city.yaml: {what}")
    assert "\n" not in str(caught.value)


def test_all_faults_are_found_in_the_order_of_lines() -> None:
    text = city("  - {id: V6, supporting: [bicicle]}\n  - {id: V4, exclusions: [unload], confusion: [V99]}")
    catalogue, _, faults = parse_catalogue(text, "city.yaml")
    assert catalogue is None
    assert [(fault.line, fault.kind, fault.field) for fault in faults] == [(6, "V6", "supporting[0]"), (7, "V4", "confusion[0]"), (7, "V4", "exclusions[0]")]


def test_an_id_given_twice_is_one_fault_beside_the_others() -> None:
    text = city("  - {id: V4, enabled: true}\n  - {id: V4, enabled: false}\n  - {id: v5}\n  - {id: V6, supporting: [bicicle]}\n")
    catalogue, _, faults = parse_catalogue(text + "exclusions:\n  - {id: Unloading}\n", "city.yaml")
    assert catalogue is None
    assert [(fault.line, fault.kind, fault.field) for fault in faults] == [
        (7, "V4", "id"), (8, "v5", "id"), (9, "V6", "supporting[0]"), (11, "Unloading", "id"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["nothing", "folder", "not text", "gigantic"])
def test_a_file_that_cannot_be_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "city.yaml"
    if kind == "folder":
        path.mkdir()
    elif kind == "not text":
        path.write_bytes(b"\xff\xfe\x00")
    elif kind == "gigantic":
        with path.open("wb") as file:
            file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(CatalogueError, match=r"city\.yaml: cannot be read as a catalogue"):
        load_catalogue(path)


def test_a_catalogue_is_data_that_reads_back_as_itself() -> None:
    shipped: dict[str, Any] = load_catalogue().model_dump(mode="json")
    assert Catalogue.model_validate(shipped) == load_catalogue()


def test_the_example_of_the_docs_is_sound() -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", (REPO / "docs" / "kinds.md").read_text(encoding="utf-8"), re.S)
    found = read_catalogue(example, "docs/kinds.md")
    assert [kind.id for kind in found.kinds if kind.origin == "own"] == ["J1"]
    assert [kind.id for kind in found.kinds if kind.enabled] == ["V2", "V3", "V4", "J1"]


def test_the_docs_list_every_kind_as_it_is() -> None:
    text = (REPO / "docs" / "kinds.md").read_text(encoding="utf-8")
    rows = {row[0]: row for row in ([cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| V"))}
    assert list(rows) == [kind.id for kind in load_catalogue().kinds]
    for kind in load_catalogue().kinds:
        _, _, standing, made, dwell, numbers = rows[kind.id]
        assert standing.replace("*", "").split(",")[0].replace(" ", "_") == kind.standing
        assert kind.standing == "proven" or "on" not in standing.split(", ")
        assert {name for name in kind.classes if kind.id != "V17"} == set(re.findall(r"`([a-z_]+)`", made))
        assert dwell.startswith(f"{kind.dwell_seconds:g} s") or (kind.id, dwell) == ("V8", "24 h")
        assert all(code.code in numbers for code in kind.codes if code.table.startswith("GB/T"))


def test_the_readme_tells_in_both_languages_which_kinds_are_proven() -> None:
    lines = (REPO / "README.md").read_text(encoding="utf-8").splitlines()
    (zh,) = [line for line in lines if line.startswith("经实景照片证实的类别：")]
    (en,) = [line for line in lines if line.startswith("Proven on photographs: ")]
    kinds = load_catalogue().kinds
    proven = [kind.id for kind in kinds if not kind.leads_only]
    assert re.findall(r"V\d+", zh) == re.findall(r"V\d+", en) == proven
    others = [kind for kind in kinds if kind.leads_only]
    assert f"其余 {len(others)} 类默认关闭，开启后仅产生 C 级线索" in zh
    assert f"the other {len(others)} kinds are off and give leads (grade C) only" in en
    assert not any(kind.enabled for kind in others)
