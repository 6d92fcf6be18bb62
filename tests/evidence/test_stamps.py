"""Time stamps by an authority of one's own: OpenSSL answers, another implementation checks."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509 import Certificate

from curbwatch.stamping import stamp_below
from evidence.errors import KeyFileError
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
    for data, document, trusted in (
        (good, {**DOCUMENT, "index": 8}, roots),
        (bytes(changed), DOCUMENT, roots),
        (good[:-40], DOCUMENT, roots),
        (b"", DOCUMENT, roots),
        (good, DOCUMENT, roots_of(tmp_path / "stranger")),
    ):
        with pytest.raises(StampError, match="is no good time stamp of this document: "):
            stamped_at(data, document, trusted)


def test_packets_and_heads_are_stamped_over_http_and_verified(authority: Path, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    with serving(authority) as url:
        made = stamp_below(archive.root, url)
        assert stamp_below(archive.root, url) == [], "what has a stamp keeps it"
    assert sorted(path.name for path in made) == ["manifest.tsr"] * 3 + ["now.tsr", "w1-2026-11-25.tsr"]
    unchecked = verify_path(archive.root, archive.keys)
    assert unchecked.ok
    assert any("give its authority's root certificate" in note for note in unchecked.notes)
    report = verify_path(archive.root, archive.keys, roots=roots_of(authority))
    assert faults(report) == []
    assert all(packet.stamped_at is not None for packet in report.packets)
    assert any(note.startswith("heads/now.json was there at ") for note in report.notes)
    shutil.copy(archive.packet(1) / "manifest.tsr", archive.packet(2) / "manifest.tsr")
    shutil.copy(archive.path("heads/w1-2026-11-25.tsr"), archive.root / "heads" / "now.tsr")
    found = faults(verify_path(archive.root, archive.keys, roots=roots_of(authority)))
    assert [fault.partition(":")[0] for fault in found] == ["stamp manifest.tsr", "stamp heads/now.tsr"]


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
