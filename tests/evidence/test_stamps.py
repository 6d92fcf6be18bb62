"""Time stamps by an authority of one's own: OpenSSL answers, another implementation checks."""

from __future__ import annotations

import re
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import Certificate

from curbwatch.stamping import stamp_below
from evidence.errors import KeyFileError, VerifyError
from evidence.stamps import StampError, read_roots, stamp_request, stamped_at
from evidence.verify import verify_path
from tests.evidence.archive import Archive
from tests.evidence.authority import answer, made_authority, serving
from tests.evidence.shop import faults

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl command")
DOCUMENT = {"schema": "curbwatch.head/1", "index": 7}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The authority's folder."""
    folder = tmp_path_factory.mktemp("tsa") / "authority"
    made_authority(folder)
    return folder


def roots_of(authority: Path) -> list[Certificate]:
    return read_roots((authority / "root.pem").read_bytes(), "root.pem")


def test_a_stamp_tells_when_a_document_was_there(authority: Path) -> None:
    moment = stamped_at(answer(authority, stamp_request(DOCUMENT)), DOCUMENT, roots_of(authority))
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=2)


def test_what_is_no_good_stamp_is_said_in_one_line(authority: Path, tmp_path: Path) -> None:
    good, roots = answer(authority, stamp_request(DOCUMENT)), roots_of(authority)
    changed = bytearray(good)
    changed[-20] ^= 1
    made_authority(tmp_path / "stranger")
    for data, document, trusted, why in (
        (good, {**DOCUMENT, "index": 8}, roots, "it is over another document"),
        (bytes(changed), DOCUMENT, roots, "its authority's signature does not fit it"),
        (good[:-40], DOCUMENT, roots, "it is cut off, or no answer of a time stamping authority"),
        (b"", DOCUMENT, roots, "it is cut off, or no answer of a time stamping authority"),
        (good, DOCUMENT, roots_of(tmp_path / "stranger"), "its authority is none of those that are trusted (unable to get local issuer certificate); give "),
    ):
        with pytest.raises(StampError, match=f"is no good time stamp of this document: {re.escape(why)}") as caught:
            stamped_at(data, document, trusted)
        assert "Error" not in str(caught.value)


def stamps_of(archive: Archive) -> list[str]:
    return ["export.tsr", "heads/now.tsr", f"heads/{archive.worker_head}.tsr"]


def zipped(folder: Path, target: Path) -> Path:
    """The export as it is sent."""
    with zipfile.ZipFile(target, "w") as out:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            out.write(path, path.relative_to(folder).as_posix())
    return target


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_an_export_is_stamped_over_http_and_verified(authority: Path, tmp_path: Path, kind: str) -> None:
    archive = Archive.made(tmp_path / "export")
    path = archive.root if kind == "folder" else zipped(archive.root, tmp_path / "export.zip")
    with serving(authority) as url:
        made = stamp_below(path, url)
        assert stamp_below(path, url) == [], "what has a stamp keeps it"
    assert [name.removeprefix(f"{path}/") for name in made] == [
        *stamps_of(archive),
        *sorted(f"packets/{archive.packet(n).name}/manifest.tsr" for n in (1, 2, 3)),
    ]
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted({"export", path.name}), "no draft stays"
    unchecked = verify_path(path, archive.keys)
    assert unchecked.ok
    assert sum("give its authority's root certificate" in note for note in unchecked.notes) == 3
    report = verify_path(path, archive.keys, roots=roots_of(authority))
    assert faults(report) == []
    assert all(packet.stamped_at is not None for packet in report.packets)
    assert [note.partition(" was there at ")[0] for note in report.notes if " was there at " in note] == [
        "export.json",
        "heads/now.json",
        f"heads/{archive.worker_head}.json",
    ]


def test_stamps_that_were_swapped_are_named(authority: Path, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    with serving(authority) as url:
        stamp_below(archive.root, url)
    shutil.copy(archive.packet(1) / "manifest.tsr", archive.packet(2) / "manifest.tsr")
    shutil.copy(archive.path("heads/workers/*/*.tsr"), archive.root / "heads" / "now.tsr")
    archive.state(lambda statement: statement.update(purpose="court"))
    found = faults(verify_path(archive.root, archive.keys, roots=roots_of(authority)))
    assert [fault.partition(":")[0] for fault in found] == ["stamp manifest.tsr", "stamp export.tsr", "stamp heads/now.tsr"]
    found = faults(verify_path(archive.root, archive.keys))
    assert [fault.partition(":")[0] for fault in found] == ["stamp manifest.tsr", "stamp export.tsr", "stamp heads/now.tsr"]
    assert all("is no time stamp of this document, but of another one" in fault for fault in found), "no root is needed to tell that"


def test_a_stamp_that_the_api_sent_along_and_somebody_took_out_is_missed(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    archive.state(lambda statement: statement.update(stamps=["now"]))
    assert faults(verify_path(archive.root, archive.keys)) == ["export heads/now.tsr: is missing: export.json names the time stamp"]
    (archive.root / "heads" / "now.tsr").write_bytes(b"no stamp")
    (archive.root / "heads" / "other.tsr").write_bytes(b"of no head")
    found = faults(verify_path(archive.root, archive.keys))
    assert found[0].startswith("stamp heads/now.tsr: is no time stamp: ")
    assert found[1:] == ["file heads/other.tsr: lies in the export, but nothing names it"]


def test_an_archive_is_stamped_whole_or_stays_as_it_was(authority: Path, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    path = zipped(archive.root, tmp_path / "export.zip")
    before = path.read_bytes()
    with serving(authority, status=503) as url, pytest.raises(StampError, match=r"export\.json: the time stamping authority answers 503"):
        stamp_below(path, url)
    assert path.read_bytes() == before
    with pytest.raises(VerifyError, match="is neither a packet's folder"):
        stamp_below(archive.root / "export.json", "http://127.0.0.1:9/")


def test_an_authority_that_refuses_or_is_not_there_is_named(authority: Path, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    with serving(authority, status=503) as url, pytest.raises(StampError, match="the time stamping authority answers 503"):
        stamp_below(archive.root, url)
    with pytest.raises(StampError, match="the time stamping authority cannot be asked"):
        stamp_below(archive.root, "http://127.0.0.1:9/")
    assert not list(archive.root.rglob("*.tsr"))


def test_roots_that_are_none_are_refused() -> None:
    with pytest.raises(KeyFileError, match=r"x\.pem: holds no certificate in PEM form"):
        read_roots(b"no", "x.pem")
