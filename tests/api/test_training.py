"""What decided cases teach leaves as a training set: crops with boxes in YOLO form, signed, logged, of the own districts, and none whose time is over."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from api import housekeeping
from api.lessons import is_for_validation
from api.roles import Role
from evidence.canonical import sha256_hex
from evidence.packet import Phase, Signature

from .conftest import JPEG, START, Packet, Site
from .desks import Person, person

FILES = Packet().files
BOTH = pytest.mark.parametrize("store", ["files", "server"], indirect=True)
TRAINED = next(f"gate-{number}" for number in range(100) if not is_for_validation(f"gate-{number}"))
VALIDATED = next(f"gate-{number}" for number in range(100) if is_for_validation(f"gate-{number}"))


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """Either store where its SQL is of interest, else the quicker one."""
    return str(getattr(request, "param", "files"))


def cut(name: str, *roles: str) -> Packet:
    """A packet of a stay of its own, with a cutting of each role; each is another picture."""
    cuttings = tuple((f"cutting_{role}", f"cutting_{role}.jpg", JPEG + f"{name} {role}".encode(), "image/jpeg") for role in roles)
    return Packet(stay=name, files=(*FILES, *cuttings))


async def decided(site: Site, packet: Packet, **told: Any) -> str:
    case_id: str = (await site.deliver(packet))["case_id"]
    await person(site, f"decider of {case_id[:6]} {packet.phase.value}").decide(case_id, **told)
    return case_id


class Unpacked:
    """A training set as it came."""

    def __init__(self, data: bytes) -> None:
        self.archive = zipfile.ZipFile(io.BytesIO(data))
        assert self.archive.testzip() is None
        self.names = self.archive.namelist()

    def read(self, name: str) -> bytes:
        return self.archive.read(name)

    @property
    def examples(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.read("examples.jsonl").splitlines()]

    @property
    def statement(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.read("training-set.json"))
        return told


async def taken(who: Person, **query: Any) -> Unpacked:
    return Unpacked((await who.ask("GET", "/training-set", params=query)).content)


@pytest.fixture
def ada(site: Site) -> Person:
    return person(site, "ada", Role.ADMIN, unit="city")


@BOTH
async def test_boxes_and_reasons_leave_in_yolo_form(site: Site, ada: Person) -> None:
    confirmed = cut("a", "first", "confirming").but(camera=TRAINED)
    await decided(site, confirmed, action="confirm")
    await decided(site, cut("b", "confirming").but(camera=VALIDATED), action="reject", reason="static_fixture")
    await decided(site, cut("c", "confirming").but(camera=TRAINED, xyxy=(0.6, 0.1, 0.8, 0.3)), action="reject", reason="not_a_violation")
    await site.deliver(cut("d", "confirming").but(camera=TRAINED, xyxy=(0.6, 0.6, 0.8, 0.8)))
    found = await taken(ada)
    assert sorted((one["use"], one["split"], one["state"], one["reason"]) for one in found.examples) == [
        ("negative", "val", "rejected", "static_fixture"),
        ("positive", "train", "confirmed", None),
        ("positive", "train", "confirmed", None),
        ("unlabelled", "train", "rejected", "not_a_violation"),
    ]
    names = found.read("data.yaml").decode().partition("names:\n")[2].splitlines()
    stall = next(number for number, line in enumerate(names) if line.strip() == f'{number}: "stall"')
    for one in found.examples:
        data = found.read(one["file"])
        assert hashlib.sha256(data).hexdigest() == one["sha256"]
        label = one["file"].replace("images/", "labels/").replace(".jpg", ".txt")
        if one["use"] == "positive":
            assert found.read(label).decode().split() == [str(stall), "0.500000", "0.500000", "0.500000", "0.750000"]
        elif one["use"] == "negative":
            assert found.read(label) == b"", "a picture of which nothing is to be found"
        else:
            assert one["file"].startswith("unlabelled/")
            assert label not in found.names
        assert one["delete_at"] > "2027-02-2"
    complete = json.loads(found.read("pictures.json"))
    origins = json.loads(found.read("origins.json"))
    assert set(complete) == set(origins) == {one["file"].rpartition("/")[2] for one in found.examples if one["use"] != "unlabelled"}
    assert {tuple(classes) for classes in complete.values()} == {("stall",)}, "of other classes nobody said whether they are there"
    assert set(origins.values()) == {TRAINED, VALIDATED}
    everything = b"".join(found.read(name) for name in found.names).decode(errors="replace")
    assert "decider of" not in everything, "who decided is nobody's business here"


async def test_the_empty_place_shows_nothing_that_is_learned(site: Site, ada: Person) -> None:
    case_id = (await site.deliver(cut("a", "confirming")))["case_id"]
    await site.deliver(cut("a", "gone").but(phase=Phase.ENDED, minutes=20))
    await person(site, "anna").decide(case_id, action="confirm")
    found = await taken(ada)
    gone = next(one for one in found.examples if one["role"] == "cutting_gone")
    assert (gone["use"], gone["class"]) == ("negative", None)
    assert len(json.loads(found.read("pictures.json"))[gone["file"].rpartition("/")[2]]) > 10


@pytest.mark.parametrize("reason", ["unseen", "replaced", "too_few", "allowed", "breach_over"])
async def test_a_place_that_nobody_saw_empty_is_no_lesson(site: Site, ada: Person, reason: str) -> None:
    case_id = (await site.deliver(cut("a", "confirming")))["case_id"]
    ended = cut("a", "gone").but(phase=Phase.ENDED, minutes=20)
    await site.deliver(ended.but(changes={"ending": ended.manifest()["ending"] | {"reason": reason}}))
    await person(site, "anna").decide(case_id, action="confirm")
    gone = next(one for one in (await taken(ada)).examples if one["role"] == "cutting_gone")
    assert (gone["use"], gone["class"], gone["file"].partition("/")[0]) == ("unlabelled", None, "unlabelled")


async def test_what_was_decided_anew_teaches_what_stands(site: Site, ada: Person) -> None:
    case_id = (await site.deliver(cut("a", "confirming")))["case_id"]
    anna = person(site, "anna")
    await anna.decide(case_id, action="confirm")
    await anna.decide(case_id, action="undo")
    assert (await taken(ada)).examples == []
    await anna.decide(case_id, action="reject", reason="permit")
    await anna.decide(case_id, action="reopen")
    await anna.decide(case_id, action="reject", reason="static_fixture")
    assert [(one["use"], one["reason"]) for one in (await taken(ada)).examples] == [("negative", "static_fixture")]


async def test_a_kind_that_people_changed_teaches_nothing_of_a_class_that_does_not_make_it(site: Site, ada: Person) -> None:
    case_id = (await site.deliver(cut("a", "confirming")))["case_id"]
    await person(site, "anna").decide(case_id, action="change_kind", kind="V7")
    await person(site, "otto").decide(case_id, action="confirm")
    assert [(one["use"], one["kind"], one["claimed_kind"]) for one in (await taken(ada)).examples] == [("unlabelled", "V7", "V2")]


async def test_it_is_signed_and_logged_and_its_list_of_files_is_whole(site: Site, ada: Person) -> None:
    await decided(site, cut("a", "confirming"), action="confirm")
    found = await taken(ada, kind="V2")
    told = found.statement
    site.api.key.public_key.verify(told["training_set"], Signature.model_validate(told["signature"]))
    sums = found.read("SHA256SUMS")
    listed = dict(reversed(line.split("  ")) for line in sums.decode().splitlines())
    assert told["training_set"]["files"] == {"count": len(listed), "sha256": sha256_hex(sums)}
    assert set(listed) == set(found.names) - {"SHA256SUMS", "training-set.json"}
    assert all(hashlib.sha256(found.read(name)).hexdigest() == sha256 for name, sha256 in listed.items())
    assert (told["training_set"]["by"], told["training_set"]["unit"], told["training_set"]["counts"]) == ("ada", "city", {"positive": 1, "positive stall": 1})
    with site.api.database.read() as connection:
        (text,) = connection.exec_driver_sql("SELECT document FROM log WHERE event = 'export' ORDER BY log_index DESC LIMIT 1").one()
    entry = json.loads(text)
    assert (entry["by"], entry["purpose"], entry["what"], entry["selection"]["kinds"]) == ("ada", "training", "training_set", ["V2"])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"kind": "V3"}, 0),
        ({"kind": ["V2", "V3"]}, 2),
        ({"since": (START + timedelta(hours=2)).isoformat()}, 1),
        ({"until": (START + timedelta(hours=2)).isoformat()}, 1),
    ],
    ids=["all", "of another kind", "of two kinds", "decided later", "decided before"],
)
async def test_what_is_chosen(site: Site, ada: Person, query: dict[str, Any], count: int) -> None:
    await decided(site, cut("a", "confirming"), action="confirm")
    site.clock.forward(hours=2)
    await decided(site, cut("b", "confirming").but(xyxy=(0.6, 0.1, 0.8, 0.3)), action="confirm")
    assert len((await taken(ada, **query)).examples) == count


async def test_of_the_own_districts_and_by_right(site: Site, ada: Person) -> None:
    await ada.ask("PUT", "/cameras/gate-1", json={"url": "rtsp://gate-1.example/1", "district": "east", "worker": "worker-1"})
    await decided(site, cut("a", "confirming"), action="confirm")
    west = person(site, "wu", Role.ADMIN, districts=frozenset({"west"}))
    assert (await taken(west)).examples == []
    assert len((await taken(person(site, "lin", Role.ADMIN, districts=frozenset({"east"})))).examples) == 1
    await person(site, "anna").ask("GET", "/training-set", 403)
    await ada.ask("GET", "/training-set", 422, params={"kind": "V99"})


async def test_a_first_decision_under_seal_teaches_nothing_yet(site: Site, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.double_review.sampler", lambda *_: lambda _: True)
    case_id = (await site.deliver(cut("a", "confirming")))["case_id"]
    await person(site, "anna").decide(case_id, action="confirm")
    assert (await taken(ada)).examples == []
    await person(site, "otto").decide(case_id, action="confirm")
    assert len((await taken(ada)).examples) == 1


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(b"x")], ids=["missing", "damaged"])
async def test_a_cutting_that_is_not_what_it_was_is_left_out_and_counted(site: Site, ada: Person, harm: Callable[[Any], None]) -> None:
    packet = cut("a", "first", "confirming")
    await decided(site, packet, action="confirm")
    sha256 = hashlib.sha256(packet.files[-1][2]).hexdigest()
    (path,) = (site.api.settings.data_dir / "evidence").rglob(f"*{sha256[-40:]}")
    path.chmod(0o600)
    harm(path)
    found = await taken(ada)
    assert [one["role"] for one in found.examples] == ["cutting_first"]
    assert found.statement["training_set"]["counts"]["missing"] == 1


async def test_evidence_that_was_deleted_teaches_no_more(site: Site, ada: Person) -> None:
    await decided(site, cut("a", "confirming"), action="reject", reason="static_fixture")
    site.clock.forward(days=31)
    assert housekeeping.retain(site.api).erased == 1
    assert (await taken(ada)).examples == []
