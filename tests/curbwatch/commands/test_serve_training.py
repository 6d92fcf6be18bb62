"""`curbwatch serve training-set`: one command, while the API runs, and a file that is whole or not there."""

from __future__ import annotations

import asyncio
import json
import stat
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from api.app import create_app
from api.service import opened
from api.settings import Settings
from curbwatch.commands.serve import serve
from tests.api.conftest import JPEG, Clock, Packet, Site

CUT = ("cutting_confirming", "cutting_confirming.jpg", JPEG + b"cut", "image/jpeg")


async def _furnish(site: Site) -> None:
    case_id = (await site.deliver(Packet(files=(*Packet().files, CUT))))["case_id"]
    assert (await site.decide(case_id, version=1, action="confirm")).status_code == 200


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder with a confirmed case, whose API runs."""
    clock = Clock(datetime.now(UTC))
    with opened(Settings.of(tmp_path / "data"), clock) as api:
        asyncio.run(_furnish(Site(api, clock, httpx.ASGITransport(app=create_app(api)))))
        yield tmp_path / "data"


def told(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(serve, ["training-set", *words])
    assert result.exit_code == status, result.output
    return result.output


def test_one_command_makes_a_training_set(data_dir: Path, tmp_path: Path) -> None:
    target = tmp_path / "crops.zip"
    answer = json.loads(told(str(target), "--json", "--data-dir", str(data_dir)))
    assert answer["counts"] == {"positive": 1, "positive stall": 1}
    with zipfile.ZipFile(target) as archive:
        (example,) = [json.loads(line) for line in archive.read("examples.jsonl").splitlines()]
        assert archive.read(example["file"]) == CUT[2]
        assert json.loads(archive.read("training-set.json"))["training_set"]["by"] == "command line"
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".draft"] == []


def test_it_says_what_is_in_it(data_dir: Path, tmp_path: Path) -> None:
    assert "0 positive, 0 negative, 0 unlabelled crops" in told(str(tmp_path / "a.zip"), "--until", "2020-01-01", "--data-dir", str(data_dir))
    assert "1 positive, 0 negative, 0 unlabelled crops" in told(str(tmp_path / "b.zip"), "--since", "2020-01-01", "--kind", "V2", "--data-dir", str(data_dir))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["{there}"], "is there already; name a new file"),
        (["x.zip", "--kind", "V99"], "'V99' is not in the catalogue"),
        (["x.zip", "--data-dir", "{empty}"], "there is no database yet"),
        (["{empty}/no/such/folder/x.zip"], "cannot be written"),
    ],
    ids=["a file that is there", "a kind that is not", "no data", "no folder"],
)
def test_what_cannot_be_made_is_said_in_one_line(data_dir: Path, tmp_path: Path, words: list[str], says: str) -> None:
    there, empty = tmp_path / "there.zip", tmp_path / "empty"
    there.write_bytes(b"x")
    named = [word.format(there=there, empty=empty) for word in words]
    answer = told(*named, *([] if "--data-dir" in named else ["--data-dir", str(data_dir)]), status=2)
    assert says in answer
    assert answer.count("\n") == 1
    assert there.read_bytes() == b"x"


def test_the_export_stands_in_the_log(data_dir: Path, tmp_path: Path) -> None:
    told(str(tmp_path / "crops.zip"), "--data-dir", str(data_dir))
    check = CliRunner().invoke(serve, ["check", "--json", "--data-dir", str(data_dir)])
    assert json.loads(check.output)["faults"] == []
