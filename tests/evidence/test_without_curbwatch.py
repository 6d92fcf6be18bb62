"""The check that shares no code with curbwatch (docs/check.mjs) says of exports what `evidence verify` says."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.evidence.archive import Archive
from tests.evidence.tamper import cut_off, put, selected, without
from tests.evidence.test_tampering import TAMPERINGS
from tests.evidence.test_tampering_around import ALONE, AROUND
from tests.evidence.test_tampering_signatures import SIGNATURES

CHECK = Path(__file__).parents[2] / "docs" / "check.mjs"
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs the node command")


def checked(folder: Path, keys: Path) -> tuple[int, list[str]]:
    """Exit status and lines."""
    done = subprocess.run(["node", str(CHECK), str(folder), str(keys)], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout.splitlines()


def key_file(archive: Archive) -> Path:
    path = archive.root.parent / "city.pub"
    path.write_text("".join(f"{key}\n" for key in archive.keys), encoding="utf-8")
    return path


def test_an_export_with_withheld_files_is_in_order(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    status, lines = checked(archive.root, key_file(archive))
    assert lines == [
        "3 packets, 8 entries of the log, 22 files; made at 2026-11-25T04:00:00+00:00 by auditor for audit: nothing fails",
    ]
    assert status == 0


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((), "check.mjs: takes two arguments"),
        (("export",), "check.mjs: takes two arguments"),
        (("nothing", "city.pub"), "nothing: is no folder; unpack the export first"),
        (("city.pub", "city.pub"), "city.pub: is no folder; unpack the export first"),
        (("export", "nothing.pub"), "nothing.pub: is no file"),
    ],
)
def test_how_it_is_called(tmp_path: Path, given: tuple[str, ...], told: str) -> None:
    (tmp_path / "export").mkdir()
    (tmp_path / "city.pub").touch()
    done = subprocess.run(["node", str(CHECK), *given], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, lines[0], len(lines)) == (2, "", told, 2)
    assert lines[1].startswith("usage: node check.mjs EXPORT KEYS")


ROWS = (
    "a byte of a picture", "a picture removed", "the dwell", "a manifest changed and signed again", "a receipt's time", "who decided", "the last row removed",
    "a head's hash", "a record of deletion", "a statement by the worker", "a confession in a folder of keys", "the words to the reader",
    "all receipts taken out", "999 nanoseconds more", "a decision redacted", "a packet left out by whoever signs", "a packet called deleted by whoever signs",
    "a chain rewritten and its receipts thrown away", "a chain rewritten by worker and API", "a chain cut off by the API", "a packet that the API forgot",
    "a packet left out by whoever signs of an export of a time", "a receipt in the log without a time",
    "a packet that filled a gap and that the API forgot", "all packets of a worker that the API forgot", "a head of a worker removed",
    "a row that SQL added", "a row that SQL added with a made up signature",
    "a row that SQL added with the worker's signature", "a row that SQL added with a stranger's signature", "the last signature taken out",
    "two signatures swapped", "a signature twice", "a signature with words beside", "all signatures taken out", "signatures that no statement tells of",
)  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_tamperings_are_found_without_curbwatch_too(name: str, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    keys = key_file(archive)
    tamper, _ = {**TAMPERINGS, **AROUND, **SIGNATURES}[name]
    tamper(archive)
    status, lines = checked(archive.root, keys)
    assert status == 1
    assert lines[-1].endswith(" faults")


@pytest.mark.parametrize("name", ALONE)
def test_what_only_a_worker_s_head_finds(name: str, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    keys = key_file(archive)
    cut_off(archive)
    assert checked(archive.root, keys)[0] == 0
    archive = Archive.made(tmp_path / "tampered")
    keys = key_file(archive)
    ALONE[name](archive)
    status, lines = checked(archive.root, keys)
    assert (status, len(lines)) == (1, 2), lines
    assert lines[0].startswith(f"heads/{archive.worker_head}.json: ")


@pytest.mark.parametrize(("seconds", "status"), [(2.000001, 1), (2, 0)])
def test_a_selection_is_held_against_the_log_to_the_microsecond(seconds: float, status: int, tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    selected(archive, 2, 3, until=seconds)
    found, lines = checked(archive.root, key_file(archive))
    assert (found, any(line.startswith("log entry 3: received the manifest ") for line in lines)) == (status, status == 1), lines
    assert f"note: {2 - status} packets of the log came at another time than was asked for" in lines


def test_of_cases_it_is_told_that_the_log_cannot_tell(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export", caseless=True)
    selected(archive, 2, cases=["a" * 32])
    status, lines = checked(archive.root, key_file(archive))
    assert status == 0
    assert "note: 1 packets of the log are not here, and no entry says of which case they are" in lines


def test_nothing_is_read_through_a_link(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    keys = key_file(archive)
    manifest = archive.packet(1) / "manifest.json"
    manifest.rename(tmp_path / "elsewhere.json")
    manifest.symlink_to(tmp_path / "elsewhere.json")
    status, lines = checked(archive.root, keys)
    assert status == 1
    assert any("is a link" in line for line in lines)


def test_a_chain_rewritten_by_its_worker_and_told_anew_by_the_api_does_not_fit_what_others_kept(tmp_path: Path) -> None:
    """Even where the API itself lists and states what it changed, each link has its own check."""
    archive = Archive.made(tmp_path / "export")
    keys = key_file(archive)
    folder = archive.packet(2)
    manifest = archive.shop.manifest(folder)
    manifest["place"]["shop"] = "x"
    archive.shop.sign(folder, manifest)
    archive.state()
    status, lines = checked(archive.root, keys)
    assert status == 1
    assert f"packets/{folder.name}/receipt.json: is for another manifest" in lines
    assert any("the manifest before it is another" in line for line in lines)


def test_what_a_revoked_key_signed_later_and_a_file_outside_are_named(tmp_path: Path) -> None:
    archive = Archive.made(tmp_path / "export")
    keys = key_file(archive)
    keys.write_text(keys.read_text("utf-8").replace("worker:w1", "worker:w1 until=2026-11-25T03:00:00+00:00"), encoding="utf-8")
    put(archive, "beside.tsr")
    without(archive, "README.txt")
    status, lines = checked(archive.root, keys)
    assert status == 1
    assert sum("came after its worker's key was revoked" in line for line in lines) == 3
    assert {"beside.tsr: nothing names it", "README.txt: is missing, or was changed"} <= set(lines)
