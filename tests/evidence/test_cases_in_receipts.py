"""A receipt says to which case a manifest came: a packet that is moved to another case is found in an export, by `evidence verify` and without curbwatch."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from evidence.canonical import canonical_json, manifest_sha256, sha256_hex
from evidence.packet import Receipt
from evidence.signing import SigningKey, receipt_sha256, signed_receipt, verify_receipt_json
from evidence.verify import verify_path
from tests.evidence.archive import ERASED, Archive
from tests.evidence.shop import NOON, faults
from tests.evidence.tamper import selected
from tests.evidence.test_without_curbwatch import checked, key_file

KEY = SigningKey.generate()
FIRST, SECOND = (f"{number:032x}" for number in range(2))


def told(path: Path, archive: Archive) -> list[str]:
    """What `evidence verify` finds; the check that shares no code with it agrees on whether anything is wrong."""
    found = faults(verify_path(archive.root, archive.keys))
    if shutil.which("node") is not None:
        status, lines = checked(path, key_file(archive))
        assert (status, len(lines) > 1) == ((1, True) if found else (0, lines[0].startswith("note: "))), lines
    return found


def receipt(case_id: str | None) -> Receipt:
    return signed_receipt(KEY, manifest_sha256="ab" * 32, received_at=NOON, log_index=7, previous_sha256="cd" * 32, case_id=case_id)


@pytest.mark.parametrize(("case_id", "schema"), [(FIRST, "curbwatch.receipt/3"), (None, "curbwatch.receipt/2")])
def test_a_receipt_names_the_case_under_its_signature_and_one_of_before_has_no_such_field(case_id: str | None, schema: str) -> None:
    document = receipt(case_id).model_dump(mode="json")
    assert document["schema"] == schema
    assert document.get("case_id", None) == case_id
    assert ("case_id" in document) == (case_id is not None)
    assert verify_receipt_json(document, KEY.public_key) == receipt(case_id)
    assert receipt_sha256(receipt(case_id)) != receipt_sha256(receipt(SECOND))


@pytest.mark.parametrize("change", [{"schema": "curbwatch.receipt/2"}, {"case_id": None}, {"case_id": "x"}, {"schema": "curbwatch.receipt/3", "case_id": ""}])
def test_a_receipt_of_either_schema_has_what_belongs_to_it(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Receipt.model_validate(receipt(FIRST).model_dump(mode="json") | change)


def test_an_export_of_cases_that_leaves_one_of_their_packets_out(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    selected(archive, 2, 3, cases=[FIRST])
    assert told(archive.root, archive) == []
    archive = Archive.made(tmp_path / "less")
    selected(archive, 2, 3, cases=[FIRST, SECOND])
    assert told(archive.root, archive) == [
        f"export log/log.jsonl entry 3: received the manifest {archive.documents[2]['manifest_sha256'][:12]}… of a case that was asked for, "
        "which is neither here nor deleted: the export leaves it out"
    ]


def test_an_export_of_a_case_with_another_case_s_packet(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    selected(archive, 3, cases=[FIRST])
    assert [one.split(": ", 1)[1] for one in told(archive.root, archive)] == [f"came to the case {SECOND}, which was not asked for: it was moved"]


@pytest.mark.parametrize(
    ("case_id", "named", "what"),
    [
        ("c" * 32, 9, None),
        ("d" * 32, 9, f"deletes a packet that came to the case {'d' * 32} (entry 9 of the log): it was moved"),
        ("c" * 32, 5, "deletes a packet as that of entry 5 of the log, which received another manifest"),
    ],
)
def test_a_record_that_deletes_another_case_s_packet(case_id: str, named: int, what: str | None, tmp_path: Path) -> None:
    """The deleted packet came to a case of its own, by the log; whoever moved it to the case whose time was over had it deleted by rule."""
    archive = Archive.made(tmp_path / "export")
    entry = signed_receipt(
        archive.shop.api, manifest_sha256=str(ERASED["manifest_sha256"]), received_at=NOON, case_id=case_id, log_index=9, previous_sha256=archive.last
    )
    assert entry.log_index == len(archive.documents) + 1
    archive.documents.append(entry.model_dump(mode="json", exclude={"signature"}))
    record = {
        "schema": "curbwatch.erasure/1", "case_id": "c" * 32, "done_at": NOON.isoformat(),
        "packets": [ERASED | {"key_id": archive.shop.worker.key_id, "receipt_log_index": named}],
    }  # fmt: skip
    archive.path("erasures/*.json").unlink()
    archive.log("erasure", {"case_id": record["case_id"], "record_sha256": sha256_hex(canonical_json(record))})
    name = f"{record['case_id']}-{len(archive.documents)}"
    archive.put(f"erasures/{name}.json", archive.signed("record", record))
    archive.write_log()
    archive.heads()
    archive.state(lambda statement: (statement["erased"][0].update(erasure=name), statement.update(erasures=[name])))
    expected = [] if what is None else [f"log erasures/{name}.json: {what}"]
    assert told(archive.root, archive) == expected
    assert manifest_sha256(archive.shop.manifest(archive.packet(1))) == archive.documents[0]["manifest_sha256"]
