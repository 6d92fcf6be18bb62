from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from evidence.errors import CatalogueError
from evidence.kinds import load_catalogue, read_catalogue
from evidence.views import KindOverride, ZoneKind


def test_the_shipped_catalogue() -> None:
    catalogue = load_catalogue()
    assert [(kind.id, kind.slug, kind.name.zh) for kind in catalogue.kinds] == [
        ("V2", "stall_on_public_way", "占道经营"),
        ("V3", "out_of_store_trading", "店外经营"),
    ]
    stall, goods = catalogue.kinds
    assert (stall.attendance, stall.line, stall.dwell_seconds) == ("required", None, 300)
    assert (goods.attendance, goods.line, goods.dwell_seconds) == ("off", "beyond", 600)
    assert ZoneKind.WHOLE in stall.zones
    assert all(code.verify_with_official_text for kind in catalogue.kinds for code in kind.codes), "no code was compared with the official text yet"
    assert len({reason.id for reason in catalogue.reasons}) == len(catalogue.reasons) == 9


def test_kinds_by_their_id() -> None:
    catalogue = load_catalogue()
    found = catalogue.kind("V3")
    assert found is not None
    assert found.name.en == "out-of-store trading"
    assert catalogue.kind("V99") is None


def test_an_override_changes_its_kind_and_says_so() -> None:
    before = load_catalogue()
    after = before.overridden({"V2": KindOverride(dwell_seconds=20, minimum_looks=5)}, "scene.yaml")
    stall, goods = after.kinds
    assert (stall.dwell_seconds, stall.overridden) == (20, ("dwell_seconds",))  # minimum_looks is 5 anyway
    assert goods is before.kinds[1]
    again = after.overridden({"V2": KindOverride(grace_seconds=9)}, "view")
    assert again.kinds[0].overridden == ("dwell_seconds", "grace_seconds")
    assert before.kinds[0].dwell_seconds == 300


def test_an_override_of_nothing() -> None:
    with pytest.raises(CatalogueError) as caught:
        load_catalogue().overridden({"V9": KindOverride()}, "scene.yaml")
    assert str(caught.value) == "scene.yaml: kinds.V9: there is no kind 'V9'; there are V2, V3"


def shipped() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "evidence" / "catalogue.yaml").read_text(encoding="utf-8"))
    return found


BAD: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "unknown key": (lambda data: data.update(colour=1), "colour: is not a known key"),
    "no version": (lambda data: data.pop("version"), "version: is missing"),
    "version a number": (lambda data: data.update(version=2026.11), "version: Input should be a valid string"),
    "kinds a mapping": (lambda data: data.update(kinds={}), "kinds: Input should be a valid tuple"),
    "kind without a name": (lambda data: data["kinds"][1].pop("name"), "kinds.1.name: is missing"),
    "name without Chinese": (lambda data: data["kinds"][0]["name"].pop("zh"), "kinds.0.name.zh: is missing"),
    "nothing that makes it": (lambda data: data["kinds"][0].update(objects=[]), "kinds.0.objects: Tuple should have at least 1 item"),
    "nowhere": (lambda data: data["kinds"][0].update(zones=[]), "kinds.0.zones: Tuple should have at least 1 item"),
    "unknown zone": (lambda data: data["kinds"][0].update(zones=["moon"]), "kinds.0.zones.0: Input should be 'carriageway'"),
    "attendance yes": (lambda data: data["kinds"][0].update(attendance=True), "kinds.0.attendance: Input should be 'off' or 'required'"),
    "dwell of nothing": (lambda data: data["kinds"][0].update(dwell_seconds=0), "kinds.0.dwell_seconds: Input should be greater than 0"),
    "one look": (lambda data: data["kinds"][0].update(minimum_looks=1), "kinds.0.minimum_looks: Input should be greater than or equal to 2"),
    "score of one": (lambda data: data["kinds"][0].update(minimum_score=1), "kinds.0.minimum_score: Input should be less than 1"),
    "unknown exclusion": (lambda data: data["kinds"][0].update(exclusions=["rain"]), "kinds.0.exclusions.0: Input should be 'permit'"),
    "a code a number": (lambda data: data["kinds"][0]["codes"][0].update(code=9006), "kinds.0.codes.0.code: Input should be a valid string"),
    "one kind twice": (lambda data: data["kinds"].append(data["kinds"][0]), "the kind 'V2' is there twice"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_catalogue_is_one_line_with_the_field(name: str) -> None:
    change, what = BAD[name]
    data = shipped()
    change(data)
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(yaml.safe_dump(data, allow_unicode=True), "city.yaml")
    assert str(caught.value).startswith(f"city.yaml: {what}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "document: Input should be a valid dictionary"),
        ("- 1", "document: Input should be a valid dictionary"),
        ("version: [", "not YAML (line 1): "),
        ("a: 1\nb: {c", "not YAML (line 2): "),
        ("!!python/object:os.system x", "not YAML (line 1): could not determine a constructor"),
        ("a: \x01", "not YAML: "),
        ("version: 2026-99-99", "not YAML: month must be in 1..12"),
        ("version: a\nversion: b", "not YAML (line 2): the key 'version' is there twice"),
        ("? [a]\n: b", "not YAML (line 1): found unhashable key"),
        ("[" * 5000, "not YAML: is nested too deep"),
        ("&a [*a]", "document: Input should be a valid dictionary"),
    ],
)
def test_what_is_no_catalogue_at_all(text: str, what: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(text, "city.yaml")
    assert str(caught.value).startswith(f"city.yaml: {what}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["nothing", "folder", "not text"])
def test_a_file_that_cannot_be_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "city.yaml"
    if kind == "folder":
        path.mkdir()
    elif kind == "not text":
        path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CatalogueError, match=r"city\.yaml: cannot be read as a catalogue"):
        load_catalogue(path)
