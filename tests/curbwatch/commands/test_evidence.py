from __future__ import annotations

import json
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from api.database import Database
from api.schema import workers
from api.settings import DATABASE_NAME
from curbwatch.__main__ import main
from curbwatch.commands.evidence import evidence
from evidence.signing import SigningKey
from tests.api.stores import postgres_server, postgres_url
from tests.evidence.shop import Shop

__all__ = ["postgres_server", "postgres_url"]

REVOKED = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "packets")


def write_keys(shop: Shop, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{key}\n" for key in shop.keys), encoding="utf-8")
    return path


def test_verify_says_what_is_in_order(shop: Shop, tmp_path: Path) -> None:
    folder = shop.write()
    done = CliRunner().invoke(evidence, ["verify", str(shop.root), "--keys", str(write_keys(shop, tmp_path / "city.pub"))])
    assert done.exit_code == 0, done.output
    line, *notes, end = done.stdout.splitlines()
    assert line.startswith(
        f"ok     {folder.name} confirmed V2 of camera gate-3; 4 of 4 files, 0.0 MB; worker w1 no. 1, key {shop.worker.key_id}; received 2026-"
    )
    assert end == "1 packet verified, nothing fails"
    assert notes
    assert all(note.startswith("       note: claims grade B, bears C: ") for note in notes), "its files are none of a case"


def test_verify_names_what_fails(shop: Shop, tmp_path: Path) -> None:
    folders = [shop.write() for _ in range(3)]
    keys = write_keys(shop, tmp_path / "city.pub")
    (folders[0] / "clip.mp4").unlink()
    shutil.rmtree(folders[1])
    done = CliRunner().invoke(evidence, ["verify", str(shop.root), "--keys", str(keys)])
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert "       file clip.mp4: is missing (clip_confirmed, 560 bytes)" in lines
    assert any(line.startswith(f"FAULT  chain w1 (key {shop.worker.key_id}) 3: manifest 2 is missing before it") for line in lines)
    assert lines[-1] == "2 packets looked at, 2 faults"
    (folders[0] / "clip.mp4").write_bytes(b"")
    done = CliRunner().invoke(evidence, ["verify", str(folders[2]), "--keys", str(keys), "--selection"])
    assert done.exit_code == 0


def test_verify_by_keys_beside_the_packets_warns(shop: Shop) -> None:
    shop.write()
    write_keys(shop, shop.root / "keys" / "city.pub")
    done = CliRunner().invoke(evidence, ["verify", str(shop.root)])
    assert done.exit_code == 0
    assert "note   the keys lie beside the packets: whoever changed the packets could have changed them too." in done.stdout


def test_verify_without_any_key_is_no_success(shop: Shop) -> None:
    done = CliRunner().invoke(evidence, ["verify", str(shop.write())])
    assert done.exit_code == 1
    assert "no public keys were given" in done.stdout


def test_verify_as_json(shop: Shop, tmp_path: Path) -> None:
    folder = shop.write()
    (folder / "more").write_bytes(b"x")
    done = CliRunner().invoke(evidence, ["verify", str(folder), "--keys", str(write_keys(shop, tmp_path / "city.pub")), "--json"])
    assert done.exit_code == 1
    (line,) = done.stdout.splitlines()
    report = json.loads(line)
    assert (report["ok"], report["keys"], report["faults"]) == (False, "given", [])
    assert report["packets"][0]["faults"] == [{"kind": "file", "where": "more", "what": "lies in the packet, but the manifest does not name it"}]


def run_as_a_person(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["curbwatch", "evidence", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    return int(caught.value.code or 0)


@pytest.mark.parametrize(
    ("path", "keys", "what"),
    [
        ("nowhere", "city.pub", "nowhere: cannot be read (No such file or directory)"),
        ("empty", "city.pub", "empty: holds no packet (no manifest.json in it)"),
        ("packets", "nowhere.pub", "nowhere.pub: cannot be read as a file of public keys (No such file or directory)"),
        ("packets", "private.pem", "private.pem: holds a private key; give the public ones"),
        ("city.pub", "city.pub", "city.pub: is neither a packet's folder, a folder of packets, nor a .zip export"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_status_2(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: str, keys: str, what: str
) -> None:
    shop.write()
    (tmp_path / "empty").mkdir()
    write_keys(shop, tmp_path / "city.pub")
    SigningKey.load_or_create(tmp_path / "private.pem")
    assert run_as_a_person(monkeypatch, "verify", str(tmp_path / path), "--keys", str(tmp_path / keys)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert what in said.err


def knows_workers(database: Database, *keys: tuple[str, SigningKey, datetime | None]) -> None:
    """A case API's database that bound these names to keys, and revoked some."""
    database.open()
    with database.write() as connection:
        for name, key, revoked_at in keys:
            bound = {"name": name, "public_key": key.public_key.to_base64(), "key_id": key.key_id, "bound_at": REVOKED - timedelta(days=9)}
            connection.execute(insert(workers).values(**bound, revoked_at=revoked_at))
    database.close()


def keys_of(*arguments: str) -> list[str]:
    done = CliRunner().invoke(evidence, ["keys", *arguments])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


def test_keys_are_printed_as_verify_reads_them(shop: Shop, tmp_path: Path) -> None:
    """Those of the API, and of all workers that its database knows, wherever these run."""
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    shop.worker = SigningKey.load_or_create(elsewhere / "keys" / "worker.pem")
    shop.api = SigningKey.load_or_create(data / "api" / "keys" / "api.pem")
    before = SigningKey.generate()
    knows_workers(Database(data / "api" / DATABASE_NAME), ("w1", shop.worker, None), ("gate-0", before, REVOKED))
    shop.write()
    for folder in (data, data / "api"):
        lines = keys_of("--data-dir", str(folder))
        assert [line.split("  #")[0].partition(" ")[2] for line in lines] == ["api", f"worker:gate-0 until={REVOKED.isoformat()}", "worker:w1"]
        assert str(tmp_path) not in "".join(lines), "where the city keeps its folders is nobody's business"
    (tmp_path / "city.pub").write_text("\n".join(lines), encoding="utf-8")
    assert CliRunner().invoke(evidence, ["verify", str(shop.root), "--keys", str(tmp_path / "city.pub")]).exit_code == 0
    told = [json.loads(line) for line in keys_of("--data-dir", str(data), "--json")]
    assert [(one["role"], one["name"], one["until"], one["found_in"]) for one in told] == [
        ("api", None, None, "api/keys/api.pem"),
        ("worker", "gate-0", REVOKED.isoformat(), "database"),
        ("worker", "w1", None, "database"),
    ]
    assert told[0]["public_key"] == shop.api.public_key.to_base64()
    assert keys_of("--data-dir", str(elsewhere)) == [f"{shop.worker.public_key.to_base64()} worker  # key id {shop.worker.key_id}"]


def test_keys_of_a_worker_below_the_same_folder_have_the_name_that_the_api_knows(tmp_path: Path) -> None:
    worker = SigningKey.load_or_create(tmp_path / "worker" / "keys" / "worker.pem")
    SigningKey.load_or_create(tmp_path / "api" / "keys" / "api.pem")
    knows_workers(Database(tmp_path / "api" / DATABASE_NAME), ("gate-1", worker, None))
    assert [line.split()[1] for line in keys_of("--data-dir", str(tmp_path))] == ["api", "worker:gate-1"]


def test_a_worker_s_key_that_an_enrolment_left_in_an_api_s_folder_is_nobody_s(tmp_path: Path) -> None:
    """Without a name it would count for any worker."""
    SigningKey.load_or_create(tmp_path / "keys" / "api.pem")
    SigningKey.load_or_create(tmp_path / "keys" / "worker.pem")
    knows_workers(Database(tmp_path / DATABASE_NAME), ("gate-1", SigningKey.generate(), None))
    assert [line.split()[1] for line in keys_of("--data-dir", str(tmp_path))] == ["api", "worker:gate-1"]


def test_keys_come_out_of_postgresql(tmp_path: Path, postgres_url: str) -> None:
    SigningKey.load_or_create(tmp_path / "keys" / "api.pem")
    knows_workers(Database(postgres_url), ("gate-1", SigningKey.generate(), None))
    assert [line.split()[1] for line in keys_of("--data-dir", str(tmp_path), "--database-url", postgres_url)] == ["api", "worker:gate-1"]


def test_keys_of_an_api_without_those_of_its_workers_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With such a file every packet would be called forged."""
    SigningKey.load_or_create(tmp_path / "keys" / "api.pem")
    assert run_as_a_person(monkeypatch, "keys", "--data-dir", str(tmp_path)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "its database lies elsewhere, and in it the workers' keys; name it with --database-url" in said.err
    (tmp_path / DATABASE_NAME).write_bytes(b"this is no database, whatever its name says")
    assert run_as_a_person(monkeypatch, "keys", "--data-dir", str(tmp_path)) == 2
    assert "file is not a database); restore a backup into a new folder" in capsys.readouterr().err


def test_looking_for_keys_changes_nothing(tmp_path: Path) -> None:
    SigningKey.load_or_create(tmp_path / "keys" / "api.pem")
    knows_workers(Database(tmp_path / DATABASE_NAME), ("gate-1", SigningKey.generate(), None))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    keys_of("--data-dir", str(tmp_path))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_keys_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_as_a_person(monkeypatch, "keys", "--data-dir", str(tmp_path)) == 1
    assert "holds no keys yet" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
    assert run_as_a_person(monkeypatch, "keys", "--data-dir", str(tmp_path / "nowhere")) == 2
    assert "there is no such folder" in capsys.readouterr().err


def test_a_private_key_that_others_may_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "keys" / "api.pem"
    SigningKey.load_or_create(path)
    path.chmod(0o644)
    assert run_as_a_person(monkeypatch, "keys", "--data-dir", str(tmp_path)) == 2
    assert f"run chmod 600 {path}" in capsys.readouterr().err


@pytest.mark.parametrize(("arguments", "names"), [([], {"packet_id", "files"}), (["--signed"], {"manifest", "signature"})])
def test_schema(arguments: list[str], names: set[str]) -> None:
    done = CliRunner().invoke(evidence, ["schema", *arguments])
    assert done.exit_code == 0
    assert names <= set(json.loads(done.stdout)["properties"])
